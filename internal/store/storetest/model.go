package storetest

import (
	"time"

	"pgregory.net/rapid"

	"github.com/latchkey/latchkey/internal/auth"
)

// model is all that a rotation's outcome depends on.
type model struct {
	counter   int64
	rotatedAt time.Duration // since the start
	idleUntil time.Duration
	expiresAt time.Duration
	ended     bool
}

// rotate says what happens, and the model afterwards.
func (m model) rotate(counter int64, now, grace, idle time.Duration) (auth.RotationOutcome, model) {
	switch {
	case m.ended:
		return auth.Ended, m
	case now >= m.idleUntil || now >= m.expiresAt:
		return auth.Expired, m
	case counter > m.counter:
		return auth.Unknown, m
	case counter == m.counter:
		m.counter++
		m.rotatedAt, m.idleUntil = now, min(now+idle, m.expiresAt)
		return auth.Rotated, m
	case counter == m.counter-1 && now-m.rotatedAt < grace:
		return auth.Repeated, m
	}
	m.ended = true
	return auth.Reused, m
}

// rotationFollowsItsModel runs random rotations, ends and moves of the clock,
// one after the other, and compares each answer with the model's.
func rotationFollowsItsModel(t T, s auth.Store) {
	w := settle(t, s, "default")
	rapid.Check(t, func(t *rapid.T) {
		w := w
		w.T = t
		v := w.login(w.user, 0)
		m := model{idleUntil: time.Hour, expiresAt: 10 * time.Hour}
		var now time.Duration
		for range rapid.IntRange(8, 25).Draw(t, "steps") {
			now = m.clock(t, now)
			var outcome auth.RotationOutcome
			counter := m.counter - rapid.SampledFrom([]int64{0, 1, 0, 1, 0, 2, 0, -1}).Draw(t, "behind")
			if counter >= 0 {
				idle := rapid.SampledFrom([]time.Duration{time.Hour, time.Minute, 20 * time.Hour}).Draw(t, "idle")
				r := w.rotation(v, counter, now)
				r.IdleUntil = start.Add(now + idle)
				got, err := w.Rotate(bg, r)
				must(t, err, "Rotate")
				outcome, m = m.rotate(counter, now, grace, idle)
				if got.Outcome != outcome {
					t.Fatalf("Rotate of counter %d at %s: got outcome %d, want %d", counter, now, got.Outcome, outcome)
				}
				w.is(got.Session, m)
			}
			if rapid.IntRange(0, 19).Draw(t, "end") == 0 {
				w.ends(v, &m, now)
			}
			w.is(w.session(v), m)
		}
	})
}

// clock moves the time: on, back, or to just where something is over.
// What is named first is drawn more often.
func (m model) clock(t *rapid.T, now time.Duration) time.Duration {
	const ms = time.Millisecond
	return rapid.SampledFrom([]time.Duration{
		m.rotatedAt + grace, m.rotatedAt + grace - ms, m.rotatedAt, now, now - ms, now + ms,
		now + time.Minute, now + 40*time.Minute, now - time.Hour,
		m.idleUntil, m.idleUntil - ms, m.expiresAt, m.expiresAt - ms,
	}).Draw(t, "now")
}

// ends ends the session in the store and in the model.
func (w world) ends(v auth.Session, m *model, now time.Duration) {
	w.Helper()
	lives := !m.ended && now < m.idleUntil && now < m.expiresAt
	e := w.ending(v.ID)
	e.At = start.Add(now)
	if err := w.EndSession(bg, e); (err == nil) != lives {
		w.Fatalf("EndSession at %s: got error %v, lives: %t", now, err, lives)
	}
	m.ended = m.ended || lives
}

// is wants a session to be as the model says.
func (w world) is(v auth.Session, m model) {
	w.Helper()
	got := model{v.Counter, v.RotatedAt.Sub(start), v.IdleUntil.Sub(start), v.ExpiresAt.Sub(start), v.Ended()}
	if got != m {
		w.Fatalf("got session %+v, want %+v", got, m)
	}
}
