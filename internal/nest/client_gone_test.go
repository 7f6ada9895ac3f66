package nest

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// silent is a listener that takes connections, and nothing that comes on them.
func silent(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// Who gives up does so at once, also while the connection is made, or while
// another's request goes nowhere.
func TestClientGivesUpBeforeItAsked(t *testing.T) {
	for name, config := range map[string]ClientConfig{
		"no handshake": {TLS: &tls.Config{ServerName: "a", MinVersion: tls.VersionTLS12}, DialTimeout: time.Hour},
		"no reader":    {WriteTimeout: time.Hour},
		"no place":     {WriteTimeout: time.Hour, InFlight: 1},
	} {
		t.Run(name, func(t *testing.T) {
			config.Address = silent(t).Addr().String()
			c := NewClient(config)
			data := [5][]byte{[]byte(`"` + strings.Repeat("x", 16<<20) + `"`)}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			var all sync.WaitGroup
			for i := range data {
				all.Go(func() {
					if _, err := c.Call(ctx, "x", data[i]); !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("got %v, want the end of its time", err)
					}
				})
			}
			all.Wait()
			c.Close()
		})
	}
}

// One attempt is made for all who wait, and all learn what came of it.
func TestClientDialsOnceForAll(t *testing.T) {
	l := silent(t)
	var dialled atomic.Int32
	var beside sync.WaitGroup
	beside.Go(func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			dialled.Add(1)
			beside.Go(func() { _, _ = io.Copy(io.Discard, nc); nc.Close() })
		}
	})
	c := NewClient(ClientConfig{
		Address: l.Addr().String(), TLS: &tls.Config{ServerName: "a", MinVersion: tls.VersionTLS12}, DialTimeout: 200 * time.Millisecond,
	})
	const n = 20
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if _, err := c.Call(t.Context(), "x", nil); !errors.Is(err, ErrNotDialled) {
				t.Errorf("got %v, want that nothing was sent", err)
			}
		})
	}
	all.Wait()
	l.Close()
	beside.Wait()
	if got := dialled.Load(); got > 2 { // two, if one came late
		t.Errorf("%d connections for %d calls at once", got, n)
	}
}

// A service that takes nothing loses the connection.
func TestClientIsNotHeldUp(t *testing.T) {
	c := NewClient(ClientConfig{Address: silent(t).Addr().String(), WriteTimeout: 50 * time.Millisecond})
	defer c.Close()
	if _, err := c.Call(t.Context(), "x", []byte(`"`+strings.Repeat("x", 16<<20)+`"`)); !errors.Is(err, ErrLost) {
		t.Errorf("got %v, want the connection to be lost", err)
	}
}

// A connection that is silent for long while it is asked is used no more, and is
// left to those who wait on it.
func TestClientLeavesASilentConnection(t *testing.T) {
	held, release := make(chan struct{}), make(chan struct{})
	s := newService(t, func(nc net.Conn, p packet) {
		if command(p.pattern) == "slow" {
			close(held)
			<-release
		}
		say(nc, fmt.Sprintf(`{"response":%s,"isDisposed":true,"id":%s}`, p.data, p.id))
	})
	c := NewClient(ClientConfig{Address: s.Addr().String(), WriteTimeout: 300 * time.Millisecond})
	defer c.Close()
	slow := make(chan string, 1)
	go func() {
		got, err := c.Call(t.Context(), "slow", []byte(`1`))
		slow <- fmt.Sprint(string(got), err)
	}()
	<-held
	for answered := false; !answered; { // behind the slow one none is answered
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		_, err := c.Call(ctx, "quick", []byte(`2`))
		cancel()
		answered = err == nil
	}
	close(release)
	if got := <-slow; got != "1<nil>" {
		t.Errorf("who waited got %s", got)
	}
	if n := s.dialled.Load(); n < 2 {
		t.Errorf("%d connections, want another one", n)
	}
}

// One that answers is kept, however long it is in use.
func TestClientKeepsAConnection(t *testing.T) {
	s := newService(t, func(nc net.Conn, p packet) {
		say(nc, fmt.Sprintf(`{"response":%s,"isDisposed":true,"id":%s}`, p.data, p.id))
	})
	const patience = 300 * time.Millisecond
	c := NewClient(ClientConfig{Address: s.Addr().String(), WriteTimeout: patience})
	defer c.Close()
	for end := time.Now().Add(3 * patience); time.Now().Before(end); {
		if _, err := c.Call(t.Context(), "echo", []byte(`1`)); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.dialled.Load(); n != 1 {
		t.Errorf("%d connections, want one", n)
	}
}
