package nest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// What a real Nest client sends is answered byte for byte as a real Nest server
// answers it, but for what is not ASCII.
func TestCapturedRequests(t *testing.T) {
	_, addr := startServer(t, Config{Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		switch r.Command {
		case "echo", "plain.string":
			return r.Data, nil
		case "nothing":
			return nil, nil
		case "plain.error":
			return nil, &Error{Value: []byte(`{"status":"error","message":"plain text error"}`)}
		}
		return nil, ErrUnknown
	})})
	p := dialPeer(t, addr)
	for _, exchange := range []struct{ sent, want string }{
		{captured[0], captured[1]},
		{captured[2], framed(`{"response":"abc","isDisposed":true,"id":"23bd9f442f7034fdece3f"}`)},
		{framed(ask("plain.error", "1", `"bd9f442f7034fdece3f8b"`)), captured[3]},
		{framed(ask("who knows", "1", `"42f7034fdece3f8b2cd90"`)), captured[4]},
		{framed(ask("nothing", "1", `"2f7034fdece3f8b2cd902"`)), captured[5]},
		{captured[7], framed(`{"response":{"ko":"\ub85c\uadf8\uc778 \uc131\uacf5","emoji":"\ud83d\udd11","e":"\u00e9","lone":"\ud83d","ls":"\u2028","html":"<&>"},"isDisposed":true,"id":"4fdece3f8b2cd902a4e4d"}`)},
	} {
		p.write(exchange.sent)
		got := make([]byte, len(exchange.want))
		if _, err := io.ReadFull(p.r, got); err != nil || string(got) != exchange.want {
			t.Fatalf("%s:\n got %s, %v\nwant %s", exchange.sent, got, err, exchange.want)
		}
	}
	p.finish()
	p.ends()
}

func TestCommandsAreServed(t *testing.T) {
	got := make(chan Request, 1)
	_, addr := startServer(t, Config{Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		r.Data = bytes.Clone(r.Data)
		got <- r
		return []byte(`true`), nil
	})})
	p := dialPeer(t, addr)
	from := netip.MustParseAddrPort(p.LocalAddr().String())
	for name, test := range map[string]struct {
		body, command, data string
		event               bool
	}{
		"an object":         {`{"pattern":{"cmd":"auth.login"},"data":{"a":1},"id":1}`, "auth.login", `{"a":1}`, false},
		"JSON in a string":  {`{"pattern":"{ \"cmd\" :\"auth.login\"}","data":[1],"id":1}`, "auth.login", `[1]`, false},
		"a plain string":    {`{"pattern":"auth.login","data":"x","id":1}`, "auth.login", `"x"`, false},
		"other order":       {`{"id":1,"data":"x","pattern":"auth.login"}`, "auth.login", `"x"`, false},
		"no data":           {`{"pattern":"auth.login","id":1}`, "auth.login", `null`, false},
		"no pattern":        {`{"data":2,"id":1}`, "", `2`, false},
		"two members":       {`{"pattern":{"cmd":"a","v":1},"data":2,"id":1}`, "", `2`, false},
		"space all around":  {" \n{\"pattern\" : \"a\" , \"data\" : 2 , \"id\" : 1 }\r\n", "a", `2`, false},
		"not ASCII":         {`{"pattern":"로그인","data":"🔑","id":1}`, "로그인", `"🔑"`, false},
		"an event":          {`{"pattern":"{\"cmd\":\"user.created\"}","data":{"id":7}}`, "user.created", `{"id":7}`, true},
		"an event, plainly": {`{"pattern":"user.created","data":7}`, "user.created", `7`, true},
	} {
		t.Run(name, func(t *testing.T) {
			p.send(test.body)
			want := Request{Command: test.command, Data: []byte(test.data), Event: test.event, Peer: from}
			if r := wait(t, "the command is served", got); fmt.Sprint(r) != fmt.Sprint(want) {
				t.Errorf("got %+v, want %+v", r, want)
			}
			if !test.event {
				p.gets(answered(`true`, `1`))
			}
		})
	}
}

// An id goes back as it was written, whatever it is.
func TestIDsAreEchoed(t *testing.T) {
	_, addr := startServer(t, Config{Handler: echo})
	p := dialPeer(t, addr)
	for _, id := range []string{`"123bd9f442f7034fdece3"`, `7`, `-0.50e+1`, `12345678901234567890`, `null`, `false`, `""`, `{"a": [1, {}]}`, `[ ]`, `"\u0061\"\\\/\ud83d\n"`, `"` + strings.Repeat("x", maxID-2) + `"`} {
		p.send(ask("a", `1`, id))
		p.gets(answered(`1`, id))
	}
	p.send(ask("a", `1`, `"é🔑"`)) // but for what is not ASCII
	p.gets(answered(`1`, `"\u00e9\ud83d\udd11"`))
}

// Nothing is answered to an event, whatever becomes of it.
func TestEventsAreNotAnswered(t *testing.T) {
	served := make(chan bool, 4)
	s, addr := startServer(t, Config{Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		if !r.Event {
			return r.Data, nil
		}
		served <- true
		switch r.Command {
		case "unknown":
			return nil, ErrUnknown
		case "failing":
			return nil, &Error{Value: []byte(`{}`)}
		case "panicking":
			panic("event")
		}
		return []byte(`1`), nil
	})})
	p := dialPeer(t, addr)
	p.send(`{"pattern":"good"}`, `{"pattern":"unknown"}`, `{"pattern":"failing"}`, `{"pattern":"panicking"}`,
		`{"data":"no pattern"}`, `{"pattern":`+strings.Repeat("[", 50)+strings.Repeat("]", 50)+`}`)
	for range 4 {
		wait(t, "an event is served", served)
	}
	p.send(ask("a", `1`, `"x"`))
	p.gets(answered(`1`, `"x"`))
	p.finish()
	p.ends()
	if got := s.Stats().Requests; got != 7 {
		t.Errorf("%d requests were counted, want 7", got)
	}
}

// Who is ready first is answered first, and everybody gets their own.
func TestAnswersInAnyOrder(t *testing.T) {
	const n = 64
	var gates [n]chan struct{}
	for i := range gates {
		gates[i] = make(chan struct{})
	}
	_, addr := startServer(t, Config{Handler: serveFunc(func(_ context.Context, r Request) ([]byte, error) {
		i, err := strconv.Atoi(string(r.Data))
		until(t, gates[i])
		return r.Data, err
	})})
	p := dialPeer(t, addr)
	for i := range n {
		p.send(ask("a", strconv.Itoa(i), fmt.Sprintf(`"id %d"`, i)))
	}
	for i := n - 1; i >= 0; i-- {
		close(gates[i])
		p.gets(answered(strconv.Itoa(i), fmt.Sprintf(`"id %d"`, i)))
	}
}

// Many on many connections, each with answers of other sizes: none is lost,
// torn or given to somebody else.
func TestManyAtATime(t *testing.T) {
	const conns, each = 8, 300
	s, addr := startServer(t, Config{Handler: echo})
	var all sync.WaitGroup
	for c := range conns {
		p := dialPeer(t, addr)
		data := func(i int) string { return fmt.Sprintf(`"%d %d %s"`, c, i, strings.Repeat("x", i*i%5000)) }
		all.Go(func() {
			for i := range each {
				if _, err := io.WriteString(p.Conn, framed(ask("a", data(i), strconv.Itoa(i)))); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			want := map[string]bool{}
			for i := range each {
				want[answered(data(i), strconv.Itoa(i))] = true
			}
			for range each {
				got, err := p.next()
				if err != nil || !want[got] {
					t.Errorf("got %.80q, %v", got, err)
					return
				}
				delete(want, got)
			}
		})
	}
	all.Wait()
	if got := s.Stats(); got.Requests != conns*each || got.Connections != conns {
		t.Errorf("got %+v, want %d requests on %d connections", got, conns*each, conns)
	}
}

// An error says no more than it should, and a panic is one failed request of
// which the log does not repeat the value.
func TestFailures(t *testing.T) {
	var log bytes.Buffer
	_, addr := startServer(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil)), Timeout: time.Minute,
		Handler: serveFunc(func(ctx context.Context, r Request) ([]byte, error) {
			if end, ok := ctx.Deadline(); !ok || time.Until(end) > time.Minute {
				t.Error("a request has no end")
			}
			var none *Error
			switch r.Command {
			case "error":
				return []byte(`"hunter2"`), errors.New("hunter2")
			case "wrapped":
				return nil, fmt.Errorf("hunter2: %w", &Error{Value: []byte(`{"code":"X"}`)})
			case "unknown":
				return nil, fmt.Errorf("hunter2: %w", ErrUnknown)
			case "nil":
				return nil, none
			case "empty":
				return nil, &Error{}
			case "panic":
				panic("hunter2")
			}
			return r.Data, nil
		})})
	p := dialPeer(t, addr)
	fault := `{"err":{"status":"error","message":"Internal server error"},"isDisposed":true,"id":1}`
	for command, want := range map[string]string{
		"error":   fault,
		"wrapped": `{"err":{"code":"X"},"isDisposed":true,"id":1}`,
		"unknown": `{"id":1,"status":"error","err":"There is no matching message handler defined in the remote service."}`,
		"nil":     fault,
		"empty":   fault,
		"panic":   fault,
		"good":    answered(`1`, `1`),
	} {
		p.send(ask(command, `1`, `1`))
		if got, err := p.next(); err != nil || got != want {
			t.Fatalf("%s: got %s, %v; want %s", command, got, err, want)
		}
	}
	if got := log.String(); !strings.Contains(got, "TestFailures") || strings.Contains(got, "hunter2") {
		t.Errorf("the log has the panic's value, or not its place: %s", got)
	}
}
