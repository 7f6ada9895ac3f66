package gateway_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/latchkey/latchkey/guard/guardtest"
)

func codeOf(t *testing.T, a *http.Response) string {
	t.Helper()
	var e struct {
		HTTPStatus int
		Meta       struct{ Code string }
	}
	if err := json.NewDecoder(a.Body).Decode(&e); err != nil || e.HTTPStatus != a.StatusCode {
		t.Errorf("no envelope: %v, httpStatus %d of %d", err, e.HTTPStatus, a.StatusCode)
	}
	return e.Meta.Code
}

// echo is a WebSocket in all but its frames.
func echo(w http.ResponseWriter, r *http.Request) {
	c, b, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	fmt.Fprint(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	_, _ = io.Copy(c, b)
}

func ticks(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, "data: 1\n\n")
	_ = http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// What goes on ends with the session that began it.
func TestEndedSessionsAreCut(t *testing.T) {
	for name, c := range map[string]struct {
		serve   http.HandlerFunc
		headers []string
	}{
		"WebSocket": {echo, []string{"Connection: Upgrade", "Upgrade: websocket"}},
		"stream":    {ticks, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := play(t, open)
			s.serve.Store(&c.serve)
			var d net.Dialer
			conn, err := d.DialContext(t.Context(), "tcp", s.at)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(3 * time.Minute))
			fmt.Fprint(conn, lines(append([]string{"GET /orders/x HTTP/1.1", "Host: a", "Authorization: Bearer " + s.Token(guardtest.User{SessionID: "s1"})}, c.headers...)...))
			r := bufio.NewReader(conn)
			a, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Body.Close()
			var from io.Reader = a.Body
			if a.StatusCode == 101 {
				fmt.Fprint(conn, "hello!!")
				from = r
			}
			first := make([]byte, 7)
			if _, err := io.ReadFull(from, first); err != nil {
				t.Fatalf("got %q, %v", first, err)
			}
			s.EndSession("s1", "logout")
			ended := time.Now()
			if _, err := io.Copy(io.Discard, from); err != nil {
				var slow net.Error
				if errors.As(err, &slow) && slow.Timeout() {
					t.Fatal("it goes on after its session has ended")
				}
			}
			t.Logf("cut after %s", time.Since(ended))
		})
	}
}

func TestUpstreamFailuresHaveAnEnvelope(t *testing.T) {
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = dead.Close()
	routes := `  slow: {url: "http://%s", timeout: 50ms}
  gone: {url: "http://` + dead.Addr().String() + `"}
routes:
  - {path: /slow/, upstream: slow, public: true}
  - {path: /gone/, upstream: gone, public: true}
  - {path: /only/, upstream: orders, public: true, methods: [GET]}
`
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, in the kernel, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	s := playWith(t, "", fmt.Sprintf(routes, silent.Addr()))
	for request, want := range map[string]string{
		"GET /slow/x":   "504 UPSTREAM_TIMEOUT",
		"GET /gone/x":   "502 UPSTREAM_UNAVAILABLE",
		"GET /none":     "404 ROUTE_NOT_FOUND",
		"PUT /only/x":   "405 METHOD_NOT_ALLOWED",
		"GET /":         "404 ROUTE_NOT_FOUND",
		"GET /metrics":  "404 ROUTE_NOT_FOUND",
		"GET /healthz":  "200 HEALTHY",
		"GET /readyz":   "200 READY",
		"GET /slow/..x": "504 UPSTREAM_TIMEOUT",
	} {
		a := s.raw(t, lines(request+" HTTP/1.1", "Host: a"))
		if got := fmt.Sprint(a.StatusCode, " ", codeOf(t, a)); got != want {
			t.Errorf("%s: got %s, want %s", request, got, want)
		}
		if a.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s: no X-Request-Id", request)
		}
	}
}

// Only a proxy that is trusted says where a request came from.
func TestForwarded(t *testing.T) {
	for name, c := range map[string]struct{ top, want, proto string }{
		"a stranger":      {"trusted_proxies: [10.0.0.0/8]\n", "127.0.0.1", "http"},
		"a trusted proxy": {"trusted_proxies: [127.0.0.1]\n", "6.6.6.6, 127.0.0.1", "https"},
	} {
		t.Run(name, func(t *testing.T) {
			s := playWith(t, c.top, open)
			s.raw(t, lines("GET /public/x HTTP/1.1", "Host: a", "X-Forwarded-For: 6.6.6.6", "X_Forwarded_For: 7.7.7.7", "X-Forwarded-Proto: https", "Forwarded: for=8.8.8.8", "X-Real-IP: 9.9.9.9",
				"Connection: X-Forwarded-Host, X-Forwarded-For"))
			h := s.came().Header
			if h.Get("X-Forwarded-For") != c.want || h.Get("X-Forwarded-Proto") != c.proto || h.Get("Forwarded") != "" || h.Get("X-Real-Ip") == "9.9.9.9" || len(h["X_forwarded_for"]) > 0 {
				t.Errorf("got %v", h)
			}
		})
	}
}

// BenchmarkAdded is what the gateway adds to a request: the difference to
// BenchmarkStraight.
func BenchmarkAdded(b *testing.B)    { benchmark(b, true) }
func BenchmarkStraight(b *testing.B) { benchmark(b, false) }

func benchmark(b *testing.B, through bool) {
	s := play(b, open)
	at := s.behind
	if through {
		at = "http://" + s.at
	}
	token := s.Token(guardtest.User{})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	b.Cleanup(client.CloseIdleConnections)
	b.ReportAllocs()
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, at+"/orders/x", nil)
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		a, err := client.Do(r)
		if err != nil || a.StatusCode != http.StatusOK {
			b.Fatal(err, a)
		}
		_, _ = io.Copy(io.Discard, a.Body)
		_ = a.Body.Close()
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}
