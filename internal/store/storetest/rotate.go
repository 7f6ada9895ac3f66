package storetest

import (
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// grace is that of every rotation in the suite.
const grace = 10 * time.Second

// rotation presents a counter so long after the start.
func (w world) rotation(v auth.Session, counter int64, after time.Duration) auth.Rotation {
	now := start.Add(after)
	return auth.Rotation{
		Directory: v.Directory, Session: v.ID, Counter: counter,
		Now: now, Grace: grace, IdleUntil: now.Add(time.Hour),
		Reused: func(v auth.Session) auth.Note {
			n := w.note(auth.ActionReuse, now)
			n.Events[0].User, n.Events[0].Session = v.User, v.ID
			return n
		},
	}
}

// rotates wants an outcome and the session to be so afterwards.
func (w world) rotates(r auth.Rotation, outcome auth.RotationOutcome, want auth.Session) {
	w.Helper()
	got, err := w.Rotate(bg, r)
	must(w, err, "Rotate")
	if got.Outcome != outcome {
		w.Errorf("Rotate with counter %d at %s: got outcome %d, want %d", r.Counter, r.Now.Sub(start), got.Outcome, outcome)
	}
	same(w, "the session as returned", got.Session, want)
	same(w, "the session as stored", w.session(want), want)
}

// moved is the session after a rotation.
func moved(v auth.Session, r auth.Rotation) auth.Session {
	v.Counter++
	v.RotatedAt, v.LastSeen, v.IdleUntil = r.Now, r.Now, r.IdleUntil
	return v
}

func rotationMovesOn(t T, s auth.Store) {
	w := settle(t, s, "default")
	other := w.login(w.user, 0)
	v := w.login(w.user, 0)
	for i := range int64(4) {
		r := w.rotation(v, i, time.Duration(i+1)*time.Minute)
		r.Tenant = w.tenant.ID
		v = moved(v, r)
		if i == 2 {
			r.IP = "2001:db8::2"
		}
		if i >= 2 {
			v.IP = "2001:db8::2"
		}
		w.rotates(r, auth.Rotated, v)
	}
	same(t, "the other session", w.session(other), other)
	_, err := s.Rotate(bg, w.rotation(auth.Session{Directory: "default", ID: newID()}, 0, 0))
	refused(t, err, auth.ErrNoRecord, "Rotate of none")
}

func rotationSaysWhatItDid(t T, s auth.Store) {
	const ms = time.Millisecond
	at := time.Minute // when the counter went from 4 to 5
	for _, c := range []struct {
		name    string
		counter int64
		now     time.Duration
		grace   time.Duration
		want    auth.RotationOutcome
	}{
		{"the current one", 5, at, grace, auth.Rotated},
		{"the current one, clock backwards", 5, at - time.Second, grace, auth.Rotated},
		{"the last one at once", 4, at, grace, auth.Repeated},
		{"the last one, clock backwards", 4, at - time.Second, grace, auth.Repeated},
		{"the last one, clock far backwards", 4, -time.Hour, grace, auth.Repeated},
		{"the last one, grace about to end", 4, at + grace - ms, grace, auth.Repeated},
		{"the last one, grace over", 4, at + grace, grace, auth.Reused},
		{"the last one, later", 4, at + grace + ms, grace, auth.Reused},
		{"the last one without grace", 4, at, 0, auth.Reused},
		{"the last one with negative grace", 4, at, -1, auth.Reused},
		{"an older one at once", 3, at, grace, auth.Reused},
		{"the oldest one", 0, at, grace, auth.Reused},
		{"an older one, clock backwards", 3, at - time.Second, grace, auth.Reused},
		{"one that was never given out", 6, at, grace, auth.Unknown},
		{"one far from given out", 1 << 40, at, grace, auth.Unknown},
		{"the current one, idle about to end", 5, at + time.Hour - ms, grace, auth.Rotated},
		{"the current one, idle too long", 5, at + time.Hour, grace, auth.Expired},
		{"the last one, idle too long", 4, at + time.Hour, 100 * time.Hour, auth.Expired},
		{"an older one, idle too long", 0, at + time.Hour, grace, auth.Expired},
		{"an unknown one, idle too long", 9, at + time.Hour, grace, auth.Expired},
		{"the current one, after the session's end", 5, 20 * time.Hour, grace, auth.Expired},
	} {
		w := settle(t, s, "default")
		v := w.login(w.user, 0)
		for i := range int64(5) {
			r := w.rotation(v, i, at)
			v = moved(v, r)
			w.rotates(r, auth.Rotated, v)
		}
		r := w.rotation(v, c.counter, c.now)
		r.Grace = c.grace
		got, err := s.Rotate(bg, r)
		must(t, err, c.name)
		if got.Outcome != c.want {
			t.Errorf("%s: got outcome %d, want %d", c.name, got.Outcome, c.want)
		}
		want := v
		if c.want == auth.Rotated {
			want = moved(v, r)
			want.LastSeen = later(v.LastSeen, r.Now)
		}
		if c.want == auth.Reused {
			want.EndedAt, want.EndReason = r.Now, auth.EndReuse
		}
		same(t, c.name+": as returned", got.Session, want)
		same(t, c.name+": as stored", w.session(v), want)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func idleEndIsCapped(t T, s auth.Store) {
	w := settle(t, s, "default")
	v := w.login(w.user, 0)
	for i, until := range []struct{ ask, want time.Time }{
		{v.ExpiresAt.Add(-time.Millisecond), v.ExpiresAt.Add(-time.Millisecond)},
		{v.ExpiresAt, v.ExpiresAt},
		{v.ExpiresAt.Add(time.Millisecond), v.ExpiresAt},
		{v.ExpiresAt.Add(1000 * time.Hour), v.ExpiresAt},
		{start.Add(time.Hour), start.Add(time.Hour)},
	} {
		r := w.rotation(v, int64(i), time.Minute)
		r.IdleUntil = until.ask
		v = moved(v, r)
		v.IdleUntil = until.want
		w.rotates(r, auth.Rotated, v)
	}
}

func reuseEndsTheSession(t T, s auth.Store) {
	w := settle(t, s, "default")
	v, other, stranger := w.login(w.user, 0), w.login(w.user, 0), w.login(w.join(), 0)
	for i := range int64(3) {
		r := w.rotation(v, i, time.Minute)
		v = moved(v, r)
		w.rotates(r, auth.Rotated, v)
	}
	w.rotates(w.rotation(v, 2, time.Minute), auth.Repeated, v)
	w.rotates(w.rotation(v, 9, time.Minute), auth.Unknown, v)
	w.wrote(auth.ActionReuse, 0)
	reuse := w.rotation(v, 1, 2*time.Minute)
	want := v
	want.EndedAt, want.EndReason = reuse.Now, auth.EndReuse
	w.rotates(reuse, auth.Reused, want)
	w.wrote(auth.ActionReuse, 1)
	for counter := range int64(5) {
		w.rotates(w.rotation(v, counter, 3*time.Minute), auth.Ended, want)
	}
	w.wrote(auth.ActionReuse, 1)
	same(t, "another session of the user", w.session(other), other)
	same(t, "a session of another user", w.session(stranger), stranger)
}
