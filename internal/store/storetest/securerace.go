package storetest

import (
	"errors"
	"slices"
	"sync/atomic"

	"github.com/latchkey/latchkey/internal/auth"
)

// secureHappensAtOnce: who looks while a password is being set sees the old one
// with all sessions or the new one with the one kept, whichever he reads first.
func secureHappensAtOnce(t T, s auth.Store) {
	w := settle(t, s, "default")
	const n = 4
	for range 2 * rounds {
		u := w.join()
		e := w.ending(w.login(u, 0).ID)
		e.User = u.ID
		for range n - 1 {
			w.login(u, 0)
		}
		var over atomic.Bool
		errs := race(callers, func(i int) error {
			if i == 0 {
				_, _, err := s.Secure(bg, e, renew)
				over.Store(true)
				return err
			}
			for last := false; !last; {
				last = over.Load()
				got, living, err := w.look(u, i%2 == 0)
				if err != nil {
					return err
				}
				renewed := got.PasswordHash == "$new$"
				if i%2 == 0 && renewed && len(living) != 1 {
					t.Errorf("beside the new password: got %d sessions, want 1", len(living))
				}
				if i%2 == 1 && !renewed && len(living) != n {
					t.Errorf("beside the old password: got %d sessions, want %d", len(living), n)
				}
			}
			return nil
		})
		must(t, errors.Join(errs...), "Secure, User and LivingSessions")
	}
}

// look reads the user and the living sessions, in that order or the other.
func (w world) look(u auth.User, userFirst bool) (got auth.User, living []auth.Session, err error) {
	if userFirst {
		if got, err = w.User(bg, u.Directory, u.ID); err != nil {
			return got, nil, err
		}
	}
	if living, err = w.LivingSessions(bg, u.Directory, u.ID, start); err != nil || userFirst {
		return got, living, err
	}
	got, err = w.User(bg, u.Directory, u.ID)
	return got, living, err
}

// noLoginOutlivesSecure: logins that were let in with the old password, and come
// while the new one is being set, end with it or come too late. One of them is
// through before the change is written, where the store can do both at once.
func noLoginOutlivesSecure(t T, s auth.Store) {
	w := settle(t, s, "default")
	for range rounds / 2 {
		u := w.join()
		e := w.ending("")
		e.User = u.ID
		meet, through := meeting(callers), meeting(2)
		errs := race(callers, func(i int) error {
			if i > 0 {
				meet()
				_, err := s.CreateSession(bg, auth.Opening{Session: w.unborn(u, 0)})
				if i == 1 {
					through()
				}
				return err
			}
			first := true
			_, _, err := s.Secure(bg, e, func(u *auth.User) error {
				if first {
					first = false
					meet()
					through()
				}
				return renew(u)
			})
			return err
		})
		must(t, errs[0], "Secure")
		winners(t, errs, auth.ErrNoRecord, "CreateSession")
		living, err := s.LivingSessions(bg, "default", u.ID, start)
		must(t, err, "LivingSessions")
		same(t, "sessions that outlived it", living, []auth.Session(nil))
		w.barred(auth.Opening{Session: w.unborn(u, 0)}, auth.ErrNoRecord, "CreateSession with the old epoch")
		w.opens(auth.Opening{Session: w.unborn(u, 0), Epoch: 1})
	}
}

// noUpdateIsLostBySecure: nor by an update that meets it; and each session's end
// is told to one caller.
func noUpdateIsLostBySecure(t T, s auth.Store) {
	w := settle(t, s, "default")
	for range rounds {
		const n = 8
		u := w.join()
		want := []string{w.login(u, 0).ID, w.login(u, 0).ID, w.login(u, 0).ID}
		meet := meeting(n)
		told := slices.Concat(race(n, func(i int) []string {
			first := true
			change := func(u *auth.User) error {
				u.Nickname += string(rune('a' + i))
				if first {
					first = false
					meet()
				}
				return nil
			}
			e := w.ending("")
			e.User = u.ID
			var ids []string
			var err error
			if i%2 == 0 {
				_, ids, err = s.Secure(bg, e, change)
			} else {
				_, err = s.UpdateUser(bg, "default", u.ID, change, auth.Note{})
			}
			if err != nil {
				t.Errorf("Secure or UpdateUser: %v", err)
			}
			return ids
		})...)
		got, err := s.User(bg, "default", u.ID)
		must(t, err, "User")
		marks := []byte(got.Nickname)
		slices.Sort(marks)
		if string(marks) != "abcdefgh" {
			t.Fatalf("of %d updates %q are left", n, marks)
		}
		slices.Sort(told)
		same(t, "ended sessions", told, want)
	}
}
