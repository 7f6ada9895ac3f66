package nest

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
)

// What nobody can make sense of ends the connection, after what came before it
// was answered; the end is FIN, since RST could take answers away. Nothing of
// what was sent is logged.
func TestOddInputEndsTheConnection(t *testing.T) {
	for name, in := range map[string]string{
		"a sign":               "+" + framed(ask("a", `1`, `1`)),
		"a space":              " " + framed(ask("a", `1`, `1`)),
		"a line end":           "\n" + framed(ask("a", `1`, `1`)),
		"a byte order mark":    "\ufeff" + framed(ask("a", `1`, `1`)),
		"decimals":             "31.0#" + ask("a", `1`, `1`),
		"ten digits":           "0000000031#" + ask("a", `1`, `1`),
		"no body":              "0#",
		"too large a frame":    "262145#" + ask("a", `1`, `1`),
		"HTTP":                 "GET / HTTP/1.1\r\nHost: hunter2\r\n\r\n",
		"TLS":                  "\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03",
		"bad JSON":             framed(`{"pattern":"hunter2",}`),
		"trailing data":        framed(ask("a", `1`, `1`) + `{}`),
		"half a request":       framed(`{"pattern":{"cmd":"hunter2"},"id":1`),
		"a list":               framed(`["hunter2"]`),
		"a string":             framed(`"hunter2"`),
		"a number":             framed(`7`),
		"null":                 framed(`null`),
		"invalid UTF-8":        "20#{\"pattern\":\"\xff\xfe\xfd\",\"i\":1}",
		"half of a pair":       "13#{\"pattern\":\"🔑\"}",
		"a long id":            framed(ask("a", `1`, `"`+strings.Repeat("x", maxID-1)+`"`)),
		"a member given twice": framed(`{"pattern":"a","data":"hunter2","data":2,"id":1}`),
		"an escaped member":    framed(`{"p\u0061ttern":"a","id":1}`),
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			free := make(chan bool)
			s, addr := startServer(t, Config{
				Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
				Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
					if r.Command == "slow" {
						until(t, free)
					}
					return r.Data, nil
				}),
			})
			p := dialPeer(t, addr)
			p.write(framed(ask("slow", `"one"`, `"1"`)) + framed(ask("a", `"two"`, `"2"`)) + in + strings.Repeat(framed(ask("a", `"after"`, `"3"`)), 2000))
			p.gets(answered(`"two"`, `"2"`))
			eventually(t, "the two are all that is served", func() bool { return s.Stats().Requests == 2 })
			close(free)
			p.gets(answered(`"one"`, `"1"`))
			p.ends()
			p.Close()
			eventually(t, "the connection ends", func() bool { return s.Stats().Connections == 0 })
			if got := s.Stats(); got.Malformed != 1 || got.Requests != 2 {
				t.Errorf("got %+v, want one malformed and two requests", got)
			}
			if got := log.String(); strings.Contains(got, "hunter2") || !strings.Contains(got, p.LocalAddr().String()) {
				t.Errorf("the log repeats what was sent, or not who sent it: %s", got)
			}
		})
	}
}

// Who has said everything still hears every answer.
func TestHalfClose(t *testing.T) {
	free := make(chan bool)
	s, addr := startServer(t, Config{Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		until(t, free)
		return r.Data, nil
	})})
	p := dialPeer(t, addr)
	for range 3 {
		p.send(ask("a", `1`, `1`))
	}
	p.finish()
	eventually(t, "all are in flight", func() bool { return s.Stats().Requests == 3 })
	close(free)
	p.gets(answered(`1`, `1`), answered(`1`, `1`), answered(`1`, `1`))
	p.ends()
	eventually(t, "the connection ends", func() bool { return s.Stats().Connections == 0 })
	if got := s.Stats().Malformed; got != 0 {
		t.Errorf("%d were counted as malformed, want none", got)
	}
}

// A frame that is never finished is no request, and what came before it is.
func TestHalfCloseInsideAFrame(t *testing.T) {
	_, addr := startServer(t, Config{Handler: echo})
	p := dialPeer(t, addr)
	whole := framed(ask("a", `1`, `1`))
	p.write(whole + whole[:len(whole)-1])
	p.finish()
	p.gets(answered(`1`, `1`))
	p.ends()
}

// A peer that is gone takes nothing with it but its own connection.
func TestResetWhileInFlight(t *testing.T) {
	free := make(chan bool)
	s, addr := startServer(t, Config{Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		if r.Command == "slow" {
			until(t, free)
		}
		return r.Data, nil
	})})
	p, other := dialPeer(t, addr), dialPeer(t, addr)
	p.send(ask("slow", `1`, `1`), ask("slow", `2`, `2`), ask("slow", `3`, `3`))
	eventually(t, "all are in flight", func() bool { return s.Stats().Requests == 3 })
	if err := p.Conn.(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	p.Close() // RST
	other.send(ask("a", `1`, `1`))
	other.gets(answered(`1`, `1`))
	if got := s.Stats().Connections; got != 2 {
		t.Errorf("%d connections, want 2: one still has requests in flight", got)
	}
	close(free)
	eventually(t, "the connection ends", func() bool { return s.Stats().Connections == 1 })
}

// Frames of one segment, a frame of many, and all at once after the end.
func TestSegments(t *testing.T) {
	_, addr := startServer(t, Config{Handler: echo})
	p := dialPeer(t, addr)
	large := `"` + strings.Repeat("로그인🔑", 40_000) + `"`
	many := strings.Repeat(framed(ask("a", `"한"`, `1`)), 100)
	go func() {
		if _, err := io.WriteString(p.Conn, many+framed(ask("a", large, `2`))+many); err != nil {
			t.Error(err)
		}
		p.finish()
	}()
	largest := 0
	for range 100 + 1 + 100 {
		got, err := p.next()
		if err != nil {
			t.Fatal(err)
		}
		largest = max(largest, len(got))
	}
	p.ends()
	if want := 40_000*(3+2)*len(`\ud55c`) + len(answered(`""`, `2`)); largest != want {
		t.Errorf("the largest answer has %d bytes, want %d", largest, want)
	}
}
