package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/latchkey/latchkey/guard"
)

// table is a file that was checked, ready to serve. It never changes.
type table struct {
	file    *File
	auth    *pool
	pools   map[string]*pool
	places  map[string]*place // by path
	paths   *http.ServeMux    // of places
	trusted []netip.Prefix
	origins *http.CrossOriginProtection
}

// route is a line of a table.
type route struct {
	*Route
	pool  *pool
	needs []guard.Rule // but for those about a silent feed
	stale staleness
	rules []guard.Rule // all of them; nil, as are needs, where any token will do
}

// staleness says how much a silent feed is trusted, the least last.
type staleness int

const (
	lenient staleness = iota
	standard
	strict
)

// AuthUpstream is the name under which routes reach the auth service itself.
const AuthUpstream = "auth"

// newTable checks a file. Every problem is told, not only the first.
func newTable(f *File, log *slog.Logger) (*table, error) {
	t := &table{
		file: f, pools: map[string]*pool{}, places: map[string]*place{}, paths: http.NewServeMux(),
		origins: http.NewCrossOriginProtection(),
	}
	problems := t.readTrust(f)
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	var err error
	if t.auth, err = newPool(AuthUpstream, &Upstream{URL: f.Auth}, log); err != nil {
		add("auth: %w", err)
	} else if t.auth.commands {
		add("auth: the auth service is reached by http:// or https://")
	}
	for _, name := range slices.Sorted(maps.Keys(f.Upstreams)) {
		if name == AuthUpstream {
			add("upstreams: %q is the auth service, whose address is auth", name)
			continue
		}
		if t.pools[name], err = newPool(name, f.Upstreams[name], log); err != nil {
			add("upstreams: %s: %w", name, err)
		}
	}
	t.pools[AuthUpstream] = t.auth
	if len(f.Routes) == 0 {
		add("routes: there are none")
	}
	for _, r := range f.Routes {
		for _, err := range t.add(r) {
			add("line %d: %w", r.line, err)
		}
	}
	return t, errors.Join(problems...)
}

func (t *table) readTrust(f *File) (problems []error) {
	for _, text := range f.TrustedProxies {
		p, err := netip.ParsePrefix(text)
		if a, single := netip.ParseAddr(text); single == nil {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("trusted_proxies: %q is neither an address nor a network such as 10.0.0.0/8", text))
			continue
		}
		t.trusted = append(t.trusted, p.Masked())
	}
	for _, o := range f.Origins {
		if err := t.origins.AddTrustedOrigin(o); err != nil {
			problems = append(problems, fmt.Errorf("origins: %q is no origin such as https://app.example.com", o))
		}
	}
	return problems
}

var (
	method = regexp.MustCompile(`^[A-Z]+$`)
	prefix = regexp.MustCompile(`^(/[^/{}%]+)+$`)
)

// add checks a route and puts it where it is looked for.
func (t *table) add(r *Route) (problems []error) {
	no := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	p, known := t.pools[r.Upstream]
	if !known {
		no("there is no upstream %q", r.Upstream)
	}
	if !strings.HasPrefix(r.Path, "/") {
		no("path %q must begin with a slash; methods stand in methods", r.Path)
		return problems
	}
	if reserved(r.Path) {
		no("path %q is answered by the auth service or the gateway, whatever stands here", r.Path)
	}
	if r.StripPrefix != "" && (!strings.HasPrefix(r.Path+"/", r.StripPrefix+"/") || !prefix.MatchString(r.StripPrefix)) {
		no("strip_prefix %q must be a beginning of the path, with a slash at its start, none at its end and no wildcard", r.StripPrefix)
	}
	for _, m := range r.Methods {
		if !method.MatchString(m) || m == http.MethodConnect {
			no("method %q is none that can be forwarded", m)
		}
	}
	if r.Assertion != "" && t.file.Assertion == nil {
		no("assertion: say how, under assertion at the top of the file (an empty one will do: assertion: {})")
	}
	if known && p != nil && p.commands {
		problems = append(problems, r.asCommand()...)
	}
	needs, err := r.needs()
	if err != nil {
		no("%w", err)
	}
	if len(problems) > 0 {
		return problems
	}
	made := &route{Route: r, pool: p, needs: needs, stale: standard}
	switch {
	case r.Strict:
		made.stale = strict
	case r.Lenient:
		made.stale = lenient
	}
	made.rules = made.all()
	if err := t.put(made); err != nil {
		no("%w", err)
	}
	return problems
}

// needs are what a route asks of the guard, but for a silent feed.
func (r *Route) needs() ([]guard.Rule, error) {
	if r.Public {
		if len(r.Roles)+len(r.Permissions) > 0 || r.Tenant != "" || r.Strict || r.Lenient || r.Assertion != "" {
			return nil, errors.New("a public route knows nobody: it can have no roles, permissions, tenant, strict, lenient or assertion")
		}
		return []guard.Rule{guard.Public()}, nil
	}
	if r.Strict && r.Lenient {
		return nil, errors.New("strict and lenient exclude each other")
	}
	for _, word := range slices.Concat(r.Roles, r.Permissions) {
		if strings.TrimSpace(word) == "" {
			return nil, errors.New("an empty role or permission")
		}
	}
	var rules []guard.Rule
	if len(r.Roles) > 0 {
		rules = append(rules, guard.Roles(r.Roles...))
	}
	if len(r.Permissions) > 0 {
		rules = append(rules, guard.Permissions(r.Permissions...))
	}
	if r.Tenant != "" {
		rules = append(rules, guard.Tenant(r.Tenant))
	}
	return rules, nil
}

// reserved are the paths that never come to the table.
func reserved(path string) bool {
	return isAuth(path) || path == "/.well-known/gateway-jwks.json"
}

// guardConfig is what the file says of the guard.
func (f *File) guardConfig(env func(string) string, log *slog.Logger) (guard.Config, error) {
	c := guard.Config{
		Issuer: f.Issuer, Audience: f.Audience, MaxStale: time.Duration(f.MaxStale), Origins: f.Origins, PlainHTTP: f.PlainHTTP, Log: log,
		Keys: guard.JWKS(f.Auth + "/.well-known/jwks.json"), VerifyURL: f.Auth + "/auth/verify",
	}
	if f.SecretEnv != "" {
		secret := env(f.SecretEnv)
		if secret == "" {
			return c, fmt.Errorf("secret_env: the variable %s is empty or not set", f.SecretEnv)
		}
		c.Keys = guard.Secret(secret)
	}
	key, err := f.key(env)
	c.Feed = guard.Feed{URL: f.Auth + "/auth/revocations", Key: key}
	return c, err
}

// key is the API key with which the feed is heard.
func (f *File) key(env func(string) string) (string, error) {
	switch {
	case f.KeyEnv != "" && f.KeyFile != "":
		return "", errors.New("key_env and key_file: only one of them")
	case f.KeyEnv != "":
		if key := strings.TrimSpace(env(f.KeyEnv)); key != "" {
			return key, nil
		}
		return "", fmt.Errorf("key_env: the variable %s is empty or not set; latchkey api-key create --name gateway --all-tenants --scope revocations:read makes a key", f.KeyEnv)
	case f.KeyFile != "":
		text, err := os.ReadFile(f.KeyFile)
		if err != nil {
			return "", fmt.Errorf("key_file: %w", err)
		}
		return strings.TrimSpace(string(text)), nil
	}
	return "", errors.New("set key_env or key_file: without an API key an ended session would be let in until its token ends; latchkey api-key create --name gateway --all-tenants --scope revocations:read makes one")
}
