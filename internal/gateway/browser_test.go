package gateway_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/guardtest"
)

// renewing lets the auth service renew the token "old", once.
func renewing(s *scene, u guardtest.User) (asked *atomic.Int32) {
	asked = new(atomic.Int32)
	s.auth.Store("/auth/refresh", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if c, err := r.Cookie("refreshToken"); err != nil || c.Value != "old" {
			guard.Refuse(w, r, guard.Error{Status: 401, Code: "INVALID_REFRESH_HASH", Message: "Used before."})
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "accessToken", Value: s.Token(u), Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode})
		http.SetCookie(w, &http.Cookie{Name: "refreshToken", Value: "new", Path: "/auth", HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode})
	}))
	return asked
}

func ask(host string, more ...string) string {
	return lines(append([]string{"GET /orders/x HTTP/1.1", "Host: " + host, "Sec-Fetch-Site: same-origin"}, more...)...)
}

func TestManyRequestsRenewOnce(t *testing.T) {
	u := guardtest.User{ID: "ann", SessionID: "s1"}
	for name, access := range map[string]func(*scene) string{
		"gone":    func(*scene) string { return "" },
		"expired": func(s *scene) string { u := u; u.Life = -time.Hour; return "accessToken=" + s.Token(u) + "; " },
	} {
		t.Run(name, func(t *testing.T) {
			s := play(t, open)
			asked := renewing(s, u)
			cookie := "Cookie: mine=1; " + access(s) + "refreshToken=old"
			var all sync.WaitGroup
			for range 20 {
				all.Go(func() {
					answer := s.raw(t, ask("a", cookie))
					got := map[string]string{}
					for _, c := range answer.Cookies() {
						if c.MaxAge >= 0 {
							got[c.Name] = c.Path + " " + c.Value
						}
					}
					if answer.StatusCode != 200 || got["refreshToken"] != "/ new" || !strings.HasPrefix(got["accessToken"], "/ ey") ||
						!strings.Contains(answer.Header.Get("Cache-Control"), "no-store") {
						t.Errorf("got %d, cookies %v, Cache-Control %q", answer.StatusCode, len(got), answer.Header.Get("Cache-Control"))
					}
				})
			}
			all.Wait()
			if n := asked.Load(); n != 1 {
				t.Errorf("the auth service was asked %d times, want once", n)
			}
			for range 20 {
				r := s.came()
				if r == nil || r.Header.Get("X-User-Id") != "ann" || r.Header.Get("Cookie") != "mine=1" {
					t.Fatalf("the service got %v", r)
				}
			}
		})
	}
}

func TestWhatIsNotRenewed(t *testing.T) {
	u := guardtest.User{ID: "ann", SessionID: "s1"}
	for name, c := range map[string]struct {
		request string
		status  int
		code    string
		asked   int32
	}{
		"a token used before": {ask("a", "Cookie: refreshToken=stolen"), 401, "INVALID_REFRESH_HASH", 1},
		"a post of another site": {lines("POST /orders/x HTTP/1.1", "Host: a", "Sec-Fetch-Site: cross-site", "Cookie: refreshToken=old", "Content-Length: 0"),
			403, "CROSS_ORIGIN", 0},
		"a WebSocket of another site": {lines("GET /orders/x HTTP/1.1", "Host: a", "Sec-Fetch-Site: cross-site", "Origin: https://evil.example", "Cookie: refreshToken=old",
			"Connection: Upgrade", "Upgrade: websocket"), 403, "CROSS_ORIGIN", 0},
		"two refresh tokens":    {ask("a", "Cookie: refreshToken=old; refreshToken=other"), 401, "ACCESS_TOKEN_MISSING", 0},
		"a forged access token": {ask("a", "Cookie: accessToken=e30.e30.e30; refreshToken=old"), 401, "TOKEN_INVALID", 0},
		"a program's token":     {ask("a", "Authorization: Bearer e30.e30.e30", "Cookie: refreshToken=old"), 401, "TOKEN_INVALID", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := play(t, open)
			asked := renewing(s, u)
			answer := s.raw(t, c.request)
			if code := codeOf(t, answer); answer.StatusCode != c.status || code != c.code || asked.Load() != c.asked {
				t.Errorf("got %d %s, asked %d times; want %d %s, %d", answer.StatusCode, code, asked.Load(), c.status, c.code, c.asked)
			}
			if len(answer.Cookies()) > 0 {
				t.Errorf("a refusal changes cookies: %v", answer.Header["Set-Cookie"])
			}
			if len(s.seen) > 0 {
				t.Error("it reached the service")
			}
		})
	}
}

func TestRenewalWhileTheAuthServiceIsAwayEndsNothing(t *testing.T) {
	s := play(t, open)
	for name, h := range map[string]http.HandlerFunc{
		"the connection breaks": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"it is overloaded":      func(w http.ResponseWriter, r *http.Request) { guard.Refuse(w, r, guard.Error{Status: 503, Code: "X"}) },
		"it limits":             func(w http.ResponseWriter, r *http.Request) { guard.Refuse(w, r, guard.Error{Status: 429, Code: "X"}) },
		"a page stands there":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401); fmt.Fprint(w, "<html>") },
	} {
		t.Run(name, func(t *testing.T) {
			s.auth.Store("/auth/refresh", h)
			answer := s.raw(t, ask("a", "Cookie: refreshToken=old"))
			if answer.StatusCode != 503 || answer.Header.Get("Retry-After") == "" || len(answer.Cookies()) > 0 {
				t.Errorf("got %d, Retry-After %q, cookies %v", answer.StatusCode, answer.Header.Get("Retry-After"), answer.Cookies())
			}
		})
	}
}

// Nothing that was made for one user reaches another out of a cache.
func TestCaches(t *testing.T) {
	for name, c := range map[string]struct{ path, says, want, vary string }{
		"nothing said":        {"/orders/x", "", "private, no-store", "Cookie, Authorization, X-Access-Token, X-Tenant-Id, X-Space-Id"},
		"a style sheet":       {"/orders/me.css", "", "private, no-store", "Cookie, Authorization, X-Access-Token, X-Tenant-Id, X-Space-Id"},
		"said by the service": {"/orders/x", "private, max-age=5", "private, max-age=5", "Cookie, Authorization, X-Access-Token, X-Tenant-Id, X-Space-Id"},
		"public":              {"/public/x", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := play(t, open)
			serve := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if c.says != "" {
					w.Header().Set("Cache-Control", c.says)
				}
			})
			s.serve.Store(&serve)
			a := s.raw(t, lines("GET "+c.path+" HTTP/1.1", "Host: a", "Authorization: Bearer "+s.Token(guardtest.User{})))
			if got, vary := a.Header.Get("Cache-Control"), a.Header.Get("Vary"); a.StatusCode != 200 || got != c.want || vary != c.vary {
				t.Errorf("got %d, %q, Vary %q; want %q, %q", a.StatusCode, got, vary, c.want, c.vary)
			}
		})
	}
}
