package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// framesForTest is a server in this process that treats each connection so.
func framesForTest(t *testing.T, serve func(net.Conn)) *bareServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			nc, err := l.Accept()
			if err != nil {
				return // closed
			}
			go func() {
				defer nc.Close()
				serve(nc)
			}()
		}
	}()
	return &bareServer{address: l.Addr().String()}
}

func bareNestForTest(t *testing.T) *bareServer {
	return framesForTest(t, func(nc net.Conn) { _ = answerFrames(nc, nc, testAnswer) })
}

func TestNestLoadHearsAnAnswerToEachRequest(t *testing.T) {
	for name, every := range map[string]time.Duration{"as fast as it goes": 0, "at a fixed rate": time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			l := nestLoad{peer: bareNestForTest(t), asks: []nestAsk{askForTest(t), askForTest(t)}, inFlight: nestInFlight, span: 200 * time.Millisecond, every: every}
			turn, err := l.run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(turn.took) == 0 || turn.answered < len(turn.took) || turn.span != l.span || turn.wall < l.span {
				t.Errorf("got %d answers, %d of them counted, in %s", turn.answered, len(turn.took), turn.wall)
			}
		})
	}
}

func TestNestLoadDoesNotCountTheWarmUp(t *testing.T) {
	turn, err := nestLoad{peer: bareNestForTest(t), asks: []nestAsk{askForTest(t)}, inFlight: nestInFlight, warm: 20 * time.Millisecond}.run(t.Context())
	if err != nil || len(turn.took) != 0 || turn.answered == 0 {
		t.Errorf("got %d answers, %d of them counted, %v; want none counted", turn.answered, len(turn.took), err)
	}
}

func TestNestLoadKeepsAsManyUnderWay(t *testing.T) {
	asked := make(chan int, 1)
	peer := framesForTest(t, func(nc net.Conn) {
		r, n := bufio.NewReader(nc), 0
		defer func() { asked <- n }()
		for n < nestInFlight {
			if _, err := readFrame(r, nil); err != nil {
				return
			}
			n++
		}
	})
	// It hangs up, having answered none.
	if _, err := (nestLoad{peer: peer, asks: []nestAsk{askForTest(t)}, inFlight: nestInFlight, span: time.Minute}).run(t.Context()); err == nil {
		t.Error("no error")
	}
	if got := <-asked; got != nestInFlight {
		t.Errorf("%d requests were under way, want %d", got, nestInFlight)
	}
}

func TestNestLoadFailsOnAWrongAnswer(t *testing.T) {
	right := `{"response":` + testAnswer + `,"isDisposed":true,"id":"000000001"}`
	for name, body := range map[string]string{
		"refused":        strings.Replace(right, "ACCESS_TOKEN_VALID", "TOKEN_INVALID", 1),
		"an error":       `{"err":{"status":"error","message":"Internal server error"},"isDisposed":true,"id":"000000001"}`,
		"never asked":    strings.Replace(right, "000000001", "000000999", 1),
		"answered twice": fmt.Sprintf("%s%d#%s", right, len(right), right),
		"no id":          `{"response":` + testAnswer + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			first := len(body)
			if name == "answered twice" {
				first = len(right)
			}
			peer := framesForTest(t, func(nc net.Conn) {
				r := bufio.NewReader(nc)
				for n := 0; ; n++ {
					if _, err := readFrame(r, nil); err != nil {
						return // the generator hung up
					}
					if n == 0 {
						fmt.Fprintf(nc, "%d#%s", first, body)
					}
				}
			})
			for _, every := range []time.Duration{0, time.Millisecond} {
				l := nestLoad{peer: peer, asks: []nestAsk{askForTest(t)}, inFlight: nestInFlight, span: time.Minute, every: every}
				if _, err := l.run(t.Context()); err == nil {
					t.Errorf("every %s: no error", every)
				}
			}
		})
	}
}

func TestNestLoadEndsWithItsContext(t *testing.T) {
	reason := errors.New("that was enough")
	for _, every := range []time.Duration{0, time.Millisecond} {
		ctx, end := context.WithCancelCause(t.Context())
		peer := framesForTest(t, func(nc net.Conn) { // answers nothing
			for r := bufio.NewReader(nc); ; end(reason) {
				if _, err := readFrame(r, nil); err != nil {
					return
				}
			}
		})
		if _, err := (nestLoad{peer: peer, asks: []nestAsk{askForTest(t)}, inFlight: nestInFlight, span: time.Minute, every: every}).run(ctx); !errors.Is(err, reason) {
			t.Errorf("every %s: %v, want %v", every, err, reason)
		}
	}
}

func TestJoinTurns(t *testing.T) {
	got := joinTurns([]nestTurn{
		{took: []time.Duration{4, 1}, span: time.Second, answered: 6, wall: 2 * time.Second, cpu: time.Second, own: 500 * time.Millisecond},
		{took: []time.Duration{3, 2}, span: time.Second, answered: 4, wall: 2 * time.Second, cpu: 3 * time.Second, own: 500 * time.Millisecond},
	})
	want := sample{Conns: 1, Count: 4, Span: 2 * time.Second, P50: 2, P99: 4, Max: 4, CPU: 400 * time.Millisecond, Server: 1, Generator: 0.25}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := joinTurns(nil); got.rate() != 0 || perCore(got) != 0 {
		t.Errorf("of nothing: %+v", got)
	}
}
