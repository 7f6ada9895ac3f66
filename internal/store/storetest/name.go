package storetest

import (
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

// taken wants a *TakenError of exactly these fields.
func taken(t T, err error, doing string, fields ...string) {
	t.Helper()
	var e *auth.TakenError
	if !errors.As(err, &e) {
		t.Errorf("%s: got error %v, want a *TakenError", doing, err)
		return
	}
	same(t, doing+": fields", e.Fields, fields)
}

func takenNamesAreNamed(t T, s auth.Store) {
	w := settle(t, s, "default")
	a, b := w.fullUser(), w.fullUser()
	must(t, s.CreateUser(bg, a, w.seat(), auth.Note{}), "CreateUser")
	must(t, s.CreateUser(bg, b, w.seat(), auth.Note{}), "CreateUser")
	for _, c := range []struct {
		from   func(u *auth.User)
		fields []string
	}{
		{func(u *auth.User) { u.Email = a.Email }, []string{"email"}},
		{func(u *auth.User) { u.Username = a.Username }, []string{"username"}},
		{func(u *auth.User) { u.Mobile = a.Mobile }, []string{"mobile"}},
		{func(u *auth.User) { u.Mobile, u.Email = a.Mobile, b.Email }, []string{"email", "mobile"}},
		{func(u *auth.User) { u.Mobile, u.Username, u.Email = b.Mobile, a.Username, a.Email }, []string{"email", "username", "mobile"}},
	} {
		u := w.fullUser()
		c.from(&u)
		taken(t, s.CreateUser(bg, u, w.seat(), auth.Note{}), "CreateUser", c.fields...)

		mover := w.join()
		_, err := s.UpdateUser(bg, "default", mover.ID, func(u *auth.User) error { c.from(u); return nil }, auth.Note{})
		taken(t, err, "UpdateUser", c.fields...)
	}
}

func uniqueNamesUnderRace(t T, s auth.Store) {
	w := settle(t, s, "default")
	for _, name := range []struct {
		field string
		give  func(u *auth.User, from auth.User)
	}{
		{"email", func(u *auth.User, from auth.User) { u.Email = from.Email }},
		{"username", func(u *auth.User, from auth.User) { u.Username = from.Username }},
		{"mobile", func(u *auth.User, from auth.User) { u.Mobile = from.Mobile }},
	} {
		for range rounds / 2 {
			wanted := w.fullUser()
			errs := race(callers, func(int) error {
				u := w.newUser()
				name.give(&u, wanted)
				return s.CreateUser(bg, u, w.seat(), auth.Note{})
			})
			if n := winners(t, errs, auth.ErrTaken, "CreateUser"); n != 1 {
				t.Fatalf("%d accounts got the %s, want 1", n, name.field)
			}
			for _, err := range errs {
				if err != nil {
					taken(t, err, "CreateUser", name.field)
				}
			}
		}
	}
}

func uniqueNamesUnderRacingUpdates(t T, s auth.Store) {
	w := settle(t, s, "default")
	for range rounds {
		const n = 4
		wanted := w.fullUser()
		users := make([]auth.User, n)
		for i := range users {
			users[i] = w.join()
		}
		meet := meeting(n)
		errs := race(n, func(i int) error {
			first := true
			_, err := s.UpdateUser(bg, "default", users[i].ID, func(u *auth.User) error {
				u.Username = wanted.Username
				if first {
					first = false
					meet()
				}
				return nil
			}, auth.Note{})
			return err
		})
		if n := winners(t, errs, auth.ErrTaken, "UpdateUser"); n != 1 {
			t.Fatalf("%d accounts got the username, want 1", n)
		}
	}
}

func aTakenNameChangesNothing(t T, s auth.Store) {
	w := settle(t, s, "default")
	late := w.newUser()
	late.Email = w.user.Email
	refused(t, s.CreateUser(bg, late, w.seat(), w.note("taken", start)), auth.ErrTaken, "CreateUser")
	_, err := s.User(bg, "default", late.ID)
	refused(t, err, auth.ErrNoRecord, "the user who came late")

	other := w.join()
	_, err = s.UpdateUser(bg, "default", other.ID, func(u *auth.User) error {
		u.Name, u.Email = "New", w.user.Email
		return nil
	}, w.note("taken", start))
	refused(t, err, auth.ErrTaken, "UpdateUser")
	w.holds(other)
	w.holds(w.user)
	w.wrote("taken", 0)
}

func directoriesDoNotSeeEachOther(t T, s auth.Store) {
	here, there := settle(t, s, "here"), settle(t, s, "there")
	a := here.fullUser()
	b := a // the same names, another person
	b.ID, b.Directory = newID(), "there"
	must(t, s.CreateUser(bg, a, here.seat(), here.note("join", start)), "CreateUser here")
	must(t, s.CreateUser(bg, b, there.seat(), auth.Note{}), "CreateUser there")
	here.holds(a)
	there.holds(b)

	_, err := s.User(bg, "there", a.ID)
	refused(t, err, auth.ErrNoRecord, "User")
	_, err = s.Account(bg, "there", a.ID)
	refused(t, err, auth.ErrNoRecord, "Account")
	_, err = s.UserByName(bg, "there", auth.Name{Kind: auth.NameEmail, Value: here.user.Email})
	refused(t, err, auth.ErrNoRecord, "UserByName")
	_, err = s.Space(bg, "there", here.tenant.ID, here.space.ID)
	refused(t, err, auth.ErrNoRecord, "Space")
	_, err = s.UpdateUser(bg, "there", a.ID, func(u *auth.User) error { u.Name = "New"; return nil }, auth.Note{})
	refused(t, err, auth.ErrNoRecord, "UpdateUser")
	events, err := s.Events(bg, auth.EventQuery{Directory: "there", Tenant: here.tenant.ID, Max: 10})
	must(t, err, "Events")
	same(t, "Events", events, []auth.Event(nil))
	here.holds(a)
}
