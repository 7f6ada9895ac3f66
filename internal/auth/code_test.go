package auth_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// challenged is a world in which ann has been mailed a code.
func challenged(t *testing.T, change ...func(*auth.Service)) (w *world, id string, c auth.Challenge) {
	t.Helper()
	w, id = joined(t, change...)
	return w, id, w.challenge(t)
}

// challenge asks for a code.
func (w *world) challenge(t *testing.T) auth.Challenge {
	t.Helper()
	c, err := w.ask(t)
	must(t, err)
	return c
}

func (w *world) ask(t *testing.T) (auth.Challenge, error) {
	t.Helper()
	out, err := w.SignIn(t.Context(), w.anyone(t, coded), auth.SignInInput{Name: "ann.lee", Password: secret})
	if err != nil {
		if out.Challenge != nil || out.Grant != nil {
			t.Errorf("got %+v beside the error", out)
		}
		return auth.Challenge{}, err
	}
	if out.Grant != nil || out.Challenge == nil || out.Outcome() != auth.OutcomeOTPSent || out.Tokens().AccessToken != "" {
		t.Fatalf("got %+v, want a challenge alone", out)
	}
	return *out.Challenge, nil
}

// show shows a code.
func (w *world) show(t *testing.T, c auth.Challenge, code string) (auth.Grant, error) {
	t.Helper()
	g, err := w.Verify(t.Context(), w.anyone(t, coded), auth.VerifyInput{LoginID: c.LoginID, OTP: code})
	if err != nil && (g.AccessToken != "" || g.RefreshToken != "") {
		t.Error("got tokens beside the error")
	}
	return g, err
}

// other returns a code that is not code.
func other(code string) string {
	return string('0'+(code[0]-'0'+1)%10) + code[1:]
}

func (w *world) key(t *testing.T, c auth.Challenge) auth.TicketKey {
	t.Helper()
	return auth.TicketKey{Directory: auth.DefaultDirectory, Tenant: w.tenant(t, coded).ID, Kind: auth.TicketLogin, ID: c.LoginID}
}

// failures reads the account's count of wrong codes.
func (w *world) failures(t *testing.T, id string) int {
	t.Helper()
	tally, err := w.store.Count(t.Context(), auth.Count{
		Directory: auth.DefaultDirectory, Key: "code_failures/" + id, Window: 24 * time.Hour, Now: w.clock.Now(),
	})
	must(t, err)
	return tally[0].N
}

func TestCodeOpensTheSession(t *testing.T) {
	w, id, c := challenged(t)
	if c.Channel != "email" || c.MaskedEmail != "a***@xn--bcher-kva.example" || !c.ExpiresAt.Equal(w.clock.Now().Add(auth.CodeLife)) {
		t.Errorf("challenge: got %+v", c)
	}
	if len(w.living(t, id)) != 0 {
		t.Error("there is a session before the code")
	}
	msg := w.mail.sent[0]
	if msg.Email != "ann@xn--bcher-kva.example" || msg.Facts.Life != auth.CodeLife || msg.Facts.Address != "192.0.2.7" ||
		msg.Facts.Device != "Firefox on Linux" || msg.TenantName != "Tenant coded" {
		t.Errorf("mail: got %+v", msg)
	}
	g, err := w.show(t, c, w.mail.code(t))
	must(t, err)
	if by := w.enter(t, g.AccessToken); by.Account.User.ID != id || by.Tenant.Slug != coded {
		t.Errorf("the token is of %s in %s", by.Account.User.ID, by.Tenant.Slug)
	}
	if n := w.failures(t, id); n != 0 {
		t.Errorf("a right code left %d failures", n)
	}
	_, err = w.show(t, c, w.mail.code(t))
	refused(t, "the same code again", err, auth.ErrOTPGone)
	if n := len(w.living(t, id)); n != 1 {
		t.Errorf("got %d sessions, want 1", n)
	}
}

func TestCodeKeepsTheDeviceOfTheLogin(t *testing.T) {
	w, id := joined(t)
	first := w.login(t, "ann.lee")
	for name, c := range map[string]struct {
		verify auth.VerifyInput
		want   string
	}{
		"of the login":       {auth.VerifyInput{}, "Phone"},
		"of the second step": {auth.VerifyInput{DeviceName: "Tablet"}, "Tablet"},
	} {
		out, err := w.SignIn(t.Context(), w.anyone(t, coded), auth.SignInInput{
			Name: "ann.lee", Password: secret, DeviceName: "Phone", DeviceToken: auth.Secret(first.DeviceToken),
		})
		must(t, err)
		c.verify.LoginID, c.verify.OTP = strings.ToUpper(out.LoginID), w.mail.code(t)
		g, err := w.Verify(t.Context(), w.anyone(t, coded), c.verify)
		must(t, err)
		s := w.session(t, g.SessionID)
		if s.DeviceName != c.want || s.Device != w.session(t, first.SessionID).Device || s.User != id || !s.Known {
			t.Errorf("%s: got device %q (%s)", name, s.DeviceName, s.Device)
		}
		first = g // its token is the next one
	}
}

// TestWrongCodesCountDown: 4, 3, 2, 1, 0, and then the right one is too late.
func TestWrongCodesCountDown(t *testing.T) {
	w, id, c := challenged(t)
	code := w.mail.code(t)
	for want := auth.CodeTries - 1; want >= 0; want-- {
		_, err := w.show(t, c, other(code))
		refused(t, "wrong code", err, auth.ErrOTPWrong)
		if left := meta(err).AttemptsLeft; left == nil || *left != want || meta(err).Field != "otp" {
			t.Errorf("got meta %+v, want %d left", meta(err), want)
		}
	}
	_, err := w.show(t, c, code)
	refused(t, "the sixth, which is right", err, auth.ErrOTPGone)
	if n := w.failures(t, id); n != auth.CodeTries {
		t.Errorf("got %d failures, want %d", n, auth.CodeTries)
	}
	if n := w.wrote(t, coded, auth.ActionCodeFailed, "wrong_code"); n != auth.CodeTries {
		t.Errorf("got %d events, want %d", n, auth.CodeTries)
	}
	if len(w.living(t, id)) != 0 {
		t.Error("there is a session")
	}
}

func TestCodeInputIsChecked(t *testing.T) {
	w, id, c := challenged(t)
	for name, in := range map[string]auth.VerifyInput{
		"no code":           {LoginID: c.LoginID},
		"five digits":       {LoginID: c.LoginID, OTP: "12345"},
		"seven digits":      {LoginID: c.LoginID, OTP: "1234567"},
		"a letter":          {LoginID: c.LoginID, OTP: "12345a"},
		"a sign":            {LoginID: c.LoginID, OTP: "+12345"},
		"Arabic digits":     {LoginID: c.LoginID, OTP: "٠٠٠"},
		"no challenge":      {OTP: "123456"},
		"no UUID":           {LoginID: "1", OTP: "123456"},
		"UUID in braces":    {LoginID: "{" + c.LoginID + "}", OTP: "123456"},
		"UUID without dash": {LoginID: strings.ReplaceAll(c.LoginID, "-", ""), OTP: "123456"},
		"device name":       {LoginID: c.LoginID, OTP: "123456", DeviceName: "\x00"},
	} {
		_, err := w.Verify(t.Context(), w.anyone(t, coded), in)
		refused(t, name, err, auth.ErrValidation)
	}
	for _, ref := range []string{"", "1", c.LoginID + " "} {
		_, err := w.Resend(t.Context(), w.anyone(t, coded), auth.ResendInput{LoginID: ref})
		refused(t, "resend "+ref, err, auth.ErrValidation)
	}
	if n := w.failures(t, id); n != 0 {
		t.Errorf("what is no code used up %d tries", n)
	}
}

func TestCodeExpiresAtFiveMinutesSharp(t *testing.T) {
	for after, want := range map[time.Duration]*auth.Error{
		auth.CodeLife - time.Millisecond: nil,
		auth.CodeLife:                    auth.ErrOTPGone,
		auth.CodeLife + time.Hour:        auth.ErrOTPGone,
	} {
		w, id, c := challenged(t)
		w.clock.advance(after)
		_, err := w.show(t, c, w.mail.code(t))
		refused(t, "after "+after.String(), err, want)
		if n := w.failures(t, id); n != 0 {
			t.Errorf("after %v: got %d failures, want none", after, n)
		}
	}
}

// TestCodeIsOfItsTenantAndChallenge: shown anywhere else it is nothing, and
// costs the challenge no try.
func TestCodeIsOfItsTenantAndChallenge(t *testing.T) {
	w, id, c := challenged(t)
	code := w.mail.code(t)
	_, err := w.Verify(t.Context(), w.anyone(t, home), auth.VerifyInput{LoginID: c.LoginID, OTP: code})
	refused(t, "in another tenant", err, auth.ErrOTPGone)
	_, err = w.Resend(t.Context(), w.anyone(t, home), auth.ResendInput{LoginID: c.LoginID})
	refused(t, "resend in another tenant", err, auth.ErrOTPGone)
	_, err = w.show(t, auth.Challenge{LoginID: uuid.NewString()}, code)
	refused(t, "of no challenge", err, auth.ErrOTPGone)
	second := w.challenge(t)
	if w.mail.code(t) != code {
		_, err = w.show(t, second, code)
		refused(t, "of the other challenge", err, auth.ErrOTPWrong)
	}
	if _, err := w.show(t, c, code); err != nil {
		t.Errorf("in its own place: got error %v", err)
	}
	if n := len(w.living(t, id)); n != 1 {
		t.Errorf("got %d sessions, want 1", n)
	}
}

func TestResendVoidsTheOldCode(t *testing.T) {
	w, _, c := challenged(t)
	old := w.mail.code(t)
	for range 3 {
		_, err := w.show(t, c, other(old))
		refused(t, "wrong code", err, auth.ErrOTPWrong)
	}
	w.clock.advance(auth.CodeLife - time.Second)
	again, err := w.Resend(t.Context(), w.anyone(t, coded), auth.ResendInput{LoginID: c.LoginID})
	must(t, err)
	if again.LoginID != c.LoginID || !again.ExpiresAt.Equal(w.clock.Now().Add(auth.CodeLife)) {
		t.Errorf("got %+v, want the same challenge for five more minutes", again)
	}
	if fresh := w.mail.code(t); fresh != old {
		_, err := w.show(t, c, old)
		refused(t, "the old code", err, auth.ErrOTPWrong)
		if left := meta(err).AttemptsLeft; left == nil || *left != auth.CodeTries-1 {
			t.Errorf("got meta %+v, want four left", meta(err))
		}
	}
	w.clock.advance(time.Minute) // the first code's time is over
	if _, err := w.show(t, c, w.mail.code(t)); err != nil {
		t.Errorf("the new code: got error %v", err)
	}
	_, err = w.Resend(t.Context(), w.anyone(t, coded), auth.ResendInput{LoginID: c.LoginID})
	refused(t, "resend of a spent challenge", err, auth.ErrOTPGone)
}

func TestResendAfterTheEnd(t *testing.T) {
	w, _, c := challenged(t)
	w.clock.advance(auth.CodeLife)
	_, err := w.Resend(t.Context(), w.anyone(t, coded), auth.ResendInput{LoginID: c.LoginID})
	refused(t, "resend", err, auth.ErrOTPGone)
	if n := len(w.mail.codes()); n != 1 {
		t.Errorf("got %d mails, want 1", n)
	}
}

// TestCodeOfOneWhoMayNotComeInAnyMore: what changed after the password was
// right counts.
func TestCodeOfOneWhoMayNotComeInAnyMore(t *testing.T) {
	for name, change := range map[string]func(*world, string){
		"locked":   func(w *world, id string) { w.change(t, id, func(u *auth.User) { u.Status = auth.UserLocked }) },
		"disabled": func(w *world, id string) { w.change(t, id, func(u *auth.User) { u.Status = auth.UserDisabled }) },
		"no seat any more": func(w *world, id string) {
			w.seats(t, id, w.main(t, home, auth.RoleUser))
		},
	} {
		w, id, c := challenged(t)
		change(w, id)
		if name != "no seat any more" {
			_, err := w.Resend(t.Context(), w.anyone(t, coded), auth.ResendInput{LoginID: c.LoginID})
			refused(t, name+", resend", err, auth.ErrOTPGone)
		}
		_, err := w.show(t, c, w.mail.code(t))
		refused(t, name, err, auth.ErrOTPGone)
		if len(w.living(t, id)) != 0 {
			t.Errorf("%s: there is a session", name)
		}
	}
}

// TestCodeThatCouldNotBeSent: the answer says so, and the challenge is void even
// if the mail arrives after all.
func TestCodeThatCouldNotBeSent(t *testing.T) {
	w, id := joined(t)
	w.mail.breaks(errors.New("451 try again later"))
	_, err := w.ask(t)
	refused(t, "log in", err, auth.ErrOTPNotSent)
	if n := w.wrote(t, coded, auth.ActionCodeSent, ""); n != 0 {
		t.Errorf("got %d events that a code was sent", n)
	}
	w.mail.breaks(nil)
	c := w.challenge(t)
	code := w.mail.code(t)
	w.mail.breaks(errors.New("connection reset"))
	_, err = w.Resend(t.Context(), w.anyone(t, coded), auth.ResendInput{LoginID: c.LoginID})
	refused(t, "resend", err, auth.ErrOTPNotSent)
	_, err = w.show(t, c, code)
	refused(t, "the code before", err, auth.ErrOTPGone)
	_, err = w.store.Ticket(t.Context(), w.key(t, c), w.clock.Now())
	if !errors.Is(err, auth.ErrNoRecord) || len(w.living(t, id)) != 0 {
		t.Errorf("the challenge is there (error %v)", err)
	}
}

// TestCodeIsKeptAsKeyedHash: neither the code nor anything that a copy of the
// database could be searched with is stored.
func TestCodeIsKeptAsKeyedHash(t *testing.T) {
	w, id, c := challenged(t)
	code := w.mail.code(t)
	ticket, err := w.store.Ticket(t.Context(), w.key(t, c), w.clock.Now())
	must(t, err)
	if strings.Contains(fmt.Sprintf("%+v %s %s", ticket, ticket.Data, ticket.Proof), code) {
		t.Error("the code is in the store")
	}
	if len(ticket.Proof) != 32 || !bytes.Equal(ticket.Proof, w.Vault.Proof(w.key(t, c), id, code)) {
		t.Error("the proof is not the keyed hash")
	}
	stranger := newVault(t, "another master key of 32 bytes..")
	if bytes.Equal(ticket.Proof, stranger.Proof(w.key(t, c), id, code)) {
		t.Error("the proof does not depend on the master key")
	}
	elsewhere := w.key(t, c)
	elsewhere.ID = uuid.NewString()
	if bytes.Equal(ticket.Proof, w.Vault.Proof(elsewhere, id, code)) || bytes.Equal(ticket.Proof, w.Vault.Proof(w.key(t, c), "x"+id, code)) {
		t.Error("the proof does not depend on its challenge and account")
	}
}

// TestCodesAreSixDigitsAnyDigits: leading zeros are kept, and no digit is
// missing or much too frequent in any place.
func TestCodesAreSixDigitsAnyDigits(t *testing.T) {
	const draws = 20_000
	var seen [6][10]int
	for range draws {
		code, err := auth.NewCode()
		must(t, err)
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("got a code of %d bytes that is not six digits", len(code))
		}
		for i := range code {
			seen[i][code[i]-'0']++
		}
	}
	for place, digits := range seen {
		for digit, n := range digits {
			// 2,000 expected, deviation 42: eight of them is 1 in 10^15.
			if n < 2000-340 || n > 2000+340 {
				t.Errorf("digit %d comes %d times in place %d, want about 2000", digit, n, place)
			}
		}
	}
}
