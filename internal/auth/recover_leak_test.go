package auth_test

import (
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// getBack runs the flows by which an account is locked and got back, well and
// badly, for TestNoSecretIsLoggedOrRecorded.
func (w *world) getBack(t *testing.T, id string, found canaries, fails func(error)) {
	t.Helper()
	w.mail.breaks(nil)
	found["new password"] = renewed
	link := func(what string, kind auth.MessageKind) auth.LinkInput {
		l := w.mailed(t, kind)
		found[what] = l.Token.Reveal()
		found[what+" end"] = l.Token.Reveal()[60:]
		return l
	}
	g := w.login(t, "ann.lee")
	found.grant("a login to disown", g)
	disown := link("disown link", auth.MessageNewDevice)
	_, err := w.ChangePassword(t.Context(), w.enter(t, g.AccessToken), auth.ChangePasswordInput{CurrentPassword: wrong, NewPassword: renewed})
	fails(err)
	_, err = w.ChangePassword(t.Context(), w.enter(t, g.AccessToken), auth.ChangePasswordInput{CurrentPassword: secret, NewPassword: "short"})
	fails(err)
	w.lockOut(t, id)
	_, err = w.try(t, secret)
	fails(err)
	unlock := link("unlock link", auth.MessageLocked)
	_, err = w.unlock(t, disown)
	fails(err)
	_, err = w.unlock(t, unlock)
	must(t, err)
	_, err = w.unlock(t, unlock)
	fails(err)
	_, err = w.Disown(t.Context(), w.follow(t), disown)
	must(t, err)
	_, err = w.Disown(t.Context(), w.follow(t), disown)
	fails(err)
	reset := link("reset link", auth.MessageReset)
	for _, method := range []string{"Ticket", "User", "Secure"} {
		mend := w.store.breaks(func(called string) error {
			if called == method {
				return auth.ErrUnavailable
			}
			return nil
		}, nil)
		fails(w.reset(t, reset, renewed))
		mend()
	}
	fails(w.reset(t, reset, "short"))
	must(t, w.reset(t, reset, renewed))
	fails(w.reset(t, reset, renewed))
	found["new hash"] = w.user(t, id).PasswordHash.Reveal()
	_, err = w.SignUp(t.Context(), w.anyone(t, home), auth.SignUpInput{Name: "Eve", Email: "ann@bücher.example", Password: renewed})
	fails(err)
}
