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
	s := &scene{Server: guardtest.New(t), seen: make(chan *http.Request, 100)}
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
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	if err := os.WriteFile(file, []byte(top+fmt.Sprintf(table, s.URL, auth.URL, service.URL)+routes), 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := gateway.New(gateway.Config{
		Path: file, Env: func(string) string { return s.Config().Feed.Key }, Log: slog.New(slog.DiscardHandler),
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
	s.at, s.behind = front.Listener.Addr().String(), service.URL
	return s
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
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
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
