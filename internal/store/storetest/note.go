package storetest

import (
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func notesComeWithTheirChange(t T, s auth.Store) {
	w := settle(t, s, "default")
	must(t, s.CreateUser(bg, w.newUser(), w.seat(), w.note("note", start)), "CreateUser")
	w.wrote("note", 1)
	_, err := s.UpdateUser(bg, "default", w.user.ID, func(u *auth.User) error { u.Name = "New"; return nil }, w.note("note", start))
	must(t, err, "UpdateUser")
	w.wrote("note", 2)
	must(t, s.Write(bg, w.note("note", start)), "Write")
	w.wrote("note", 3)
	v := w.login(w.user, 0)
	v.ID = newID()
	must(t, s.CreateSession(bg, v, w.note("note", start)), "CreateSession")
	w.wrote("note", 4)
	e := auth.Ending{Directory: "default", User: w.user.ID, Session: v.ID, At: start, Note: w.note("note", start)}
	must(t, s.EndSession(bg, e), "EndSession")
	w.wrote("note", 5)
	e.Session, e.Note = "", w.note("note", start)
	_, err = s.EndSessions(bg, e)
	must(t, err, "EndSessions")
	w.wrote("note", 6)
}

func eventsComeNewestFirst(t T, s auth.Store) {
	w := settle(t, s, "default")
	var want []auth.Event // oldest first
	for i := range 6 {
		want = append(want, auth.Event{
			ID: newID(), Directory: "default", Tenant: w.tenant.ID, At: start.Add(time.Duration(i) * time.Millisecond),
			Action: auth.ActionLoginFailed, User: w.user.ID, Session: newID(), IP: "2001:db8::1",
			Agent: "Ünïcødé/1 🐈‍⬛", RequestID: "r-1", Reason: "password",
		})
	}
	want[1] = auth.Event{ID: want[1].ID, Directory: "default", Tenant: w.tenant.ID, At: want[1].At, Action: "x"}
	must(t, s.Write(bg, auth.Note{Events: []auth.Event{want[3], want[0]}}), "Write")
	must(t, s.Write(bg, auth.Note{Events: []auth.Event{want[5], want[4], want[2]}}), "Write")
	must(t, s.Write(bg, auth.Note{Events: []auth.Event{want[1]}}), "Write")

	slices.Reverse(want)
	for _, max := range []int{1, 4, 6, 100} {
		got, err := s.Events(bg, "default", w.tenant.ID, max)
		must(t, err, "Events")
		same(t, "Events", got, want[:min(max, len(want))])
	}
}

func tenantsDoNotSeeEachOther(t T, s auth.Store) {
	a, b := settle(t, s, "default"), settle(t, s, "default")
	must(t, s.Write(bg, auth.Note{Events: a.note("here", start).Events}), "Write")
	got, err := s.Events(bg, "default", b.tenant.ID, 10)
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
