package auth_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestChangePassword: every other session ends and its device is forgotten, the
// one that asked goes on, and the owner is told.
func TestChangePassword(t *testing.T) {
	w, id := joined(t)
	mine, other := w.login(t, "ann.lee"), w.login(t, "ann.lee")
	c, l := w.challenge(t), w.forgot(t)
	by := w.enter(t, mine.AccessToken)
	for name, bad := range map[string]auth.ChangePasswordInput{
		"no current":    {NewPassword: renewed},
		"no new":        {CurrentPassword: secret},
		"the same":      {CurrentPassword: secret, NewPassword: secret},
		"too short":     {CurrentPassword: secret, NewPassword: "quiet"},
		"own name":      {CurrentPassword: secret, NewPassword: "ann@xn--bcher-kva.example"},
		"a common word": {CurrentPassword: secret, NewPassword: "password1"},
	} {
		_, err := w.ChangePassword(t.Context(), by, bad)
		refused(t, name, err, auth.ErrValidation)
	}
	w.alive(t, "what was refused ends nothing", other)
	ok, err := w.ChangePassword(t.Context(), by, auth.ChangePasswordInput{CurrentPassword: secret, NewPassword: renewed})
	if !ok || err != nil {
		t.Fatalf("got %t and error %v", ok, err)
	}
	w.alive(t, "the one that asked", mine)
	_, err = w.refresh(t, mine.RefreshToken)
	refused(t, "its refresh", err, nil)
	w.dead(t, "the other", other, auth.EndPasswordChanged)
	w.knows(t, "the other", id, other, false)
	w.knows(t, "the one that asked", id, mine, true)
	_, err = w.show(t, c, w.mail.code(t))
	refused(t, "a code from before", err, auth.ErrOTPGone)
	refused(t, "a link from before", w.reset(t, l, secret), auth.ErrLinkInvalid)
	_, err = w.try(t, secret)
	refused(t, "the old password", err, auth.ErrCredentials)
	_, err = w.try(t, renewed)
	refused(t, "the new one", err, nil)
	if n := len(w.inbox(t, auth.MessagePassword)); n != 1 || w.wrote(t, home, auth.ActionPassword, "") != 1 || w.user(t, id).Epoch != 1 {
		t.Errorf("%d mails, epoch %d", n, w.user(t, id).Epoch)
	}
}

// TestWrongCurrentPasswords: are counted for the session that types them; no
// other session, device or stranger is shut out, and nothing is locked.
func TestWrongCurrentPasswords(t *testing.T) {
	w, id := joined(t, unlimited)
	mine, other := w.login(t, "ann.lee"), w.login(t, "ann.lee")
	change := func(g auth.Grant, current auth.Secret) error {
		_, err := w.ChangePassword(t.Context(), w.enter(t, g.AccessToken), auth.ChangePasswordInput{CurrentPassword: current, NewPassword: renewed})
		return err
	}
	for range lockAttempts {
		refused(t, "a wrong one", change(mine, wrong), auth.ErrCredentials)
	}
	refused(t, "the right one as the eighth", change(mine, secret), auth.ErrLocked)
	if u := w.user(t, id); u.Status != auth.UserActive || u.Epoch != 0 || len(w.inbox(t, auth.MessageLocked)) != 0 {
		t.Errorf("the user is %+v", u)
	}
	mine, err := w.try(t, secret, on(mine))
	refused(t, "a login on that device", err, nil)
	w.alive(t, "the other session", other)
	refused(t, "the other session", change(other, secret), nil)
	w.dead(t, "the one", mine, auth.EndPasswordChanged)
	w.clock.advance(time.Minute)
	w.alive(t, "the other", other)
}

// TestChangePasswordOfOneWhoIsGone: disabled meanwhile.
func TestChangePasswordOfOneWhoIsGone(t *testing.T) {
	w, id := joined(t)
	by := w.enter(t, w.login(t, "ann.lee").AccessToken)
	w.change(t, id, func(u *auth.User) { u.Status = auth.UserDisabled })
	hash := w.user(t, id).PasswordHash
	_, err := w.ChangePassword(t.Context(), by, auth.ChangePasswordInput{CurrentPassword: secret, NewPassword: renewed})
	refused(t, "disabled", err, auth.ErrCredentials)
	if w.user(t, id).PasswordHash != hash {
		t.Error("the password of a disabled account changed")
	}
}

// TestAnEndedSessionChangesNoPassword: also when it is ended while the new one
// is being hashed.
func TestAnEndedSessionChangesNoPassword(t *testing.T) {
	w, id := joined(t)
	owner, thief := w.login(t, "ann.lee"), w.login(t, "ann.lee")
	by, mine := w.enter(t, thief.AccessToken), w.enter(t, owner.AccessToken)
	var once atomic.Bool
	mend := w.store.breaks(func(method string) error {
		if method == "Secure" && once.CompareAndSwap(false, true) {
			_, err := w.EndSessions(t.Context(), mine, auth.EndSessionsInput{KeepCurrent: true})
			must(t, err)
		}
		return nil
	}, nil)
	_, err := w.ChangePassword(t.Context(), by, auth.ChangePasswordInput{CurrentPassword: secret, NewPassword: renewed})
	mend()
	refused(t, "the ended session", err, auth.ErrSessionEnded)
	if w.user(t, id).Epoch != 0 || len(w.inbox(t, auth.MessagePassword)) != 0 {
		t.Error("it changed the password")
	}
	w.alive(t, "the owner", owner)
	w.knows(t, "the owner", id, owner, true)
}
