package redis

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// fake is a server that answers a command with what stands there for it, in the
// form of the protocol, and to everything else that it does not know it.
type fake map[string]string

// bulk is a text as an answer.
func bulk(text string) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(text), text) }

// start returns the address of the server.
func (f fake) start(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(bg, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go f.serve(conn)
		}
	}()
	return l.Addr().String()
}

func (f fake) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		var parts, length int
		if _, err := fmt.Fscanf(in, "*%d\r\n", &parts); err != nil {
			return
		}
		var command string
		for i := range parts {
			if _, err := fmt.Fscanf(in, "$%d\r\n", &length); err != nil {
				return
			}
			text := make([]byte, length+2)
			if _, err := io.ReadFull(in, text); err != nil {
				return
			}
			if i == 0 {
				command = strings.ToUpper(string(text[:length]))
			}
		}
		answer, ok := f[command]
		if !ok {
			answer = "-ERR unknown command\r\n"
		}
		if _, err := io.WriteString(conn, answer); err != nil {
			return
		}
	}
}
