package nest

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A pipes is a listener of connections whose clock a test holds.
type pipes struct {
	come  chan net.Conn
	ended chan struct{}
}

func (l pipes) Accept() (net.Conn, error) {
	select {
	case c := <-l.come:
		return c, nil
	case <-l.ended:
		return nil, net.ErrClosed
	}
}

func (l pipes) Close() error {
	select {
	case <-l.ended:
	default:
		close(l.ended)
	}
	return nil
}

func (l pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// held runs a test of a server whose time stands still unless all wait.
func held(t *testing.T, c Config, test func(t *testing.T, s *Server, dial func() *peer)) {
	t.Helper()
	heldBehind(t, c, func(c net.Conn) net.Conn { return c }, test)
}

// heldBehind is held with something put before the server's connections.
func heldBehind(t *testing.T, c Config, before func(net.Conn) net.Conn, test func(t *testing.T, s *Server, dial func() *peer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := pipes{make(chan net.Conn), make(chan struct{})}
		c.Log = slog.New(slog.DiscardHandler)
		s, served := NewServer(c), make(chan error, 1)
		go func() { served <- s.Serve(l) }()
		t.Cleanup(func() {
			if err := s.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
			if err := <-served; !errors.Is(err, ErrServerClosed) {
				t.Error(err)
			}
		})
		test(t, s, func() *peer {
			ours, theirs := net.Pipe()
			l.come <- before(theirs)
			p := newPeer(t, ours)
			if err := ours.SetDeadline(time.Time{}); err != nil {
				t.Fatal(err)
			}
			return p
		})
	})
}

// slowly writes a byte every 990 ms and returns how many were taken.
func (p *peer) slowly(raw string) int {
	for i := range len(raw) {
		if _, err := p.Write([]byte{raw[i]}); err != nil {
			return i
		}
		time.Sleep(990 * time.Millisecond)
	}
	return len(raw)
}

// The time of a frame begins with its first byte, is not prolonged by the ones
// that follow, and is over with its last: then a connection may idle.
func TestFramesHaveATime(t *testing.T) {
	held(t, Config{Handler: echo}, func(t *testing.T, s *Server, dial func() *peer) {
		p := dial()
		for range 3 {
			time.Sleep(time.Hour)
			frame := `13#{"id":123456}`
			if n := p.slowly(frame[:15]); n != 15 {
				t.Fatalf("%d bytes were taken, want all of 15", n)
			}
			p.write(frame[15:]) // after 14.85 s
			p.gets(answered(`null`, `123456`))
		}
		time.Sleep(time.Hour)
		taken, start := make(chan int), time.Now()
		go func() { taken <- p.slowly(framed(ask("a", `"a byte now and then"`, `1`))) }()
		p.ends()
		if after := time.Since(start); after != 15*time.Second {
			t.Errorf("the connection ended after %v, want 15s", after)
		}
		if n := <-taken; n != 16 {
			t.Errorf("%d bytes were taken, want 16", n)
		}
		if got := s.Stats(); got.Requests != 3 || got.Malformed != 0 {
			t.Errorf("got %+v, want three requests", got)
		}
	})
}

// A frame whose beginning came with the one before has its time as well.
func TestFramesBehindOthersHaveATime(t *testing.T) {
	held(t, Config{Handler: echo}, func(t *testing.T, _ *Server, dial func() *peer) {
		p, start := dial(), time.Now()
		whole := framed(ask("a", `1`, `1`))
		p.write(whole + whole + whole[:9])
		p.gets(answered(`1`, `1`), answered(`1`, `1`))
		p.ends()
		if after := time.Since(start); after != 15*time.Second {
			t.Errorf("the connection ended after %v, want 15s", after)
		}
	})
}

// As many requests as may be in flight, and nothing more is read until one of
// them is answered.
func TestInFlight(t *testing.T) {
	var serving atomic.Int64
	held(t, Config{Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		serving.Add(1)
		defer serving.Add(-1)
		seconds, err := strconv.Atoi(string(r.Data))
		time.Sleep(time.Duration(seconds) * time.Second)
		return r.Data, err
	})}, func(t *testing.T, s *Server, dial func() *peer) {
		const all = 200
		p, other := dial(), dial()
		var sent atomic.Int64
		go func() { // each is ready a second after the one before
			for i := range all {
				if _, err := p.Write([]byte(framed(ask("a", strconv.Itoa(min(i, 64)+1), `1`)))); err != nil {
					t.Error(err)
				}
				sent.Add(1)
			}
		}()
		check := func(read, now int64) {
			t.Helper()
			synctest.Wait()
			if got := s.Stats().Requests; serving.Load() != now || got != uint64(read) || sent.Load() != read+1 { // one more has come and waits
				t.Fatalf("%d are served, %d were read, %d sent; want %d, %d and %d", serving.Load(), got, sent.Load(), now, read, read+1)
			}
		}
		check(64, 64)
		time.Sleep(time.Second)
		check(64, 63) // one is ready, and nobody takes its answer
		p.gets(answered(`1`, `1`))
		check(65, 64)
		time.Sleep(5 * time.Second)
		check(65, 59)
		p.gets(answered(`2`, `1`))
		check(66, 60)
		other.send(ask("a", `1`, `2`)) // has as many of its own
		other.gets(answered(`1`, `2`))
		for range all - 2 {
			if got, err := p.next(); err != nil {
				t.Fatal(got, err)
			}
		}
	})
}

// A peer that does not take its answers is given up, with all that it had in
// flight, and what it sent is no longer read.
func TestNobodyReads(t *testing.T) {
	held(t, Config{Handler: echo}, func(t *testing.T, s *Server, dial func() *peer) {
		p, other := dial(), dial()
		p.send(strings.Fields(strings.Repeat(ask("a", `1`, `1`)+" ", 300))...)
		check := func(connections int64) {
			t.Helper()
			synctest.Wait()
			if got := s.Stats(); got.Connections != connections || got.Requests > 64+1 {
				t.Errorf("got %+v, want %d connections and no more than 65 requests", got, connections)
			}
		}
		check(2)
		time.Sleep(15*time.Second - time.Nanosecond)
		check(2)
		time.Sleep(time.Nanosecond)
		check(1)
		other.send(ask("a", `1`, `1`))
		other.gets(answered(`1`, `1`))
	})
}

// A request has its time, which ends before the caller's, however its handler
// looks at the clock; and what it left running is told when it is over.
func TestRequestsHaveATime(t *testing.T) {
	for name, look := range map[string]func(ctx context.Context){
		"waits": func(ctx context.Context) { <-ctx.Done() },
		"asks": func(ctx context.Context) {
			for ctx.Err() == nil {
				time.Sleep(time.Second)
			}
		},
		"hands it on": func(ctx context.Context) {
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			<-ctx.Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			var last context.Context
			held(t, Config{Handler: serveFunc(func(ctx context.Context, r Request) ([]byte, error) {
				last = ctx
				if r.Command == "fast" {
					return r.Data, ctx.Err()
				}
				look(ctx)
				return nil, ctx.Err()
			})}, func(t *testing.T, _ *Server, dial func() *peer) {
				p, start := dial(), time.Now()
				p.send(ask("slow", `1`, `1`))
				p.gets(`{"err":{"status":"error","message":"Internal server error"},"isDisposed":true,"id":1}`)
				if after := time.Since(start); after != 9*time.Second || !errors.Is(last.Err(), context.DeadlineExceeded) {
					t.Errorf("it was answered after %v, %v; want 9s", after, last.Err())
				}
				p.send(ask("fast", `1`, `1`))
				p.gets(answered(`1`, `1`))
				<-last.Done()
				if err := last.Err(); !errors.Is(err, context.Canceled) {
					t.Errorf("of a request that is over: got %v", err)
				}
			})
		})
	}
}

// Nobody waits for connections that say nothing, nor for half a frame.
func TestShutdownOfIdleConnections(t *testing.T) {
	held(t, Config{Handler: echo}, func(t *testing.T, s *Server, dial func() *peer) {
		fresh, used, inside, start := dial(), dial(), dial(), time.Now()
		used.send(ask("a", `1`, `1`))
		used.gets(answered(`1`, `1`))
		inside.write(`86#{"pattern":`)
		synctest.Wait()
		if err := s.Shutdown(context.Background()); err != nil || time.Since(start) != 0 {
			t.Errorf("it ended after %v: %v", time.Since(start), err)
		}
		for _, p := range []*peer{fresh, used, inside} {
			p.ends()
		}
	})
}

// A listener that fails for a while is asked again, less and less often, and
// lets itself be closed meanwhile.
func TestAcceptFailsForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(Config{Handler: echo, Log: slog.New(slog.DiscardHandler)})
		l := &failing{}
		served := make(chan error, 1)
		go func() { served <- s.Serve(l) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		if l.asked < 60 || l.asked > 75 {
			t.Errorf("it was asked %d times in a minute, want about once a second", l.asked)
		}
		start := time.Now()
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-served; !errors.Is(err, ErrServerClosed) || time.Since(start) != 0 {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
}

type failing struct {
	pipes
	asked int
}

func (l *failing) Accept() (net.Conn, error) {
	l.asked++
	return nil, errors.New("too many open files")
}

func (l *failing) Close() error { return nil }
