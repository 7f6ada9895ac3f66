package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// A site is an origin of our own: a page at /page and, where there is a server
// behind it, the service at /auth. It remembers what was answered.
type site struct {
	origin string
	mu     sync.Mutex
	seen   []seen
	gate   *gate // holds refreshes; see together
}

// together has the next n refreshes wait for each other before they are passed
// on: sent with the same cookie, they then arrive as what they are. One that
// came after another's successor had been used would be an old token, which
// ends the session whoever sent it (CONTRACT.md §7).
func (s *site) together(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate = &gate{left: n, open: make(chan struct{})}
}

// A gate opens when the last of those who are awaited has come.
type gate struct {
	left int
	open chan struct{}
}

// meet waits where refreshes are to go together.
func (s *site) meet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		gate := s.gate
		held := gate != nil && r.URL.Path == "/auth/refresh"
		if held {
			if gate.left--; gate.left == 0 {
				close(gate.open)
			}
		}
		s.mu.Unlock()
		if held {
			select {
			case <-gate.open:
			case <-r.Context().Done():
			}
		}
		next.ServeHTTP(w, r)
	})
}

// apart lets everything pass again.
func (s *site) apart() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate = nil
}

// seen is an exchange as the site saw it pass.
type seen struct {
	method, path, code string
	cookies            bool // the browser added ours
}

// openSite serves a site on a port of loopback. The browser calls it host.
func openSite(t *testing.T, host string, port int, behind *server) *site {
	t.Helper()
	s := &site{origin: fmt.Sprintf("http://%s:%d", host, port)}
	pages := http.NewServeMux()
	pages.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, page) //nolint:errcheck // the browser has gone
	})
	if behind != nil {
		pages.Handle("/auth/", s.meet(s.proxy(behind)))
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	web := &httptest.Server{Listener: listener, Config: &http.Server{Handler: pages}}
	web.Start()
	t.Cleanup(web.Close)
	return s
}

// page has one function: call sends a request as page scripts do and returns
// all that a script can see of the answer.
const page = `<!doctype html><html lang="en"><title>A page</title><link rel="icon" href="data:,">
<script>
async function call(method, url, body, options = {}) {
  const init = {method, credentials: 'include', headers: {}, ...options};
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers['Content-Type'] = 'application/json';
  }
  try {
    const r = await fetch(url, init);
    return {type: r.type, status: r.status, text: await r.text(), cookie: document.cookie};
  } catch (e) {
    return {type: 'blocked', status: 0, text: String(e), cookie: document.cookie};
  }
}
</script></html>`

func (s *site) proxy(behind *server) http.Handler {
	to := &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", behind.port)}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.SetXForwarded()
			r.Out.Host = r.In.Host
		},
		ModifyResponse: func(r *http.Response) error {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			var a answer
			if len(body) > 0 {
				if err := json.Unmarshal(body, &a); err != nil {
					return err
				}
			}
			hideTokens(r.Cookies(), a.Data)
			s.mu.Lock()
			defer s.mu.Unlock()
			s.seen = append(s.seen, seen{
				r.Request.Method, r.Request.URL.Path, a.Meta.Code, strings.Contains(r.Request.Header.Get("Cookie"), "accessToken="),
			})
			return nil
		},
	}
}

// passed returns what passed since it was last asked.
func (s *site) passed() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.seen
	s.seen = nil
	return all
}
