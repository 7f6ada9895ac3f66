package gateway_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey/latchkey/guard/guardtest"
	"github.com/latchkey/latchkey/internal/gateway"
)

func TestTablesThatAreWrong(t *testing.T) {
	auth := guardtest.New(t)
	head := "issuer: " + auth.URL + "\nkey_env: KEY\nupstreams:\n  orders: {url: http://127.0.0.1:1}\n" // four lines
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":                {head + "routs: []\n", "line 5"},
		"unknown key of a route":     {head + "routes:\n  - {path: /a/, upstream: orders, role: [admin]}\n", "line 6"},
		"a key twice":                {head + "routes:\n  - {path: /a/, upstream: orders, path: /b/}\n", "line 6"},
		"one path twice":             {head + "routes:\n  - {path: /a/, upstream: orders}\n  - {path: /a/, upstream: orders, public: true}\n", "line 7"},
		"paths that overlap":         {head + "routes:\n  - {path: '/a/{x}/b', upstream: orders}\n  - {path: '/a/c/{y}', upstream: orders}\n", "line 7"},
		"unknown upstream":           {head + "routes:\n  - {path: /a/, upstream: odrers}\n", "line 6"},
		"public, with roles":         {head + "routes:\n  - {path: /a/, upstream: orders, public: true, roles: [admin]}\n", "line 6"},
		"public, for a tenant":       {head + "routes:\n  - {path: /a/, upstream: orders, public: true, tenant: acme}\n", "line 6"},
		"an empty role":              {head + "routes:\n  - {path: /a/, upstream: orders, roles: ['']}\n", "line 6"},
		"strict and lenient":         {head + "routes:\n  - {path: /a/, upstream: orders, strict: true, lenient: true}\n", "line 6"},
		"half a segment stripped":    {head + "routes:\n  - {path: /public/, upstream: orders, strip_prefix: /pub}\n", "line 6"},
		"a path of the auth service": {head + "routes:\n  - {path: /auth/admin/, upstream: orders, roles: [admin]}\n", "line 6"},
		"a lower-case method":        {head + "routes:\n  - {path: /a/, upstream: orders, methods: [get]}\n", "line 6"},
		"a command without a port":   {head + "  list: {url: 'nest://127.0.0.1/a'}\nroutes: []\n", "is no command such as"},
		"an address, no command":     {head + "  list: {url: 'nest://127.0.0.1:4505/'}\nroutes: []\n", "is no command such as"},
		"a command with a password":  {head + "  list: {url: 'nest://a:b@127.0.0.1:4505/a'}\nroutes: []\n", "is no command such as"},
		"a command with a query":     {head + "  list: {url: 'nest://127.0.0.1:4505/a?b=c'}\nroutes: []\n", "is no command such as"},
		"a command with health":      {head + "  list: {url: 'nest://127.0.0.1:4505/a', health: /healthz}\nroutes: []\n", "health is for services that speak HTTP"},
		"commands and requests":      {head + "  list: {urls: ['nest://127.0.0.1:4505/a', 'http://127.0.0.1:1']}\nroutes: []\n", "not by both"},
		"a command and a prefix":     {head + "  list: {url: 'nest://127.0.0.1:4505/a'}\nroutes:\n  - {path: /a, methods: [GET], upstream: list, strip_prefix: /a}\n", "line 7"},
		"a command and a token":      {head + "  list: {url: 'nest://127.0.0.1:4505/a'}\nroutes:\n  - {path: /a, methods: [GET], upstream: list, forward_token: true}\n", "line 7"},
		"a command, any method":      {head + "  list: {url: 'nest://127.0.0.1:4505/a'}\nroutes:\n  - {path: /a, upstream: list}\n", "methods: a command"},
		"a command and an identity":  {head + "  list: {url: 'nest://127.0.0.1:4505/a'}\nroutes:\n  - {path: '/a/{tenantId}', methods: [GET], upstream: list}\n", "{tenantId}"},
		"commands for auth":          {strings.Replace(head, "key_env", "auth: nest://127.0.0.1:4505/a\nkey_env", 1) + "routes:\n  - {path: /a/, upstream: orders}\n", "reached by http"},
		"two documents":              {head + "routes:\n  - {path: /a/, upstream: orders}\n---\na: b\n", "one document"},
		"nothing":                    {"", "empty"},
		"no routes":                  {head, "routes"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "gateway.yaml")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			g, err := gateway.New(gateway.Config{Path: file, Env: func(string) string { return "lks_x" }, Log: slog.New(slog.DiscardHandler)})
			if err == nil {
				_ = g.Close()
				t.Fatal("it was taken")
			}
			if !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), ".go:") {
				t.Errorf("got %q, want %q in it, and no place in this program", err, c.want)
			}
		})
	}
}

// A table that is wrong changes nothing; one that is right takes over.
func TestReload(t *testing.T) {
	auth := guardtest.New(t)
	service := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(service.Close)
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	write := func(route string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(fmt.Sprintf(table, auth.URL, auth.URL, service.URL)+"routes:\n  - "+route+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("{path: /a/, upstream: orders, public: true}")
	log := &lineLog{said: make(chan string, 100)}
	g, err := gateway.New(gateway.Config{Path: file, Env: func(string) string { return auth.Config().Feed.Key }, Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	ctx, stop := context.WithCancel(t.Context())
	var beside sync.WaitGroup
	beside.Go(func() { g.Run(ctx) })
	t.Cleanup(beside.Wait)
	t.Cleanup(stop)
	status := func(path string) int {
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code
	}
	write("{path: /b/, upstream: nobody}")
	g.Reload()
	if line := log.wait(t, "stays in force"); !strings.Contains(line, "line 7") {
		t.Errorf("got %q, want the line of what is wrong", line)
	}
	if got := status("/a/"); got != 200 {
		t.Errorf("got %d after a table that is wrong", got)
	}
	write("{path: /b/, upstream: orders, public: true}")
	g.Reload()
	log.wait(t, "is in force")
	if a, b := status("/a/"), status("/b/"); a != 404 || b != 200 {
		t.Errorf("got %d and %d, want 404 and 200", a, b)
	}
}

type lineLog struct{ said chan string }

func (l *lineLog) Write(b []byte) (int, error) {
	l.said <- string(bytes.Clone(b))
	return len(b), nil
}

func (l *lineLog) wait(t *testing.T, text string) string {
	t.Helper()
	for {
		select {
		case line := <-l.said:
			if strings.Contains(line, text) {
				return line
			}
		case <-t.Context().Done():
			t.Fatal("not said: " + text)
		}
	}
}

// What may be done twice is tried once more elsewhere; nothing else is.
func TestRetries(t *testing.T) {
	for name, c := range map[string]struct {
		request string
		want    int
	}{
		"GET":             {lines("GET /two/x HTTP/1.1", "Host: a"), 200},
		"POST":            {lines("POST /two/x HTTP/1.1", "Host: a", "Content-Length: 1") + "a", 502},
		"PUT":             {lines("PUT /two/x HTTP/1.1", "Host: a", "Content-Length: 1") + "a", 502},
		"GET with a body": {lines("GET /two/x HTTP/1.1", "Host: a", "Content-Length: 1") + "a", 502},
	} {
		t.Run(name, func(t *testing.T) {
			breaks, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = breaks.Close() })
			go func() {
				for {
					conn, err := breaks.Accept()
					if err != nil {
						return
					}
					_, _ = conn.Read(make([]byte, 4096)) // it may have done it
					_ = conn.Close()
				}
			}()
			good := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			t.Cleanup(good.Close)
			s := playWith(t, "", fmt.Sprintf("  two: {urls: [%q, %q]}\nroutes:\n  - {path: /two/, upstream: two, public: true}\n", "http://"+breaks.Addr().String(), good.URL))
			got := map[int]int{}
			for range 4 { // round robin: half begin at each
				got[s.raw(t, c.request).StatusCode]++
			}
			if c.want == 200 && got[200] != 4 || c.want != 200 && got[c.want] == 0 {
				t.Errorf("got %v", got)
			}
		})
	}
}

// A service that asks for a signed word gets one that is for it, or no request.
func TestAssertion(t *testing.T) {
	s := playWith(t, "assertion: {header: X_Vouch}\n", "routes:\n  - {path: /orders/, upstream: orders, assertion: orders}\n")
	a := s.raw(t, lines("GET /orders/x HTTP/1.1", "Host: a", "Authorization: Bearer "+s.Token(guardtest.User{}), "X-Vouch: forged", "X_vouch: forged"))
	r := s.came()
	if a.StatusCode != 200 || r == nil {
		t.Fatalf("got %d", a.StatusCode)
	}
	for name, v := range r.Header {
		for _, one := range v {
			if one == "forged" {
				t.Errorf("the client's %s came through", name)
			}
		}
	}
}

func TestWithoutAnAssertionThereIsNoRequest(t *testing.T) {
	s := playWith(t, "assertion: {issuer: "+strings.Repeat("x", 7000)+"}\n", "routes:\n  - {path: /orders/, upstream: orders, assertion: orders}\n")
	a := s.raw(t, lines("GET /orders/x HTTP/1.1", "Host: a", "Authorization: Bearer "+s.Token(guardtest.User{})))
	if r := s.came(); a.StatusCode != 500 || r != nil {
		t.Errorf("got %d, and at the service %v", a.StatusCode, r)
	}
}
