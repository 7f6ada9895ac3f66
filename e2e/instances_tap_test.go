package e2e

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// A tap is on the way to a server, and can be shut.
type tap struct {
	to   string
	only []byte // shuts out only connections on which this is said; none: all

	mu    sync.Mutex
	shut  bool
	over  bool
	open  map[net.Conn]bool // whether it is one of those
	flows sync.WaitGroup
}

// tapTo puts a tap before the server of a URL and returns the way through it.
func tapTo(t *testing.T, server, only string) (w *tap, through string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	w = &tap{to: u.Host, only: []byte(only), open: map[net.Conn]bool{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.flows.Go(func() {
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				w.flows.Go(func() { w.flow(c) })
			}
		}
	})
	t.Cleanup(func() {
		l.Close()
		w.mu.Lock()
		w.over = true
		for c := range w.open {
			c.Close()
		}
		w.mu.Unlock()
		w.flows.Wait()
	})
	return w, another(t, server, l.Addr().String())
}

// close cuts the connections that it is for, and lets no new one through.
func (w *tap) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shut = true
	for c, concerned := range w.open {
		if concerned {
			c.Close()
		}
	}
}

// reopen lets connections through again.
func (w *tap) reopen() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shut = false
}

// may notes a connection and reports whether it goes through.
func (w *tap) may(c net.Conn, concerned bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over || w.shut && (concerned || len(w.only) == 0) {
		return false
	}
	w.open[c] = concerned || len(w.only) == 0
	return true
}

func (w *tap) flow(c net.Conn) {
	defer c.Close()
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.open, c)
	}()
	if !w.may(c, false) {
		return
	}
	s, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer s.Close()
	w.flows.Go(func() {
		defer c.Close()
		io.Copy(c, s) //nolint:errcheck // until either end goes
	})
	for said := make([]byte, 32<<10); ; {
		n, err := c.Read(said)
		if err != nil {
			return
		}
		if len(w.only) > 0 && bytes.Contains(said[:n], w.only) && !w.may(c, true) {
			return
		}
		if _, err := s.Write(said[:n]); err != nil {
			return
		}
	}
}
