package storetest

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// answer is what a racing caller of Rotate brought back.
type answer struct {
	auth.RotationResult
	err error
}

// tally counts the outcomes of a race; an error is a failure.
func tally(t T, answers []answer) map[auth.RotationOutcome]int {
	t.Helper()
	n := map[auth.RotationOutcome]int{}
	for _, a := range answers {
		must(t, a.err, "Rotate")
		n[a.Outcome]++
	}
	return n
}

func (w world) raceRotate(n int, r auth.Rotation) []answer {
	return race(n, func(int) answer {
		got, err := w.Rotate(bg, r)
		return answer{got, err}
	})
}

func oneRotationWins(t T, s auth.Store) {
	w := settle(t, s, "default")
	const n = 32
	for range 2 * rounds {
		v := w.login(w.user, 0)
		for counter := range int64(2) {
			r := w.rotation(v, counter, time.Minute)
			v = moved(v, r)
			answers := w.raceRotate(n, r)
			if got := tally(t, answers); got[auth.Rotated] != 1 || got[auth.Repeated] != n-1 {
				t.Fatalf("%d callers with one counter got %v, want one Rotated (1), the others Repeated (2)", n, got)
			}
			for _, a := range answers {
				same(t, "the session that each got", a.Session, v)
			}
			same(t, "the session", w.session(v), v)
		}
	}
}

func oneReuseIsNoted(t T, s auth.Store) {
	w := settle(t, s, "default")
	for i := range rounds {
		v := w.login(w.user, 0)
		for counter := range int64(2) {
			r := w.rotation(v, counter, time.Minute)
			v = moved(v, r)
			w.rotates(r, auth.Rotated, v)
		}
		old := w.rotation(v, 0, time.Minute)
		got := tally(t, w.raceRotate(callers, old))
		if got[auth.Reused] != 1 || got[auth.Ended] != callers-1 {
			t.Fatalf("%d callers with an old counter got %v, want one Reused (3), the others Ended (4)", callers, got)
		}
		w.wrote(auth.ActionReuse, i+1)
	}
}

// endBeatsRotation: whoever asks after EndSession has returned hears Ended, and
// a rotation that was under way does not bring the session back.
func endBeatsRotation(t T, s auth.Store) {
	w := settle(t, s, "default")
	for round := range 2 * rounds {
		v := w.login(w.user, 0)
		e := w.ending(v.ID)
		var over atomic.Bool
		answers := race(callers, func(i int) answer {
			if i == round%callers {
				err := s.EndSession(bg, e)
				over.Store(true)
				return answer{auth.RotationResult{Outcome: auth.Ended}, err}
			}
			var best answer
			for range 3 {
				late := over.Load()
				got, err := s.Rotate(bg, w.rotation(v, 0, time.Second))
				if late && got.Outcome != auth.Ended {
					t.Errorf("after EndSession Rotate gave outcome %d (%v), want Ended", got.Outcome, err)
				}
				if best.Outcome == 0 || got.Outcome == auth.Rotated || err != nil {
					best = answer{got, err}
				}
			}
			return best
		})
		n := tally(t, answers)
		want := ended(v, e)
		if n[auth.Rotated] == 1 {
			want = moved(want, w.rotation(v, 0, time.Second))
		}
		same(t, "the session", w.session(v), want)
		if n[auth.Rotated] > 1 || n[auth.Reused]+n[auth.Expired]+n[auth.Unknown] > 0 {
			t.Errorf("callers got outcomes %v", n)
		}
	}
}

// rotationsMakeOneChain: callers who go on from the newest token that they were
// given are each handed other new ones, until somebody comes too late.
func rotationsMakeOneChain(t T, s auth.Store) {
	w := settle(t, s, "default")
	for range 2 * rounds {
		v := w.login(w.user, 0)
		won := slices.Concat(race(callers, func(int) []int64 { return w.chain(v) })...)
		slices.Sort(won)
		var want []int64
		for c := range w.session(v).Counter {
			want = append(want, c+1)
		}
		same(t, "counters that were handed out as new", won, want)
	}
}

// chain rotates a session eight times and returns the new counters; another
// caller's reuse ends it.
func (w world) chain(v auth.Session) []int64 {
	var won []int64
	counter := int64(0)
	for range 8 {
		got, err := w.Rotate(bg, w.rotation(v, counter, time.Second))
		switch {
		case err != nil:
			w.Errorf("Rotate: %v", err)
			return won
		case got.Outcome == auth.Rotated:
			won = append(won, got.Session.Counter)
		case got.Outcome != auth.Repeated:
			return won
		}
		counter = got.Session.Counter
	}
	return won
}
