package attacks

import (
	"fmt"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
)

// TestA21Cache: what one person was answered, no cache gives to another: neither
// one that keeps to the rules (RFC 9111), nor one that keeps whatever looks like
// a file, which is what web cache deception needs.
func TestA21Cache(t *testing.T) {
	t.Parallel()
	s := start(t, open())
	v, c := judge(t), s.client()
	ann, annsGrant := c.join(t)
	_, bobs := c.join(t)
	canaries := []string{ann.Email, annsGrant.SessionID, annsGrant.User.ID}
	var paths []string
	for _, r := range s.routes(t) {
		if r.guarded && r.method == "GET" && r.path != "/auth/new-token" {
			paths = append(paths, r.path)
			for _, trick := range tricks {
				paths = append(paths, fmt.Sprintf(trick, r.path))
			}
		}
	}
	if len(paths) < 3*len(tricks) {
		t.Fatalf("%d paths, want those of three routes", len(paths))
	}
	for _, cache := range []*cache{{client: c, byRules: true}, {client: c}} {
		for _, p := range paths {
			for _, headers := range [][]string{annsGrant.bearer(), annsGrant.jar()} {
				a := cache.get(t, p, headers)
				if strings.Contains(string(a.body), ann.Email) && a.header.Get("Cache-Control") != "no-store" {
					v.breach(p, "an answer about somebody says Cache-Control %q", a.header.Get("Cache-Control"))
				}
			}
			for who, headers := range map[string][]string{"another person": bobs.bearer(), "nobody": nil, "a browser": {"Sec-Fetch-Site", "none", "Cookie", "accessToken=" + bobs.AccessToken}} {
				a := cache.get(t, p, headers)
				for _, canary := range canaries {
					if strings.Contains(string(a.body), canary) {
						v.breach(p, "%s gets what was Ann's, from a cache %+v", who, cache.byRules)
					}
				}
			}
		}
	}
	conditional(t, v, c, annsGrant, bobs)
}

// tricks make a file of a route's path, for a cache in front of us.
var tricks = []string{
	"%s/x.css", "%s.css", "%s%%2fx.css", "%s;x.css", "%s%%3bx.css", "%s%%00.css", "%s%%3fx.css", "%s?x.css", "%s/..%%2fx.css", "%s%%0a.css", "%s//x.js", "%s/.css", "%s%%23.css",
	"/static/..%%2f%s", "/docs/..%s", "/x.css/..%s", "%s/", "%s%%20.css",
}

// cache is a proxy that keeps answers by path. One by the rules keeps no answer
// that says no-store or private, or that came for a token; the other keeps what
// has the extension of a file, whatever it says.
type cache struct {
	client  *client
	byRules bool
	mu      sync.Mutex
	kept    map[string]reply
}

func (k *cache) get(t *testing.T, target string, headers []string) reply {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	key := target
	if old, ok := k.kept[key]; ok {
		return old
	}
	a, err := k.client.do(get(target, headers...))
	if err != nil {
		t.Errorf("%s: %v", target, err)
	}
	control := a.header.Get("Cache-Control")
	keeps := path.Ext(strings.SplitN(target, "?", 2)[0]) != ""
	if k.byRules {
		authorized := strings.Contains(strings.Join(headers, " "), "Authorization")
		keeps = !strings.Contains(control, "no-store") && !strings.Contains(control, "private") && (!authorized || strings.Contains(control, "public"))
	}
	if keeps && a.status == http.StatusOK {
		if k.kept == nil {
			k.kept = map[string]reply{}
		}
		k.kept[key] = a
	}
	return a
}

// conditional: a validator is of what is the same for everybody, or there is
// none; nobody is told "unchanged" about what another person saw.
func conditional(t *testing.T, v *verdict, c *client, ann, bob grant) {
	t.Helper()
	for _, p := range []string{"/auth/me", "/auth/sessions", "/auth/verify-token"} {
		first := c.must(t, get(p, ann.bearer()...))
		tag := first.header.Get("ETag")
		for _, asked := range []string{tag, "*", `"x"`, `W/"x"`} {
			a := c.must(t, get(p, append(bob.bearer(), "If-None-Match", asked, "If-Modified-Since", "Fri, 31 Dec 2100 00:00:00 GMT", "Range", "bytes=0-10")...))
			if a.status != http.StatusOK || tag != "" {
				v.breach(p, "with If-None-Match %s: %v, and its ETag is %q", asked, a, tag)
			}
		}
	}
	if a := c.must(t, post("/auth/logout", nil, bob.jar()...)); a.header.Get("Clear-Site-Data") != `"cache"` {
		v.breach("the browser's own cache", "logout leaves it: Clear-Site-Data %q", a.header.Get("Clear-Site-Data"))
	}
}
