package storetest

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// countsComeInTheirOrder: what is counted together is told in the order in which
// it was asked, and the later one of a counter sees what the earlier did.
func countsComeInTheirOrder(t T, s auth.Tickets) {
	a, b, c := newID(), newID(), newID()
	other := more(a, 1, 0)
	other.Directory, other.Window = "other", time.Minute
	tally := func(n int) auth.Tally { return auth.Tally{N: n, Resets: start.Add(10 * time.Minute)} }
	for _, step := range []struct {
		ask  []auth.Count
		want []auth.Tally
	}{
		{nil, nil},
		{[]auth.Count{more(b, 2, 0), more(c, 0, 0), more(a, 5, 0)}, []auth.Tally{tally(2), {}, tally(5)}},
		{[]auth.Count{more(a, 1, 0), other, more(b, -9, 0)}, []auth.Tally{tally(6), {N: 1, Resets: start.Add(time.Minute)}, tally(0)}},
		{[]auth.Count{more(c, 0, 0), more(c, 3, 0), more(a, 1, 0), more(c, -1, 0), more(c, 0, 0)},
			[]auth.Tally{{}, tally(3), tally(7), tally(2), tally(2)}},
		{[]auth.Count{more(c, -9, 0), more(c, 1, 0)}, []auth.Tally{tally(0), tally(1)}},
		{[]auth.Count{more(c, 1, time.Hour), more(c, 1, time.Hour)},
			[]auth.Tally{{N: 1, Resets: start.Add(70 * time.Minute)}, {N: 2, Resets: start.Add(70 * time.Minute)}}},
	} {
		got, err := s.Count(bg, step.ask...)
		must(t, err, "Count")
		same(t, "Count", got, step.want)
	}
}

// noCountIsLostAmongMany: callers who name the same counters in different orders
// neither lose one nor wait for each other for ever.
func noCountIsLostAmongMany(t T, s auth.Tickets) {
	for range rounds / 2 {
		keys := []string{newID(), newID(), newID()}
		read := race(crowd, func(i int) map[string]int {
			var ask []auth.Count
			for k := range keys {
				ask = append(ask, more(keys[(k+i)%len(keys)], 1, 0))
			}
			got, err := s.Count(bg, ask...)
			if err != nil || len(got) != len(ask) {
				t.Errorf("Count: got %d tallies and error %v, want %d", len(got), err, len(ask))
				return nil
			}
			out := map[string]int{}
			for k, c := range got {
				out[ask[k].Key] = c.N
			}
			return out
		})
		for _, key := range keys {
			var got []int
			for _, r := range read {
				got = append(got, r[key])
			}
			slices.Sort(got)
			same(t, "what callers read who add one to three", got, upTo(crowd))
		}
	}
}

// countsAreOneWrite: counters that are only ever added to together are never
// seen apart.
func countsAreOneWrite(t T, s auth.Tickets) {
	for range rounds {
		a, b := newID(), newID()
		var writing atomic.Int32
		writing.Store(callers / 2)
		race(callers, func(i int) bool {
			add := 1 - i%2
			for add == 1 || writing.Load() > 0 {
				got, err := s.Count(bg, more(a, add, 0), more(b, add, 0))
				if err != nil || len(got) != 2 || got[0] != got[1] {
					t.Errorf("Count of two that are counted together: got %v and error %v, want two that are the same", got, err)
					break
				}
				if add == 1 {
					break
				}
			}
			writing.Add(-int32(add))
			return true
		})
	}
}
