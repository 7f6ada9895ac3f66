package storetest

import (
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// flagged wants exactly these directories to be flagged.
func flagged(t T, s auth.Store, want map[string]time.Time) {
	t.Helper()
	got, err := s.FlaggedDirectories(bg)
	must(t, err, "FlaggedDirectories")
	same(t, "FlaggedDirectories", got, want)
}

func flagsAreSeen(t T, s auth.Store) {
	flagged(t, s, nil)
	a, b, c := settleIn(t, s, auth.Directory{ID: newID()}), settleIn(t, s, auth.Directory{ID: newID()}), settleIn(t, s, auth.Directory{ID: newID()})
	must(t, s.FlagDirectory(bg, a.Directory, start), "FlagDirectory")
	must(t, s.FlagDirectory(bg, b.Directory, start.Add(time.Millisecond)), "FlagDirectory")
	flagged(t, s, map[string]time.Time{a.Directory: start, b.Directory: start.Add(time.Millisecond)})
	must(t, s.FlagDirectory(bg, a.Directory, start.Add(time.Hour)), "FlagDirectory later")
	flagged(t, s, map[string]time.Time{a.Directory: start.Add(time.Hour), b.Directory: start.Add(time.Millisecond)})
	must(t, s.UnflagDirectory(bg, c.Directory, start), "UnflagDirectory of one that is not flagged")
	must(t, s.UnflagDirectory(bg, newID(), start), "UnflagDirectory of none")
	must(t, s.UnflagDirectory(bg, a.Directory, start.Add(time.Hour)), "UnflagDirectory")
	flagged(t, s, map[string]time.Time{b.Directory: start.Add(time.Millisecond)})
	must(t, s.FlagDirectory(bg, a.Directory, start.Add(2*time.Hour)), "FlagDirectory again")
	flagged(t, s, map[string]time.Time{a.Directory: start.Add(2 * time.Hour), b.Directory: start.Add(time.Millisecond)})
}

// aFlagIsTakenByItsTime: who saw an earlier one does not take it, not even when
// the clock stood still, or went back, in between.
func aFlagIsTakenByItsTime(t T, s auth.Store) {
	d := settleIn(t, s, auth.Directory{ID: newID()}).Directory
	for _, next := range []time.Duration{time.Minute, 0, -time.Hour} {
		seen, err := s.FlaggedDirectories(bg)
		must(t, err, "FlaggedDirectories")
		if len(seen) == 0 {
			seen = map[string]time.Time{d: start}
			must(t, s.FlagDirectory(bg, d, start), "FlagDirectory")
		}
		must(t, s.FlagDirectory(bg, d, seen[d].Add(next)), "FlagDirectory again")
		must(t, s.UnflagDirectory(bg, d, seen[d]), "UnflagDirectory of what was seen before")
		now, err := s.FlaggedDirectories(bg)
		must(t, err, "FlaggedDirectories")
		if _, ok := now[d]; !ok {
			t.Fatalf("the flag that came %s after the one that was seen is gone", next)
		}
		must(t, s.UnflagDirectory(bg, d, now[d].Add(time.Millisecond)), "UnflagDirectory of a later one")
		flagged(t, s, now)
	}
}
