package storetest

import (
	"github.com/latchkey/latchkey/internal/auth"
)

// userChanges are the ways in which a user is edited.
func (w world) userChanges() map[string]func(auth.User, func(*auth.User)) error {
	return map[string]func(auth.User, func(*auth.User)) error{
		"UpdateUser": func(u auth.User, edit func(*auth.User)) error {
			_, err := w.UpdateUser(bg, u.Directory, u.ID, func(u *auth.User) error { edit(u); return nil }, auth.Note{})
			return err
		},
		"ChangeAccount": func(u auth.User, edit func(*auth.User)) error {
			_, err := w.ChangeAccount(bg, w.change(u, func(a *auth.Account) error { edit(&a.User); return nil }))
			return err
		},
		"Secure": func(u auth.User, edit func(*auth.User)) error {
			e := auth.Ending{Directory: u.Directory, User: u.ID, At: start}
			_, _, err := w.Secure(bg, e, func(u *auth.User) error { edit(u); return nil })
			return err
		},
	}
}

// newNamesReachTheList: in every tenant in which the user has a seat, and the
// old ones are forgotten there.
func newNamesReachTheList(t T, s auth.Store) {
	w, elsewhere := empty(t, s, "default"), empty(t, s, "default")
	for how, change := range w.userChanges() {
		u := w.known("Ann Lee")
		w.changed(u, func(a *auth.Account) { a.Seats = append(a.Seats, elsewhere.as(auth.RoleUser)) })
		must(t, change(u, func(u *auth.User) {
			u.Name, u.Nickname, u.Email, u.Username, u.Mobile = "Zoe Lee", "Kit", "zoe@example.com", "zoe_l", "+4915112345678"
		}), how)
		for _, w := range []world{w, elsewhere} {
			for _, prefix := range []string{"zoe", "zoe@", "zoe_l", "kit", "lee", "49151", "+49151"} {
				w.lists(auth.AccountQuery{Prefix: prefix}, []auth.User{u})
			}
			w.lists(auth.AccountQuery{Prefix: "ann"}, nil)
			w.lists(auth.AccountQuery{Prefix: u.Email}, nil)
		}
		fault := auth.ErrFull
		_, err := s.ChangeAccount(bg, w.change(u, func(a *auth.Account) error { a.User.Name = "Max"; return fault }))
		refused(t, err, fault, "ChangeAccount")
		w.lists(auth.AccountQuery{Prefix: "max"}, nil)
		w.changed(u, func(a *auth.Account) { a.Seats = nil })
		w.lists(auth.AccountQuery{Prefix: "zoe"}, nil)
		elsewhere.lists(auth.AccountQuery{Prefix: "zoe"}, nil)
	}
}

func seatsReachTheList(t T, s auth.Store) {
	w, elsewhere := empty(t, s, "default"), empty(t, s, "default")
	annex := elsewhere.newSpace("annex")
	must(t, s.CreateSpace(bg, annex, auth.Note{}), "CreateSpace")
	u := w.known("Ann Lee")
	second := elsewhere.as(auth.RoleAdmin)
	second.Space = annex.ID
	main := elsewhere.as(auth.RoleUser)
	main.Main = true
	for _, c := range []struct {
		seats           []auth.Seat
		here, elsewhere bool
		admin           bool // elsewhere
	}{
		{[]auth.Seat{w.seat(), elsewhere.as(auth.RoleUser)}, true, true, false},
		{[]auth.Seat{w.seat(), elsewhere.as(auth.RoleUser), second}, true, true, true},
		{[]auth.Seat{w.seat(), second}, true, true, true},
		{[]auth.Seat{w.seat()}, true, false, false},
		{[]auth.Seat{main, second}, false, true, true},
		{[]auth.Seat{main}, false, true, false},
		{[]auth.Seat{w.seat(), elsewhere.as(auth.RoleAdmin)}, true, true, true},
	} {
		w.changed(u, func(a *auth.Account) { a.Seats = c.seats })
		for _, prefix := range []string{"", "ann", "lee"} {
			for _, check := range []struct {
				w    world
				role string
				in   bool
			}{{w, "", c.here}, {elsewhere, "", c.elsewhere}, {elsewhere, auth.RoleAdmin, c.admin}} {
				var want []auth.User
				if check.in {
					want = []auth.User{u}
				}
				check.w.lists(auth.AccountQuery{Prefix: prefix, Role: check.role}, want)
			}
		}
	}
}

func statesReachTheList(t T, s auth.Store) {
	w := empty(t, s, "default")
	for how, change := range w.userChanges() {
		u := w.known("Ann Lee")
		for _, status := range []auth.UserStatus{auth.UserDisabled, auth.UserLocked, auth.UserActive} {
			must(t, change(u, func(u *auth.User) { u.Status = status }), how)
			for _, asked := range []auth.UserStatus{auth.UserDisabled, auth.UserLocked, auth.UserActive} {
				for _, prefix := range []string{"", "lee"} {
					for _, role := range []string{"", auth.RoleUser} {
						var want []auth.User
						if asked == status {
							want = []auth.User{u}
						}
						w.lists(auth.AccountQuery{Prefix: prefix, Role: role, Status: asked}, want)
					}
				}
			}
		}
		w.changed(u, func(a *auth.Account) { a.Seats = nil })
	}
}
