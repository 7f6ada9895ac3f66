package nest

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// patience is how long a test waits for what must happen before it fails.
const patience = 3 * time.Minute

// serveFunc is a Handler that is a function.
type serveFunc func(ctx context.Context, r Request) ([]byte, error)

func (f serveFunc) Serve(ctx context.Context, r Request) ([]byte, error) { return f(ctx, r) }

// echo answers what it was sent.
var echo = serveFunc(func(_ context.Context, r Request) ([]byte, error) { return r.Data, nil })

// startServer serves on a loopback socket until the test ends, and then wants
// nothing of it to be left.
func startServer(t testing.TB, c Config) (*Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return startOn(t, l, c), l.Addr().String()
}

func startOn(t testing.TB, l net.Listener, c Config) *Server {
	t.Helper()
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s, served := NewServer(c), make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("the server did not come to its end: %v", err)
		}
		if err := <-served; !errors.Is(err, ErrServerClosed) {
			t.Errorf("Serve returned %v, want that it was closed", err)
		}
		eventually(t, "every goroutine of the server ends", func() bool { return running() == 0 })
	})
	return s
}

// running counts the goroutines that serve.
func running() (n int) {
	stacks := make([]byte, 1<<20)
	for len(stacks) < 1<<26 {
		if n := runtime.Stack(stacks, true); n < len(stacks) {
			stacks = stacks[:n]
			break
		}
		stacks = make([]byte, 2*len(stacks))
	}
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "nest.(*conn)") || strings.Contains(stack, "nest.(*Server)") {
			n++
		}
	}
	return n
}

// eventually waits until something is so, and fails if it never is.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never happens that %s", what)
		}
	}
}

// wait waits for a channel, and fails if nothing comes.
func wait[T any](t testing.TB, what string, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatalf("it never happens that %s", what)
	}
	return v
}

// until holds a handler up until a test lets it go on, or has failed.
func until[T any](t testing.TB, free <-chan T) {
	select {
	case <-free:
	case <-t.Context().Done():
	}
}

// peer is the other end of a connection. It reads frames by its own means.
type peer struct {
	net.Conn
	t testing.TB
	r *bufio.Reader
}

func dialPeer(t testing.TB, addr string) *peer {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return newPeer(t, c)
}

func newPeer(t testing.TB, c net.Conn) *peer {
	t.Helper()
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &peer{c, t, bufio.NewReader(c)}
}

// framed puts a body into a frame.
func framed(body string) string {
	return strconv.Itoa(len(utf16.Encode([]rune(body)))) + "#" + body
}

// ask is the body of a request for a command.
func ask(cmd, data, id string) string {
	return fmt.Sprintf(`{"pattern":{"cmd":%q},"data":%s,"id":%s}`, cmd, data, id)
}

// answered is the body of an answer.
func answered(data, id string) string {
	return fmt.Sprintf(`{"response":%s,"isDisposed":true,"id":%s}`, data, id)
}

// send sends bodies, all in one write.
func (p *peer) send(bodies ...string) {
	p.t.Helper()
	var b strings.Builder
	for _, body := range bodies {
		b.WriteString(framed(body))
	}
	p.write(b.String())
}

func (p *peer) write(raw string) {
	p.t.Helper()
	if _, err := io.WriteString(p.Conn, raw); err != nil {
		p.t.Fatal(err)
	}
}

// next reads the body of an answer.
func (p *peer) next() (string, error) {
	length, err := p.r.ReadString('#')
	if err != nil {
		return length, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, "#"))
	if err != nil {
		return "", err
	}
	body := make([]byte, n)
	_, err = io.ReadFull(p.r, body)
	return string(body), err
}

// gets wants these answers, in this order.
func (p *peer) gets(bodies ...string) {
	p.t.Helper()
	for _, want := range bodies {
		if got, err := p.next(); err != nil || got != want {
			p.t.Fatalf("got %.300q, %v; want %.300q", got, err, want)
		}
	}
}

// ends wants FIN and nothing else.
func (p *peer) ends() {
	p.t.Helper()
	if got, err := p.next(); !errors.Is(err, io.EOF) || got != "" {
		p.t.Fatalf("got %.300q, %v; want the end", got, err)
	}
}

// finish sends FIN.
func (p *peer) finish() {
	p.t.Helper()
	var err error
	switch c := p.Conn.(type) {
	case *net.TCPConn:
		err = c.CloseWrite()
	case *tls.Conn:
		err = c.CloseWrite()
	}
	if err != nil {
		p.t.Fatal(err)
	}
}
