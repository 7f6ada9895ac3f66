package storetest

import (
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

func anAccountChangeThatFailsChangesNothing(t T, s auth.Store) {
	w := settle(t, s, "default")
	was := w.account(w.user)
	fault := errors.New("changed my mind")
	c := w.change(w.user, func(a *auth.Account) error {
		a.User.Name, a.Seats[0].Role, a.Seats = "New", auth.RoleAdmin, append(a.Seats, w.as("x"))
		return fault
	})
	c.Note = w.note("failed", start)
	_, err := s.ChangeAccount(bg, c)
	if err != fault { //nolint:errorlint // as it is: not wrapped
		t.Errorf("ChangeAccount: got error %v, want that of the change as it is", err)
	}
	there := settle(t, s, "there")
	for _, u := range []auth.User{{Directory: "default", ID: newID()}, {Directory: "there", ID: w.user.ID}, {Directory: "default", ID: there.user.ID}} {
		c := w.change(u, func(*auth.Account) error {
			t.Errorf("change was run without a user")
			return nil
		})
		c.Note = w.note("failed", start)
		_, err = s.ChangeAccount(bg, c)
		refused(t, err, auth.ErrNoRecord, "ChangeAccount of nobody")
	}
	same(t, "the account", w.account(w.user), was)
	w.wrote("failed", 0)
}

func anAccountMayNotTakeNames(t T, s auth.Store) {
	w := settle(t, s, "default")
	a, was := w.fullUser(), w.account(w.user)
	must(t, s.CreateUser(bg, a, w.seat(), auth.Note{}), "CreateUser")
	c := w.change(w.user, func(v *auth.Account) error {
		v.User.Email, v.User.Mobile, v.User.Name, v.Seats[0].Role = a.Email, a.Mobile, "New", auth.RoleAdmin
		return nil
	})
	c.Note = w.note("taken", start)
	_, err := s.ChangeAccount(bg, c)
	taken(t, err, "ChangeAccount", "email", "mobile")
	same(t, "the account", w.account(w.user), was)
	w.wrote("taken", 0)
}

// unknownRolesAreNoRole: nor is one of another tenant or directory.
func unknownRolesAreNoRole(t T, s auth.Store) {
	w, elsewhere, there := settle(t, s, "default"), settle(t, s, "default"), settle(t, s, "there")
	must(t, s.CreateRole(bg, elsewhere.role("editor"), auth.Note{}), "CreateRole elsewhere")
	role := there.role("editor")
	must(t, s.CreateRole(bg, role, auth.Note{}), "CreateRole there")
	role.Tenant = w.tenant.ID
	must(t, s.CreateRole(bg, role, auth.Note{}), "CreateRole there, of the tenant")
	was := w.account(w.user)
	for _, name := range []string{"editor", "nothing", "Admin", ""} {
		seat := w.seat()
		seat.Role = name
		u := w.newUser()
		refused(t, s.CreateUser(bg, u, seat, w.note("role", start)), auth.ErrNoRole, "CreateUser with the role "+name)
		_, err := s.User(bg, "default", u.ID)
		refused(t, err, auth.ErrNoRecord, "User")
		c := w.change(w.user, func(a *auth.Account) error {
			a.User.Name = "New"
			a.Seats = append(a.Seats, elsewhere.as(auth.RoleUser))
			a.Seats[0].Role = name
			return nil
		})
		c.Note = w.note("role", start)
		_, err = s.ChangeAccount(bg, c)
		refused(t, err, auth.ErrNoRole, "ChangeAccount to the role "+name)
	}
	same(t, "the account", w.account(w.user), was)
	w.wrote("role", 0)
	must(t, s.CreateRole(bg, w.role("editor"), auth.Note{}), "CreateRole")
	w.joinAs("editor")
	w.changed(w.user, func(a *auth.Account) { a.Seats[0].Role = "editor" })
}
