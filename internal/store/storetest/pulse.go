package storetest

import (
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func pulsePromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"EventsAreCountedByStep", eventsAreCountedByStep},
		{"SessionsAreCountedByStep", sessionsAreCountedByStep},
	}
}

// pulse asks for three minutes from start on.
func (w world) pulse() auth.Pulse {
	w.Helper()
	p, err := w.Pulse(bg, auth.PulseQuery{Directory: w.tenant.Directory, Tenant: w.tenant.ID, From: start, Step: time.Minute, Steps: 3})
	must(w, err, "Pulse")
	return p
}

// eventsAreCountedByStep: each in the step in which it was, by what it was, of
// the tenant alone.
func eventsAreCountedByStep(t T, s auth.Store) {
	w, other := settle(t, s, "default"), settle(t, s, "default")
	same(t, "the pulse of nobody", w.pulse(), auth.Pulse{Events: map[auth.Action][]int{}, Living: []int{0, 0, 0}})
	for _, e := range []struct {
		action auth.Action
		after  time.Duration
	}{
		{"login", -time.Millisecond}, {"login", 0}, {"login", time.Minute - time.Millisecond}, {"login", time.Minute}, {"lock", 2 * time.Minute},
		{"lock", 3*time.Minute - time.Millisecond}, {"lock", 3 * time.Minute},
	} {
		must(t, s.Write(bg, auth.Note{Events: w.note(e.action, start.Add(e.after)).Events}), "Write")
		must(t, s.Write(bg, auth.Note{Events: other.note("login", start.Add(e.after)).Events}), "Write")
	}
	same(t, "events", w.pulse().Events, map[auth.Action][]int{"login": {2, 1, 0}, "lock": {0, 0, 2}})
}

// sessionsAreCountedByStep: those that live at the end of each, whenever they
// began, and however they came to an end.
func sessionsAreCountedByStep(t T, s auth.Store) {
	w, other := settle(t, s, "default"), settle(t, s, "default")
	for _, v := range []struct{ from, idle, expires, ended time.Duration }{
		{-time.Hour, time.Hour, time.Hour, 0},                                  // all the time
		{-time.Hour, 2 * time.Minute, time.Hour, 0},                            // runs out at the end of the second
		{-time.Hour, 2*time.Minute + time.Millisecond, time.Hour, 0},           // and just after it
		{time.Minute, time.Hour, 150 * time.Second, 0},                         // of the second alone
		{10 * time.Second, time.Hour, time.Hour, 70 * time.Second},             // ended in the second
		{-time.Hour, time.Hour, time.Hour, -time.Minute},                       // ended before
		{-2 * time.Hour, -time.Hour, time.Hour, 0},                             // ran out before
		{3 * time.Minute, time.Hour, time.Hour, 0},                             // not yet
		{70 * time.Second, 80 * time.Second, 80 * time.Second, 0},              // between two ends
		{170 * time.Second, 10 * time.Minute, 20 * time.Minute, 2 * time.Hour}, // an end that came later than its time
	} {
		for _, in := range []world{w, other} {
			x := in.unborn(in.user, v.from)
			x.IdleUntil, x.ExpiresAt = start.Add(v.idle), start.Add(v.expires)
			in.opens(auth.Opening{Session: x})
			if v.ended != 0 && v.ended < v.idle {
				must(t, s.EndSession(bg, auth.Ending{
					Directory: in.tenant.Directory, User: in.user.ID, Session: x.ID, Reason: auth.EndLogout, At: start.Add(v.ended),
				}), "EndSession")
			}
		}
	}
	same(t, "living sessions", w.pulse().Living, []int{4, 3, 2})
}
