package nest

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// A half is a pipe that can be closed for writing alone: then its other end
// reads "FIN".
type half struct{ net.Conn }

func (h half) CloseWrite() error {
	_, err := io.WriteString(h.Conn, "FIN")
	return err
}

// What a peer was still sending is taken in for a moment after the farewell:
// closing on it would send RST, which may take answers away.
func TestFarewell(t *testing.T) {
	const bad = "0#"
	for name, test := range map[string]struct {
		junk  int           // bytes behind the bad frame
		taken bool          // all of them
		lasts time.Duration // from the farewell
	}{
		"nothing more": {0, true, time.Second},
		"much":         {500 << 10, true, time.Second},
		"no end of it": {4 << 20, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			heldBehind(t, Config{Handler: echo}, func(c net.Conn) net.Conn { return half{c} }, func(t *testing.T, _ *Server, dial func() *peer) {
				p, wrote := dial(), make(chan error, 1)
				go func() {
					_, err := io.WriteString(p.Conn, framed(ask("a", `1`, `1`))+bad+strings.Repeat("x", test.junk))
					wrote <- err
				}()
				p.gets(answered(`1`, `1`))
				start := time.Now()
				rest, err := io.ReadAll(p.r)
				if err != nil || string(rest) != "FIN" {
					t.Errorf("got %q, %v; want FIN", rest, err)
				}
				if after := time.Since(start); after != test.lasts {
					t.Errorf("it was closed %v after the farewell, want %v", after, test.lasts)
				}
				if err := <-wrote; (err == nil) != test.taken {
					t.Errorf("writing the rest: %v", err)
				}
			})
		})
	}
}

// late is a connection of which the server begins to drain at the worst moment:
// whoever was to wake the reader did so just before it set its own deadline.
type late struct {
	io.Reader
	draining bool
}

func (l *late) SetReadDeadline(time.Time) error {
	l.draining = true
	return nil
}

func TestDrainingIsNotMissed(t *testing.T) {
	in := strings.NewReader("2#{}")
	l := &late{Reader: in}
	f := newFrameReader(l)
	f.src.patience, f.src.over = time.Second, func() bool { return l.draining }
	if got, err := f.next(); !errors.Is(err, errOver) || in.Len() != 3 {
		t.Errorf("got %q, %v, with %d bytes left; want to see that it is over", got, err, in.Len())
	}
}
