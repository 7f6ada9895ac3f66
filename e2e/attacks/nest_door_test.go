package attacks

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// A nest is a running latchkey whose door for NestJS gateways is open
// (CONTRACT.md §8).
type nest struct {
	*server
	door   int         // its port
	secure *tls.Config // of its peers; nil: it speaks plain TCP
}

// startNest starts a server with an open door.
func startNest(t *testing.T, e env) *nest {
	t.Helper()
	port := freePort(t)
	return &nest{server: start(t, e.with(env{"AUTH_SERVICE_TCP_PORT": fmt.Sprint(port)})), door: port}
}

// connect opens a bare connection to the door.
func (n *nest) connect() (net.Conn, error) {
	dialer := net.Dialer{Timeout: 30 * time.Second}
	conn, err := dialer.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", n.door))
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if n.secure != nil {
		return tls.Client(conn, n.secure), nil
	}
	return conn, nil
}

// enter is connect for a test that needs it; the connection ends with it.
func (n *nest) enter(t *testing.T) net.Conn {
	t.Helper()
	conn, err := n.connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// frame is a body in its wire form: what counts are UTF-16 code units.
func frame(body string) string {
	return strconv.Itoa(len(utf16.Encode([]rune(body)))) + "#" + body
}

// packet is the body of a request. data is JSON if it is a json.RawMessage, else
// what there is JSON of.
func packet(command string, data any, id string) string {
	body, err := json.Marshal(data)
	if err != nil {
		panic(err) // the data are the suite's
	}
	return fmt.Sprintf(`{"pattern":{"cmd":%s},"data":%s,"id":%s}`, quoted(command), body, quoted(id))
}

func quoted(s string) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // no text makes it fail
	}
	return text
}

// some are all variants, and every tenth against a build with the race detector,
// which takes ten times as long for each.
func some[V any](all []V) (kept []V) {
	if !*raced {
		return all
	}
	for i := 0; i < len(all); i += 10 {
		kept = append(kept, all[i])
	}
	return kept
}

// atOnce is how many commands the suites have in flight on a connection.
func atOnce() int {
	if *raced {
		return 8
	}
	return 64
}

// faults are the lines of the server's log so far that tell of a fault.
func (n *nest) faults() (lines []string) {
	for line := range strings.SplitSeq(n.stderr.String(), "\n") {
		for _, msg := range []string{`"msg":"panic"`, `"msg":"internal fault"`, `"msg":"answer not written"`} {
			if strings.Contains(line, msg) {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// sane says as a breach what the server's log tells of faults.
func (n *nest) sane(v *verdict) {
	n.t.Helper()
	for _, line := range n.faults() {
		v.breach("a fault in the log", "%.600s", line)
	}
}

// says returns everything that the door answers to what is said on a connection
// of its own, until it hangs up: frames, and what is none.
func (n *nest) says(t *testing.T, say string) (bodies [][]byte, err error) {
	t.Helper()
	conn, err := n.connect()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	wrote := make(chan error, 1)
	go func() { // a server that has heard enough may not take the rest
		_, err := io.WriteString(conn, say)
		wrote <- err
		if half, ok := conn.(interface{ CloseWrite() error }); ok && err == nil {
			wrote <- half.CloseWrite()
		}
	}()
	from := bufio.NewReader(conn)
	for {
		body, err := readFrame(from)
		switch {
		case errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !strings.Contains(err.Error(), "half"):
			return bodies, nil
		case err != nil && strings.Contains(err.Error(), "reset by peer"):
			return bodies, nil
		case err != nil:
			return bodies, err
		}
		bodies = append(bodies, bytes.Clone(body))
	}
}
