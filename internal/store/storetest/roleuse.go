package storetest

import (
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

// permissionsReachAccounts: an account has at once what its roles allow, each in
// its own tenant; the built-in ones allow nothing by themselves.
func permissionsReachAccounts(t T, s auth.Store) {
	w, elsewhere := settle(t, s, "default"), settle(t, s, "default")
	w.roled("editor")
	elsewhere.roled("editor")
	_, err := elsewhere.regrant("elsewhere:all")
	must(t, err, "UpdateRole")
	u := w.joinAs("editor")
	w.changed(u, func(a *auth.Account) { a.Seats = append(a.Seats, elsewhere.as("editor")) })
	allowed := func(want ...string) {
		t.Helper()
		a := w.account(u)
		for _, c := range []struct {
			tenant string
			want   []string
		}{{w.tenant.ID, want}, {elsewhere.tenant.ID, []string{"elsewhere:all"}}} {
			seat, ok := a.Seat(c.tenant, "")
			if !ok {
				t.Fatalf("the account has no seat in %s", c.tenant)
			}
			same(t, "permissions", seat.Permissions, c.want)
		}
		found, err := s.Accounts(bg, auth.AccountQuery{Directory: "default", Tenant: w.tenant.ID, Role: "editor", Max: 10})
		must(t, err, "Accounts")
		if len(found) != 1 {
			t.Fatalf("got %d accounts with the role, want 1", len(found))
		}
		same(t, "the listed account", ordered(found[0].Account), a)
	}
	allowed("orders:read", "orders:write")
	for _, want := range [][]string{{"orders:read"}, nil, {"a:b", "c:d", "e:f:*"}} {
		_, err := w.regrant(want...)
		must(t, err, "UpdateRole")
		allowed(want...)
	}
	got := w.changed(u, func(a *auth.Account) { a.User.Name = "New" })
	same(t, "ChangeAccount", got, w.account(u))
	same(t, "one with a built-in role", w.account(w.user).Seats, []auth.Seat{w.seat()})
}

func aRoleInUseStays(t T, s auth.Store) {
	w, elsewhere, there := settle(t, s, "default"), settle(t, s, "default"), settle(t, s, "there")
	w.roled("editor")
	elsewhere.roled("editor")
	far, seat := w.role("editor"), w.seat() // named by the tenant, in another directory
	far.Directory, seat.Role = "there", "editor"
	must(t, s.CreateRole(bg, far, auth.Note{}), "CreateRole there")
	must(t, s.CreateUser(bg, there.newUser(), seat, auth.Note{}), "CreateUser there")
	u := w.joinAs("editor")
	w.changed(w.user, func(a *auth.Account) { a.Seats = append(a.Seats, elsewhere.as("editor")) })
	refused(t, w.dropRole("editor"), auth.ErrInUse, "DeleteRole of one that somebody has")
	w.hasRoles(w.role("editor"))
	w.changed(u, func(a *auth.Account) { a.User.Status = auth.UserDisabled })
	refused(t, w.dropRole("editor"), auth.ErrInUse, "DeleteRole of one that somebody has who is disabled")
	w.wrote("drop", 0)
	w.changed(u, func(a *auth.Account) { a.Seats[0].Role = auth.RoleUser })
	must(t, w.dropRole("editor"), "DeleteRole of one that somebody has elsewhere")
	w.hasRoles()
	w.wrote("drop", 1)
	refused(t, elsewhere.dropRole("editor"), auth.ErrInUse, "DeleteRole elsewhere")
	w.changed(w.user, func(a *auth.Account) { a.Seats = a.Seats[:1] })
	must(t, elsewhere.dropRole("editor"), "DeleteRole elsewhere after the seat is gone")
	w.roled("editor")
	w.changed(w.joinAs("editor"), func(a *auth.Account) { a.Seats = nil })
	must(t, w.dropRole("editor"), "DeleteRole after the user is gone")
}

// nobodyKeepsADeletedRole: a role that is given while it is deleted stays, or is
// not given.
func nobodyKeepsADeletedRole(t T, s auth.Store) {
	w := settle(t, s, "default")
	for round := range 2 * rounds {
		name := "r" + newID()
		w.roled(name)
		u, fresh := w.join(), w.newUser()
		seat := w.seat()
		seat.Role = name
		meet := meeting(2)
		errs := race(2, func(i int) error {
			if i == 0 {
				if round%2 == 0 {
					meet()
				}
				return w.dropRole(name)
			}
			if round%2 == 1 {
				return s.CreateUser(bg, fresh, seat, auth.Note{})
			}
			first := true
			_, err := s.ChangeAccount(bg, w.change(u, func(a *auth.Account) error {
				a.Seats[0].Role = name
				if first {
					first = false
					meet()
				}
				return nil
			}))
			return err
		})
		roles, err := s.Roles(bg, "default", w.tenant.ID)
		must(t, err, "Roles")
		switch {
		case errs[0] == nil && errors.Is(errs[1], auth.ErrNoRole) && len(roles) == 0:
		case errors.Is(errs[0], auth.ErrInUse) && errs[1] == nil && len(roles) == 1:
			given := u
			if round%2 == 1 {
				given = fresh
			}
			w.changed(given, func(a *auth.Account) { a.Seats = nil })
			must(t, w.dropRole(name), "DeleteRole")
		default:
			t.Fatalf("DeleteRole and giving the role: got errors %v, with %d roles left", errs, len(roles))
		}
	}
}
