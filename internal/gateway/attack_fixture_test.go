package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey/latchkey/guard/guardtest"
	"github.com/latchkey/latchkey/internal/gateway"
)

// scene is a gateway between a client, one service and an auth service that a
// test is in charge of.
type scene struct {
	*guardtest.Server
	at     string                           // host:port of the gateway
	behind string                           // address of the service
	seen   chan *http.Request               // what came to the service
	serve  atomic.Pointer[http.HandlerFunc] // the service, when the test has one
	auth   sync.Map                         // routes of the auth service: http.HandlerFunc by path
	gate   *gateway.Gateway
	log    *said
	top    string // of the table
	file   string // the table
}

// table is the part that every test has.
const table = "issuer: %s\nauth: %s\nkey_env: KEY\nupstreams:\n  orders: {url: %s}\n"

func play(t testing.TB, routes string) *scene {
	t.Helper()
	return playWith(t, "", routes)
}

// playWith has something at the top of the table, and more of it at its end.
func playWith(t testing.TB, top, routes string) *scene {
	t.Helper()
	s := &scene{Server: guardtest.New(t), seen: make(chan *http.Request, 100), log: &said{}}
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // and with it the trailers
		select {
		case s.seen <- r.Clone(r.Context()):
		default: // nobody looks
		}
		if h := s.serve.Load(); h != nil {
			(*h)(w, r)
		}
	}))
	t.Cleanup(service.Close)
	auth := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h, ok := s.auth.Load(r.URL.Path); ok {
			h.(http.HandlerFunc)(w, r)
			return
		}
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(auth.Close)
	t.Cleanup(auth.CloseClientConnections) // first, or Close would wait for the feed
	s.file = filepath.Join(t.TempDir(), "gateway.yaml")
	s.top = top + fmt.Sprintf(table, s.URL, auth.URL, service.URL)
	s.write(t, routes)
	g, err := gateway.New(gateway.Config{
		Path: s.file, Env: func(string) string { return s.Config().Feed.Key }, Log: slog.New(slog.NewJSONHandler(s.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	front := httptest.NewServer(g)
	t.Cleanup(front.Close)
	t.Cleanup(front.CloseClientConnections)
	s.gate = g
	s.at, s.behind = front.Listener.Addr().String(), service.URL
	return s
}

// write puts the routes into the table, at once.
func (s *scene) write(t testing.TB, routes string) {
	t.Helper()
	if err := os.WriteFile(s.file+".new", []byte(s.top+routes), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.file+".new", s.file); err != nil {
		t.Fatal(err)
	}
}

// raw sends bytes as they are and returns the answer to them.
func (s *scene) raw(t *testing.T, request string) *http.Response {
	t.Helper()
	var d net.Dialer
	c, err := d.DialContext(t.Context(), "tcp", s.at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	answer, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

// ask sends a request without a body on a connection of its own; headers are
// whole lines.
func (s *scene) ask(t *testing.T, what string, headers ...string) *http.Response {
	t.Helper()
	return s.raw(t, lines(append([]string{what + " HTTP/1.1", "Host: a"}, headers...)...))
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(3 * time.Minute); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// said is a log that can be read while it is written.
type said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// lines makes a request of its lines.
func lines(l ...string) string { return strings.Join(l, "\r\n") + "\r\n\r\n" }

// came returns what the service was asked, once the client has its answer; nil
// when it was asked nothing.
func (s *scene) came() *http.Request {
	select {
	case r := <-s.seen:
		return r
	default:
		return nil
	}
}
