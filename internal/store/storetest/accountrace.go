package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// noAccountChangeIsLost: of the user, of the seats, of both, and of an update of
// the user that comes in between.
func noAccountChangeIsLost(t T, s auth.Store) {
	w := settle(t, s, "default")
	const n = 8
	spaces := make([]auth.Space, n)
	for i := range spaces {
		spaces[i] = w.newSpace(string(rune('a' + i)))
		must(t, s.CreateSpace(bg, spaces[i], auth.Note{}), "CreateSpace")
	}
	for round := range rounds {
		u := w.join()
		meet := meeting(n)
		errs := race(n, func(i int) error {
			first := true
			rename := func(u *auth.User) {
				if i%4 != 3 {
					u.Nickname += string(rune('a' + i))
				}
				if first {
					first = false
					meet()
				}
			}
			if i%4 == 0 {
				_, err := s.UpdateUser(bg, "default", u.ID, func(u *auth.User) error { rename(u); return nil }, auth.Note{})
				return err
			}
			c := w.change(u, func(a *auth.Account) error {
				rename(&a.User)
				a.Seats = append(a.Seats, auth.Seat{Tenant: w.tenant.ID, Space: spaces[i].ID, Role: auth.RoleUser})
				return nil
			})
			c.Note = w.note("changed", start)
			_, err := s.ChangeAccount(bg, c)
			return err
		})
		must(t, errors.Join(errs...), "ChangeAccount")
		got := w.account(u)
		marks := []byte(got.User.Nickname)
		slices.Sort(marks)
		if string(marks) != "abcefg" || len(got.Seats) != 1+n-n/4 {
			t.Fatalf("of %d changes %q and %d seats are left, want all and %d", n, marks, len(got.Seats), 1+n-n/4)
		}
		w.wrote("changed", (round+1)*(n-n/4)) // once each, however often it was tried
	}
}

// aLoginDuringAnAccountChangeIsKept: a session that begins between a change's
// reading and its writing leaves its mark on the user all the same.
func aLoginDuringAnAccountChangeIsKept(t T, s auth.Store) {
	w := settle(t, s, "default")
	for range rounds {
		u := w.join()
		v := w.unborn(u, time.Hour)
		v.Coded = true
		meet := meeting(2)
		errs := race(2, func(i int) error {
			if i == 0 {
				meet()
				_, err := s.CreateSession(bg, auth.Opening{Session: v})
				return err
			}
			first := true
			_, err := s.ChangeAccount(bg, w.change(u, func(a *auth.Account) error {
				a.User.Nickname = "new"
				if first {
					first = false
					meet()
					w.await(v) // let the login be written, where it can
				}
				return nil
			}))
			return err
		})
		must(t, errors.Join(errs...), "ChangeAccount and CreateSession")
		u.Nickname, u.LastLoginAt, u.VerifiedAt = "new", v.CreatedAt, v.CreatedAt
		w.holds(u)
	}
}

func unseat(a *auth.Account) error {
	a.Seats = nil
	return nil
}

// withoutASeatThereIsNoUser: and nothing that was theirs; the names are free.
func withoutASeatThereIsNoUser(t T, s auth.Store) {
	w, there := settle(t, s, "default"), settle(t, s, "there")
	u := w.fullUser()
	u.Status, u.LockedUntil, u.Epoch = auth.UserActive, time.Time{}, 0
	twin := u // of the same id, in another directory
	twin.Directory = "there"
	must(t, s.CreateUser(bg, u, w.seat(), auth.Note{}), "CreateUser")
	must(t, s.CreateUser(bg, twin, there.seat(), auth.Note{}), "CreateUser there")
	kept, twins := w.login(w.user, 0), there.login(twin, 0)
	gone := []auth.Session{w.login(u, 0), w.login(u, time.Minute)}
	must(t, s.EndSession(bg, auth.Ending{Directory: "default", User: u.ID, Session: gone[0].ID, At: start}), "EndSession")

	c := w.change(u, unseat)
	c.Note = w.note("gone", start)
	left, err := s.ChangeAccount(bg, c)
	must(t, err, "ChangeAccount")
	want := u
	want.PasswordHash, want.LastLoginAt = "", start.Add(time.Minute)
	same(t, "what was removed", left, auth.Account{User: want})
	w.wrote("gone", 1)
	_, err = s.User(bg, "default", u.ID)
	refused(t, err, auth.ErrNoRecord, "User")
	_, err = s.Account(bg, "default", u.ID)
	refused(t, err, auth.ErrNoRecord, "Account")
	_, err = s.UserByName(bg, "default", auth.Name{Kind: auth.NameUsername, Value: u.Username})
	refused(t, err, auth.ErrNoRecord, "UserByName")
	for _, v := range gone {
		_, err = s.Session(bg, "default", v.ID)
		refused(t, err, auth.ErrNoRecord, "Session")
	}
	_, err = s.Device(bg, "default", u.ID, "device")
	refused(t, err, auth.ErrNoRecord, "Device")
	living, err := s.LivingSessions(bg, "default", u.ID, start)
	must(t, err, "LivingSessions")
	same(t, "LivingSessions", living, []auth.Session(nil))
	w.lists(auth.AccountQuery{Prefix: u.Email}, nil)

	same(t, "another's session", w.session(kept), kept)
	same(t, "the twin's session", w.session(twins), twins)
	w.knows(w.user, []string{"device"})
	there.knows(twin, []string{"device"})
	u.ID = newID()
	must(t, s.CreateUser(bg, u, w.seat(), auth.Note{}), "CreateUser with the names of the one who is gone")
	w.holds(u)
}

// noLoginOutlivesItsUser: a session that begins while its user is removed is
// removed too, or does not begin.
func noLoginOutlivesItsUser(t T, s auth.Store) {
	w := settle(t, s, "default")
	for range 2 * rounds {
		u := w.join()
		v := w.unborn(u, 0)
		errs := race(2, func(i int) error {
			if i == 0 {
				_, err := s.CreateSession(bg, auth.Opening{Session: v})
				return err
			}
			_, err := s.ChangeAccount(bg, w.change(u, unseat))
			return err
		})
		must(t, errs[1], "ChangeAccount")
		if errs[0] != nil {
			refused(t, errs[0], auth.ErrNoRecord, "CreateSession")
		}
		_, err := s.Session(bg, "default", v.ID)
		refused(t, err, auth.ErrNoRecord, "Session of one who is gone")
		_, err = s.Device(bg, "default", u.ID, "device")
		refused(t, err, auth.ErrNoRecord, "Device of one who is gone")
	}
}
