package storetest

import (
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// ending asks to end a session of the world's user a minute after the start.
func (w world) ending(session string) auth.Ending {
	at := start.Add(time.Minute)
	return auth.Ending{
		Directory: w.tenant.Directory, User: w.user.ID, Session: session,
		Reason: auth.EndLogout, At: at, Note: w.note("end", at),
	}
}

func ended(v auth.Session, e auth.Ending) auth.Session {
	v.EndedAt, v.EndReason = e.At, e.Reason
	return v
}

func endingEndsOne(t T, s auth.Store) {
	w := settle(t, s, "default")
	v, other := w.login(w.user, 0), w.login(w.user, 0)
	e := w.ending(v.ID)
	must(t, s.EndSession(bg, e), "EndSession")
	same(t, "the session", w.session(v), ended(v, e))
	same(t, "the other session", w.session(other), other)
	w.wrote("end", 1)

	again := w.ending(v.ID)
	again.Reason = auth.EndAdmin
	refused(t, s.EndSession(bg, again), auth.ErrNoRecord, "EndSession again")
	same(t, "the session", w.session(v), ended(v, e))
	late := w.ending(other.ID)
	late.At = other.IdleUntil
	refused(t, s.EndSession(bg, late), auth.ErrNoRecord, "EndSession of an expired one")
	same(t, "the expired session", w.session(other), other)
	refused(t, s.EndSession(bg, w.ending(newID())), auth.ErrNoRecord, "EndSession of none")
	w.wrote("end", 1)
}

func oneCallerEnds(t T, s auth.Store) {
	w := settle(t, s, "default")
	for i := range rounds {
		v := w.login(w.user, 0)
		errs := race(callers, func(int) error { return s.EndSession(bg, w.ending(v.ID)) })
		if n := winners(t, errs, auth.ErrNoRecord, "EndSession"); n != 1 {
			t.Fatalf("%d callers ended the session, want 1", n)
		}
		w.wrote("end", i+1)
	}
}

func othersCannotEnd(t T, s auth.Store) {
	w := settle(t, s, "default")
	v := w.login(w.user, 0)
	e := w.ending(v.ID)
	e.User = w.join().ID
	refused(t, s.EndSession(bg, e), auth.ErrNoRecord, "EndSession by another user")
	e.Session, e.Note = "", auth.Note{}
	ids, err := s.EndSessions(bg, e)
	must(t, err, "EndSessions")
	same(t, "EndSessions by another user", ids, []string(nil))
	same(t, "the session", w.session(v), v)
	w.wrote("end", 0)
}

func endingAllKeepsOne(t T, s auth.Store) {
	w := settle(t, s, "default")
	stranger := w.login(w.join(), 0)
	keep, a, b := w.login(w.user, 0), w.login(w.user, 0), w.login(w.user, 0)
	over := w.login(w.user, -2*time.Hour)
	gone := w.login(w.user, 0)
	first := w.ending(gone.ID)
	first.At, first.Reason = start, auth.EndLocked
	must(t, s.EndSession(bg, first), "EndSession")

	e := w.ending(keep.ID)
	e.Reason = auth.EndPasswordChanged
	ids, err := s.EndSessions(bg, e)
	must(t, err, "EndSessions")
	slices.Sort(ids)
	same(t, "ids", ids, []string{a.ID, b.ID})
	for _, want := range []auth.Session{stranger, keep, over, ended(gone, first), ended(a, e), ended(b, e)} {
		same(t, "a session", w.session(want), want)
	}
	w.wrote("end", 2)

	e = w.ending("")
	ids, err = s.EndSessions(bg, e)
	must(t, err, "EndSessions")
	same(t, "ids", ids, []string{keep.ID})
	same(t, "the kept one", w.session(keep), ended(keep, e))
	w.wrote("end", 3)
}

func eachEndIsToldOnce(t T, s auth.Store) {
	w := settle(t, s, "default")
	for range rounds {
		var want []string
		for range 4 {
			want = append(want, w.login(w.user, 0).ID)
		}
		got := slices.Concat(race(callers, func(i int) []string {
			if i%2 == 0 {
				if s.EndSession(bg, w.ending(want[i/4%4])) != nil {
					return nil
				}
				return []string{want[i/4%4]}
			}
			ids, err := s.EndSessions(bg, w.ending(""))
			if err != nil {
				t.Errorf("EndSessions: %v", err)
			}
			return ids
		})...)
		slices.Sort(got)
		same(t, "ended sessions", got, want)
	}
}

func endedStaysEnded(t T, s auth.Store) {
	w := settle(t, s, "default")
	v := w.login(w.user, 0)
	e := w.ending(v.ID)
	must(t, s.EndSession(bg, e), "EndSession")
	want := ended(v, e)
	for _, after := range []time.Duration{-time.Hour, 0, 2 * time.Minute, 100 * time.Hour} { // also when it would have run out
		for counter := range int64(3) {
			w.rotates(w.rotation(v, counter, after), auth.Ended, want)
		}
		must(t, s.Touch(bg, "default", map[string]time.Time{v.ID: start.Add(after)}), "Touch")
	}
	ids, err := s.EndSessions(bg, w.ending(""))
	must(t, err, "EndSessions")
	same(t, "EndSessions", ids, []string(nil))
	same(t, "the session", w.session(v), want)
}
