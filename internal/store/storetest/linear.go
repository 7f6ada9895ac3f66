package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/latchkey/latchkey/internal/auth"
)

// step is one call of the history: a rotation, or the end of the session.
type step struct {
	end     bool
	counter int64
	now     time.Duration
}

// outcome is what the call returned.
type outcome struct {
	rotation auth.RotationOutcome
	counter  int64
	refused  bool // EndSession found nothing that lives
}

// sequential is the model as porcupine wants it: could a store that does one
// thing after the other have given this answer?
var sequential = porcupine.Model{
	Init: func() any { return model{idleUntil: time.Hour, expiresAt: 10 * time.Hour} },
	Step: func(state, input, output any) (bool, any) {
		m, in, out := state.(model), input.(step), output.(outcome)
		if in.end {
			lives := !m.ended && in.now < m.idleUntil
			m.ended = m.ended || lives
			return out.refused != lives, m
		}
		want, next := m.rotate(in.counter, in.now, grace, time.Hour)
		return out.rotation == want && out.counter == next.counter, next
	},
}

// rotationIsLinearizable lets eight callers rotate and end one session in
// overlapping calls and asks whether some order of the calls explains all the
// answers. A search that does not end in time is a failure too.
func rotationIsLinearizable(t T, s auth.Store) {
	w := settle(t, s, "default")
	const clients, calls = 8, 6
	for round := range 2 * rounds {
		v := w.login(w.user, 0)
		began := time.Now()
		history := slices.Concat(race(clients, func(i int) []porcupine.Operation {
			seen := int64(0)
			var ops []porcupine.Operation
			for n := range calls {
				in := choose(round, i, n, seen)
				call := time.Since(began)
				out, err := w.play(v, in)
				if err != nil {
					t.Errorf("call %d of client %d: %v", n, i, err)
					return ops
				}
				ops = append(ops, porcupine.Operation{
					ClientId: i, Input: in, Call: int64(call), Output: out, Return: int64(time.Since(began)),
				})
				seen = max(seen, out.counter)
			}
			return ops
		})...)
		if got := porcupine.CheckOperationsTimeout(sequential, history, 10*time.Second); got != porcupine.Ok {
			t.Fatalf("round %d: linearizability of %d calls: %s, want Ok", round, len(history), got)
		}
	}
}

// choose picks a client's next step, the same in every run: mostly a rotation
// from the newest counter that it has seen, now and then from the one before,
// now and then an end. The mixing is that of SplitMix64.
func choose(round, client, n int, seen int64) step {
	x := uint64(round<<16|client<<8|n)*0x9e3779b97f4a7c15 + 1
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	s := step{end: x%40 == 0, counter: seen, now: time.Duration(x>>8%12) * time.Second}
	if x>>16%8 == 0 && seen > 0 {
		s.counter--
	}
	return s
}

func (w world) play(v auth.Session, in step) (outcome, error) {
	if in.end {
		e := w.ending(v.ID)
		e.At = start.Add(in.now)
		err := w.EndSession(bg, e)
		if errors.Is(err, auth.ErrNoRecord) {
			return outcome{refused: true}, nil
		}
		return outcome{}, err
	}
	got, err := w.Rotate(bg, w.rotation(v, in.counter, in.now))
	return outcome{rotation: got.Outcome, counter: got.Session.Counter}, err
}
