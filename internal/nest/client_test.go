package nest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A service answers what a client sends: each request by a function that writes
// frames of its own, in the order in which they come.
type service struct {
	net.Listener
	dialled atomic.Int32
}

func newService(t *testing.T, answer func(nc net.Conn, p packet)) *service {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &service{Listener: l}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			s.dialled.Add(1)
			all.Go(func() {
				defer nc.Close()
				frames := newFrameReader(nc)
				for {
					body, err := frames.next()
					if err != nil {
						return
					}
					p, _, err := readPacket(body)
					if err != nil {
						t.Errorf("the client sent %q: %v", body, err)
						return
					}
					p.id, p.data, p.pattern = bytes.Clone(p.id), bytes.Clone(p.data), bytes.Clone(p.pattern)
					answer(nc, p)
				}
			})
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return s
}

func (s *service) client(t *testing.T) *Client {
	c := NewClient(ClientConfig{Address: s.Addr().String()})
	t.Cleanup(c.Close)
	return c
}

// say writes a frame, which the client may not be there to read.
func say(nc net.Conn, body string) { _, _ = nc.Write(appendFrame(nil, []byte(body))) }

func TestClientCalls(t *testing.T) {
	s := newService(t, func(nc net.Conn, p packet) {
		switch command(p.pattern) {
		case "echo":
			say(nc, fmt.Sprintf(`{"response":%s,"isDisposed":true,"id":%s}`, p.data, p.id))
		case "void":
			say(nc, fmt.Sprintf(`{"isDisposed":true,"id":%s}`, p.id))
		case "stream":
			say(nc, fmt.Sprintf(`{"response":1,"id":%s}`, p.id))
			say(nc, fmt.Sprintf(`{"response":2,"isDisposed":true,"id":%s}`, p.id))
		case "fail":
			say(nc, fmt.Sprintf(`{"err":{"statusCode":404},"isDisposed":true,"id":%s}`, p.id))
		case "deep":
			say(nc, fmt.Sprintf(`{"response":%s,"isDisposed":true,"id":%s}`, strings.Repeat("[", 100)+strings.Repeat("]", 100), p.id))
		default:
			say(nc, fmt.Sprintf(`{"id":%s,"status":"error","err":%s}`, p.id, noHandler))
		}
	})
	c := s.client(t)
	for _, test := range []struct {
		command, data, want string
		err                 error
	}{
		{command: "echo", data: `{"ko":"로그인 성공","key":"🔑"}`, want: `{"ko":"\ub85c\uadf8\uc778 \uc131\uacf5","key":"\ud83d\udd11"}`},
		{command: "echo", want: `null`},
		{command: "void"},
		{command: "stream", want: `1`},
		{command: "echo", data: `3`, want: `3`},
		{command: "unheard-of", err: ErrUnknown},
		{command: `with "quotes" and 한글`, err: ErrUnknown},
	} {
		got, err := c.Call(t.Context(), test.command, []byte(test.data))
		if string(got) != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s: got %s, %v; want %s, %v", test.command, got, err, test.want, test.err)
		}
	}
	for command, want := range map[string]string{"fail": `{"statusCode":404}`, "deep": string(tooDeep.Value)} {
		var failed *Error
		if _, err := c.Call(t.Context(), command, nil); !errors.As(err, &failed) || string(failed.Value) != want {
			t.Errorf("%s: got %v, want %s", command, err, want)
		}
	}
	if n := s.dialled.Load(); n != 1 {
		t.Errorf("%d connections, want one", n)
	}
}

// Answers find who asked, in whatever order they come.
func TestClientShares(t *testing.T) {
	const n = 200
	var held []packet
	s := newService(t, func(nc net.Conn, p packet) {
		if held = append(held, p); len(held) < n {
			return
		}
		for i := len(held) - 1; i >= 0; i-- {
			say(nc, fmt.Sprintf(`{"response":%s,"isDisposed":true,"id":%s}`, held[i].data, held[i].id))
		}
	})
	c := s.client(t)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			got, err := c.Call(t.Context(), "x", []byte(strconv.Itoa(i)))
			if err != nil || string(got) != strconv.Itoa(i) {
				t.Errorf("call %d: got %s, %v", i, got, err)
			}
		})
	}
	all.Wait()
	if n := s.dialled.Load(); n != 1 {
		t.Errorf("%d connections, want one", n)
	}
}

// Who gives up leaves the connection to the others, and an answer that comes
// too late to nobody.
func TestClientGivesUp(t *testing.T) {
	asked := make(chan packet, 1)
	s := newService(t, func(nc net.Conn, p packet) {
		if command(p.pattern) == "slow" {
			asked <- p
			return
		}
		late := <-asked
		say(nc, fmt.Sprintf(`{"response":"late","isDisposed":true,"id":%s}`, late.id))
		say(nc, fmt.Sprintf(`{"response":"now","isDisposed":true,"id":%s}`, p.id))
	})
	c := s.client(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := c.Call(ctx, "slow", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the end of its time", err)
	}
	if got, err := c.Call(t.Context(), "quick", nil); err != nil || string(got) != `"now"` {
		t.Errorf("the next call: got %s, %v", got, err)
	}
	if n := s.dialled.Load(); n != 1 {
		t.Errorf("%d connections, want one", n)
	}
}

// A connection that ends takes its calls with it, and the next call makes
// another one. So does one on which something comes that is no answer.
func TestClientOutlivesConnections(t *testing.T) {
	for name, ending := range map[string]string{
		"closed":           ``,
		"no length":        `hello`,
		"no JSON":          `5#hello`,
		"an id of nobody":  `23#{"response":1,"id":"x"}`,
		"an id no string":  `22#{"response":1,"id":[]}`,
		"nothing asked":    `24#{"response":1,"id":"99"}`,
		"no object":        `2#[]`,
		"a long frame":     `999999999#`,
		"no UTF-8":         "3#\"\xff\"",
		"half a character": "3#\"\xf0\x9f\x94\x91\"",
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, func(nc net.Conn, p packet) {
				if command(p.pattern) == "end" {
					_, _ = nc.Write([]byte(ending))
					if ending == "" {
						nc.Close()
					}
					return
				}
				say(nc, fmt.Sprintf(`{"response":%s,"isDisposed":true,"id":%s}`, p.data, p.id))
			})
			c := s.client(t)
			for range 2 {
				if _, err := c.Call(t.Context(), "end", nil); !errors.Is(err, ErrLost) {
					t.Errorf("got %v, want the connection to be lost", err)
				}
				if got, err := c.Call(t.Context(), "echo", []byte(`1`)); err != nil || string(got) != `1` {
					t.Errorf("after it: got %s, %v", got, err)
				}
			}
			if n := s.dialled.Load(); n != 3 {
				t.Errorf("%d connections, want three", n)
			}
		})
	}
}

func TestClientWithNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	c := NewClient(ClientConfig{Address: l.Addr().String()})
	defer c.Close()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := c.Call(t.Context(), "x", nil); !errors.Is(err, ErrNotDialled) {
				t.Errorf("got %v, want that nothing was sent", err)
			}
		})
	}
	all.Wait()
}

// Close waits for the calls under way; a call that comes later is answered, and
// leaves no connection behind.
func TestClientClose(t *testing.T) {
	asked, reply := make(chan struct{}, 1), make(chan struct{})
	ended := make(chan struct{}, 2)
	s := newService(t, func(nc net.Conn, p packet) {
		asked <- struct{}{}
		<-reply
		say(nc, fmt.Sprintf(`{"response":1,"isDisposed":true,"id":%s}`, p.id))
		go func() {
			_, _ = nc.Read(make([]byte, 1))
			ended <- struct{}{}
		}()
	})
	c := s.client(t)
	for range 2 {
		done := make(chan error, 1)
		go func() { _, err := c.Call(t.Context(), "x", nil); done <- err }()
		<-asked
		c.Close()
		reply <- struct{}{}
		if err := <-done; err != nil {
			t.Errorf("a call under way: %v", err)
		}
		<-ended
	}
}

// An event is a string that holds the pattern of a command, and has no id.
func TestClientEmits(t *testing.T) {
	came := make(chan packet, 1)
	s := newService(t, func(_ net.Conn, p packet) { came <- p })
	c := s.client(t)
	if err := c.Emit(t.Context(), "user.created", []byte(`{"id":7}`)); err != nil {
		t.Fatal(err)
	}
	c.Close() // it is written by now
	p := <-came
	if string(p.pattern) != `"{\"cmd\":\"user.created\"}"` || string(p.data) != `{"id":7}` || p.id != nil {
		t.Errorf("got %s %s, id %s", p.pattern, p.data, p.id)
	}
}

// A service is asked for its certificate, and believed by no other.
func TestClientTLS(t *testing.T) {
	web := httptest.NewTLSServer(nil) // for its certificate, which is for example.com
	defer web.Close()
	authorities := x509.NewCertPool()
	authorities.AddCert(web.Certificate())
	l := tls.NewListener(silent(t), &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12})
	server := NewServer(Config{Log: slog.New(slog.DiscardHandler), Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) { return r.Data, nil })})
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	for name, works := range map[string]bool{"example.com": true, "other.test": false} {
		c := NewClient(ClientConfig{Address: l.Addr().String(), TLS: &tls.Config{RootCAs: authorities, ServerName: name, MinVersion: tls.VersionTLS12}})
		if got, err := c.Call(t.Context(), "echo", []byte(`1`)); (err == nil) != works || works && string(got) != `1` || !works && !errors.Is(err, ErrNotDialled) {
			t.Errorf("as %s: got %s, %v", name, got, err)
		}
		c.Close()
	}
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, ErrServerClosed) {
		t.Error(err)
	}
}

// A client and a server of ours.
func TestClientAndServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(Config{Log: slog.New(slog.DiscardHandler), Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		if r.Command != "echo" {
			return nil, ErrUnknown
		}
		return r.Data, nil
	})})
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	c := NewClient(ClientConfig{Address: l.Addr().String()})
	text := `"` + strings.Repeat("한🔑a", 5_000) + `"`
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			got, err := c.Call(t.Context(), "echo", []byte(text))
			if err != nil || len(got) != len(text)-2+5_000*(6+12-7)+2 {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
	all.Wait()
	if _, err := c.Call(t.Context(), "nothing", nil); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
	c.Close()
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, ErrServerClosed) {
		t.Error(err)
	}
}
