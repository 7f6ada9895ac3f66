package storetest

import (
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func movePromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"AMoveChangesThePlaceOnly", aMoveChangesThePlaceOnly},
		{"AMoveOnlyShortens", aMoveOnlyShortens},
		{"OnlyTheLivingMove", onlyTheLivingMove},
		{"AMoveNeedsTheSeat", aMoveNeedsTheSeat},
		{"MovesAndRotationsBothHappen", movesAndRotationsBothHappen},
		{"EndBeatsMove", endBeatsMove},
	}
}

// moving gives the world's user a seat in another tenant, and asks to move a
// session there.
func (w world) moving(v auth.Session, to world) auth.Move {
	w.Helper()
	w.changed(w.user, func(a *auth.Account) {
		if _, ok := a.Seat(to.tenant.ID, ""); !ok {
			a.Seats = append(a.Seats, to.as(auth.RoleUser))
		}
	})
	return auth.Move{
		Directory: v.Directory, User: v.User, Session: v.ID, Tenant: to.tenant.ID, Space: to.space.ID,
		At: start.Add(time.Minute), IdleUntil: v.IdleUntil, ExpiresAt: v.ExpiresAt, Note: w.note("move", start),
	}
}

func aMoveChangesThePlaceOnly(t T, s auth.Store) {
	w, to := settle(t, s, "default"), settle(t, s, "default")
	v, other := w.login(w.user, 0), w.login(w.user, 0)
	result, err := s.Rotate(bg, w.rotation(v, 0, time.Second))
	must(t, err, "Rotate")
	v = result.Session
	m := w.moving(v, to)
	got, err := s.MoveSession(bg, m)
	must(t, err, "MoveSession")
	v.Tenant, v.Space = to.tenant.ID, to.space.ID
	same(t, "MoveSession", got, v)
	same(t, "the session", w.session(v), v)
	same(t, "the other session", w.session(other), other)
	w.wrote("move", 1)

	r := w.rotation(v, v.Counter, time.Minute)
	r.Tenant = w.tenant.ID
	_, err = s.Rotate(bg, r)
	refused(t, err, auth.ErrNoRecord, "Rotate in the tenant that it left")
	r.Tenant = to.tenant.ID
	result, err = s.Rotate(bg, r)
	must(t, err, "Rotate")
	if result.Outcome != auth.Rotated || result.Session.Counter != v.Counter+1 {
		t.Errorf("Rotate: got outcome %d and counter %d, want Rotated and %d", result.Outcome, result.Session.Counter, v.Counter+1)
	}
}

// aMoveOnlyShortens: a session that ends earlier than the other tenant would
// have it keeps its end, and never is idle for longer than it lasts.
func aMoveOnlyShortens(t T, s auth.Store) {
	w, to := settle(t, s, "default"), settle(t, s, "default")
	for _, c := range []struct{ askedIdle, askedEnd, idle, end time.Duration }{
		{time.Hour, 10 * time.Hour, time.Hour, 10 * time.Hour},
		{2 * time.Hour, 11 * time.Hour, time.Hour, 10 * time.Hour},
		{time.Hour, 2 * time.Hour, time.Hour, 2 * time.Hour},
		{time.Hour, time.Hour, time.Hour, time.Hour},
		{time.Hour, 10 * time.Minute, 10 * time.Minute, 10 * time.Minute},
		{3 * time.Hour, 10 * time.Minute, 10 * time.Minute, 10 * time.Minute},
		{20 * time.Minute, 10 * time.Hour, 20 * time.Minute, 10 * time.Hour},
		{20 * time.Minute, 10 * time.Minute, 10 * time.Minute, 10 * time.Minute},
		{10 * time.Minute, 20 * time.Minute, 10 * time.Minute, 20 * time.Minute},
	} {
		v := w.login(w.user, 0)
		m := w.moving(v, to)
		m.IdleUntil, m.ExpiresAt = start.Add(c.askedIdle), start.Add(c.askedEnd)
		got, err := s.MoveSession(bg, m)
		must(t, err, "MoveSession")
		v.Tenant, v.Space = to.tenant.ID, to.space.ID
		v.IdleUntil, v.ExpiresAt = start.Add(c.idle), start.Add(c.end)
		same(t, "MoveSession", got, v)
		same(t, "the session", w.session(v), v)
	}
}

// stuck wants a session not to be moved, and nothing to come of it.
func (w world) stuck(m auth.Move, why string) {
	w.Helper()
	was, missing := w.Session(bg, m.Directory, m.Session)
	got, err := w.MoveSession(bg, m)
	refused(w, err, auth.ErrNoRecord, "MoveSession of "+why)
	same(w, "what MoveSession returned of "+why, got, auth.Session{})
	if missing == nil {
		same(w, why, w.session(was), was)
	}
	w.noted("move", 0)
}

func onlyTheLivingMove(t T, s auth.Store) {
	w, to, there := settle(t, s, "default"), settle(t, s, "default"), settle(t, s, "there")
	v, gone := w.login(w.user, 0), w.login(w.user, 0)
	must(t, s.EndSession(bg, auth.Ending{Directory: "default", User: w.user.ID, Session: gone.ID, At: start}), "EndSession")
	w.stuck(w.moving(gone, to), "one that has ended")
	for name, c := range map[string]func(*auth.Move){
		"one that is idle":              func(m *auth.Move) { m.At = v.IdleUntil },
		"one that has expired":          func(m *auth.Move) { m.At = v.ExpiresAt },
		"one that is not there":         func(m *auth.Move) { m.Session = newID() },
		"one in another directory":      func(m *auth.Move) { m.Directory = "there" },
		"one of another user":           func(m *auth.Move) { m.User = to.user.ID },
		"one of a user there is not":    func(m *auth.Move) { m.User = newID() },
		"one of a user elsewhere":       func(m *auth.Move) { m.User, m.Directory = there.user.ID, "there" },
		"one that nobody is said to be": func(m *auth.Move) { m.User = "" },
	} {
		m := w.moving(v, to)
		c(&m)
		w.stuck(m, name)
	}
	m := w.moving(v, to)
	m.At = v.IdleUntil.Add(-time.Millisecond)
	_, err := s.MoveSession(bg, m)
	must(t, err, "MoveSession at the last moment")
}

func aMoveNeedsTheSeat(t T, s auth.Store) {
	w, to, there := settle(t, s, "default"), settle(t, s, "default"), settle(t, s, "there")
	v := w.login(w.user, 0)
	annex := to.newSpace("annex")
	must(t, s.CreateSpace(bg, annex, auth.Note{}), "CreateSpace")
	for name, c := range map[string]func(*auth.Move){
		"one to a space without a seat":        func(m *auth.Move) { m.Space = annex.ID },
		"one to a space of another tenant":     func(m *auth.Move) { m.Space = w.space.ID },
		"one to a tenant without a seat":       func(m *auth.Move) { m.Tenant, m.Space = there.tenant.ID, there.space.ID },
		"one to a tenant of a space elsewhere": func(m *auth.Move) { m.Tenant = w.tenant.ID },
	} {
		m := w.moving(v, to)
		c(&m)
		w.stuck(m, name)
	}
	m := w.moving(v, to)
	w.changed(w.user, func(a *auth.Account) { *a = auth.Account{User: a.User, Seats: []auth.Seat{w.seat()}} })
	w.stuck(m, "one to a tenant that the user has left")
	_, err := s.MoveSession(bg, w.moving(v, to))
	must(t, err, "MoveSession")
}
