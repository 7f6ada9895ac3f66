package attacks

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dial opens a bare connection to a server.
func (s *server) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// raw says something over a bare connection, ends its half of it, and returns
// the answers that came until the server hung up.
func (s *server) raw(t *testing.T, say string) (replies []reply) {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		t.Error(err)
		return nil
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Error(err)
	}
	// A server that has heard enough hangs up while we speak: then both fail.
	if _, err := io.WriteString(conn, say); err == nil {
		err = conn.(*net.TCPConn).CloseWrite()
		if err != nil && !errors.Is(err, syscall.ENOTCONN) {
			t.Error(err)
		}
	}
	from := bufio.NewReader(conn)
	for {
		got, err := http.ReadResponse(from, nil)
		if err != nil {
			return replies
		}
		a, err := readReply(got)
		if err != nil || got.Body.Close() != nil {
			return replies
		}
		replies = append(replies, a)
	}
}

// wire is a request in its wire form, with the lines of its head as given.
func wire(first string, head ...string) string {
	return first + " HTTP/1.1\r\nHost: localhost\r\n" + strings.Join(append(head, "\r\n"), "\r\n")
}
