package auth_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestReset: a password that is refused leaves the link good; the one that is
// taken ends every session, forgets every device, voids what was given out
// before, and the owner is told at the stored address.
func TestReset(t *testing.T) {
	w, id := joined(t, unlimited)
	a, b := w.login(t, "ann.lee"), w.login(t, "ann.lee")
	sibling, disown, c := w.forgot(t), w.mailed(t, auth.MessageNewDevice), w.challenge(t)
	l := w.forgot(t)
	before := w.user(t, id)
	for range 3 {
		_, err := w.ResetReady(t.Context(), w.follow(t), l)
		refused(t, "looking at it", err, nil)
	}
	for _, plain := range []auth.Secret{"", "short", "password1", "ann@xn--bcher-kva.example", "ann.lee"} {
		refused(t, "a password that is refused", w.reset(t, l, plain), auth.ErrValidation)
	}
	if w.user(t, id) != before || len(w.living(t, id)) != 2 {
		t.Fatal("a password that was refused changed something")
	}
	must(t, w.reset(t, l, renewed))
	w.dead(t, "one session", a, auth.EndPasswordChanged)
	w.dead(t, "another", b, auth.EndPasswordChanged)
	w.knows(t, "one device", id, a, false)
	w.knows(t, "another", id, b, false)
	if u := w.user(t, id); u.Epoch != before.Epoch+1 || u.PasswordHash == before.PasswordHash || u.Status != auth.UserActive {
		t.Errorf("the user is %+v", u)
	}
	refused(t, "the link again", w.reset(t, l, renewed), auth.ErrLinkInvalid)
	refused(t, "its sibling", w.reset(t, sibling, renewed), auth.ErrLinkInvalid)
	_, err := w.ResetReady(t.Context(), w.follow(t), sibling)
	refused(t, "looking at its sibling", err, auth.ErrLinkInvalid)
	_, err = w.show(t, c, w.mail.code(t))
	refused(t, "a code from before", err, auth.ErrOTPGone)
	_, err = w.try(t, secret)
	refused(t, "the old password", err, auth.ErrCredentials)
	_, err = w.try(t, renewed)
	refused(t, "the new one", err, nil)
	told := w.inbox(t, auth.MessagePassword)
	if len(told) != 1 || told[0].Email != before.Email || told[0].Facts.Address != "192.0.2.7" || !told[0].Facts.At.Equal(w.clock.Now()) {
		t.Errorf("told %+v", told)
	}
	if n := w.wrote(t, home, auth.ActionReset, ""); n != 1 {
		t.Errorf("got %d events, want 1", n)
	}
	_, err = w.DisownReady(t.Context(), w.follow(t), disown)
	refused(t, "the owner may still disown", err, nil)
}

// TestResetEndsALock: and clears the counters.
func TestResetEndsALock(t *testing.T) {
	w, id := joined(t)
	w.lockOut(t, id)
	must(t, w.reset(t, w.forgot(t), renewed))
	w.guesses(t, lockAttempts-1)
	if u := w.user(t, id); u.Status != auth.UserActive || !u.LockedUntil.IsZero() {
		t.Errorf("status %s until %v", u.Status, u.LockedUntil)
	}
	_, err := w.try(t, renewed)
	refused(t, "a stranger who is right", err, nil)
}

// TestOneOfManyResets: of 32 with one link each one's password counts alone.
func TestOneOfManyResets(t *testing.T) {
	w, id := joined(t)
	l, by := w.forgot(t), w.follow(t)
	var all sync.WaitGroup
	errs := make([]error, 32)
	plain := func(i int) auth.Secret { return auth.Secret(renewed + "-" + string(rune('a'+i))) }
	for i := range errs {
		all.Go(func() {
			_, errs[i] = w.ResetPassword(t.Context(), by, auth.ResetInput{Token: l.Token, Password: plain(i)})
		})
	}
	all.Wait()
	won := -1
	for i, err := range errs {
		if err != nil {
			refused(t, "the others", err, auth.ErrLinkInvalid)
			continue
		}
		if won >= 0 {
			t.Error("two got through")
		}
		won = i
	}
	if won < 0 || w.user(t, id).Epoch != 1 || len(w.inbox(t, auth.MessagePassword)) != 1 {
		t.Fatalf("%d got through, epoch %d", won, w.user(t, id).Epoch)
	}
	_, err := w.try(t, plain(won))
	refused(t, "the winner's password", err, nil)
}

// TestAResetThatLandsDuringAnother: what was read before the hash no longer
// holds at the write.
func TestAResetThatLandsDuringAnother(t *testing.T) {
	w, id := joined(t)
	l, sibling := w.forgot(t), w.forgot(t)
	var once atomic.Bool
	mend := w.store.breaks(func(method string) error {
		if method == "Secure" && once.CompareAndSwap(false, true) {
			must(t, w.reset(t, sibling, renewed))
		}
		return nil
	}, nil)
	refused(t, "the slower", w.reset(t, l, "silver-meadow-88-candle"), auth.ErrLinkInvalid)
	mend()
	_, err := w.try(t, renewed)
	refused(t, "the password of the faster", err, nil)
	if n := len(w.inbox(t, auth.MessagePassword)); n != 1 || w.user(t, id).Epoch != 1 {
		t.Errorf("told %d times", n)
	}
}

// TestResetLinksEnd: after a quarter of an hour to the millisecond, and with
// what they are bound to.
func TestResetLinksEnd(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*testing.T, *world, string)
		want *auth.Error
	}{
		"a moment before": {func(_ *testing.T, w *world, _ string) { w.clock.advance(auth.ResetLife - time.Millisecond) }, nil},
		"a quarter":       {func(_ *testing.T, w *world, _ string) { w.clock.advance(auth.ResetLife) }, auth.ErrLinkInvalid},
		"locked":          {func(t *testing.T, w *world, id string) { w.lockOut(t, id) }, nil},
		"unlocked": {func(t *testing.T, w *world, id string) {
			w.lockOut(t, id)
			_, err := w.unlock(t, w.mailed(t, auth.MessageLocked))
			must(t, err)
		}, auth.ErrLinkInvalid},
		"another password": {func(t *testing.T, w *world, _ string) {
			_, err := w.ChangePassword(t.Context(), w.enter(t, w.login(t, "ann.lee").AccessToken),
				auth.ChangePasswordInput{CurrentPassword: secret, NewPassword: renewed})
			must(t, err)
		}, auth.ErrLinkInvalid},
		"another address": {func(t *testing.T, w *world, id string) {
			w.change(t, id, func(u *auth.User) { u.Email = "ann@other.example" })
		}, auth.ErrLinkInvalid},
		"disabled": {func(t *testing.T, w *world, id string) {
			w.change(t, id, func(u *auth.User) { u.Status = auth.UserDisabled })
		}, auth.ErrLinkInvalid},
		"tenant asleep": {func(t *testing.T, w *world, _ string) { w.status(t, home, auth.TenantInactive) }, auth.ErrTenantInactive},
	} {
		t.Run(name, func(t *testing.T) {
			w, id := joined(t)
			l, by := w.forgot(t), w.follow(t)
			c.end(t, w, id)
			hash := w.user(t, id).PasswordHash
			_, err := w.ResetReady(t.Context(), by, l)
			refused(t, "looking at it", err, c.want)
			_, err = w.ResetPassword(t.Context(), by, auth.ResetInput{Token: l.Token, Password: renewed})
			refused(t, "using it", err, c.want)
			if changed := w.user(t, id).PasswordHash != hash; changed != (c.want == nil) {
				t.Errorf("the password changed: %t", changed)
			}
		})
	}
}

// TestForgot: one answer for everybody, a mail for who has a seat in the tenant
// and is not disabled; three an hour.
func TestForgot(t *testing.T) {
	for name, c := range map[string]struct {
		slug, email string
		edit        func(*auth.User)
		mails       int
	}{
		"known":             {home, "ann@bücher.example", nil, 1},
		"other tenant":      {coded, "ANN@bücher.example", nil, 1},
		"unknown":           {home, "nobody@example.com", nil, 0},
		"no seat":           {closed, "ann@bücher.example", nil, 0},
		"another directory": {far, "ann@bücher.example", nil, 0},
		"disabled":          {home, "ann@bücher.example", func(u *auth.User) { u.Status = auth.UserDisabled }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w, id := joined(t)
			if c.edit != nil {
				w.change(t, id, c.edit)
			}
			for i := range 2 * auth.AskedMails {
				ok, err := w.ForgotPassword(t.Context(), w.anyone(t, c.slug, from("evil.example:80")), auth.EmailInput{Email: c.email})
				if !ok || err != nil {
					t.Errorf("got %t and error %v", ok, err)
				}
				all := w.inbox(t, auth.MessageReset)
				if want := min(i+1, auth.AskedMails) * c.mails; len(all) != want {
					t.Errorf("%d mails after %d requests, want %d", len(all), i+1, want)
				}
			}
			w.clock.advance(time.Hour)
			_, err := w.ForgotPassword(t.Context(), w.anyone(t, c.slug), auth.EmailInput{Email: c.email})
			must(t, err)
			all := w.inbox(t, auth.MessageReset)
			if len(all) != c.mails {
				t.Errorf("%d mails an hour later, want %d", len(all), c.mails)
			}
			if c.mails > 0 {
				refused(t, "the link", w.reset(t, auth.LinkInput{Token: tokenOf(t, all[0])}, renewed), nil)
			}
		})
	}
}
