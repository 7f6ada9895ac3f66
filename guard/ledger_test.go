package guard

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

func entry(event string, at int, id string) *line {
	return newLine(news{Event: event, ID: id, At: time.Unix(int64(at), 0)})
}

func TestLedger(t *testing.T) {
	l := newLedger[string]()
	if l.find("a") != nil {
		t.Error("an empty ledger has a line")
	}
	const many = 2000
	for i := range many {
		l.put(fmt.Sprint(i), entry(userLocked, i, ""))
	}
	for i := range many {
		if got := l.find(fmt.Sprint(i)); got == nil || got.At.Unix() != int64(i) {
			t.Fatalf("%d: got %v", i, got)
		}
	}
	if l.find("other") != nil {
		t.Error("there is a line about nobody")
	}
	l.sweep(func(n *line) bool { return n.At.Unix() < many-10 })
	for i := range many {
		if got := l.find(fmt.Sprint(i)); (got != nil) != (i >= many-10) {
			t.Errorf("%d: got %v after the sweep", i, got)
		}
	}
}

// Of two lines about one subject the later counts, in whatever order they come; an end is final.
func TestTheLaterLineCounts(t *testing.T) {
	for name, c := range map[string]struct{ first, then *line }{
		"by time":             {entry(userLocked, 1, "b"), entry(userChanged, 2, "a")},
		"by id in one moment": {entry(userLocked, 1, "a"), entry(userChanged, 1, "b")},
		"an end over a move":  {entry(sessionMoved, 2, "b"), entry(sessionEnded, 1, "a")},
		"an end over an end":  {entry(sessionEnded, 1, "a"), entry(sessionEnded, 2, "b")},
	} {
		for _, order := range [][]*line{{c.first, c.then}, {c.then, c.first}, {c.then, c.first, c.then}} {
			l := newLedger[role]()
			for _, n := range order {
				l.put(role{"acme", "admin"}, n)
			}
			if got := l.find(role{"acme", "admin"}); got != c.then {
				t.Errorf("%s: got %+v, want %+v", name, got, c.then)
			}
		}
	}
}

// Who reads while others write sees what was there before them.
func TestLedgerInParallel(t *testing.T) {
	l := newLedger[string]()
	l.put("a", entry(userLocked, 9, ""))
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := range 500 {
				l.put(fmt.Sprint(w, i), entry(userLocked, i%2, ""))
				if l.find("a") == nil {
					t.Error("a line was lost")
				}
			}
		})
	}
	all.Go(func() {
		for range 50 {
			l.sweep(func(n *line) bool { return n.At.Unix() == 0 })
		}
	})
	all.Wait()
	for w := range 4 {
		for i := range 500 {
			if got := l.find(fmt.Sprint(w, i)); i%2 == 1 && got == nil {
				t.Fatalf("%d %d was lost", w, i)
			}
		}
	}
}

// A line is about tokens made up to its second, begun seconds included.
func TestLineRoundsUp(t *testing.T) {
	at := time.Unix(100, 0)
	for _, c := range []struct {
		at   time.Time
		made int64
		want bool
	}{{at, 99, true}, {at, 100, true}, {at, 101, false}, {at.Add(1), 101, true}, {at.Add(1), 102, false}, {at.Add(time.Second - 1), 101, true}} {
		if got := newLine(news{At: c.at}).about(c.made); got != c.want {
			t.Errorf("at %v, made %d: got %v, want %v", c.at, c.made, got, c.want)
		}
	}
	if (*line)(nil).about(0) {
		t.Error("no line is about a token")
	}
}
