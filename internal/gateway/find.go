package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/latchkey/latchkey/guard"
)

// place is a path of the table, with the routes that it has by method. The most
// specific path of a request decides alone: what it does not allow is no matter
// of a wider one, or a table that guards a path for some methods would leave
// the others to whatever stands around it.
type place struct {
	byMethod map[string]*route // "": every other method
	alone    *http.ServeMux    // this path and no other
}

// ServeHTTP is never called: places stand in a ServeMux to be found.
func (*place) ServeHTTP(http.ResponseWriter, *http.Request) {}

func (p *place) route(method string) *route {
	if r, there := p.byMethod[method]; there {
		return r
	}
	if r, there := p.byMethod[http.MethodGet]; there && method == http.MethodHead {
		return r
	}
	return p.byMethod[""]
}

var wildcard = regexp.MustCompile(`\{[^{}$.]+`)

// put adds a route to the place of its path. Two paths that only name their
// wildcards differently are one.
func (t *table) put(r *route) error {
	n := 0
	path := wildcard.ReplaceAllStringFunc(r.Path, func(string) string {
		n++
		return "{w" + strconv.Itoa(n)
	})
	p := t.places[path]
	if p == nil {
		p = &place{byMethod: map[string]*route{}, alone: http.NewServeMux()}
		if err := register(t.paths, r.Path, p); err != nil {
			return err
		}
		if err := register(p.alone, r.Path, p); err != nil {
			return err
		}
		t.places[path] = p
	}
	methods := r.Methods
	if len(methods) == 0 {
		methods = []string{""}
	}
	for _, m := range methods {
		if other := p.byMethod[m]; other != nil {
			return fmt.Errorf("path: %s conflicts with the same in line %d", strings.TrimSpace(m+" "+r.Path), other.line)
		}
		p.byMethod[m] = r
	}
	return nil
}

// registered is where ServeMux says that a pattern was added: in this program,
// which is of no use to who writes a table.
var registered = regexp.MustCompile(` \(registered at [^)]*\)`)

// register adds a pattern; the panic of one that is wrong, or overlaps another
// so that none is more specific, is an error.
func register(m *http.ServeMux, pattern string, p *place) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = errors.New("path: " + strings.ReplaceAll(registered.ReplaceAllString(fmt.Sprint(cause), ""), "\n", " "))
		}
	}()
	m.Handle(pattern, p)
	return nil
}

// find returns the route of a request. There is none where the path is not in
// the table; other is true where it is, with other methods.
func (t *table) find(r *http.Request) (found *route, other bool) {
	p := match(t.paths, r.URL.Path)
	if p == nil {
		return nil, false
	}
	if found = p.route(r.Method); found == nil {
		return nil, true
	}
	// A service may read a slash at the end as nothing, or add one: so neither
	// spelling saves a request from the rules of the other.
	twin := r.URL.Path + "/"
	if bare, cut := strings.CutSuffix(r.URL.Path, "/"); cut {
		twin = bare
	}
	q := match(t.paths, twin)
	if q == nil || q == p || match(q.alone, r.URL.Path) != nil { // a wider one, which p stands out of
		return found, false
	}
	also := q.route(r.Method)
	if also == nil {
		return nil, true
	}
	return found.under(also), false
}

// match returns the place of a path. One that lacks the slash at its end has
// that of the path with it, for which a ServeMux would redirect.
func match(m *http.ServeMux, path string) *place {
	if path == "" {
		return nil
	}
	h, pattern := m.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
	p, ok := h.(*place)
	if !ok && pattern != "" {
		h, _ = m.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path + "/"}})
		p, _ = h.(*place)
	}
	return p
}

// under returns a route that has the rules of another on top of its own.
func (r *route) under(other *route) *route {
	if other.Public {
		return r
	}
	both := *r
	both.needs, both.stale = other.needs, other.stale
	if !r.Public {
		both.needs, both.stale = slices.Concat(r.needs, other.needs), max(r.stale, other.stale)
	}
	both.rules = both.all()
	return &both
}

// all are the rules of a route as the guard takes them.
func (r *route) all() []guard.Rule {
	switch r.stale {
	case strict:
		return append(slices.Clip(r.needs), guard.Strict())
	case lenient:
		return append(slices.Clip(r.needs), guard.Lenient())
	case standard:
	}
	return r.needs
}
