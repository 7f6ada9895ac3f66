package auth_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// thief is a world in which somebody logged in with ann's password, and the
// link that she was mailed.
func thief(t *testing.T) (w *world, id string, stolen auth.Grant, l auth.LinkInput) {
	t.Helper()
	w, id = joined(t)
	stolen = w.login(t, "ann.lee", from("203.0.113.66"))
	w.clock.advance(time.Minute)
	return w, id, stolen, w.mailed(t, auth.MessageNewDevice)
}

// TestDisown: looking changes nothing; the button throws the thief out, keeps
// him out and mails the owner the way to a new password. Once.
func TestDisown(t *testing.T) {
	w, id, stolen, l := thief(t)
	events := len(w.events(t, home))
	for range 5 {
		_, err := w.DisownReady(t.Context(), w.follow(t), l)
		refused(t, "looking at it", err, nil)
	}
	w.alive(t, "looking ends nothing", stolen)
	if len(w.events(t, home)) != events {
		t.Error("looking was written down")
	}
	got, err := w.Disown(t.Context(), w.follow(t), l)
	must(t, err)
	if got.SessionID != stolen.SessionID {
		t.Errorf("ended %s, want %s", got.SessionID, stolen.SessionID)
	}
	w.dead(t, "the thief", stolen, auth.EndRemoteLogout)
	w.knows(t, "the thief's device", id, stolen, false)
	for name, change := range map[string]func(*auth.Origin){"as a stranger": func(*auth.Origin) {}, "on his device": on(stolen)} {
		_, err = w.try(t, secret, change)
		refused(t, "the thief comes back "+name, err, auth.ErrLocked)
	}
	_, err = w.Disown(t.Context(), w.follow(t), l)
	refused(t, "a second time", err, auth.ErrLinkInvalid)
	_, err = w.DisownReady(t.Context(), w.follow(t), l)
	refused(t, "looking at it afterwards", err, auth.ErrLinkInvalid)
	if n := w.wrote(t, home, auth.ActionDisowned, "link"); n != 1 || len(w.inbox(t, auth.MessageReset)) != 1 {
		t.Errorf("%d events, %d mails", n, len(w.inbox(t, auth.MessageReset)))
	}
	must(t, w.reset(t, w.mailed(t, auth.MessageReset), renewed))
	_, err = w.try(t, renewed)
	refused(t, "the owner with her new password", err, nil)
}

// TestNoThiefEscapesDisown: whatever he has done since, or does meanwhile.
func TestNoThiefEscapesDisown(t *testing.T) {
	change := func(w *world, by auth.Caller) error {
		_, err := w.ChangePassword(t.Context(), by, auth.ChangePasswordInput{CurrentPassword: secret, NewPassword: renewed})
		return err
	}
	for name, c := range map[string]struct {
		does  func(*testing.T, *world, auth.Grant)
		plain auth.Secret
	}{
		"logged out": {func(t *testing.T, w *world, g auth.Grant) {
			_, err := w.SignOut(t.Context(), w.enter(t, g.AccessToken), struct{}{})
			must(t, err)
		}, secret},
		"logged in once more": {func(t *testing.T, w *world, g auth.Grant) {
			_, err := w.try(t, secret, on(g))
			must(t, err)
		}, secret},
		"changed the password": {func(t *testing.T, w *world, g auth.Grant) { must(t, change(w, w.enter(t, g.AccessToken))) }, renewed},
	} {
		t.Run(name, func(t *testing.T) {
			w, id, stolen, l := thief(t)
			c.does(t, w, stolen)
			_, err := w.Disown(t.Context(), w.follow(t), l)
			must(t, err)
			if n := len(w.living(t, id)); n != 0 {
				t.Errorf("%d sessions live", n)
			}
			w.knows(t, "his device", id, stolen, false)
			_, err = w.try(t, c.plain, on(stolen))
			refused(t, "he comes back", err, auth.ErrLocked)
			must(t, w.reset(t, w.mailed(t, auth.MessageReset), "silver-meadow-88-candle"))
		})
	}
	for name, c := range map[string]struct {
		before string
		does   func(*world, auth.Caller, auth.Grant) error
	}{
		"a change of password": {"Secure", func(w *world, by auth.Caller, _ auth.Grant) error { return change(w, by) }},
		"a login": {"CreateSession", func(w *world, _ auth.Caller, g auth.Grant) error {
			_, err := w.try(t, secret, on(g))
			return err
		}},
	} {
		t.Run("meanwhile "+name, func(t *testing.T) {
			w, id, stolen, l := thief(t)
			by := w.enter(t, stolen.AccessToken)
			var once atomic.Bool
			mend := w.store.breaks(func(method string) error {
				if method == c.before && once.CompareAndSwap(false, true) {
					_, err := w.Disown(t.Context(), w.follow(t), l)
					must(t, err)
				}
				return nil
			}, nil)
			err := c.does(w, by, stolen)
			mend()
			if err == nil || len(w.living(t, id)) != 0 || !w.user(t, id).Locked(w.clock.Now(), false) {
				t.Errorf("got error %v; %d sessions live; the user is %+v", err, len(w.living(t, id)), w.user(t, id))
			}
			must(t, w.reset(t, w.mailed(t, auth.MessageReset), renewed))
		})
	}
}

// TestDisownLeavesWhatWasBefore: the owner stays logged in where she was.
func TestDisownLeavesWhatWasBefore(t *testing.T) {
	w, _ := joined(t)
	mine := w.login(t, "ann.lee")
	w.clock.advance(time.Minute)
	stolen := w.login(t, "ann.lee")
	l := w.mailed(t, auth.MessageNewDevice)
	w.clock.advance(time.Minute)
	_, err := w.Disown(t.Context(), w.follow(t), l)
	must(t, err)
	w.alive(t, "the owner", mine)
	w.dead(t, "the thief", stolen, auth.EndRemoteLogout)
}
