package auth_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// unlimited lifts waits, networks and mails, so that nothing but locks and the
// budgets of an account is left.
func unlimited(s *auth.Service) { s.Unlimited = true }

// TestFortyWrongPasswordsAtOnce: forty are counted, there is one lock, one mail
// of it, and one link that opens it.
func TestFortyWrongPasswordsAtOnce(t *testing.T) {
	w, id := joined(t, unlimited)
	by := w.anyone(t, home)
	var all sync.WaitGroup
	errs := make([]error, 40)
	for i := range errs {
		all.Go(func() {
			_, errs[i] = w.SignIn(t.Context(), by, auth.SignInInput{Name: "ann.lee", Password: wrong})
		})
	}
	all.Wait()
	for _, err := range errs {
		refused(t, "one of forty", err, auth.ErrCredentials)
	}
	if n := w.wrote(t, home, auth.ActionLocked, "wrong_passwords"); n != 1 || len(w.inbox(t, auth.MessageLocked)) != 1 {
		t.Errorf("got %d locks and %d mails, want one of each", n, len(w.inbox(t, auth.MessageLocked)))
	}
	if n := w.links(t, auth.TicketUnlock); n != 1 {
		t.Errorf("%d unlock links are left, want 1", n)
	}
	w.guesses(t, auth.RowBudget-40)
	if n := w.wrote(t, home, auth.ActionLoginFailed, "too_many_in_a_row"); n != 0 {
		t.Errorf("more than forty were counted: %d tries were not compared", n)
	}
	w.guesses(t, 1)
	if n := w.wrote(t, home, auth.ActionLoginFailed, "too_many_in_a_row"); n != 1 {
		t.Error("fewer than forty were counted")
	}
	if u := w.user(t, id); u.Epoch != 0 {
		t.Errorf("the epoch moved to %d", u.Epoch)
	}
}

// links counts the links that were put and are not gone.
func (w *world) links(t testing.TB, kind auth.TicketKind) (n int) {
	t.Helper()
	w.store.mu.Lock()
	keys := w.store.issued
	w.store.mu.Unlock()
	for _, k := range keys {
		if _, err := w.store.Ticket(t.Context(), k, w.clock.Now()); err == nil && k.Kind == kind {
			n++
		}
	}
	return n
}

// TestTheRightOneBeyondTheBoundDoesNotComeIn: seven were wrong, and the lock is
// not written down yet; who is right as the eighth is told that it is locked,
// stays outside, and it is one lock all the same.
func TestTheRightOneBeyondTheBoundDoesNotComeIn(t *testing.T) {
	w, id := joined(t, unlimited)
	w.guesses(t, lockAttempts-1)
	mend := w.store.breaks(func(method string) error {
		if method == "Secure" {
			return auth.ErrUnavailable
		}
		return nil
	}, nil)
	_, err := w.try(t, wrong)
	refused(t, "the seventh, whose lock fails", err, auth.ErrTenantDown)
	mend()
	if w.user(t, id).Locked(w.clock.Now(), false) {
		t.Fatal("locked by a write that failed")
	}
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		all.Go(func() { _, errs[i] = w.try(t, secret) })
	}
	all.Wait()
	for _, err := range errs {
		refused(t, "a right one beyond the bound", err, auth.ErrLocked)
	}
	if n := len(w.living(t, id)); n != 0 || !w.user(t, id).Locked(w.clock.Now(), false) {
		t.Errorf("%d sessions live; the user is %+v", n, w.user(t, id))
	}
	if n := len(w.inbox(t, auth.MessageLocked)); n != 1 || w.wrote(t, home, auth.ActionLocked, "wrong_passwords") != 1 {
		t.Errorf("got %d mails, want 1", n)
	}
}

// TestOneCounterForAllNames: of an account, and none for two accounts.
func TestOneCounterForAllNames(t *testing.T) {
	w, id := joined(t, unlimited)
	bob := w.join(t, home, "bob")
	for _, name := range []string{"ann.lee", "ann@bücher.example", "01012345678", "ANN.LEE", "ANN@xn--bcher-kva.example", "010-1234-5678"} {
		for _, who := range []string{name, "bob"} {
			_, err := w.SignIn(t.Context(), w.anyone(t, home), auth.SignInInput{Name: who, Password: wrong})
			refused(t, who, err, auth.ErrCredentials)
		}
	}
	for _, who := range []string{id, bob} {
		if w.user(t, who).Status != auth.UserActive {
			t.Error("locked after six")
		}
	}
	w.guesses(t, 1)
	if !w.user(t, id).Locked(w.clock.Now(), false) || w.user(t, bob).Status != auth.UserActive {
		t.Error("the seventh has to lock ann, and nobody else")
	}
}

// TestARightPasswordEndsTheRow: and so does a day; what was wrong before does
// not count any more.
func TestARightPasswordEndsTheRow(t *testing.T) {
	for name, end := range map[string]func(*world){
		"a right one": func(w *world) { w.login(t, "ann.lee") },
		"a day":       func(w *world) { w.clock.advance(24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			w, id := joined(t)
			for range 3 {
				w.guesses(t, lockAttempts-1)
				w.clock.advance(2 * time.Second)
				end(w)
			}
			if u := w.user(t, id); u.Status != auth.UserActive {
				t.Errorf("status %s, want active", u.Status)
			}
			w.lockOut(t, id)
		})
	}
}

// TestFiftyInARow: over several locks; then nothing is compared for a stranger,
// until the owner unlocks or sets a new password. Known devices go on.
func TestFiftyInARow(t *testing.T) {
	for name, c := range map[string]struct {
		end   func(*testing.T, *world)
		plain auth.Secret
	}{
		"unlock": {func(t *testing.T, w *world) {
			_, err := w.unlock(t, w.mailed(t, auth.MessageLocked))
			must(t, err)
		}, secret},
		"reset": {func(t *testing.T, w *world) { must(t, w.reset(t, w.forgot(t), renewed)) }, renewed},
	} {
		t.Run(name, func(t *testing.T) {
			w, id := joined(t, unlimited) // which does not lift it
			g := w.login(t, "ann.lee")
			for range auth.RowBudget / lockAttempts {
				w.lockOut(t, id)
				w.clock.advance(time.Hour)
			}
			w.guesses(t, auth.RowBudget%lockAttempts)
			w.clock.advance(2 * time.Hour)
			for range 2 {
				_, err := w.try(t, secret)
				refused(t, "the right one after fifty", err, auth.ErrCredentials)
			}
			if n := w.wrote(t, home, auth.ActionLoginFailed, "too_many_in_a_row"); n != 2 {
				t.Errorf("%d were not compared, want 2", n)
			}
			_, err := w.try(t, secret, on(g))
			refused(t, "a known device", err, nil)
			c.end(t, w)
			_, err = w.try(t, c.plain)
			refused(t, "the right one from a stranger", err, nil)
		})
	}
}

// TestTheFiftiethIsCompared: not one less.
func TestTheFiftiethIsCompared(t *testing.T) {
	w, id := joined(t)
	for range auth.RowBudget / lockAttempts {
		w.lockOut(t, id)
		w.clock.advance(time.Hour)
	}
	w.guesses(t, auth.RowBudget%lockAttempts-1)
	_, err := w.try(t, secret)
	refused(t, "the right one as the fiftieth", err, nil)
	w.lockOut(t, id)
	w.clock.advance(time.Hour)
	_, err = w.try(t, secret)
	refused(t, "the row began anew", err, nil)
}

// step is what a try did to the store and what it answered.
type step struct {
	Calls  []string
	Answer string
	Meta   auth.Meta
}

// steps tries wrong passwords and writes down what each did.
func (w *world) steps(t *testing.T, slug, name string, n int) (all []step) {
	t.Helper()
	for range n {
		by := w.anyone(t, slug)
		var s step
		mend := w.store.breaks(func(method string) error {
			s.Calls = append(s.Calls, method)
			return nil
		}, nil)
		_, err := w.SignIn(t.Context(), by, auth.SignInInput{Name: name, Password: wrong})
		mend()
		s.Answer, s.Meta = fmt.Sprint(err), meta(err)
		all = append(all, s)
	}
	return all
}

// TestWrongPasswordsLookAlike: the same answer and the same calls of the store,
// in the same order, whoever it is whose password is wrong, or nobody (ASVS 5.0
// V6.3.8).
func TestWrongPasswordsLookAlike(t *testing.T) {
	w, _ := joined(t, unlimited)
	want := w.steps(t, home, "nobody", lockAttempts-1)
	for name, c := range map[string]struct {
		slug, name string
		edit       func(*auth.User)
		n          int
	}{
		"known":                {home, "ann.lee", nil, lockAttempts - 1},
		"known by e-mail":      {home, "ann@bücher.example", nil, lockAttempts - 1},
		"unknown e-mail":       {home, "nobody@example.com", nil, lockAttempts - 1},
		"unknown number":       {home, "0123456789", nil, lockAttempts - 1},
		"no seat":              {closed, "ann.lee", nil, lockAttempts - 1},
		"other directory":      {far, "ann.lee", nil, lockAttempts - 1},
		"a code is asked for":  {coded, "ann.lee", nil, lockAttempts - 1},
		"disabled":             {home, "ann.lee", func(u *auth.User) { u.Status = auth.UserDisabled }, lockAttempts - 1},
		"locked by an admin":   {home, "ann.lee", func(u *auth.User) { u.Status = auth.UserLocked }, lockAttempts - 1},
		"no password":          {home, "ann.lee", func(u *auth.User) { u.PasswordHash = "" }, lockAttempts - 1},
		"locked for strangers": {home, "ann.lee", func(u *auth.User) { u.Status, u.LockedUntil = auth.UserLocked, newClock().Now().Add(time.Hour) }, lockAttempts - 1},
	} {
		t.Run(name, func(t *testing.T) {
			w, id := joined(t, unlimited)
			if c.edit != nil {
				w.change(t, id, c.edit)
			}
			if c.slug != far { // memory holds the account, as it does where it is in use
				_, err := w.cache.Account(t.Context(), auth.DefaultDirectory, id)
				must(t, err)
			}
			if diff := cmp.Diff(want, w.steps(t, c.slug, c.name, c.n)); diff != "" {
				t.Errorf("differs from nobody's (-nobody +%s):\n%s", name, diff)
			}
		})
	}
}

// TestLockedLooksLikeNobody: also the tries after the lock.
func TestLockedLooksLikeNobody(t *testing.T) {
	w, id := joined(t, unlimited)
	w.lockOut(t, id)
	for range lockAttempts {
		w.steps(t, home, "nobody", 1)
	}
	if diff := cmp.Diff(w.steps(t, home, "nobody", 5), w.steps(t, home, "ann.lee", 5)); diff != "" {
		t.Errorf("after the lock (-nobody +ann):\n%s", diff)
	}
}
