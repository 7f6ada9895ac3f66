package attacks

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// What a mail server does.
const (
	mailTaken   = iota // keeps every letter
	mailDown           // nobody listens: connections are closed at once
	mailBusy           // says 421 and hangs up
	mailRefused        // takes no letter for anybody, for good
	mailSilent         // takes the connection and says nothing
	mailCut            // hangs up while the letter comes
)

// An office is a mail server (RFC 5321) that can be told to fail.
type office struct {
	mode    atomic.Int32
	mu      sync.Mutex
	letters []string // decoded, newest last
}

// openOffice serves on loopback until the test ends, and returns the settings
// that lead there.
func openOffice(t *testing.T) (*office, env) {
	t.Helper()
	port := freePort(t)
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	o, open := new(office), sync.Map{}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open.Store(conn, true)
			all.Go(func() {
				o.serve(conn)
				conn.Close()
				open.Delete(conn)
			})
		}
	})
	t.Cleanup(func() {
		if err := listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		open.Range(func(conn, _ any) bool {
			conn.(net.Conn).Close()
			return true
		})
		all.Wait()
	})
	return o, env{"SMTP_HOST": "127.0.0.1", "SMTP_PORT": fmt.Sprint(port)}
}

func (o *office) serve(conn net.Conn) {
	say := func(line string) { io.WriteString(conn, line+"\r\n") } //nolint:errcheck // who hangs up is not answered
	switch o.mode.Load() {
	case mailDown:
		return
	case mailBusy:
		say("421 come back later")
		return
	case mailSilent:
		o.hush(conn)
		return
	}
	say("220 office.test")
	for from := bufio.NewReader(conn); ; {
		line, err := from.ReadString('\n')
		if err != nil {
			return
		}
		switch verb := strings.ToUpper(strings.TrimSpace(line)); {
		case strings.HasPrefix(verb, "RCPT") && o.mode.Load() == mailRefused:
			say("550 nobody of that name")
		case verb == "DATA":
			say("354 go on")
			if o.mode.Load() == mailCut || o.keep(from) != nil {
				return
			}
			say("250 kept")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 office.test")
		}
	}
}

// hush says nothing until the client gives up, or it is told otherwise.
func (o *office) hush(conn net.Conn) {
	for o.mode.Load() == mailSilent {
		if conn.SetReadDeadline(time.Now().Add(50*time.Millisecond)) != nil {
			return
		}
		if _, err := conn.Read(make([]byte, 512)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
	}
}

// keep reads a letter up to its end.
func (o *office) keep(from *bufio.Reader) error {
	var raw strings.Builder
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			return err
		}
		if line == ".\r\n" {
			break
		}
		raw.WriteString(strings.TrimPrefix(line, "."))
	}
	text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(raw.String())))
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.letters = append(o.letters, string(text))
	return nil
}

var codeLine = regexp.MustCompile(`(?m)^\s*(\d{6})\s*$`)

// find waits for a letter to somebody that matches, and returns what is in the
// pattern's brackets; the newest that does.
func (o *office) find(t *testing.T, to string, pattern *regexp.Regexp) (found string) {
	t.Helper()
	eventually(t, "a letter has come to "+to, func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		for _, l := range o.letters {
			if m := pattern.FindStringSubmatch(l); m != nil && strings.Contains(l, to) {
				found = m[1]
			}
		}
		return found != ""
	})
	return found
}
