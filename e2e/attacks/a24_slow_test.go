package attacks

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
)

// TestA24SlowClients: who does not get on with it is hung up on, in the time
// that the settings give, and keeps nobody else waiting: a good client is served
// while thousands of others hold their connections.
func TestA24SlowClients(t *testing.T) {
	t.Parallel()
	s := start(t, open().with(env{"LOG_LEVEL": "warn"}))
	v, c := judge(t), s.client()
	_, g := c.join(t)
	served := func(when string) {
		t.Helper()
		for range 20 {
			if a, err := c.do(g.me()); err != nil || a.Meta.Code != "CURRENT_USER_OK" {
				v.breach(when, "a good client gets %v, %v", a, err)
			}
		}
	}
	const idle = 2000 // each end of one is a file here and there
	connections := make([]net.Conn, idle)
	for i := range connections {
		connections[i] = s.dial(t)
	}
	for i, conn := range connections[:100] { // some of them have asked for something once
		if _, err := io.WriteString(conn, wire("GET /healthz")); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
	}
	served("2,000 idle connections")

	slow := make([]net.Conn, 0, len(slowWays)*20)
	for _, way := range slowWays {
		for range 20 {
			conn := s.dial(t)
			slow = append(slow, conn)
			if _, err := io.WriteString(conn, way.say); err != nil && way.name != "reads nothing" {
				t.Fatalf("%s: %v", way.name, err)
			}
		}
	}
	served("slow heads and bodies")
	var all sync.WaitGroup
	for i, conn := range slow {
		all.Go(func() {
			name := slowWays[i/20].name
			text, err := io.ReadAll(conn)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				v.breach(name, "the server waits for ever")
			}
			if strings.HasPrefix(string(text), "HTTP/1.1 2") && name != "reads nothing" {
				v.breach(name, "half a request was answered: %.100s", text)
			}
		})
	}
	all.Wait()
	served("all of them cut off")
	http2(t, v, s)
	expectations(t, v, s)
	served("at the end")
}

// slowWays are clients that begin and do not go on. They send what they have at
// once and then nothing: a byte now and then is held to the same end.
var slowWays = []struct{ name, say string }{
	{"half a request line", "GET /auth/m"},
	{"half a head", "GET /auth/me HTTP/1.1\r\nHost: localhost\r\nX-Slow: a"},
	{"a head without its end", "GET /auth/me HTTP/1.1\r\nHost: localhost\r\nX-Slow: a\r\n"},
	{"half a body", wire("POST /auth/login", "Content-Type: application/json", "Content-Length: 100") + `{"email":`},
	{"a chunk without its end", wire("POST /auth/login", "Content-Type: application/json", "Transfer-Encoding: chunked") + "5\r\n{"},
}

// http2: the server speaks HTTP/1.1 alone, so that a rapid reset, a flood of
// CONTINUATION frames, of pings or settings has nobody to reach: neither by
// prior knowledge nor by an upgrade.
func http2(t *testing.T, v *verdict, s *server) {
	t.Helper()
	const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	settings, reset := "\x00\x00\x00\x04\x00\x00\x00\x00\x00", strings.Repeat("\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00\x08", 1000)
	for name, say := range map[string]string{
		"prior knowledge":      preface + settings,
		"rapid reset":          preface + settings + reset,
		"CONTINUATION flood":   preface + settings + strings.Repeat("\x00\x00\x01\x09\x00\x00\x00\x00\x01\x00", 1000),
		"ping flood":           preface + settings + strings.Repeat("\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678", 1000),
		"settings flood":       preface + strings.Repeat(settings, 1000),
		"upgrade to h2c":       wire("GET /healthz", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA") + preface + settings,
		"upgrade to websocket": wire("GET /healthz", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="),
	} {
		for _, a := range s.raw(t, say) {
			if a.status == http.StatusSwitchingProtocols || a.status < 200 {
				v.breach(name, "%v", a)
			}
		}
		if text := s.hear(t, say); strings.Contains(text, "\x00\x00\x00\x04") || text != "" && !strings.HasPrefix(text, "HTTP/1.1 ") {
			v.breach(name, "the server answers in frames: %.50q", text)
		}
	}
}

// hear returns all that the server says to something.
func (s *server) hear(t *testing.T, say string) string {
	t.Helper()
	conn := s.dial(t)
	defer conn.Close()
	_, err := io.WriteString(conn, say)
	if err == nil {
		err = conn.(*net.TCPConn).CloseWrite()
	}
	text, readErr := io.ReadAll(conn)
	if errors.Is(readErr, os.ErrDeadlineExceeded) {
		t.Errorf("the server does not hang up: %v", errors.Join(err, readErr))
	}
	return string(text)
}

// expectations: who asks first whether to send what is too much is told no, and
// not asked for it.
func expectations(t *testing.T, v *verdict, s *server) {
	t.Helper()
	for _, tt := range []struct {
		name string
		head []string
		want int
	}{
		{"100-continue for 1 GB", []string{"Content-Type: application/json", "Content-Length: 1073741824", "Expect: 100-continue"}, http.StatusRequestEntityTooLarge},
		{"an unheard-of expectation", []string{"Content-Type: application/json", "Content-Length: 2", "Expect: the-unexpected"}, http.StatusExpectationFailed},
	} {
		conn := s.dial(t)
		if _, err := io.WriteString(conn, wire("POST /auth/login", tt.head...)); err != nil {
			t.Fatal(err)
		}
		got, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			v.breach(tt.name, "no answer: %v", err)
			continue
		}
		if got.StatusCode != tt.want {
			v.breach(tt.name, "%s, want %d before the body", got.Status, tt.want)
		}
		got.Body.Close()
		conn.Close()
	}
}
