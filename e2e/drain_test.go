package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDrainAnswersWhatItTook: on SIGTERM under load every request that is under
// way gets its whole answer, and what was answered is there afterwards.
func TestDrainAnswersWhatItTook(t *testing.T) {
	t.Parallel()
	_, smtp := openPost(t)
	s := start(t, "serve", quick().with(smtp).with(env{"LOGIN_OTP": "off", "REFRESH_GRACE": "5m"}))
	l := s.load()
	l.reach(t, 100)
	slow := newPerson()
	finish := s.halfSent(t, slow)
	s.signal(syscall.SIGTERM)
	eventually(t, "the server drains", func() bool { return strings.Contains(s.stderr.String(), `"draining"`) })
	if status, body := finish(); status != http.StatusCreated || !strings.Contains(body, "USER_CREATED") {
		t.Errorf("the request that was under way got %d %q", status, body)
	}
	if err := s.wait(); err != nil {
		t.Errorf("after SIGTERM: %v, want exit code 0", err)
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if info, err := os.Stat(s.database() + suffix); err == nil && info.Size() > 0 {
			t.Errorf("%s is left with %d bytes after a clean stop", suffix, info.Size())
		}
	}
	past := l.wait()
	s.launch()
	s.await()
	for _, err := range l.unexpected() {
		t.Error(err)
	}
	c := s.client()
	c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", slow.logIn())
	for _, h := range past {
		h.check(t, c)
	}
}

// TestASecondSignalEndsTheServer: who signals twice does not want to wait.
func TestASecondSignalEndsTheServer(t *testing.T) {
	t.Parallel()
	s := start(t, "dev", quick())
	s.halfSent(t, newPerson())
	s.signal(syscall.SIGTERM)
	eventually(t, "the server drains", func() bool { return strings.Contains(s.stderr.String(), `"draining"`) })
	eventually(t, "the server is gone", func() bool {
		select {
		case <-s.ended:
			return true
		default:
			s.signal(syscall.SIGTERM)
			return false
		}
	})
	if s.err == nil {
		t.Error("exit code 0, though a request was cut off")
	}
}

// halfSent sends a sign-up but for its last letter and waits until the server
// has begun to read it. The function that it returns sends the rest.
func (s *server) halfSent(t *testing.T, p person) (finish func() (status int, body string)) {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	body := fmt.Sprintf(`{"name":%q,"email":%q,"password":%q}`, p.Name, p.Email, p.Password)
	// With Expect, the server says when its handler begins to read (RFC 9110 §10.1.1).
	head := "POST /auth/sign-up HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: "
	if _, err := fmt.Fprintf(conn, "%s%d\r\n\r\n", head, len(body)); err != nil {
		t.Fatal(err)
	}
	if line, err := reader.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
		t.Fatalf("got %q, %v, want 100 Continue", line, err)
	}
	if _, err := reader.Discard(len("\r\n")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, body[:len(body)-1]); err != nil {
		t.Fatal(err)
	}
	return func() (int, string) {
		t.Helper()
		if _, err := io.WriteString(conn, body[len(body)-1:]); err != nil {
			t.Fatal(err)
		}
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		hideOutput(string(text))
		return answer.StatusCode, string(text)
	}
}

// TestReadyzSaysWhenToLookAway: in the delay after a signal, requests are still
// answered, and a load balancer is told to send no more.
func TestReadyzSaysWhenToLookAway(t *testing.T) {
	t.Parallel()
	s := start(t, "dev", quick().with(env{"DRAIN_DELAY": "3s"}))
	c := s.client()
	c.want(t, "READY", "GET", "/readyz", nil)
	s.signal(syscall.SIGTERM)
	eventually(t, "the server drains", func() bool { return strings.Contains(s.stderr.String(), `"draining"`) })
	c.want(t, "NOT_READY", "GET", "/readyz", nil)
	c.want(t, "HEALTHY", "GET", "/healthz", nil)
	if err := s.wait(); err != nil {
		t.Errorf("after SIGTERM: %v, want exit code 0", err)
	}
}
