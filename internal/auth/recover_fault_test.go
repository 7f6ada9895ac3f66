package auth_test

import (
	"errors"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// The flows by which an account is locked and got back, for
// TestFaultsNeverTurnIntoSuccess: whatever fails, the owner's next try gets her
// there, and a link that has done nothing is still good.

func tryLock(t *testing.T) (*world, trial) {
	w, id := joined(t, unlimited)
	w.guesses(t, lockAttempts-1)
	by := w.anyone(t, home)
	return w, trial{
		run: func() (auth.Grant, error) {
			_, err := w.SignIn(t.Context(), by, auth.SignInInput{Name: "ann.lee", Password: wrong})
			if errors.Is(err, auth.ErrCredentials) { // as it should be
				err = nil
			}
			return auth.Grant{}, err
		},
		truth: func(failed, _ bool) {
			if u := w.user(t, id); !failed && !u.Locked(w.clock.Now(), false) {
				t.Error("the seventh did not lock")
			}
			_, err := w.try(t, wrong) // in any case the next one finds it locked, or locks it
			refused(t, "the next", err, auth.ErrCredentials)
			if w.user(t, id).Status == auth.UserActive { // the seventh was not counted
				w.guesses(t, 1)
			}
			_, err = w.try(t, secret)
			refused(t, "the right one", err, auth.ErrLocked)
			if n := w.wrote(t, home, auth.ActionLocked, "wrong_passwords"); n != 1 || len(w.inbox(t, auth.MessageLocked)) != 1 {
				t.Errorf("%d locks, %d mails", n, len(w.inbox(t, auth.MessageLocked)))
			}
			_, err = w.unlock(t, w.mailed(t, auth.MessageLocked))
			refused(t, "the link", err, nil)
		},
	}
}

func tryUnlock(t *testing.T) (*world, trial) {
	w, id := joined(t)
	w.lockOut(t, id)
	l, by := w.mailed(t, auth.MessageLocked), w.follow(t)
	return w, trial{
		run: func() (auth.Grant, error) {
			_, err := w.Unlock(t.Context(), by, l)
			return auth.Grant{}, err
		},
		truth: func(failed, sure bool) {
			locked := w.user(t, id).Locked(w.clock.Now(), false)
			if !failed && locked || failed && sure && !locked {
				t.Errorf("failed %t, locked %t", failed, locked)
			}
			if locked {
				_, err := w.unlock(t, l)
				refused(t, "once more", err, nil)
			}
			w.login(t, "ann.lee")
		},
	}
}

func tryForgot(t *testing.T) (*world, trial) {
	w, _ := joined(t)
	by := w.anyone(t, home)
	return w, trial{
		run: func() (auth.Grant, error) {
			ok, err := w.ForgotPassword(t.Context(), by, auth.EmailInput{Email: "ann@bücher.example"})
			if ok != (err == nil) {
				t.Errorf("got %t and error %v", ok, err)
			}
			return auth.Grant{}, err
		},
		truth: func(failed, sure bool) {
			if n := len(w.inbox(t, auth.MessageReset)); !failed && n != 1 || failed && sure && n != 0 {
				t.Errorf("failed %t: %d mails", failed, n)
			}
			for range auth.AskedMails - 1 { // what failed has used up nothing, or one at most
				w.forgot(t)
			}
			for _, m := range w.inbox(t, auth.MessageReset) {
				_, err := w.ResetReady(t.Context(), w.follow(t), auth.LinkInput{Token: tokenOf(t, m)})
				refused(t, "every link that was mailed", err, nil)
			}
		},
	}
}

func tryReset(t *testing.T) (*world, trial) {
	w, id := joined(t)
	g := w.login(t, "ann.lee")
	l, by := w.forgot(t), w.follow(t)
	in := auth.ResetInput{Token: l.Token, Password: renewed}
	return w, trial{
		run: func() (auth.Grant, error) {
			_, err := w.ResetPassword(t.Context(), by, in)
			return auth.Grant{}, err
		},
		truth: func(failed, sure bool) {
			done := w.user(t, id).Epoch == 1
			if !failed && !done || failed && sure && done {
				t.Errorf("failed %t, done %t", failed, done)
			}
			w.agrees(t, g, done)
			if !done {
				_, err := w.ResetPassword(t.Context(), by, in)
				refused(t, "once more", err, nil)
			}
			w.agrees(t, g, true)
			_, err := w.try(t, renewed)
			refused(t, "the new password", err, nil)
		},
	}
}

func tryChange(t *testing.T) (*world, trial) {
	w, id := joined(t)
	g, other := w.login(t, "ann.lee"), w.login(t, "ann.lee")
	by := w.enter(t, g.AccessToken)
	in := auth.ChangePasswordInput{CurrentPassword: secret, NewPassword: renewed}
	return w, trial{
		run: func() (auth.Grant, error) {
			_, err := w.ChangePassword(t.Context(), by, in)
			return auth.Grant{}, err
		},
		truth: func(failed, sure bool) {
			done := w.user(t, id).Epoch == 1
			if !failed && !done || failed && sure && done {
				t.Errorf("failed %t, done %t", failed, done)
			}
			w.agrees(t, other, done)
			w.alive(t, "the one that asked", g)
			if !done {
				_, err := w.ChangePassword(t.Context(), by, in)
				refused(t, "once more", err, nil)
			}
			w.agrees(t, other, true)
		},
	}
}

func tryDisown(t *testing.T) (*world, trial) {
	w, id, stolen, l := thief(t)
	by := w.follow(t)
	return w, trial{
		run: func() (auth.Grant, error) {
			_, err := w.Disown(t.Context(), by, l)
			return auth.Grant{}, err
		},
		truth: func(failed, sure bool) {
			done := w.session(t, stolen.SessionID).Ended()
			if !failed && !done || failed && sure && done {
				t.Errorf("failed %t, done %t", failed, done)
			}
			w.agrees(t, stolen, done)
			if !done {
				_, err := w.Disown(t.Context(), by, l)
				refused(t, "once more", err, nil)
			}
			w.agrees(t, stolen, true)
			w.knows(t, "his device", id, stolen, false)
			must(t, w.reset(t, w.mailed(t, auth.MessageReset), renewed))
		},
	}
}

func tryTaken(t *testing.T) (*world, trial) {
	w, _ := joined(t, func(s *auth.Service) { s.Policy.Taken = auth.TakenHide })
	by := w.anyone(t, home)
	in := auth.SignUpInput{Name: "Eve", Email: "ann@bücher.example", Password: renewed}
	return w, trial{
		run: func() (auth.Grant, error) {
			out, err := w.SignUp(t.Context(), by, in)
			return out.Tokens(), err
		},
		truth: func(failed, sure bool) {
			if n := len(w.inbox(t, auth.MessageSignUpTaken)); !failed && n != 1 || failed && sure && n != 0 {
				t.Errorf("failed %t: told %d times", failed, n)
			}
			w.clock.advance(time.Minute)
			_, err := w.SignUp(t.Context(), by, in)
			refused(t, "once more", err, nil)
			w.login(t, "ann.lee")
		},
	}
}
