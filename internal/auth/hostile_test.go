package auth_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// try shows a password for ann at the default tenant.
func (w *world) try(t testing.TB, plain auth.Secret, change ...func(*auth.Origin)) (auth.Grant, error) {
	t.Helper()
	out, err := w.SignIn(t.Context(), w.anyone(t, home, change...), auth.SignInInput{Name: "ann.lee", Password: plain})
	return out.Tokens(), err
}

// from sets the address a request comes from.
func from(addr string) func(*auth.Origin) { return func(o *auth.Origin) { o.Addr = addr } }

// on sets the device token that a request carries.
func on(g auth.Grant) func(*auth.Origin) {
	return func(o *auth.Origin) { o.Device = auth.Secret(g.DeviceToken) }
}

// guesses shows n wrong passwords, each when its wait is over.
func (w *world) guesses(t testing.TB, n int, change ...func(*auth.Origin)) {
	t.Helper()
	for range n {
		w.clock.advance(2 * time.Second)
		_, err := w.try(t, wrong, change...)
		refused(t, "a wrong password", err, auth.ErrCredentials)
	}
}

// lockAttempts is what the default policy allows.
const lockAttempts = 7

// lockOut has strangers lock ann's account.
func (w *world) lockOut(t testing.TB, id string) {
	t.Helper()
	w.guesses(t, lockAttempts)
	if !w.user(t, id).Locked(w.clock.Now(), false) {
		t.Fatal("the account is not locked")
	}
}

// inbox returns the mails of a kind that wait in the outbox, oldest first.
func (w *world) inbox(t testing.TB, kind auth.MessageKind) (found []auth.Message) {
	t.Helper()
	mails, err := w.store.Lease(t.Context(), w.clock.Now(), 0, 1000)
	must(t, err)
	for _, m := range mails {
		if m.Kind != kind {
			continue
		}
		msg, err := w.Message(t.Context(), m)
		must(t, err)
		found = append(found, msg)
	}
	return found
}

// mailed returns the token of the newest link of a kind.
func (w *world) mailed(t testing.TB, kind auth.MessageKind) auth.LinkInput {
	t.Helper()
	all := w.inbox(t, kind)
	if len(all) == 0 {
		t.Fatalf("no mail of kind %s waits", kind)
	}
	return auth.LinkInput{Token: tokenOf(t, all[len(all)-1])}
}

// tokenOf reads the token out of the link in a mail.
func tokenOf(t testing.TB, m auth.Message) auth.Secret {
	t.Helper()
	if !strings.HasPrefix(m.Facts.Link, issuer+"/auth/") {
		t.Fatalf("the link begins %.40q, want %s/auth/", m.Facts.Link, issuer)
	}
	u, err := url.Parse(m.Facts.Link)
	must(t, err)
	return auth.Secret(u.Query().Get("token"))
}

// follow is somebody who clicks on a link: a plain browser that names no tenant.
func (w *world) follow(t testing.TB, change ...func(*auth.Origin)) auth.Caller {
	t.Helper()
	return w.anyone(t, "", change...)
}

// renewed is the password that is set in the place of secret.
const renewed = "loud-comet-17-harbour"

// forgot asks for a link for a new password and returns it.
func (w *world) forgot(t testing.TB) auth.LinkInput {
	t.Helper()
	_, err := w.ForgotPassword(t.Context(), w.anyone(t, home), auth.EmailInput{Email: "ann@bücher.example"})
	must(t, err)
	return w.mailed(t, auth.MessageReset)
}

// reset sets a new password by a link.
func (w *world) reset(t testing.TB, l auth.LinkInput, plain auth.Secret) error {
	t.Helper()
	ok, err := w.ResetPassword(t.Context(), w.follow(t), auth.ResetInput{Token: l.Token, Password: plain})
	if ok != (err == nil) {
		t.Errorf("reset: got %t and error %v", ok, err)
	}
	return err
}

// unlock presses the button of the page behind an unlock link.
func (w *world) unlock(t testing.TB, l auth.LinkInput) (auth.UnlockResult, error) {
	t.Helper()
	return w.Unlock(t.Context(), w.follow(t), l)
}

// knows wants a device to be known, or not; it is not used up by asking.
func (w *world) knows(t testing.TB, doing string, id string, g auth.Grant, want bool) {
	t.Helper()
	device, ok := w.Vault.DeviceID(auth.DefaultDirectory, id, auth.Secret(g.DeviceToken))
	if !ok {
		t.Fatalf("%s: not a device token", doing)
	}
	if _, err := w.store.Device(t.Context(), auth.DefaultDirectory, id, device); (err == nil) != want {
		t.Errorf("%s: the device is known: %t, want %t", doing, err == nil, want)
	}
}
