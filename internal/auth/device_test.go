package auth_test

import (
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestAKnownDeviceGoesOnThroughALock: by cookie and by body, with a code and
// without; it keeps being known, and its login leaves the lock alone.
func TestAKnownDeviceGoesOnThroughALock(t *testing.T) {
	w, id := joined(t)
	cooked, posted := w.login(t, "ann.lee"), w.login(t, "ann.lee")
	w.lockOut(t, id)
	for range 2 {
		var err error
		cooked, err = w.try(t, secret, on(cooked))
		refused(t, "by cookie", err, nil)
		out, err := w.SignIn(t.Context(), w.anyone(t, home), auth.SignInInput{Name: "ann.lee", Password: secret, DeviceToken: auth.Secret(posted.DeviceToken)})
		refused(t, "by body", err, nil)
		posted = out.Tokens()
		_, err = w.try(t, secret)
		refused(t, "a stranger", err, auth.ErrLocked)
	}
	if s := w.session(t, posted.SessionID); !s.Known || !w.user(t, id).Locked(w.clock.Now(), false) {
		t.Errorf("the session is of a known device: %t; the user is %+v", s.Known, w.user(t, id))
	}
	out, err := w.SignIn(t.Context(), w.anyone(t, coded, on(cooked)), auth.SignInInput{Name: "ann.lee", Password: secret})
	must(t, err)
	_, err = w.Verify(t.Context(), w.anyone(t, coded), auth.VerifyInput{LoginID: out.LoginID, OTP: w.mail.code(t)})
	refused(t, "with a code, on the device that asked for it", err, nil)
}

// TestAKnownDeviceHasACounterOfItsOwn: what is typed wrong on it shuts out that
// device alone, for as long as a lock lasts, and is nobody's lock.
func TestAKnownDeviceHasACounterOfItsOwn(t *testing.T) {
	w, id := joined(t, unlimited)
	mine, yours := w.login(t, "ann.lee"), w.login(t, "ann.lee")
	w.guesses(t, lockAttempts-1) // by strangers, beside it
	began := w.clock.Now().Add(2 * time.Second)
	w.guesses(t, lockAttempts, on(mine))
	_, err := w.try(t, secret, on(mine))
	refused(t, "the device", err, auth.ErrLocked)
	_, err = w.try(t, wrong, on(mine))
	refused(t, "the device, wrong", err, auth.ErrCredentials)
	if u := w.user(t, id); u.Status != auth.UserActive || len(w.inbox(t, auth.MessageLocked)) != 0 {
		t.Errorf("status %s, %d mails", u.Status, len(w.inbox(t, auth.MessageLocked)))
	}
	_, err = w.try(t, secret, on(yours))
	refused(t, "another device", err, nil)
	_, err = w.try(t, secret)
	refused(t, "a stranger", err, nil)
	w.clock.advance(began.Add(time.Hour).Sub(w.clock.Now()) - time.Millisecond)
	_, err = w.try(t, secret, on(mine))
	refused(t, "a moment before the hour is over", err, auth.ErrLocked)
	w.clock.advance(time.Millisecond)
	_, err = w.try(t, secret, on(mine))
	refused(t, "after an hour", err, nil)
}

// TestAKnownDevicesLoginIsNoHelpToStrangers: it takes back its own failures,
// not theirs.
func TestAKnownDevicesLoginIsNoHelpToStrangers(t *testing.T) {
	w, id := joined(t, unlimited)
	g := w.login(t, "ann.lee")
	w.guesses(t, lockAttempts-1)
	w.guesses(t, lockAttempts-1, on(g))
	g, err := w.try(t, secret, on(g))
	must(t, err)
	w.guesses(t, lockAttempts-1, on(g))
	_, err = w.try(t, secret, on(g))
	refused(t, "its own row began anew", err, nil)
	w.guesses(t, 1)
	if !w.user(t, id).Locked(w.clock.Now(), false) {
		t.Error("the strangers' row began anew too")
	}
}

// TestACopyOfADeviceToken: is a stranger's after the owner's next login.
func TestACopyOfADeviceToken(t *testing.T) {
	w, id := joined(t)
	old := w.login(t, "ann.lee")
	next, err := w.try(t, secret, on(old))
	must(t, err)
	w.lockOut(t, id)
	_, err = w.try(t, secret, on(old))
	refused(t, "the copy", err, auth.ErrLocked)
	out, err := w.SignIn(t.Context(), w.anyone(t, home, on(old)), auth.SignInInput{Name: "ann.lee", Password: secret, DeviceToken: auth.Secret(next.DeviceToken)})
	refused(t, "the newest beside the copy", err, nil)
	if s := w.session(t, out.SessionID); s.Device != w.session(t, old.SessionID).Device {
		t.Error("it is not the same device any more")
	}
}

// TestWhenADeviceIsForgotten: logged out by another, it is a stranger; logged
// out by its owner on the spot, it is not.
func TestWhenADeviceIsForgotten(t *testing.T) {
	for name, c := range map[string]struct {
		end   func(*testing.T, *world, auth.Grant)
		known bool
		other bool // whether the device that did it is known afterwards
	}{
		"logout": {func(t *testing.T, w *world, g auth.Grant) {
			_, err := w.SignOut(t.Context(), w.enter(t, g.AccessToken), struct{}{})
			must(t, err)
		}, true, true},
		"ended by itself": {func(t *testing.T, w *world, g auth.Grant) {
			_, err := w.EndSession(t.Context(), w.enter(t, g.AccessToken), auth.EndSessionInput{SessionID: g.SessionID})
			must(t, err)
		}, true, true},
		"cookies overwritten": {func(t *testing.T, w *world, g auth.Grant) {
			w.login(t, "ann.lee", func(o *auth.Origin) { o.Replaces = auth.Secret(g.RefreshToken) })
		}, true, true},
		"ended by another": {func(t *testing.T, w *world, g auth.Grant) {
			_, err := w.EndSession(t.Context(), w.enter(t, w.login(t, "ann.lee").AccessToken), auth.EndSessionInput{SessionID: g.SessionID})
			must(t, err)
		}, false, true},
		"all others ended": {func(t *testing.T, w *world, _ auth.Grant) {
			_, err := w.EndSessions(t.Context(), w.enter(t, w.login(t, "ann.lee").AccessToken), auth.EndSessionsInput{KeepCurrent: true})
			must(t, err)
		}, false, false},
		"all ended": {func(t *testing.T, w *world, g auth.Grant) {
			_, err := w.EndSessions(t.Context(), w.enter(t, g.AccessToken), auth.EndSessionsInput{})
			must(t, err)
		}, false, false},
		"logged out, then all ended": {func(t *testing.T, w *world, g auth.Grant) {
			_, err := w.SignOut(t.Context(), w.enter(t, g.AccessToken), struct{}{})
			must(t, err)
			_, err = w.EndSessions(t.Context(), w.enter(t, w.login(t, "ann.lee").AccessToken), auth.EndSessionsInput{KeepCurrent: true})
			must(t, err)
		}, false, false},
		"reuse": {func(t *testing.T, w *world, g auth.Grant) {
			_, err := w.refresh(t, g.RefreshToken)
			must(t, err)
			w.clock.advance(time.Minute)
			_, err = w.refresh(t, g.RefreshToken)
			refused(t, "the old one", err, auth.ErrRefreshReused)
		}, false, true},
		"reset": {func(t *testing.T, w *world, _ auth.Grant) { must(t, w.reset(t, w.forgot(t), secret)) }, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			w, id := joined(t)
			beside, g := w.login(t, "ann.lee"), w.login(t, "ann.lee")
			c.end(t, w, g)
			w.knows(t, "the one", id, g, c.known)
			w.knows(t, "one beside it", id, beside, c.other)
			w.lockOut(t, id)
			_, err := w.try(t, secret, on(g))
			want := auth.ErrLocked
			if c.known {
				want = nil
			}
			refused(t, "a login through the lock", err, want)
		})
	}
}

// TestWhoIsToldOfADevice: the owner, of each login from a device not seen
// before, with the session's device, address and time.
func TestWhoIsToldOfADevice(t *testing.T) {
	w, _ := joined(t)
	signed, err := w.SignUp(t.Context(), w.anyone(t, home), auth.SignUpInput{Name: "Bob", Email: "bob@example.com", Password: secret})
	must(t, err)
	if n := len(w.inbox(t, auth.MessageNewDevice)); n != 0 || signed.Grant == nil {
		t.Errorf("a sign-up mailed %d times, want 0", n)
	}
	out, err := w.SignIn(t.Context(), w.anyone(t, home, on(*signed.Grant)), auth.SignInInput{Name: "bob@example.com", Password: secret})
	must(t, err)
	g := w.login(t, "ann.lee")
	w.clock.advance(time.Minute)
	for range 2 {
		if g, err = w.try(t, secret, on(g)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.inbox(t, auth.MessageNewDevice)); n != 1 {
		t.Errorf("got %d mails, want 1: that of ann's first login", n)
	}
	if bobs := w.session(t, out.SessionID); !bobs.Known {
		t.Error("the device of the sign-up is not known")
	}
	c := w.challenge(t)
	if n := len(w.inbox(t, auth.MessageNewDevice)); n != 1 {
		t.Error("told of a login that has not come to anything yet")
	}
	w.clock.advance(time.Minute)
	_, err = w.Verify(t.Context(), w.anyone(t, coded, from("203.0.113.5")), auth.VerifyInput{LoginID: c.LoginID, OTP: w.mail.code(t), DeviceName: "Ann's tablet"})
	must(t, err)
	all := w.inbox(t, auth.MessageNewDevice)
	if len(all) != 2 {
		t.Fatalf("got %d mails, want 2", len(all))
	}
	m := all[1]
	if m.Email != "ann@bücher.example" && m.Email != "ann@xn--bcher-kva.example" || m.TenantName != "Tenant coded" {
		t.Errorf("mailed to %s, of %s", m.Email, m.TenantName)
	}
	if f := m.Facts; f.Device != "Ann's tablet" || f.Address != "203.0.113.5" || !f.At.Equal(w.clock.Now()) || f.Life != 24*time.Hour || f.Code != "" {
		t.Errorf("it tells %+v", f)
	}
}
