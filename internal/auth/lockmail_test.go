package auth_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestTriesDuringALockLeadToNoOther: when it has ended all are there again.
func TestTriesDuringALockLeadToNoOther(t *testing.T) {
	w, id := joined(t)
	w.lockOut(t, id)
	w.clock.advance(time.Hour - 2*lockAttempts*time.Second)
	w.guesses(t, lockAttempts-1) // to the last moment of it
	w.clock.advance(2 * time.Second)
	w.guesses(t, lockAttempts-1)
	if w.user(t, id).Locked(w.clock.Now(), false) {
		t.Error("locked again too early")
	}
	_, err := w.try(t, secret)
	refused(t, "the right one after the lock", err, nil)
}

// TestALockForgetsTheDevicesItThrowsOut: else they would pass it.
func TestALockForgetsTheDevicesItThrowsOut(t *testing.T) {
	w, id := joined(t)
	mine := w.login(t, "ann.lee")
	w.clock.advance(time.Minute)
	w.guesses(t, 3)
	thief, err := w.try(t, secret)
	must(t, err)
	w.lockOut(t, id)
	w.dead(t, "the thief", thief, auth.EndLocked)
	w.knows(t, "his device", id, thief, false)
	w.knows(t, "the owner's", id, mine, true)
	_, err = w.try(t, secret, on(thief))
	refused(t, "he comes back", err, auth.ErrLocked)
}

// TestAnAdminsLockThatLandsMeanwhileStands: it does not become one that ends.
func TestAnAdminsLockThatLandsMeanwhileStands(t *testing.T) {
	for _, before := range []string{"User", "Secure"} {
		w, id := joined(t)
		w.guesses(t, lockAttempts-1)
		w.clock.advance(2 * time.Second)
		var once atomic.Bool
		mend := w.store.breaks(func(method string) error {
			if method == before && once.CompareAndSwap(false, true) {
				w.change(t, id, func(u *auth.User) { u.Status = auth.UserLocked })
			}
			return nil
		}, nil)
		_, err := w.try(t, wrong)
		mend()
		refused(t, "the seventh", err, auth.ErrCredentials)
		if u := w.user(t, id); u.Status != auth.UserLocked || !u.LockedUntil.IsZero() || w.links(t, auth.TicketUnlock) != 0 {
			t.Errorf("before %s: status %s until %v, %d links", before, u.Status, u.LockedUntil, w.links(t, auth.TicketUnlock))
		}
	}
}

// TestALinkOpensItsOwnLockOnly: not a later one, though the first ended by
// itself.
func TestALinkOpensItsOwnLockOnly(t *testing.T) {
	w, id := joined(t)
	w.lockOut(t, id)
	first := w.mailed(t, auth.MessageLocked)
	w.clock.advance(time.Hour)
	w.lockOut(t, id)
	_, err := w.UnlockReady(t.Context(), w.follow(t), first)
	refused(t, "looking at the first", err, auth.ErrLinkInvalid)
	_, err = w.unlock(t, first)
	refused(t, "the first", err, auth.ErrLinkInvalid)
	_, err = w.unlock(t, w.mailed(t, auth.MessageLocked))
	refused(t, "the second", err, nil)
}

// TestFortyOfWhomManyMayLock: also when those who lock stand at the store
// together, the one that does has mailed.
func TestFortyOfWhomManyMayLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, id := joined(t, func(s *auth.Service) { s.Now = time.Now })
		by, gate, done := w.anyone(t, home), make(chan struct{}), make(chan error, 40)
		mend := w.store.breaks(func(method string) error {
			if method == "Issue" {
				<-gate
			}
			return nil
		}, nil)
		for range cap(done) {
			go func() {
				_, err := w.SignIn(t.Context(), by, auth.SignInInput{Name: "ann.lee", Password: wrong})
				done <- err
			}()
		}
		synctest.Wait()
		time.Sleep(5 * time.Second)
		synctest.Wait()
		close(gate)
		for range cap(done) {
			refused(t, "one of forty", <-done, auth.ErrCredentials)
		}
		mend()
		w.clock.advance(time.Since(w.clock.Now()))
		if n := len(w.inbox(t, auth.MessageLocked)); n != 1 || !w.user(t, id).Locked(time.Now(), false) {
			t.Errorf("got %d mails", n)
		}
	})
}

// TestWhatIsAskedForSilencesNothing: links that anybody may ask for do not use
// up the mails of locks and of disowning.
func TestWhatIsAskedForSilencesNothing(t *testing.T) {
	w, id := joined(t)
	w.login(t, "ann.lee")
	disown := w.mailed(t, auth.MessageNewDevice)
	ask := func() {
		for range 4 * auth.AskedMails {
			for _, f := range []func() (bool, error){
				func() (bool, error) {
					return w.ForgotPassword(t.Context(), w.anyone(t, home), auth.EmailInput{Email: "ann@bücher.example"})
				},
				func() (bool, error) {
					return w.RequestUnlock(t.Context(), w.anyone(t, home), auth.EmailInput{Email: "ann@bücher.example"})
				},
			} {
				_, err := f()
				must(t, err)
			}
		}
	}
	for range auth.LinkMails {
		before := len(w.inbox(t, auth.MessageLocked))
		w.lockOut(t, id)
		if n := len(w.inbox(t, auth.MessageLocked)) - before; n != 1 {
			t.Errorf("a lock mailed %d times, want once", n)
		}
		ask()
		w.clock.advance(time.Hour)
	}
	before := len(w.inbox(t, auth.MessageLocked))
	w.lockOut(t, id)
	if n := len(w.inbox(t, auth.MessageLocked)) - before; n != 0 {
		t.Errorf("the sixth lock of a day mailed %d times, want 0", n)
	}
	before = len(w.inbox(t, auth.MessageReset))
	_, err := w.Disown(t.Context(), w.follow(t), disown)
	must(t, err)
	if n := len(w.inbox(t, auth.MessageReset)) - before; n != 1 {
		t.Errorf("disowning mailed %d times, want once", n)
	}
}

// TestLoginsThatWereRefusedSilenceNothing: only mails that went out count.
func TestLoginsThatWereRefusedSilenceNothing(t *testing.T) {
	w, _ := joined(t, func(s *auth.Service) { s.Policy.AtLimit, s.Policy.MaxSessions = auth.LimitRefuse, 1 })
	g := w.login(t, "ann.lee")
	for range 25 {
		_, err := w.try(t, secret)
		refused(t, "at the limit", err, auth.ErrTooMany)
	}
	_, err := w.SignOut(t.Context(), w.enter(t, g.AccessToken), struct{}{})
	must(t, err)
	w.login(t, "ann.lee")
	if n := len(w.inbox(t, auth.MessageNewDevice)); n != 2 {
		t.Errorf("%d mails about new devices, want 2", n)
	}
}

// TestTheTenantOfAStrangerIsNoWayIn: at a tenant where ann has no seat her
// account is neither guessed nor locked, whatever its policy says.
func TestTheTenantOfAStrangerIsNoWayIn(t *testing.T) {
	w, id := joined(t, unlimited)
	w.addTenant(t, "strict", auth.DefaultDirectory, auth.TenantActive, auth.Policy{LockAttempts: 1, LockMinutes: 100_000})
	for range 2 * lockAttempts {
		for _, plain := range []auth.Secret{wrong, secret} {
			_, err := w.SignIn(t.Context(), w.anyone(t, "strict"), auth.SignInInput{Name: "ann.lee", Password: plain})
			refused(t, "at a tenant without a seat", err, auth.ErrCredentials)
		}
	}
	if u := w.user(t, id); u.Status != auth.UserActive || len(w.inbox(t, auth.MessageLocked)) != 0 {
		t.Errorf("status %s until %v", u.Status, u.LockedUntil)
	}
	w.guesses(t, lockAttempts-1)
	_, err := w.try(t, secret)
	refused(t, "at her own", err, nil)
}
