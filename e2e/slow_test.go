package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// dial opens a bare connection to a server and says something.
func (s *server) dial(t *testing.T, say string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(2 * patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, say); err != nil {
		t.Fatal(err)
	}
	return conn
}

// hungUp waits until the server hangs up; a client that waits for ever would
// be told by its own deadline, which is an error.
func hungUp(t *testing.T, conn io.Reader, what string) (said string) {
	t.Helper()
	text, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%s: the server did not hang up", what)
	}
	return string(text)
}

// TestSlowClientsAreCutOff: who does not get on with it is hung up on, and keeps
// nobody else waiting.
func TestSlowClientsAreCutOff(t *testing.T) {
	t.Parallel()
	s := start(t, "dev", quick().with(env{"LOGIN_OTP": "off"}))
	var idle, halfHeads, halfBodies []net.Conn
	for range 500 {
		idle = append(idle, s.dial(t, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"))
	}
	for range 20 {
		idle = append(idle, s.dial(t, ""))
		halfHeads = append(halfHeads, s.dial(t, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: a"))
		halfBodies = append(halfBodies, s.dial(t, "POST /auth/login HTTP/1.1\r\nHost: localhost\r\n"+
			"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"))
	}
	c := s.client()
	_, g := c.join(t) // with all of them there
	for _, conn := range halfHeads {
		hungUp(t, conn, "half a header")
	}
	c.want(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, g.bearer()...)
	for _, conn := range halfBodies {
		if said := hungUp(t, conn, "half a body"); strings.HasPrefix(said, "HTTP/1.1 2") {
			t.Errorf("half a body was answered with success: %s", said)
		}
	}
	c.want(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, g.bearer()...)
	for _, conn := range idle {
		if said := hungUp(t, conn, "an idle connection"); said != "" && !strings.HasPrefix(said, "HTTP/1.1 200") {
			t.Errorf("before it was idle it was told %q", said)
		}
	}
	c.want(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, g.bearer()...)
}

func TestOversizedHeadersAreRefused(t *testing.T) {
	t.Parallel()
	s := start(t, "dev", quick())
	conn := s.dial(t, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Big: "+strings.Repeat("a", 64<<10)+"\r\n\r\n")
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d, want 431", r.StatusCode)
	}
	s.client().want(t, "HEALTHY", "GET", "/healthz", nil)
}
