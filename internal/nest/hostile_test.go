package nest

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A peer that sends byte by byte is understood as long as it keeps to its time;
// one that does not is dropped, and one that says nothing at all stays.
func TestSlowAndSilentPeers(t *testing.T) {
	t.Run("by bytes", func(t *testing.T) {
		_, addr := startServer(t, Config{Handler: echo})
		p := dialPeer(t, addr)
		for _, b := range []byte(strings.Repeat(framed(ask("로그인", `"한🔑"`, `1`)), 3)) {
			if _, err := p.Write([]byte{b}); err != nil { // a segment each: Go sets TCP_NODELAY
				t.Fatal(err)
			}
		}
		want := answered(`"\ud55c\ud83d\udd11"`, `1`)
		p.gets(want, want, want)
	})
	t.Run("too slowly", func(t *testing.T) {
		s, addr := startServer(t, Config{Handler: echo, ReadTimeout: time.Second})
		silent, used, slow := dialPeer(t, addr), dialPeer(t, addr), dialPeer(t, addr)
		used.serves()
		ended := make(chan bool)
		go func() { // each byte in time, and all of them never
			for {
				select {
				case <-ended:
					return
				case <-time.After(time.Millisecond):
					_, _ = slow.Write([]byte("0")) // until nobody listens
				}
			}
		}()
		slow.write(framed(ask("a", `1`, `1`)) + `200000#"`)
		slow.gets(answered(`1`, `1`))
		slow.ends()
		close(ended)
		// Its time has passed for all that were there before it, and it is not theirs.
		silent.serves()
		used.serves()
		slow.Close()
		eventually(t, "the slow one is gone", func() bool { return s.Stats().Connections == 2 })
		if got := s.Stats(); got.Requests != 4 || got.Malformed != 0 {
			t.Errorf("got %+v, want four requests and none malformed", got)
		}
	})
}

// memory returns how much memory this process holds in heap and stacks, in bytes.
func memory() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// A million frames cost time, and no memory that grows with them.
func TestFlood(t *testing.T) {
	for name, test := range map[string]struct {
		frame   string
		n, each int // so many answers are wanted for each
	}{
		"nothing":  {"2#{}", 1_000_000, 0},
		"events":   {framed(`{"pattern":"a"}`), 20_000, 0},
		"requests": {framed(`{"pattern":"a","id":1}`), 20_000, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s, addr := startServer(t, Config{Handler: echo})
			p := dialPeer(t, addr)
			many := strings.Repeat(test.frame, 1000)
			go func() {
				for range test.n / 1000 {
					if _, err := io.WriteString(p.Conn, many); err != nil {
						t.Error(err)
					}
				}
				p.finish()
			}()
			runtime.GC()
			before, most := memory(), uint64(0)
			for i := range test.n * test.each {
				if got, err := p.next(); err != nil || got != answered(`null`, `1`) {
					t.Fatal(got, err)
				}
				if i%2000 == 0 {
					most = max(most, memory())
				}
			}
			eventually(t, "all is read", func() bool {
				most = max(most, memory())
				return s.Stats().Requests == uint64(test.n)
			})
			p.ends()
			if grown := int64(most) - int64(before); grown > 16<<20 {
				t.Errorf("the memory grew by %d bytes", grown)
			}
		})
	}
}

// Who takes no answers is cut off, having cost no more than the answers of what
// may be in flight; meanwhile others are served.
func TestPeerThatNeverReads(t *testing.T) {
	const size = 64 << 10
	large := []byte(`"` + strings.Repeat("x", size) + `"`)
	var served atomic.Int64
	s, addr := startServer(t, Config{WriteTimeout: time.Second, Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		if r.Command != "large" {
			return r.Data, nil
		}
		served.Add(1)
		return large, nil
	})})
	deaf, other := dialPeer(t, addr), dialPeer(t, addr)
	if err := deaf.Conn.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	before, most := memory(), uint64(0)
	cut := make(chan error, 1)
	go func() {
		frames := strings.Repeat(framed(ask("large", `1`, `1`)), 100)
		for {
			if _, err := io.WriteString(deaf.Conn, frames); err != nil {
				cut <- err
				return
			}
		}
	}()
	for ended := false; !ended; {
		select {
		case err := <-cut:
			ended = true
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal("it was never cut off")
			}
		default:
			other.serves()
			most = max(most, memory())
		}
	}
	eventually(t, "its connection ends", func() bool { return s.Stats().Connections == 1 })
	other.serves()
	// In flight, in the buffers of two sockets, and a copy of each while it is put together.
	if grown := int64(most) - int64(before); grown > 32<<20 {
		t.Errorf("the memory grew by %d bytes", grown)
	}
	if n := served.Load(); n > 2000 {
		t.Errorf("%d requests were served for nobody", n)
	}
}
