package storetest

import (
	"github.com/latchkey/latchkey/internal/auth"
)

// waysOut are the ways in which a tenant loses an admin.
func waysOut() map[string]func(*auth.Account) error {
	return map[string]func(*auth.Account) error{
		"demoted":  func(a *auth.Account) error { a.Seats[0].Role = auth.RoleUser; return nil },
		"disabled": func(a *auth.Account) error { a.User.Status = auth.UserDisabled; return nil },
		"removed":  unseat,
	}
}

// guarded is a change that leaves the world's tenant an admin.
func (w world) guarded(u auth.User, change func(*auth.Account) error) auth.AccountChange {
	c := w.change(u, change)
	c.Guard, c.Note = w.tenant.ID, w.note("guard", start)
	return c
}

func theLastAdminStays(t T, s auth.Store) {
	for how, change := range waysOut() {
		w := settle(t, s, "d"+newID())
		first, last := w.joinAs(auth.RoleAdmin), w.joinAs(auth.RoleAdmin)
		v := w.login(last, 0)
		_, err := s.ChangeAccount(bg, w.guarded(first, change))
		must(t, err, "ChangeAccount of the first of two: "+how)
		w.noted("guard", 1)
		was := w.account(last)
		_, err = s.ChangeAccount(bg, w.guarded(last, change))
		refused(t, err, auth.ErrAdminless, "ChangeAccount of the last: "+how)
		same(t, "the last admin", w.account(last), was)
		same(t, "the last admin's session", w.session(v), v)
		w.noted("guard", 1)
		_, err = s.ChangeAccount(bg, w.guarded(last, func(a *auth.Account) error { a.User.Name = "New"; return nil }))
		must(t, err, "ChangeAccount that leaves the last admin one")
		_, err = s.ChangeAccount(bg, w.change(last, change))
		must(t, err, "ChangeAccount without a guard: "+how)
	}
}

// aGuardIsForItsTenant: admins of others are none of it, and where there is no
// admin none can be lost.
func aGuardIsForItsTenant(t T, s auth.Store) {
	w, elsewhere, there := settle(t, s, "default"), settle(t, s, "default"), settle(t, s, "there")
	_, err := s.ChangeAccount(bg, w.guarded(w.user, func(a *auth.Account) error { a.User.Name = "New"; return nil }))
	must(t, err, "ChangeAccount where there never was an admin")
	last := w.joinAs(auth.RoleAdmin)
	elsewhere.joinAs(auth.RoleAdmin)
	twin := there.newUser()
	seat := w.seat() // one that is named by the tenant, in another directory
	seat.Role = auth.RoleAdmin
	must(t, s.CreateUser(bg, twin, seat, auth.Note{}), "CreateUser there")
	w.changed(last, func(a *auth.Account) { a.Seats = append(a.Seats, elsewhere.as(auth.RoleAdmin)) })
	demote := func(a *auth.Account) error {
		for i := range a.Seats {
			if a.Seats[i].Tenant == w.tenant.ID {
				a.Seats[i].Role = auth.RoleManager
			}
		}
		return nil
	}
	_, err = s.ChangeAccount(bg, w.guarded(last, demote))
	refused(t, err, auth.ErrAdminless, "ChangeAccount of the last admin")
	c := w.guarded(last, demote)
	c.Guard = elsewhere.tenant.ID
	_, err = s.ChangeAccount(bg, c)
	must(t, err, "ChangeAccount of the last admin under another guard")
}

// onlyTheUsableAreAdmins: one who is disabled runs nothing; one who is locked
// comes back.
func onlyTheUsableAreAdmins(t T, s auth.Store) {
	for _, c := range []struct {
		other auth.UserStatus
		want  error
	}{
		{auth.UserActive, nil},
		{auth.UserLocked, nil},
		{auth.UserDisabled, auth.ErrAdminless},
		{"unheard of", auth.ErrAdminless},
	} {
		w := settle(t, s, "d"+newID())
		admin, other := w.joinAs(auth.RoleAdmin), w.joinAs(auth.RoleAdmin)
		_, err := s.UpdateUser(bg, other.Directory, other.ID, func(u *auth.User) error { u.Status = c.other; return nil }, auth.Note{})
		must(t, err, "UpdateUser")
		_, err = s.ChangeAccount(bg, w.guarded(admin, waysOut()["demoted"]))
		refused(t, err, c.want, "ChangeAccount beside an admin who is "+string(c.other))
		if c.want != nil {
			_, err = s.ChangeAccount(bg, w.guarded(other, waysOut()["removed"]))
			must(t, err, "ChangeAccount of one who is "+string(c.other))
		}
	}
}

// adminsCannotRemoveEachOther: of two who do at the same time, one is left.
func adminsCannotRemoveEachOther(t T, s auth.Store) {
	for how, change := range waysOut() {
		w := settle(t, s, "d"+newID())
		for range rounds / 2 {
			pair := []auth.User{w.joinAs(auth.RoleAdmin), w.joinAs(auth.RoleAdmin)}
			meet := meeting(2)
			errs := race(2, func(i int) error {
				first := true
				_, err := s.ChangeAccount(bg, w.guarded(pair[i], func(a *auth.Account) error {
					if first {
						first = false
						meet()
					}
					return change(a)
				}))
				return err
			})
			if n := winners(t, errs, auth.ErrAdminless, "ChangeAccount"); n != 1 {
				t.Fatalf("%d of two admins were %s by each other, want 1", n, how)
			}
			for i, err := range errs { // the next pair is alone
				if err != nil {
					_, err := s.ChangeAccount(bg, w.change(pair[i], unseat))
					must(t, err, "ChangeAccount")
				}
			}
		}
	}
}
