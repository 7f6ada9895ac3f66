package guard

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// table finds the demand of a request.
type table struct {
	base *demand
	mux  *http.ServeMux // of demands; nil without On
}

func newTable(rules []Rule) *table {
	t := &table{base: &demand{}}
	var plain, bound []Rule
	for _, r := range rules {
		if r.pattern != "" {
			bound = append(bound, r)
		} else {
			plain = append(plain, r)
		}
	}
	t.base.put(plain)
	if len(bound) > 0 {
		t.mux = http.NewServeMux()
	}
	for _, r := range bound {
		if patternHost(r.pattern) != "" {
			panic("guard: On: leave the host out of " + r.pattern + ": whoever sends a request chooses its Host")
		}
		t.mux.Handle(r.pattern, t.base.with(r.rules))
	}
	return t
}

func patternHost(pattern string) string {
	_, rest, found := strings.Cut(pattern, " ")
	if !found {
		rest = pattern
	}
	host, _, _ := strings.Cut(strings.TrimSpace(rest), "/")
	return host
}

// find returns what a request needs: the demand of the pattern that it matches, else the base. It never lets a request
// be public because of a spelling that the handler behind reads as another route.
func (t *table) find(r *http.Request) (*demand, error) {
	if t.mux == nil {
		return t.base, nil
	}
	if r.Method == http.MethodConnect || r.URL == nil || !strings.HasPrefix(r.URL.Path, "/") { // also OPTIONS *
		return t.base.closed(), nil
	}
	if ambiguous(r.URL) {
		return nil, errPath
	}
	at := r.URL.Path
	d := t.match(r, at)
	twin := at + "/"
	if strings.HasSuffix(at, "/") {
		twin = strings.TrimSuffix(at, "/")
	}
	var other *demand
	if twin != "" {
		other = t.match(r, twin)
	}
	if d == nil {
		d = t.base
	}
	if other == nil || other == d || other.public {
		return d, nil
	}
	both := &demand{stale: stricter(d.stale, other.stale)}
	both.add(other)
	both.add(d)
	return both, nil
}

// match returns the demand of the pattern that a path matches, nil where it matches none.
func (t *table) match(r *http.Request, at string) *demand {
	h, _ := t.mux.Handler(&http.Request{Method: r.Method, URL: &url.URL{Path: at}})
	d, _ := h.(*demand) // or a redirect, or an error page
	return d
}

// closed returns a demand that is not public.
func (d *demand) closed() *demand {
	if !d.public {
		return d
	}
	return &demand{}
}

// stricter returns the one that trusts a silent feed less.
func stricter(a, b staleness) staleness {
	switch {
	case a == strict || b == strict:
		return strict
	case a == standard || b == standard:
		return standard
	}
	return lenient
}

// ambiguous tells whether a path may mean different routes to different readers: to one that cleans it or does not,
// or that decodes it before or after it splits it.
func ambiguous(u *url.URL) bool {
	p := u.Path
	clean := path.Clean(p)
	if strings.HasSuffix(p, "/") && clean != "/" {
		clean += "/"
	}
	if p != clean || strings.ContainsAny(p, "\\\x00") {
		return true
	}
	sent := strings.ToLower(u.EscapedPath())
	return strings.Contains(sent, "%2f") || strings.Contains(sent, "%2e") || strings.Contains(sent, "%5c") || strings.Contains(sent, "%00")
}
