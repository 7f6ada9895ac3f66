package nest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// brackets nests n arrays.
func brackets(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// What is nested too deeply is refused by an answer, since the frame was in
// order: what else is on that connection, and on others, goes on.
func TestDeepRequests(t *testing.T) {
	served := make(chan string, 1)
	s, addr := startServer(t, Config{Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		served <- string(r.Data)
		return []byte(`1`), nil
	})})
	p, other := dialPeer(t, addr), dialPeer(t, addr)
	deep := `{"err":{"status":"error","message":"the request is nested too deeply"},"isDisposed":true,"id":"x"}`
	for name, body := range map[string]string{
		"data, one too many":  `{"pattern":"a","data":` + brackets(maxDepth) + `,"id":"x"}`,
		"data, 3,000":         `{"pattern":"a","data":` + brackets(3_000) + `,"id":"x"}`,
		"data, 100,000":       `{"pattern":"a","data":` + brackets(100_000) + `,"id":"x"}`,
		"pattern, 3,000":      `{"pattern":` + strings.Repeat(`{"cmd":`, 3_000) + `1` + strings.Repeat(`}`, 3_000) + `,"id":"x"}`,
		"pattern, 100,000":    `{"pattern":` + brackets(100_000) + `,"data":1,"id":"x"}`,
		"an unknown member":   `{"pattern":"a","data":1,"other":` + brackets(100_000) + `,"id":"x"}`,
		"behind the id":       `{"id":"x","pattern":` + brackets(100_000) + `}`,
		"quotes and brackets": `{"pattern":"}]\"","data":` + strings.Repeat(`["]\\",`, 50) + `1` + strings.Repeat("]", 50) + `,"id":"x"}`,
	} {
		p.send(body, body)
		other.send(ask("a", `"other"`, `7`))
		other.gets(answered(`1`, `7`))
		if got := wait(t, "the other is served", served); got != `"other"` {
			t.Fatalf("%s: %.80s was served", name, got)
		}
		p.gets(deep, deep)
	}
	p.send(`{"pattern":"a","data":`+brackets(maxDepth-1)+`,"id":"x"}`, `{"pattern":`+brackets(100_000)+`,"data":"an event"}`)
	p.gets(answered(`1`, `"x"`))
	if got := wait(t, "as deep as may be is served", served); got != brackets(maxDepth-1) {
		t.Errorf("%.80s was served", got)
	}
	p.send(`{"pattern":`+strings.Repeat("[", 100_000), ask("a", `1`, `1`)) // the first is no JSON at all
	p.ends()
	eventually(t, "its connection ends", func() bool { return s.Stats().Connections == 1 })
}

// A pattern's string is not looked into any deeper than a pattern.
func TestDeepPatternInAString(t *testing.T) {
	_, addr := startServer(t, Config{Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		return nil, fmt.Errorf("%w: %.20s", ErrUnknown, r.Command)
	})})
	p := dialPeer(t, addr)
	p.send(`{"pattern":"` + strings.Repeat(`{\"cmd\":`, 20_000) + `1` + strings.Repeat(`}`, 20_000) + `","data":1,"id":1}`)
	p.gets(`{"id":1,"status":"error","err":` + noHandler + `}`)
}

// The largest frame is read in units, whatever its bytes are.
func TestLargestFrames(t *testing.T) {
	s, addr := startServer(t, Config{Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		return fmt.Append(nil, len(r.Data)), nil
	})})
	p := dialPeer(t, addr)
	around := len(ask("a", `""`, `1`))
	for of, units := range map[string]int{"x": maxUnits - around, "한": maxUnits - around, "🔑": (maxUnits - around) / 2} {
		p.send(ask("a", `"`+strings.Repeat(of, units)+`"`, `1`))
		p.gets(answered(fmt.Sprint(units*len(of)+2), `1`))
	}
	go func() {
		_, _ = io.WriteString(p.Conn, framed(ask("a", `"`+strings.Repeat("한", maxUnits-around+1)+`"`, `1`)))
	}() // is refused in its midst
	p.ends()
	eventually(t, "it is counted", func() bool { return s.Stats().Malformed == 1 })
}

// No more than 64 at a time for each of several connections, under load, and
// the answers that nobody has written yet count as well.
func TestInFlightUnderLoad(t *testing.T) {
	const conns, each = 4, 3000
	var now, most [conns]atomic.Int64
	_, addr := startServer(t, Config{Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		c := r.Data[0] - '0'
		most[c].Store(max(most[c].Load(), now[c].Add(1)))
		for range rand.IntN(20) {
			runtime.Gosched()
		}
		now[c].Add(-1)
		return r.Data, nil
	})})
	for c := range conns {
		p := dialPeer(t, addr)
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			go func() {
				_, err := io.WriteString(p.Conn, strings.Repeat(framed(ask("a", fmt.Sprint(c), `1`)), each))
				if err != nil {
					t.Error(err)
				}
			}()
			for range each {
				p.gets(answered(fmt.Sprint(c), `1`))
			}
		})
		if got := most[c].Load(); got < 2 || got > 64 {
			t.Errorf("at most %d at a time, want several and no more than 64", got)
		}
	}
}

// from dials from an address of the loopback network.
func from(t *testing.T, source, addr string) *peer {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(source)}}
	c, err := d.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return newPeer(t, c)
}

// serves wants a peer to be answered.
func (p *peer) serves() {
	p.t.Helper()
	p.send(ask("a", `1`, `1`))
	p.gets(answered(`1`, `1`))
}

// refused wants a connection to be closed unheard.
func (p *peer) refused() {
	p.t.Helper()
	if got, err := p.next(); got != "" || !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		p.t.Fatalf("got %q, %v; want the end", got, err)
	}
}

// Connections are counted in sum and by source, and counted down again.
func TestConnectionsAreCapped(t *testing.T) {
	s, addr := startServer(t, Config{Handler: echo, Connections: 5, PerSource: 3})
	var one []*peer
	for range 3 {
		p := from(t, "127.0.0.1", addr)
		p.serves()
		one = append(one, p)
	}
	from(t, "127.0.0.1", addr).refused() // the fourth of a source
	two := from(t, "127.0.0.2", addr)
	two.serves()
	from(t, "127.0.0.3", addr).serves()
	from(t, "127.0.0.4", addr).refused() // the sixth of all
	two.serves()                         // who is in stays in
	if got := s.Stats(); got.Connections != 5 || got.Refused != 2 {
		t.Errorf("got %+v, want 5 connections and 2 refused", got)
	}

	one[0].Close()
	eventually(t, "it is counted down", func() bool { return s.Stats().Connections == 4 })
	from(t, "127.0.0.1", addr).serves()
	from(t, "127.0.0.1", addr).refused() // still three of that source
	for _, p := range append(one, two) {
		p.Close()
	}
	eventually(t, "they are counted down", func() bool { return s.Stats().Connections == 2 })
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sources) != 2 {
		t.Errorf("%d sources are remembered, want the two that are connected", len(s.sources))
	}
}

// A source is the same by IPv4 and, of a listener for both, by IPv6, and so it
// is named to who serves it.
func TestSourceOfAListenerForBoth(t *testing.T) {
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	peers := make(chan string, 1)
	startOn(t, l, Config{PerSource: 1, Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		peers <- r.Peer.String()
		return r.Data, nil
	})})
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	p := dialPeer(t, "127.0.0.1:"+port)
	p.serves()
	if got := wait(t, "it is served", peers); got != p.LocalAddr().String() {
		t.Errorf("the peer is %s, want %s", got, p.LocalAddr())
	}
	dialPeer(t, "127.0.0.1:"+port).refused()
}

// Large requests of all connections share a budget: who comes when it is used up
// is sent away, small requests are served all the same, and what was taken is
// given back.
func TestLargeRequestsShareMemory(t *testing.T) {
	release, running := make(chan struct{}), make(chan struct{}, 10)
	s, addr := startServer(t, Config{Memory: 300 << 10, Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		if len(r.Data) > small {
			running <- struct{}{}
			<-release
		}
		return []byte("1"), nil
	})})
	large := framed(ask("a", `"`+strings.Repeat("x", 100<<10)+`"`, `1`))
	first := dialPeer(t, addr)
	first.write(large)
	<-running
	second := dialPeer(t, addr)
	second.write(large + large + large)
	eventually(t, "the second was sent away", func() bool { return s.Stats().Refused == 1 })
	third := dialPeer(t, addr)
	third.write(framed(ask("a", `"small"`, `3`)))
	if got, err := third.next(); err != nil || !strings.Contains(got, `"response":1`) {
		t.Errorf("a small request: %s, %v", got, err)
	}
	close(release)
	if got, err := first.next(); err != nil || !strings.Contains(got, `"response":1`) {
		t.Errorf("the first: %s, %v", got, err)
	}
	first.Close()
	second.Close()
	eventually(t, "everything was given back", func() bool { return s.share.held.Load() == 0 })
}

// As many requests as there may be are served, of all connections together.
func TestRequestsOfAllConnections(t *testing.T) {
	release, running := make(chan struct{}), make(chan struct{}, 100)
	_, addr := startServer(t, Config{Requests: 3, Handler: serveFunc(func(context.Context, Request) ([]byte, error) {
		running <- struct{}{}
		<-release
		return []byte("1"), nil
	})})
	var peers []*peer
	for range 4 {
		p := dialPeer(t, addr)
		p.write(strings.Repeat(framed(ask("a", `1`, `1`)), 2))
		peers = append(peers, p)
	}
	for range 3 {
		<-running
	}
	select {
	case <-running:
		t.Error("a fourth is served")
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	for _, p := range peers {
		for range 2 {
			if _, err := p.next(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
