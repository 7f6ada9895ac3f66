package auth_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestTheSeventhLocks: not the sixth. The owner is mailed once, at the stored
// address; who knows the password is told how long, who does not is told what
// everybody is.
func TestTheSeventhLocks(t *testing.T) {
	w, id := joined(t)
	w.guesses(t, lockAttempts-1)
	if w.user(t, id).Status != auth.UserActive || len(w.inbox(t, auth.MessageLocked)) != 0 {
		t.Fatal("locked by the sixth")
	}
	w.guesses(t, 1, from("203.0.113.66"))
	now := w.clock.Now()
	if u := w.user(t, id); u.Status != auth.UserLocked || !u.LockedUntil.Equal(now.Add(time.Hour)) || !u.UpdatedAt.Equal(now) {
		t.Errorf("the user is %s until %v", u.Status, u.LockedUntil)
	}
	w.clock.advance(90 * time.Second)
	w.guesses(t, lockAttempts-1)
	_, err := w.try(t, secret)
	refused(t, "who knows the password", err, auth.ErrLocked)
	left := int(w.user(t, id).LockedUntil.Sub(w.clock.Now()).Seconds())
	if diff := cmp.Diff(auth.Meta{RetryAfter: left}, meta(err)); diff != "" {
		t.Errorf("the answer:\n%s", diff)
	}
	all := w.inbox(t, auth.MessageLocked)
	if len(all) != 1 || w.wrote(t, home, auth.ActionLocked, "wrong_passwords") != 1 {
		t.Fatalf("got %d mails, want 1", len(all))
	}
	f := all[0].Facts
	if f.Address != "203.0.113.66" || !f.At.Equal(now) || f.Life != auth.UnlockLife || f.Code != "" {
		t.Errorf("the mail tells %+v", f)
	}
}

// TestALockEndsByItself: to the millisecond, and all tries are there again.
func TestALockEndsByItself(t *testing.T) {
	w, id := joined(t, func(s *auth.Service) { s.Policy.LockMinutes, s.Policy.LockAttempts = 5, 3 })
	for range 2 {
		w.guesses(t, 3)
		w.clock.advance(5*time.Minute - time.Millisecond)
		_, err := w.try(t, secret)
		refused(t, "a moment before its end", err, auth.ErrLocked)
		if got := meta(err).RetryAfter; got != 1 {
			t.Errorf("retry after %d s, want 1", got)
		}
		w.clock.advance(time.Millisecond)
		w.guesses(t, 2)
		if w.user(t, id).Locked(w.clock.Now(), false) {
			t.Fatal("locked again by the second")
		}
		_, err = w.try(t, secret)
		refused(t, "after its end", err, nil)
	}
	if n := len(w.inbox(t, auth.MessageLocked)); n != 2 {
		t.Errorf("got %d mails, want one a lock", n)
	}
}

// TestAnAdminsLockIsForAll: known devices too; neither tries nor the owner's
// links change it.
func TestAnAdminsLockIsForAll(t *testing.T) {
	w, id := joined(t, unlimited)
	g := w.login(t, "ann.lee")
	disown := w.mailed(t, auth.MessageNewDevice)
	w.lockOut(t, id)
	unlock := w.mailed(t, auth.MessageLocked)
	w.change(t, id, func(u *auth.User) { u.LockedUntil = time.Time{} })
	still := func(doing string) {
		t.Helper()
		if u := w.user(t, id); u.Status != auth.UserLocked || !u.LockedUntil.IsZero() {
			t.Errorf("%s: status %s until %v", doing, u.Status, u.LockedUntil)
		}
	}
	for name, change := range map[string]func(*auth.Origin){"known": on(g), "stranger": func(*auth.Origin) {}} {
		_, err := w.try(t, secret, change)
		refused(t, name, err, auth.ErrLocked)
		if diff := cmp.Diff(auth.Meta{}, meta(err)); diff != "" {
			t.Errorf("%s: the answer:\n%s", name, diff)
		}
	}
	w.guesses(t, 2*lockAttempts)
	still("wrong passwords")
	_, err := w.unlock(t, unlock)
	refused(t, "the link of the strangers' lock", err, auth.ErrLinkInvalid)
	_, err = w.RequestUnlock(t.Context(), w.anyone(t, home), auth.EmailInput{Email: "ann@bücher.example"})
	must(t, err)
	if n := len(w.inbox(t, auth.MessageLocked)); n != 1 {
		t.Errorf("got %d mails with an unlock link, want the first alone", n)
	}
	_, err = w.Disown(t.Context(), w.follow(t), disown)
	must(t, err)
	still("disown")
	must(t, w.reset(t, w.mailed(t, auth.MessageReset), renewed))
	still("reset")
	_, err = w.try(t, renewed)
	refused(t, "after the reset", err, auth.ErrLocked)
	w.clock.advance(30 * 24 * time.Hour)
	_, err = w.try(t, renewed)
	refused(t, "a month later", err, auth.ErrLocked)
}

// TestWhatALockEnds: the sessions that strangers opened since the attack began,
// with their reason; those from before and those of known devices go on.
func TestWhatALockEnds(t *testing.T) {
	w, id := joined(t)
	before, known := w.login(t, "ann.lee"), w.login(t, "ann.lee")
	w.clock.advance(time.Minute)
	w.guesses(t, 2)
	w.clock.advance(time.Millisecond)
	thief, err := w.try(t, secret)
	must(t, err)
	known, err = w.try(t, secret, on(known))
	must(t, err)
	w.alive(t, "held in memory", thief)
	w.lockOut(t, id)
	w.dead(t, "the stranger's session", thief, auth.EndLocked)
	if s := w.session(t, thief.SessionID); s.EndReason != auth.EndLocked || !s.EndedAt.Equal(w.clock.Now()) {
		t.Errorf("the session ended with %q at %v", s.EndReason, s.EndedAt)
	}
	for name, g := range map[string]auth.Grant{"from before": before, "of a known device": known} {
		w.alive(t, name, g)
		_, err := w.refresh(t, g.RefreshToken)
		refused(t, name+": refresh", err, nil)
	}
}

// TestWhatALockDoesToChallenges: a stranger's comes to nothing, by code and by
// resend; one that a known device asked for goes on, and so does one that is
// answered on a known device.
func TestWhatALockDoesToChallenges(t *testing.T) {
	for name, c := range map[string]struct {
		asks, answers bool // on the known device
		want          *auth.Error
	}{
		"stranger":               {false, false, auth.ErrOTPGone},
		"known device":           {true, true, nil},
		"asked on known device":  {true, false, nil},
		"answered on known one":  {false, true, nil},
		"forgotten meanwhile":    {true, false, auth.ErrOTPGone},
		"stranger, after unlock": {false, false, auth.ErrOTPGone},
	} {
		t.Run(name, func(t *testing.T) {
			w, id := joined(t)
			g, keeper := w.login(t, "ann.lee"), w.login(t, "ann.lee")
			using := func(known bool) func(*auth.Origin) {
				if known {
					return on(g)
				}
				return func(*auth.Origin) {}
			}
			out, err := w.SignIn(t.Context(), w.anyone(t, coded, using(c.asks)), auth.SignInInput{Name: "ann.lee", Password: secret})
			must(t, err)
			w.lockOut(t, id)
			switch name {
			case "forgotten meanwhile":
				_, err := w.EndSession(t.Context(), w.enter(t, keeper.AccessToken), auth.EndSessionInput{SessionID: g.SessionID})
				must(t, err)
			case "stranger, after unlock":
				_, err := w.unlock(t, w.mailed(t, auth.MessageLocked))
				must(t, err)
			}
			_, err = w.Resend(t.Context(), w.anyone(t, coded, using(c.answers)), auth.ResendInput{LoginID: out.LoginID})
			refused(t, "resend", err, c.want)
			_, err = w.Verify(t.Context(), w.anyone(t, coded, using(c.answers)), auth.VerifyInput{LoginID: out.LoginID, OTP: w.mail.code(t)})
			refused(t, "verify", err, c.want)
		})
	}
}

// TestAStrangersLockThatLandsDuringALogin: a stranger whose password is being
// hashed does not come in, a known device does; a reset stops both.
func TestAStrangersLockThatLandsDuringALogin(t *testing.T) {
	lock := func(t *testing.T, w *world, _ auth.LinkInput) {
		for range lockAttempts {
			_, err := w.try(t, wrong)
			refused(t, "meanwhile", err, auth.ErrCredentials)
		}
	}
	reset := func(t *testing.T, w *world, l auth.LinkInput) { must(t, w.reset(t, l, renewed)) }
	for name, c := range map[string]struct {
		before string
		lands  func(*testing.T, *world, auth.LinkInput)
		known  bool
		want   *auth.Error
	}{
		"lock after the hash":                  {"Account", lock, false, auth.ErrLocked},
		"lock at the last moment":              {"CreateSession", lock, false, auth.ErrCredentials},
		"lock after the hash, known device":    {"Account", lock, true, nil},
		"lock at the last moment, known one":   {"CreateSession", lock, true, nil},
		"reset after the hash":                 {"Account", reset, false, auth.ErrCredentials},
		"reset at the last moment":             {"CreateSession", reset, false, auth.ErrCredentials},
		"reset at the last moment, known one":  {"CreateSession", reset, true, auth.ErrCredentials},
		"reset while its counting":             {"Count", reset, false, auth.ErrCredentials},
		"reset while its counting, known one ": {"Count", reset, true, auth.ErrCredentials},
	} {
		t.Run(name, func(t *testing.T) {
			w, id := joined(t, unlimited)
			change := func(*auth.Origin) {}
			if c.known {
				change = on(w.login(t, "ann.lee"))
				w.clock.advance(time.Minute)
			}
			l, before := w.forgot(t), len(w.living(t, id))
			_, err := w.cache.Account(t.Context(), auth.DefaultDirectory, id) // what is read before the hash comes from memory
			must(t, err)
			var once atomic.Bool // what lands uses the store itself
			mend := w.store.breaks(func(method string) error {
				if method == c.before && once.CompareAndSwap(false, true) {
					c.lands(t, w, l)
				}
				return nil
			}, nil)
			_, err = w.try(t, secret, change)
			mend()
			refused(t, "the login", err, c.want)
			if n := len(w.living(t, id)); c.want != nil && n > before {
				t.Errorf("%d sessions live, %d did before", n, before)
			}
		})
	}
}

// TestALockOfAWrongClockDoesNotLast: the clock was a year ahead when strangers
// locked the account, and has been set right since.
func TestALockOfAWrongClockDoesNotLast(t *testing.T) {
	for name, c := range map[string]struct {
		ahead time.Duration
		want  *auth.Error
	}{
		"a year": {365 * 24 * time.Hour, nil},
		"a day":  {24 * time.Hour, auth.ErrLocked},
	} {
		w, id := joined(t)
		w.change(t, id, func(u *auth.User) {
			u.Status, u.LockedUntil = auth.UserLocked, w.clock.Now().Add(c.ahead)
		})
		_, err := w.SignIn(t.Context(), w.anyone(t, home), auth.SignInInput{Name: "ann.lee", Password: secret})
		refused(t, name, err, c.want)
	}
}
