package storetest

import (
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// changes makes each change that a note goes with, one after the other, and
// calls after with how many there have been.
func (w world) changes(after func(notes int)) {
	w.Helper()
	rename := func(u *auth.User) error { u.Name += "!"; return nil }
	note := func() auth.Note { return w.note("note", start) }
	v, next := w.login(w.user, 0), w.unborn(w.user, time.Second)
	e := auth.Ending{Directory: w.user.Directory, User: w.user.ID, At: start}
	reuse := w.rotation(v, -2, 0)
	reuse.Reused = func(auth.Session) auth.Note { return note() }
	must(w, w.SettingsInForce(bg, map[string]string{"a": "1"}, nil), "SettingsInForce")
	for i, change := range append(w.newerChanges(note), []func() error{
		func() error { return w.CreateUser(bg, w.newUser(), w.seat(), note()) },
		func() error { _, err := w.UpdateUser(bg, e.Directory, e.User, rename, note()); return err },
		func() error { return w.Write(bg, note()) },
		func() error { _, err := w.Rotate(bg, reuse); return err },
		func() error { _, err := w.CreateSession(bg, auth.Opening{Session: next, Note: note()}); return err },
		func() error { e.Session, e.Note = next.ID, note(); return w.EndSession(bg, e) },
		func() error { e.Session, e.Note = "", note(); _, err := w.EndSessions(bg, e); return err },
		func() error { e.Note = note(); _, _, err := w.Secure(bg, e, rename); return err },
		func() error { return w.AddKey(bg, newKey(0), "", note()) },
		func() error {
			return w.SettingsInForce(bg, map[string]string{"a": "2"}, func([]string) auth.Note { return note() })
		},
	}...) {
		must(w, change(), "a change with a note")
		after(i + 1)
	}
}

// newerChanges are those of tenants, seats and roles.
func (w world) newerChanges(note func() auth.Note) []func() error {
	another, space := newTenant(w.tenant.Directory)
	role, key := w.role("editor"), newAPIKey("ci")
	v := w.login(w.user, 0)
	move := auth.Move{
		Directory: v.Directory, User: v.User, Session: v.ID, Tenant: v.Tenant, Space: v.Space, At: start,
		IdleUntil: v.IdleUntil, ExpiresAt: v.ExpiresAt,
	}
	return []func() error{
		func() error { return w.CreateTenant(bg, another, home(another), space, note()) },
		func() error {
			_, err := w.UpdateTenant(bg, another.ID, func(t *auth.Tenant) error { t.Name = "New"; return nil }, note())
			return err
		},
		func() error { return w.CreateSpace(bg, w.newSpace("annex"), note()) },
		func() error { return w.CreateRole(bg, role, note()) },
		func() error {
			_, err := w.UpdateRole(bg, role.Directory, role.Tenant, role.Name, func(*auth.Role) error { return nil }, note())
			return err
		},
		func() error { return w.DeleteRole(bg, role.Directory, role.Tenant, role.Name, note()) },
		func() error { return w.AddAPIKey(bg, key, note()) },
		func() error { return w.RevokeAPIKey(bg, key.ID, start, note()) },
		func() error { move.Note = note(); _, err := w.MoveSession(bg, move); return err },
		func() error {
			c := w.change(w.user, func(a *auth.Account) error { a.User.Nickname = "new"; return nil })
			c.Note = note()
			_, err := w.ChangeAccount(bg, c)
			return err
		},
		func() error {
			c := w.change(w.join(), func(a *auth.Account) error { a.Seats = nil; return nil })
			c.Note = note()
			_, err := w.ChangeAccount(bg, c)
			return err
		},
	}
}

func notesComeWithTheirChange(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.changes(func(notes int) { w.wrote("note", notes) })
}

func eventsComeNewestFirst(t T, s auth.Store) {
	w := settle(t, s, "default")
	var want []auth.Event // oldest first
	for i := range 6 {
		want = append(want, auth.Event{
			ID: newID(), Directory: "default", Tenant: w.tenant.ID, At: start.Add(time.Duration(i) * time.Millisecond),
			Action: auth.ActionLoginFailed, User: w.user.ID, Actor: newID(), Session: newID(), IP: "2001:db8::1",
			Agent: "Ünïcødé/1 🐈‍⬛", RequestID: "r-1", Reason: "password",
		})
	}
	want[1] = auth.Event{ID: want[1].ID, Directory: "default", Tenant: w.tenant.ID, At: want[1].At, Action: "x"}
	must(t, s.Write(bg, auth.Note{Events: []auth.Event{want[3], want[0]}}), "Write")
	must(t, s.Write(bg, auth.Note{Events: []auth.Event{want[5], want[4], want[2]}}), "Write")
	must(t, s.Write(bg, auth.Note{Events: []auth.Event{want[1]}}), "Write")

	slices.Reverse(want)
	for _, max := range []int{1, 4, 6, 100} {
		got, err := s.Events(bg, w.eventsOf(max))
		must(t, err, "Events")
		same(t, "Events", got, want[:min(max, len(want))])
	}
}

func tenantsDoNotSeeEachOther(t T, s auth.Store) {
	a, b := settle(t, s, "default"), settle(t, s, "default")
	must(t, s.Write(bg, auth.Note{Events: a.note("here", start).Events}), "Write")
	got, err := s.Events(bg, b.eventsOf(10))
	must(t, err, "Events")
	same(t, "Events of the other", got, []auth.Event(nil))
	_, err = s.Space(bg, "default", b.tenant.ID, a.space.ID)
	refused(t, err, auth.ErrNoRecord, "Space of the other")
	v := a.login(a.user, 0)
	r := a.rotation(v, 0, time.Minute)
	r.Tenant = b.tenant.ID
	_, err = s.Rotate(bg, r)
	refused(t, err, auth.ErrNoRecord, "Rotate for the other")
	same(t, "the session", a.session(v), v)
	r.Tenant = a.tenant.ID
	got2, err := s.Rotate(bg, r)
	must(t, err, "Rotate")
	if got2.Outcome != auth.Rotated {
		t.Errorf("Rotate: got outcome %d, want Rotated", got2.Outcome)
	}
}
