package auth_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestUnlock: the link opens the lock once, from a plain browser. Looking at it
// changes nothing, however often. All tries are there again afterwards.
func TestUnlock(t *testing.T) {
	w, id := joined(t)
	w.lockOut(t, id)
	l, user, events := w.mailed(t, auth.MessageLocked), w.user(t, id), len(w.events(t, home))
	for range 20 {
		got, err := w.UnlockReady(t.Context(), w.follow(t), l)
		must(t, err)
		want := auth.LinkReady{TenantID: home, TenantName: "Latchkey", ExpiresAt: w.clock.Now().Add(auth.UnlockLife)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("ready:\n%s", diff)
		}
	}
	if diff := cmp.Diff(user, w.user(t, id)); diff != "" || len(w.events(t, home)) != events {
		t.Errorf("looking changed the account:\n%s", diff)
	}
	w.clock.advance(time.Minute)
	got, err := w.unlock(t, l)
	must(t, err)
	if got.UserID != id || got.TenantID != home || got.Outcome() != auth.OutcomeUnlocked {
		t.Errorf("got %+v, outcome %v", got, got.Outcome())
	}
	u := w.user(t, id)
	if u.Status != auth.UserActive || !u.LockedUntil.IsZero() || u.Epoch != user.Epoch+1 || !u.UpdatedAt.Equal(w.clock.Now()) {
		t.Errorf("the user is %+v", u)
	}
	if n := w.wrote(t, home, auth.ActionUnlocked, "link"); n != 1 {
		t.Errorf("got %d events, want 1", n)
	}
	_, err = w.unlock(t, l)
	refused(t, "a second time", err, auth.ErrLinkInvalid)
	_, err = w.UnlockReady(t.Context(), w.follow(t), l)
	refused(t, "looking at it afterwards", err, auth.ErrLinkInvalid)
	w.guesses(t, lockAttempts-1)
	if w.user(t, id).Status != auth.UserActive {
		t.Error("the counters were not clear")
	}
	_, err = w.try(t, secret)
	refused(t, "a stranger who is right", err, nil)
}

// TestOneOfManyUnlocks: of many who press the button one gets through.
func TestOneOfManyUnlocks(t *testing.T) {
	w, id := joined(t)
	w.lockOut(t, id)
	l, by := w.mailed(t, auth.MessageLocked), w.follow(t)
	errs := make([]error, 32)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = w.Unlock(t.Context(), by, l) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		refused(t, "the others", err, auth.ErrLinkInvalid)
	}
	if n := w.wrote(t, home, auth.ActionUnlocked, "link"); won != 1 || n != 1 || w.user(t, id).Epoch != 1 {
		t.Errorf("%d got through, %d events, epoch %d", won, n, w.user(t, id).Epoch)
	}
}

// TestUnlockAfterTheLock: the lock has ended by itself; that is told, once.
func TestUnlockAfterTheLock(t *testing.T) {
	w, id := joined(t)
	w.lockOut(t, id)
	l := w.mailed(t, auth.MessageLocked)
	w.clock.advance(2 * time.Hour)
	_, err := w.UnlockReady(t.Context(), w.follow(t), l)
	refused(t, "looking at it", err, nil)
	got, err := w.unlock(t, l)
	must(t, err)
	if got.UserID != id || got.Outcome() != auth.OutcomeNotLocked || w.wrote(t, home, auth.ActionUnlocked, "link") != 0 {
		t.Errorf("got %+v, outcome %v", got, got.Outcome())
	}
	_, err = w.unlock(t, l)
	refused(t, "a second time", err, auth.ErrLinkInvalid)
}

// TestUnlockLinksEnd: after a day to the second, and with the epoch, the
// address or the account.
func TestUnlockLinksEnd(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*testing.T, *world, string)
		want *auth.Error
	}{
		"a moment before a day": {func(_ *testing.T, w *world, _ string) { w.clock.advance(24*time.Hour - time.Millisecond) }, nil},
		"a day":                 {func(_ *testing.T, w *world, _ string) { w.clock.advance(24 * time.Hour) }, auth.ErrLinkInvalid},
		"a reset, and another lock": {func(t *testing.T, w *world, id string) {
			must(t, w.reset(t, w.forgot(t), renewed))
			w.lockOut(t, id)
		}, auth.ErrLinkInvalid},
		"unlocked by a sibling, and locked again": {func(t *testing.T, w *world, id string) {
			_, err := w.RequestUnlock(t.Context(), w.anyone(t, home), auth.EmailInput{Email: "ann@bücher.example"})
			must(t, err)
			_, err = w.unlock(t, w.mailed(t, auth.MessageLocked))
			must(t, err)
			w.lockOut(t, id)
		}, auth.ErrLinkInvalid},
		"another address": {func(t *testing.T, w *world, id string) {
			w.change(t, id, func(u *auth.User) { u.Email = "ann@other.example" })
		}, auth.ErrLinkInvalid},
		"disabled": {func(t *testing.T, w *world, id string) {
			w.change(t, id, func(u *auth.User) { u.Status = auth.UserDisabled })
		}, auth.ErrLinkInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			w, id := joined(t, func(s *auth.Service) { s.Policy.LockMinutes = 2 * 24 * 60 })
			w.lockOut(t, id)
			l := w.mailed(t, auth.MessageLocked)
			c.end(t, w, id)
			status := w.user(t, id).Status
			_, err := w.UnlockReady(t.Context(), w.follow(t), l)
			refused(t, "looking at it", err, c.want)
			_, err = w.unlock(t, l)
			refused(t, "pressing the button", err, c.want)
			if got := w.user(t, id).Status; c.want != nil && got != status {
				t.Errorf("status %s, want %s", got, status)
			}
		})
	}
}

// TestRequestUnlock: the answer is the same for everybody, the mail is for the
// owner of a locked account of that tenant; three an hour.
func TestRequestUnlock(t *testing.T) {
	for name, c := range map[string]struct {
		slug, email string
		edit        func(*auth.User)
		mails       int
	}{
		"locked":              {home, "ann@bücher.example", func(u *auth.User) { u.Status, u.LockedUntil = auth.UserLocked, newClock().Now().Add(time.Hour) }, 1},
		"in another spelling": {home, "ANN@xn--bcher-kva.example", func(u *auth.User) { u.Status, u.LockedUntil = auth.UserLocked, newClock().Now().Add(time.Hour) }, 1},
		"not locked":          {home, "ann@bücher.example", nil, 0},
		"locked until now":    {home, "ann@bücher.example", func(u *auth.User) { u.Status, u.LockedUntil = auth.UserLocked, newClock().Now() }, 0},
		"locked by an admin":  {home, "ann@bücher.example", func(u *auth.User) { u.Status = auth.UserLocked }, 0},
		"disabled":            {home, "ann@bücher.example", func(u *auth.User) { u.Status = auth.UserDisabled }, 0},
		"unknown":             {home, "nobody@example.com", nil, 0},
		"no seat":             {closed, "ann@bücher.example", func(u *auth.User) { u.Status, u.LockedUntil = auth.UserLocked, newClock().Now().Add(time.Hour) }, 0},
		"another directory":   {far, "ann@bücher.example", func(u *auth.User) { u.Status, u.LockedUntil = auth.UserLocked, newClock().Now().Add(time.Hour) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w, id := joined(t)
			if c.edit != nil {
				w.change(t, id, c.edit)
			}
			for i := range 2 * auth.AskedMails {
				ok, err := w.RequestUnlock(t.Context(), w.anyone(t, c.slug), auth.EmailInput{Email: c.email})
				if !ok || err != nil {
					t.Errorf("got %t and error %v", ok, err)
				}
				if n, want := len(w.inbox(t, auth.MessageLocked)), min(i+1, auth.AskedMails)*c.mails; n != want {
					t.Errorf("%d mails after %d requests, want %d", n, i+1, want)
				}
			}
			if n := w.wrote(t, c.slug, auth.ActionUnlockSent, ""); n != auth.AskedMails*c.mails {
				t.Errorf("got %d events", n)
			}
			if c.mails > 0 {
				_, err := w.unlock(t, w.mailed(t, auth.MessageLocked))
				refused(t, "the link", err, nil)
			}
		})
	}
	w, _ := joined(t)
	for _, bad := range []string{"", "ann", "ann@b@c", fmt.Sprintf("%0300d@example.com", 1)} {
		_, err := w.RequestUnlock(t.Context(), w.anyone(t, home), auth.EmailInput{Email: bad})
		refused(t, bad, err, auth.ErrValidation)
	}
}
