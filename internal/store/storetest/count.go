package storetest

import (
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// more asks to add to a counter with a window of ten minutes.
func more(key string, add int, after time.Duration) auth.Count {
	return auth.Count{Directory: "default", Key: key, Add: add, Window: 10 * time.Minute, Now: start.Add(after)}
}

// counts adds to a counter.
func counts(t T, s auth.Tickets, key string, add int, after time.Duration) auth.Tally {
	t.Helper()
	got, err := s.Count(bg, more(key, add, after))
	must(t, err, "Count")
	if len(got) != 1 {
		t.Fatalf("Count of one counter: got %d tallies, want 1", len(got))
	}
	return got[0]
}

func countersStartAgain(t T, s auth.Tickets) {
	const window = 10 * time.Minute
	key := "fails:Ünï:" + newID()
	first := 3 * time.Minute // reading begins no window
	for _, c := range []struct {
		add    int
		after  time.Duration
		n      int
		resets time.Duration // 0: stands at its start
	}{
		{0, 0, 0, 0},
		{2, first, 2, first + window},
		{0, first, 2, first + window},
		{1, first + time.Minute, 3, first + window},
		{-2, first + time.Minute, 1, first + window},
		{1, first - time.Minute, 2, first + window}, // a clock that went backwards
		{1, first + window - time.Millisecond, 3, first + window},
		{0, first + window, 0, 0},
		{5, first + window + time.Millisecond, 5, first + 2*window + time.Millisecond},
		{0, first - window, 0, 0}, // one that was far ahead: nothing is left standing
		{1, first - window, 1, first},
		{1, 10 * window, 1, 11 * window},
	} {
		want := auth.Tally{N: c.n}
		if c.resets != 0 {
			want.Resets = start.Add(c.resets)
		}
		same(t, "Count", counts(t, s, key, c.add, c.after), want)
	}
}

func countersStayAboveZero(t T, s auth.Tickets) {
	key := newID()
	for _, c := range []struct{ add, want int }{{-3, 0}, {2, 2}, {-1, 1}, {-5, 0}, {0, 0}, {1, 1}, {-1, 0}, {-1, 0}, {4, 4}} {
		if got := counts(t, s, key, c.add, 0).N; got != c.want {
			t.Fatalf("after adding %d: got %d, want %d", c.add, got, c.want)
		}
	}
}

func countersAreApart(t T, s auth.Tickets) {
	key := newID()
	counts(t, s, key, 3, 0)
	if got := counts(t, s, key+"x", 1, 0).N; got != 1 {
		t.Errorf("another key: got %d, want 1", got)
	}
	got, err := s.Count(bg, auth.Count{Directory: "other", Key: key, Add: 1, Window: time.Minute, Now: start})
	must(t, err, "Count")
	same(t, "another directory", got, []auth.Tally{{N: 1, Resets: start.Add(time.Minute)}})
	same(t, "the counter", counts(t, s, key, 0, 0), auth.Tally{N: 3, Resets: start.Add(10 * time.Minute)})
}

// crowd is how many count at once.
const crowd = 40

// raceCount lets a crowd of callers add at once and returns what they read, sorted.
func raceCount(t T, s auth.Tickets, key string, add int, after time.Duration) []int {
	t.Helper()
	got := race(crowd, func(int) int {
		c, err := s.Count(bg, more(key, add, after))
		if err != nil || len(c) != 1 {
			t.Errorf("Count: got %d tallies and error %v, want 1", len(c), err)
			return -1
		}
		return c[0].N
	})
	slices.Sort(got)
	return got
}

// noCountIsLost: each caller who adds one reads another number, also when all of
// them find the window over.
func noCountIsLost(t T, s auth.Tickets) {
	want := upTo(crowd)
	for range rounds / 2 {
		key := newID()
		same(t, "what callers read who add one", raceCount(t, s, key, 1, 0), want)
		same(t, "in the next window", raceCount(t, s, key, 1, time.Hour), want)
		raceCount(t, s, key, -1, time.Hour)
		if n := counts(t, s, key, 0, time.Hour).N; n != 0 {
			t.Fatalf("after as many subtractions: got %d, want 0", n)
		}
	}
}

// upTo returns 1 to n.
func upTo(n int) []int {
	var out []int
	for i := range n {
		out = append(out, i+1)
	}
	return out
}
