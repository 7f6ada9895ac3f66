package storetest

import (
	"errors"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// movesAndRotationsBothHappen: none is lost when they come at once.
func movesAndRotationsBothHappen(t T, s auth.Store) {
	w, to := settle(t, s, "default"), settle(t, s, "default")
	for round := range rounds {
		v := w.login(w.user, 0)
		m := w.moving(v, to)
		errs := race(callers, func(i int) error {
			if (i+round)%2 == 0 {
				m := m
				m.Note = w.note("move", start)
				_, err := s.MoveSession(bg, m)
				return err
			}
			got, err := s.Rotate(bg, w.rotation(v, 0, time.Minute))
			if err == nil && got.Outcome != auth.Rotated && got.Outcome != auth.Repeated {
				t.Errorf("Rotate: got outcome %d, want Rotated or Repeated", got.Outcome)
			}
			return err
		})
		must(t, errors.Join(errs...), "MoveSession and Rotate")
		if got := w.session(v); got.Tenant != to.tenant.ID || got.Space != to.space.ID || got.Counter != 1 {
			t.Fatalf("got a session in %s with counter %d, want it in %s with 1", got.Tenant, got.Counter, to.tenant.ID)
		}
	}
}

// endBeatsMove: a session that has ended is not brought back.
func endBeatsMove(t T, s auth.Store) {
	w, to := settle(t, s, "default"), settle(t, s, "default")
	for range 2 * rounds {
		v := w.login(w.user, 0)
		m := w.moving(v, to)
		errs := race(callers, func(i int) error {
			if i == callers/2 {
				return s.EndSession(bg, w.ending(v.ID))
			}
			m := m
			m.Note = w.note("move", start)
			_, err := s.MoveSession(bg, m)
			if errors.Is(err, auth.ErrNoRecord) {
				return nil
			}
			return err
		})
		must(t, errors.Join(errs...), "MoveSession and EndSession")
		if got := w.session(v); !got.Ended() {
			t.Fatalf("a session that was ended lives: %+v", got)
		}
		_, err := s.MoveSession(bg, m)
		refused(t, err, auth.ErrNoRecord, "MoveSession of one that has ended")
	}
}
