package auth_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/password"
)

// TestALockThatLandsDuringALoginHolds: hashing takes its time, and the queue
// before it more; what was read before is no longer true.
func TestALockThatLandsDuringALoginHolds(t *testing.T) {
	lock := func(u *auth.User) { u.Status = auth.UserLocked }
	disable := func(u *auth.User) { u.Status = auth.UserDisabled }
	for _, c := range []struct {
		name, before string // the store method before which it lands
		edit         func(*auth.User)
		want         *auth.Error
	}{
		{"locked after the hash", "Account", lock, auth.ErrLocked},
		{"disabled after the hash", "Account", disable, auth.ErrCredentials},
		{"locked at the last moment", "CreateSession", lock, auth.ErrCredentials},
		{"disabled at the last moment", "CreateSession", disable, auth.ErrCredentials},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, id := joined(t)
			var once sync.Once
			mend := w.store.breaks(func(method string) error {
				if method == c.before {
					once.Do(func() { w.change(t, id, c.edit) })
				}
				return nil
			}, nil)
			_, err := w.SignIn(t.Context(), w.anyone(t, home), auth.SignInInput{Name: "ann.lee", Password: secret})
			mend()
			refused(t, "SignIn", err, c.want)
			if n := len(w.living(t, id)); n != 0 {
				t.Errorf("%d sessions live, want 0", n)
			}
		})
	}
}

// TestAnOutageOfTheMailServerUsesNothingUp: only mails that were sent count.
func TestAnOutageOfTheMailServerUsesNothingUp(t *testing.T) {
	w := newWorld(t)
	w.join(t, coded, "ann.lee")
	in := auth.SignInInput{Name: "ann.lee", Password: secret}
	w.mail.breaks(errors.New("421 out of order"))
	for range 8 {
		_, err := w.SignIn(t.Context(), w.anyone(t, coded), in)
		refused(t, "SignIn", err, auth.ErrOTPNotSent)
	}
	w.mail.breaks(nil)
	for range 5 {
		_, err := w.SignIn(t.Context(), w.anyone(t, coded), in)
		must(t, err)
	}
	_, err := w.SignIn(t.Context(), w.anyone(t, coded), in)
	refused(t, "the sixth mail in an hour", err, auth.ErrRateLimited)
}

// TestRefusalsTakeTheirTime: a hash under older settings is quicker to check,
// which must not tell that there is such an account.
func TestRefusalsTakeTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const floor = 300 * time.Millisecond
		w, _ := joined(t, func(s *auth.Service) {
			s.RefusalFloor, s.Now = floor, time.Now
			s.Passwords = hasher(t, password.Config{BcryptCost: 4})
		})
		w.Passwords = hasher(t, password.Config{MemoryKiB: 64, Time: 1})
		for name, c := range map[string]struct {
			in   auth.SignInInput
			want time.Duration
		}{
			"older hash":   {auth.SignInInput{Name: "ann.lee", Password: wrong}, floor},
			"unknown name": {auth.SignInInput{Name: "nobody", Password: wrong}, floor},
			"right":        {auth.SignInInput{Name: "ann.lee", Password: secret}, 0},
		} {
			began := time.Now()
			_, err := w.SignIn(t.Context(), w.anyone(t, home), c.in)
			if (err == nil) != (c.want == 0) {
				t.Errorf("%s: %v", name, err)
			}
			if took := time.Since(began); took != c.want {
				t.Errorf("%s: took %s, want %s", name, took, c.want)
			}
		}
	})
}
