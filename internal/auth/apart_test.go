package auth_test

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestRefreshInADirectoryOfItsOwn: the token finds its database whatever else
// the request says, or is refused; a session of the same id elsewhere is
// another one.
func TestRefreshInADirectoryOfItsOwn(t *testing.T) {
	w := newWorld(t)
	id := w.join(t, far, "ben")
	g := w.loginAt(t, far, "ben")
	in := func() auth.RefreshInput { return auth.RefreshInput{RefreshToken: auth.Secret(g.RefreshToken)} }
	for _, slug := range []string{home, coded, closed} {
		_, err := w.Refresh(t.Context(), w.anyone(t, slug), in())
		refused(t, "at "+slug, err, auth.ErrTenantMismatch)
	}
	for _, slug := range []string{"", far, ""} {
		next, err := w.Refresh(t.Context(), w.anyone(t, slug), in())
		must(t, err)
		if next.SessionID != g.SessionID || next.User.ID != id || next.MainTenantID != far {
			t.Errorf("at %q: got %+v", slug, next)
		}
		if by := w.enter(t, next.AccessToken); by.Tenant.Slug != far || by.Account.User.ID != id {
			t.Errorf("let in to %s", by.Tenant.Slug)
		}
		g = next
		w.clock.advance(time.Minute)
	}
	_, err := w.Refresh(t.Context(), w.anyone(t, ""), auth.RefreshInput{RefreshToken: in().RefreshToken + "A"})
	refused(t, "with more", err, auth.ErrRefreshInvalid)
	if s, err := w.store.Session(t.Context(), elsewhere, g.SessionID); err != nil || s.Counter != 3 || s.Ended() {
		t.Errorf("the session is %+v, %v", s, err)
	}
}

// TestTokensOfADirectoryOfItsOwnHaveOneSpelling: no part of one can be changed,
// cut or left out, and what is not ours costs no look into a database.
func TestTokensOfADirectoryOfItsOwnHaveOneSpelling(t *testing.T) {
	w := newWorld(t)
	w.join(t, far, "ben")
	g := w.loginAt(t, far, "ben")
	raw, err := base64.RawURLEncoding.DecodeString(string(g.RefreshToken))
	must(t, err)
	by, before := w.anyone(t, ""), w.store.count()
	try := func(what string, b []byte) {
		t.Helper()
		_, err := w.Refresh(t.Context(), by, auth.RefreshInput{RefreshToken: auth.Secret(base64.RawURLEncoding.EncodeToString(b))})
		refused(t, what, err, auth.ErrRefreshInvalid)
	}
	for i := range raw {
		for _, bit := range []byte{1, 0x80} {
			b := append([]byte{}, raw...)
			b[i] ^= bit
			try("a bit of byte "+string(rune('0'+i%10)), b)
		}
		if i > 0 {
			try("cut", raw[:i])
		}
	}
	other := uuid.MustParse("01890a5d-ac96-774b-bcce-000000000001")
	try("another directory", append(append(append([]byte{}, raw[:25]...), other[:]...), raw[41:]...))
	try("without the directory", append(append([]byte{1}, raw[1:25]...), raw[41:]...))
	try("as one of the shared directory", append(append([]byte{1}, raw[1:25]...), raw[25:41]...))
	if n := w.store.count() - before; n != 0 {
		t.Errorf("%d store calls, want none", n)
	}
	_, err = w.Refresh(t.Context(), by, auth.RefreshInput{RefreshToken: auth.Secret(g.RefreshToken)})
	refused(t, "as it was", err, nil)
}

// TestTheSameNamesInTwoDirectories are two people: neither's password, session
// or link is the other's.
func TestTheSameNamesInTwoDirectories(t *testing.T) {
	w := newWorld(t)
	here, there := w.join(t, home, "ben"), w.join(t, far, "ben")
	a, b := w.login(t, "ben"), w.loginAt(t, far, "ben")
	if here == there || a.User.ID != here || b.User.ID != there {
		t.Fatalf("got %s and %s", a.User.ID, b.User.ID)
	}
	_, err := w.ForgotPassword(t.Context(), w.anyone(t, far), auth.EmailInput{Email: "ben@example.com"})
	must(t, err)
	must(t, w.reset(t, w.mailed(t, auth.MessageReset), renewed))
	w.login(t, "ben")
	w.alive(t, "here", a)
	_, err = w.Authorize(t.Context(), auth.Origin{}, auth.Secret(b.AccessToken))
	refused(t, "there", err, auth.ErrSessionEnded)
	_, err = w.SignIn(t.Context(), w.anyone(t, far), auth.SignInInput{Name: "ben", Password: secret})
	refused(t, "the old password there", err, auth.ErrCredentials)
	for what, by := range map[string]auth.Caller{"here": w.operator(t, home), "there": w.operator(t, far)} {
		other := map[string]string{"here": there, "there": here}[what]
		_, err := w.Member(t.Context(), by, auth.MemberRef{ID: other})
		refused(t, "the other's id, "+what, err, auth.ErrUserNotFound)
	}
	w.knowsNot(t, b, here)
}

// knowsNot wants a device token to be worth nothing for another account.
func (w *world) knowsNot(t testing.TB, g auth.Grant, id string) {
	t.Helper()
	if _, ok := w.Vault.DeviceID(auth.DefaultDirectory, id, auth.Secret(g.DeviceToken)); ok {
		t.Error("a device token opens for an account of another directory")
	}
}
