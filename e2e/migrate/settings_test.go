package migrate

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

var named = regexp.MustCompile(`(?m)^([A-Z_]+)=(.*)$`)

// notRead are the seed's settings that are none here.
var notRead = []string{
	"NODE_ENV", "API_GATEWAY_HTTP_PORT", "TENANT_SERVICE_HTTP_PORT", "USER_SERVICE_HTTP_PORT", "USER_SERVICE_TCP_PORT",
	"PRODUCT_SERVICE_HTTP_PORT", "PRODUCT_SERVICE_TCP_PORT", "MONGO_URI_TENANT", "MONGO_USER", "MONGO_PASSWORD", "MONGO_AUTH_DB", "MONGO_SSL",
}

// seedsFileIsRefused: the lines that the page changes have to change. A line that
// cannot be read is told alone, for what it would have set is not known.
func (r *reader) seedsFileIsRefused() {
	r.t.Helper()
	folder, ours := r.folder, r.t.TempDir()
	r.folder = ours
	defer func() { r.folder = folder }()
	text := r.here.Replace(seedEnv)
	for _, c := range []struct{ mend, with, tells string }{
		{"", "", "something follows the closing quote"},
		{`EMAIL_FROM="DARMIST Lab" <`, `EMAIL_FROM=<`, ": 15 bytes, at least 32 are needed"},
		{"JWT_SECRET=AeroStitch@2000", "JWT_SECRET=" + strings.Repeat("s", 32), "LATCHKEY_SECRET: is not set"},
	} {
		text = strings.ReplaceAll(text, c.mend, c.with)
		must(r.t, os.WriteFile(filepath.Join(ours, ".env"), []byte(text), 0o600))
		if out, err := r.try("config"); err == nil || !strings.Contains(out, c.tells) {
			r.t.Errorf("the seed's file, with %q: %v, and does not tell %q:\n%s", c.with, err, c.tells, out)
		}
	}
}

// settingsAreInForce: each setting of the seed's file has the value that it has
// there or the page gives it, but for those that the page calls not read.
func (r *reader) settingsAreInForce() {
	r.t.Helper()
	var values []struct{ Name, Value, Origin string }
	out := r.latchkey("config", "--json")
	must(r.t, json.Unmarshal([]byte(out[strings.Index(out, "[\n"):]), &values))
	value, origin := map[string]string{}, map[string]string{}
	for _, v := range values {
		value[v.Name], origin[v.Name] = v.Value, v.Origin
	}
	text, err := os.ReadFile(page)
	must(r.t, err)
	var left []string
	for _, line := range named.FindAllStringSubmatch(r.here.Replace(seedEnv), -1) {
		name, want := line[1], strings.Trim(line[2], `"`)
		if _, ours := value[name]; !ours {
			left = append(left, name)
			continue
		}
		mentioned := strings.Contains(string(text), "`"+name+"`") || strings.HasPrefix(name, "SMTP_")
		switch got := value[name]; {
		case !strings.HasPrefix(origin[name], ".env:"), !mentioned:
			r.t.Errorf("%s: from %s, on the page: %t; want it from .env, and on the page", name, origin[name], mentioned)
		case got == "[set]", strings.Contains(got, "***"): // a secret
		case name == "MONGO_DB_PREFIX", name == "REDIS_PREFIX":
			if got == want || !strings.HasPrefix(got, "latchkey") {
				r.t.Errorf("%s is %q, the seed's is %q", name, got, want)
			}
		case got != want && name != "EMAIL_FROM":
			r.t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	slices.Sort(left)
	if diff := cmp.Diff(slices.Sorted(slices.Values(notRead)), left); diff != "" {
		r.t.Errorf("not read (-want +got):\n%s", diff)
	}
	_, told, _ := strings.Cut(out, "not used by latchkey: ")
	told, _, _ = strings.Cut(told, "\n")
	if got := slices.Sorted(slices.Values(strings.Split(told, ", "))); !cmp.Equal(got, left) {
		r.t.Errorf("latchkey config lists %q, want %q", got, left)
	}
}
