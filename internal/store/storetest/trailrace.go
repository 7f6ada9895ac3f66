package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// theTrailHasNoGaps: writers of all kinds meet at the ends of two records, some
// at both in either order; meanwhile others read.
func theTrailHasNoGaps(t T, s auth.Store) {
	a, b := settle(t, s, "a"), settle(t, s, "b")
	want := map[string][]string{} // ids of the events, by directory
	for range rounds {
		notes := make([]auth.Note, callers)
		for i := range notes {
			one, two := a.note("gap", start).Events, b.note("gap", start).Events
			notes[i].Events = [][]auth.Event{one, two, slices.Concat(one, two), slices.Concat(two, one)}[i%4]
			for _, e := range notes[i].Events {
				want[e.Directory] = append(want[e.Directory], e.ID)
			}
		}
		errs := race(callers+4, func(i int) error {
			if i >= callers {
				seenWhole(t, s, []string{"a", "b"}[i%2])
				return nil
			}
			return a.write(i/4%3, notes[i])
		})
		must(t, errors.Join(errs...), "writing at once")
	}
	for _, directory := range []string{"a", "b"} {
		var got []string
		for _, l := range trail(t, s, directory) {
			got = append(got, l.ID)
		}
		slices.Sort(got)
		slices.Sort(want[directory])
		same(t, "ids of the events in "+directory, got, want[directory])
	}
}

// write writes a note with one change or another.
func (w world) write(how int, n auth.Note) error {
	switch how {
	case 0:
		_, err := w.CreateSession(bg, auth.Opening{Session: w.unborn(w.user, 0), Note: n})
		return err
	case 1:
		_, err := w.UpdateUser(bg, w.user.Directory, w.user.ID, func(u *auth.User) error {
			u.UpdatedAt = u.UpdatedAt.Add(time.Second)
			return nil
		}, n)
		return err
	}
	return w.Write(bg, n)
}

// seenWhole reads a record that others are writing: it hangs together, and holds
// what its end promised before.
func seenWhole(t T, s auth.Store, directory string) {
	t.Helper()
	for range 3 {
		number, hash, err := s.TrailEnd(bg, directory)
		if err != nil {
			t.Errorf("TrailEnd: %v", err)
			return
		}
		links := read(t, s, directory)
		linked(t, links)
		if int64(len(links)) < number {
			t.Errorf("got %d links where the end was %d before", len(links), number)
			return
		}
		if number > 0 {
			same(t, "hash at what was the end", links[number-1].Hash, hash)
		}
	}
}
