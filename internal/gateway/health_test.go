package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/latchkey/latchkey/guard/guardtest"
)

// An instance that says that it is not well gets nothing, until it is.
func TestHealthChecks(t *testing.T) {
	var ill atomic.Bool
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/base/health" && ill.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(service.Close)
	s := playWith(t, "", fmt.Sprintf("  kept: {url: %q, health: /health}\nroutes:\n  - {path: /kept/, upstream: kept, public: true}\n", service.URL+"/base"))
	if a := s.ask(t, "GET /kept/x"); a.StatusCode != 200 {
		t.Fatalf("got %d of one that is well", a.StatusCode)
	}
	ill.Store(true)
	eventually(t, "it is out", func() bool {
		a := s.ask(t, "GET /kept/x")
		return a.StatusCode == 503 && codeOf(t, a) == "UPSTREAM_UNAVAILABLE" && a.Header.Get("Retry-After") != ""
	})
	ill.Store(false)
	eventually(t, "it is back", func() bool { return s.ask(t, "GET /kept/x").StatusCode == 200 })
}

// Who breaks off is told from who did not answer: else a service that fails looks
// like a client that does.
func TestWhoBrokeOff(t *testing.T) {
	s := play(t, open)
	cut := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-")
			_ = c.Close()
		}
	})
	s.serve.Store(&cut)
	if a := s.raw(t, lines("POST /public/x HTTP/1.1", "Host: a", "Content-Length: 1")+"a"); a.StatusCode != 502 || codeOf(t, a) != "UPSTREAM_UNAVAILABLE" {
		t.Errorf("the service broke off: got %d, want 502", a.StatusCode)
	}
	if a := s.raw(t, lines("POST /public/x HTTP/1.1", "Host: a", "Transfer-Encoding: chunked")+"zzz\r\n"); a.StatusCode != 400 {
		t.Errorf("the body is none: got %d, want 400", a.StatusCode)
	}
}

// A session that ends while its request waits is told so, also in the middle of
// its body, and one that may no longer is told that.
func TestRequestsThatWaitAreCut(t *testing.T) {
	for name, c := range map[string]struct {
		happens func(*scene)
		body    string // headers and body
		status  int
		code    string
	}{
		"ended":        {func(s *scene) { s.EndSession("s1", "logout") }, "\r\n", 401, "SESSION_NOT_FOUND"},
		"in its body":  {func(s *scene) { s.EndSession("s1", "logout") }, "Content-Length: 20000\r\n\r\n" + strings.Repeat("half", 3000), 401, "SESSION_NOT_FOUND"},
		"without seat": {func(s *scene) { s.ChangeUser("ann") }, "\r\n", 403, "FORBIDDEN"},
	} {
		t.Run(name, func(t *testing.T) {
			arrived := make(chan struct{})
			behind := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				close(arrived)
				_, _ = io.Copy(io.Discard, r.Body)
				<-r.Context().Done()
			}))
			t.Cleanup(behind.Close)
			s := playWith(t, "", fmt.Sprintf("  slow: {url: %q}\nroutes:\n  - {path: /slow/, upstream: slow}\n", behind.URL))
			token := s.Token(guardtest.User{ID: "ann", SessionID: "s1"})
			go func() {
				<-arrived
				c.happens(s)
			}()
			a := s.raw(t, "POST /slow/x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer "+token+"\r\n"+c.body)
			if code := codeOf(t, a); a.StatusCode != c.status || code != c.code {
				t.Errorf("got %d %s, want %d %s", a.StatusCode, code, c.status, c.code)
			}
		})
	}
}

// last returns an answer itself, where others may come before it.
func (s *scene) last(t *testing.T, path string, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.at+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	for line := range strings.SplitSeq(strings.Join(headers, "\r\n"), "\r\n") {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	a, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Body.Close() })
	return a
}

// A request has one line in the log, with nothing secret in it, and one id.
func TestLogAndRequestID(t *testing.T) {
	s := play(t, open)
	token := s.Token(guardtest.User{SessionID: "sess-canary"})
	early := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Request-Id", "of-the-service")
		if r.URL.Path == "/orders/hints" {
			w.WriteHeader(http.StatusEarlyHints)
		}
	})
	s.serve.Store(&early)
	for name, c := range map[string]struct{ sent, want string }{
		"a good one":    {"X-Request-Id: good-id-1", "good-id-1"},
		"two":           {"X-Request-Id: good-id-2\r\nX-Request-Id: evil", "good-id-2"},
		"a bad one":     {"X-Request-Id: no good", ""},
		"named as hop":  {"X-Request-Id: good-id-3\r\nConnection: X-Request-Id", "good-id-3"},
		"none":          {"Accept: */*", ""},
		"before a hint": {"X-Request-Id: good-id-4", "good-id-4"},
	} {
		t.Run(name, func(t *testing.T) {
			path := "/orders/x"
			if name == "before a hint" {
				path = "/orders/hints"
			}
			a := s.last(t, path+"?q=query-canary", "Authorization: Bearer "+token, "Cookie: c=cookie-canary", c.sent)
			r := s.came()
			if r == nil {
				t.Fatalf("got %d", a.StatusCode)
			}
			at, heard := a.Header["X-Request-Id"], r.Header["X-Request-Id"]
			if len(at) != 1 || len(heard) != 1 || at[0] != heard[0] || c.want != "" && at[0] != c.want || strings.Contains(at[0], " ") || len(at[0]) < 8 {
				t.Errorf("the client got %q, the service %q, want %q", at, heard, c.want)
			}
			eventually(t, "one line is written", func() bool {
				n := strings.Count(s.log.String(), `"requestId":"`+at[0]+`"`)
				if n > 1 {
					t.Fatalf("%d lines", n)
				}
				return n == 1
			})
		})
	}
	for _, secret := range []string{token, "sess-canary", "query-canary", "cookie-canary"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
}
