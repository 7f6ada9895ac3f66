package auth_test

import (
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestAnOperatorUnlocks what strangers locked and what an admin did, once, with
// every try there again; and only an account of the tenant.
func TestAnOperatorUnlocks(t *testing.T) {
	for name, until := range map[string]time.Duration{"strangers": time.Hour, "admin": 0} {
		w, id := joined(t)
		w.guesses(t, 3)
		w.change(t, id, func(u *auth.User) {
			if u.Status = auth.UserLocked; until > 0 {
				u.LockedUntil = w.clock.Now().Add(until)
			}
		})
		_, err := w.UnlockAccount(t.Context(), w.operator(t, closed), "ann.lee")
		refused(t, name+": by a tenant without a seat", err, auth.ErrUserNotFound)
		for _, want := range []auth.Outcome{auth.OutcomeUnlocked, auth.OutcomeNotLocked} {
			out, err := w.UnlockAccount(t.Context(), w.operator(t, home), "ann.lee")
			if err != nil || out.Outcome() != want || out.UserID != id || out.TenantID != home {
				t.Errorf("%s: got %+v, %v, want %v", name, out, err, want)
			}
		}
		if u := w.user(t, id); u.Status != auth.UserActive || !u.LockedUntil.IsZero() || u.Epoch != 2 {
			t.Errorf("%s: the user is %+v", name, u)
		}
		if n := w.wrote(t, home, auth.ActionUnlocked, "by_hand"); n != 2 {
			t.Errorf("%s: %d events, want 2", name, n)
		}
		w.guesses(t, 6)
		w.login(t, "ann.lee")
	}
	w, _ := joined(t)
	for _, nobody := range []string{"bob", "", "' or 1=1", "bob@example.com"} {
		_, err := w.UnlockAccount(t.Context(), w.operator(t, home), nobody)
		refused(t, nobody, err, auth.ErrUserNotFound)
	}
}
