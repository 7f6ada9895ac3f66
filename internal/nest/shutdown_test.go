package nest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"
	"time"
)

// serveOn serves a listener and tells what Serve returns.
func serveOn(t *testing.T, s *Server) (addr string, served <-chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	return l.Addr().String(), done
}

// stalled is a handler of which each request waits until it is let free.
func stalled(t *testing.T) (h Handler, started chan bool, free chan bool) {
	started, free = make(chan bool, 64), make(chan bool)
	return serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		started <- true
		until(t, free)
		return r.Data, nil
	}), started, free
}

// shutdown begins to shut a server down, and tells how that ended.
func shutdown(t *testing.T, ctx context.Context, s *Server) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(ctx) }()
	eventually(t, "it drains", s.draining.Load)
	return done
}

// What is in flight at the end is answered, then comes FIN; what comes later is
// neither served nor let in; who has nothing to wait for goes at once.
func TestShutdownAnswersWhatIsInFlight(t *testing.T) {
	h, started, free := stalled(t)
	s := NewServer(Config{Handler: h, Log: slog.New(slog.DiscardHandler)})
	one, servedOne := serveOn(t, s)
	two, servedTwo := serveOn(t, s) // a server has as many listeners as it likes
	a, b, idle, inside := dialPeer(t, one), dialPeer(t, two), dialPeer(t, two), dialPeer(t, one)
	a.send(ask("a", `1`, `1`), ask("a", `2`, `2`))
	b.send(ask("a", `3`, `3`))
	inside.write(`86#{"pattern":`)
	for range 3 {
		wait(t, "a request is served", started)
	}
	eventually(t, "all are in", func() bool { return s.Stats().Connections == 4 })

	done := shutdown(t, context.Background(), s)
	for _, p := range []*peer{idle, inside} {
		p.ends()
		p.Close()
	}
	for _, served := range []<-chan error{servedOne, servedTwo} {
		if err := wait(t, "Serve returns", served); !errors.Is(err, ErrServerClosed) {
			t.Errorf("got %v, want that it was closed", err)
		}
	}
	for _, addr := range []string{one, two} {
		if c, err := net.Dial("tcp", addr); err == nil {
			c.Close()
			t.Error("a connection was let in")
		}
	}
	a.send(ask("a", `4`, `4`))
	select {
	case err := <-done:
		t.Fatalf("it ended (%v) with requests in flight", err)
	case <-started:
		t.Fatal("a request was served that came later")
	default:
	}
	close(free)
	got := map[string]bool{}
	for range 2 {
		body, err := a.next()
		if err != nil {
			t.Fatal(err)
		}
		got[body] = true
	}
	if !got[answered(`1`, `1`)] || !got[answered(`2`, `2`)] {
		t.Errorf("got %v", got)
	}
	a.ends()
	a.Close()
	b.gets(answered(`3`, `3`))
	b.ends()
	b.Close()
	if err := wait(t, "it ends", done); err != nil {
		t.Error(err)
	}
	if got := s.Stats(); got.Connections != 0 || got.Requests != 3 || got.Malformed != 0 {
		t.Errorf("got %+v, want no connection and three requests", got)
	}
	if addr, served := serveOn(t, s); !errors.Is(wait(t, "Serve returns", served), ErrServerClosed) {
		t.Error("a server that was shut down serves at " + addr)
	}
	eventually(t, "every goroutine ends", func() bool { return running() == 0 })
}

// Frames that have come and were not begun with are no longer begun with, so
// that the end is near however many there are.
func TestShutdownReadsNoMore(t *testing.T) {
	h, started, free := stalled(t)
	s, addr := startServer(t, Config{Handler: h, InFlight: 1})
	p := dialPeer(t, addr)
	p.send(ask("a", `1`, `1`), ask("a", `2`, `2`), ask("a", `3`, `3`), ask("a", `4`, `4`), ask("a", `5`, `5`))
	wait(t, "the first is served", started)
	done := shutdown(t, context.Background(), s)
	close(free)
	p.gets(answered(`1`, `1`))
	for { // the second may have been read before
		if got, err := p.next(); err != nil {
			break
		} else if got != answered(`2`, `2`) {
			t.Errorf("got %s after the end", got)
		}
	}
	p.Close()
	if err := wait(t, "it ends", done); err != nil {
		t.Error(err)
	}
}

// Whoever is not ready in time is cut off: requests that look at their context
// end, and those that do not are not waited for.
func TestShutdownCutsOff(t *testing.T) {
	h, started, free := stalled(t)
	looked := make(chan error, 1)
	s := NewServer(Config{Log: slog.New(slog.DiscardHandler), Handler: serveFunc(func(ctx context.Context, r Request) ([]byte, error) {
		if r.Command == "looks" {
			started <- true
			<-ctx.Done()
			looked <- ctx.Err()
		}
		return h.Serve(ctx, r)
	})})
	addr, served := serveOn(t, s)
	p, q := dialPeer(t, addr), dialPeer(t, addr)
	p.send(ask("looks", `1`, `1`))
	q.send(ask("a", `1`, `1`))
	wait(t, "one is served", started)
	wait(t, "the other is served", started)
	ctx, cancel := context.WithCancel(context.Background())
	done := shutdown(t, ctx, s)
	cancel()
	if err := wait(t, "it ends", done); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cut off", err)
	}
	if err := wait(t, "a request is told", looked); !errors.Is(err, context.Canceled) {
		t.Errorf("it was told %v", err)
	}
	p.refused()
	q.refused()
	if err := wait(t, "Serve returns", served); !errors.Is(err, ErrServerClosed) {
		t.Error(err)
	}
	close(free)
	eventually(t, "every goroutine ends", func() bool { return running() == 0 })
	if err := s.Shutdown(context.Background()); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

// Connections that come and go while the server ends are all ended, and none is
// forgotten.
func TestShutdownAmongArrivals(t *testing.T) {
	for range 20 {
		s := NewServer(Config{Handler: echo, Log: slog.New(slog.DiscardHandler)})
		addr, served := serveOn(t, s)
		p := dialPeer(t, addr)
		p.serves()
		p.Close()
		stop, ended := make(chan bool), make(chan bool)
		go func() {
			defer close(ended)
			for {
				select {
				case <-stop:
					return
				default:
				}
				if c, err := net.Dial("tcp", addr); err == nil {
					_, _ = c.Read(make([]byte, 1)) // the end, whatever it is
					c.Close()
				}
			}
		}()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		cancel()
		close(stop)
		<-ended
		if err := wait(t, "Serve returns", served); !errors.Is(err, ErrServerClosed) {
			t.Error(err)
		}
		if got := s.Stats().Connections; got != 0 {
			t.Errorf("%d connections are left", got)
		}
	}
}

// A peer that takes nothing holds the end up no longer than its time to write.
func TestShutdownBesideAPeerThatNeverReads(t *testing.T) {
	large := make([]byte, 8<<20)
	for i := range large {
		large[i] = '1'
	}
	begun := make(chan bool, 1)
	s, addr := startServer(t, Config{WriteTimeout: 200 * time.Millisecond, Handler: serveFunc(func(context.Context, Request) ([]byte, error) {
		begun <- true
		return large, nil
	})})
	p := dialPeer(t, addr)
	if err := p.Conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	p.send(ask("a", `1`, `1`))
	wait(t, "it is served", begun)
	if err := wait(t, "it ends", shutdown(t, context.Background(), s)); err != nil {
		t.Error(err)
	}
}

// A connection that a listener had let in when the server ended is refused:
// nobody would wait for it.
func TestShutdownBeforeAConnectionIsServed(t *testing.T) {
	s := NewServer(Config{Handler: echo, Log: slog.New(slog.DiscardHandler)})
	if err := s.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	ours, theirs := net.Pipe()
	p := newPeer(t, ours)
	s.accept(theirs)
	p.ends()
	if got := s.Stats(); got.Refused != 1 || got.Connections != 0 {
		t.Errorf("got %+v, want it to be refused", got)
	}
}
