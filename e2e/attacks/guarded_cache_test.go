package attacks

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/guard"
)

// TestA21GuardedCache: a shared cache that keeps to the rules stands in front of
// the gateway, of a service with the library in it, and of GET /auth/verify:
// whatever file a path is made to look like, and though the service behind
// answers any path, nothing of Ann gets to anybody else.
func TestA21GuardedCache(t *testing.T) {
	t.Parallel()
	s := start(t, open())
	v, c := judge(t), s.guarded(t)
	ann, annsGrant := c.join(t)
	_, bobs := c.join(t)
	c.opens(t, annsGrant)
	c.doors.service.answer = func(w http.ResponseWriter, r *http.Request) { // and says nothing of caches
		fmt.Fprintf(w, "the orders of %s in %s", r.Header.Get("X-User-Id"), r.Header.Get("X-Session-Id"))
	}
	inside := httptest.NewServer(c.doors.guard.Protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, _ := guard.From(r.Context())
		w.Header().Set("Cache-Control", "private") // with the library that is for the service to say
		fmt.Fprintf(w, "the orders of %s in %s", who.UserID, who.SessionID)
	})))
	t.Cleanup(inside.Close)
	canaries := []string{ann.Email, annsGrant.SessionID, annsGrant.User.ID}
	for _, front := range []struct {
		name, path string
		client     *client
	}{
		{"the gateway", "/orders/1", c.doors.client}, {"the gateway", "/orders/", c.doors.client}, {"the gateway", "/auth/me", c.doors.client},
		{"a service with guard", "/orders/1", &client{base: inside.URL, http: inside.Client()}}, {"GET /auth/verify", "/auth/verify", c},
	} {
		for i, path := range append([]string{front.path}, disguises(front.path)...) {
			k := sharedCache{client: front.client}
			served := false
			for _, headers := range carrying(annsGrant) {
				served = holds(k.get(t, path, headers), canaries) || served
			}
			if i == 0 && !served {
				t.Errorf("%s of %s does not serve Ann: the suite proves nothing", path, front.name)
			}
			for _, headers := range append(carrying(bobs), nil) {
				if holds(k.get(t, path, headers), canaries) {
					v.breach(front.name+": "+path, "somebody with %.12q gets what was Ann's", headers)
				}
			}
		}
	}
}

// carrying are the ways in which a session's requests carry its token.
func carrying(g grant) [][]string { return append(places(g.AccessToken), g.jar()) }

// disguises of a path are those of files, under each trick.
func disguises(path string) (all []string) {
	for _, trick := range append([]string{"%s%%0d%%0a.css", "%s.", "%s/x.css/", "%s/.%%2fx.css", "%s%%09.js"}, tricks...) {
		all = append(all, fmt.Sprintf(trick, path))
	}
	return all
}

// holds reports whether an answer holds one of the marks, in its body or head.
func holds(a reply, marks []string) bool {
	text := string(a.body) + fmt.Sprint(a.header)
	return slices.ContainsFunc(marks, func(mark string) bool { return strings.Contains(text, mark) })
}

// sharedCache keeps answers as RFC 9111 §3 and §4.1 allow at the most: whatever
// does not say that it must not, by its path and what Vary names.
type sharedCache struct {
	client *client
	kept   map[string][]keptReply
}

type keptReply struct {
	reply
	asked http.Header // as the request had it, of what Vary names
}

func (k *sharedCache) get(t *testing.T, target string, headers []string) reply {
	t.Helper()
	q := get(target, headers...)
	r, err := q.make(k.client.base)
	if err != nil {
		t.Fatal(err)
	}
	for _, old := range k.kept[target] {
		if old.fits(r.Header) {
			return old.reply
		}
	}
	a := k.client.must(t, q)
	control := strings.Join(a.header["Cache-Control"], ",")
	mine := strings.Contains(control, "no-store") || strings.Contains(control, "private") ||
		r.Header.Get("Authorization") != "" && !strings.Contains(control, "public")
	if a.status != http.StatusOK || mine {
		return a
	}
	kept := keptReply{a, http.Header{}}
	for _, name := range varies(a.header) {
		kept.asked[name] = r.Header[name]
	}
	if k.kept == nil {
		k.kept = map[string][]keptReply{}
	}
	k.kept[target] = append(k.kept[target], kept)
	return a
}

func (k keptReply) fits(h http.Header) bool {
	for name, values := range k.asked {
		if name == "*" || !slices.Equal(values, h[name]) {
			return false
		}
	}
	return true
}

// varies are the headers that an answer depends on.
func varies(h http.Header) (names []string) {
	for _, name := range strings.Split(strings.Join(h["Vary"], ","), ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, http.CanonicalHeaderKey(name))
		}
	}
	return names
}
