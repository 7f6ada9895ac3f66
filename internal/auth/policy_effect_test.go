package auth_test

import (
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestAPolicyIsInForceForTheNextRequest: the old one is in memory when it is
// changed, and counts for nobody any more.
func TestAPolicyIsInForceForTheNextRequest(t *testing.T) {
	w := newWorld(t)
	w.join(t, home, "ben")
	newcomer := func(name string, plain auth.Secret) error {
		_, err := w.SignUp(t.Context(), w.anyone(t, home), auth.SignUpInput{Name: name, Email: name + "@example.com", Password: plain})
		return err
	}
	w.login(t, "ben")
	w.decide(t, home, auth.Policy{OTP: auth.OTPEmail})
	out, err := w.SignIn(t.Context(), w.anyone(t, home), auth.SignInInput{Name: "ben", Password: secret})
	if err != nil || out.Challenge == nil || out.Grant != nil {
		t.Errorf("with a second step: got %+v, %v", out, err)
	}
	w.decide(t, home, auth.Policy{OTP: auth.OTPOff})
	w.login(t, "ben")

	refused(t, "open", newcomer("a", secret), nil)
	for _, p := range []auth.SignUpPolicy{auth.SignUpInvite, auth.SignUpClosed} {
		w.decide(t, home, auth.Policy{SignUp: p})
		refused(t, "sign-up "+string(p), newcomer("b", secret), auth.ErrSignUpClosed)
	}
	w.decide(t, home, auth.Policy{SignUp: auth.SignUpOpen, PasswordLength: 23})
	problem(t, "a password of 22", newcomer("c", "quiet-orbit-42-lantern"), "password")
	refused(t, "one of 23", newcomer("c", "quiet-orbit-42-lanterns"), nil)
	w.decide(t, home, auth.Policy{}, "passwordLength")
	refused(t, "as the deployment says again", newcomer("d", "wyrmglyp"), nil)

	w.decide(t, home, auth.Policy{MaxSessions: 1, AtLimit: auth.LimitRefuse})
	_, err = w.SignIn(t.Context(), w.anyone(t, home), auth.SignInInput{Name: "ben", Password: secret})
	refused(t, "one session too many", err, auth.ErrTooMany)
	w.decide(t, home, auth.Policy{AtLimit: auth.LimitOldest})
	g := w.login(t, "ben")
	if n := len(w.living(t, g.User.ID)); n != 1 {
		t.Errorf("%d sessions live, want 1", n)
	}
	w.decide(t, home, auth.Policy{LockAttempts: 1, LockMinutes: 2})
	_, err = w.SignIn(t.Context(), w.anyone(t, home), auth.SignInInput{Name: "ben", Password: wrong})
	refused(t, "wrong", err, auth.ErrCredentials)
	if u := w.user(t, g.User.ID); u.LockedUntil.Sub(w.clock.Now()) != 2*time.Minute {
		t.Errorf("the first wrong one locks until %s", u.LockedUntil)
	}
	w.decide(t, home, auth.Policy{Taken: auth.TakenHide})
	refused(t, "a taken address", newcomer("d", renewed), nil)
}

// TestALongPasswordIsAskedForEverywhere: wherever a password is set, by the
// policy of the tenant.
func TestALongPasswordIsAskedForEverywhere(t *testing.T) {
	s := staffed(t)
	s.decide(t, home, auth.Policy{PasswordLength: 30})
	const short, long = secret, secret + "-and-twice"
	root := s.by(t, "root")
	_, err := s.CreateMember(t.Context(), root, auth.NewMemberInput{Name: "Dan", Email: "dan@example.com", Password: short})
	problem(t, "a new member", err, "password")
	_, err = s.ChangePassword(t.Context(), s.by(t, "ben"), auth.ChangePasswordInput{CurrentPassword: secret, NewPassword: renewed})
	problem(t, "change", err, "newPassword")
	_, err = s.ForgotPassword(t.Context(), s.anyone(t, home), auth.EmailInput{Email: "ben@example.com"})
	must(t, err)
	_, err = s.ResetPassword(t.Context(), s.follow(t), auth.ResetInput{Token: s.mailed(t, auth.MessageReset).Token, Password: short})
	problem(t, "reset", err, "password")
	_, err = s.Invite(t.Context(), root, auth.InviteInput{Email: "eli@example.com"})
	must(t, err)
	l := s.mailed(t, auth.MessageInvitation)
	_, err = s.AcceptInvitation(t.Context(), s.follow(t), auth.AcceptInput{Token: l.Token, Name: "Eli", Password: short})
	problem(t, "accept", err, "password")
	_, err = s.AcceptInvitation(t.Context(), s.follow(t), auth.AcceptInput{Token: l.Token, Name: "Eli", Password: long})
	refused(t, "accept, long", err, nil)
	_, err = s.SignUp(t.Context(), s.anyone(t, annex), auth.SignUpInput{Name: "Fay", Email: "fay@example.com", Password: short})
	refused(t, "another tenant", err, nil)
}

// TestLifetimesOfATenant: what a login gives out, how long it may go unused and
// how long it lives in all, each by the tenant, to the millisecond.
func TestLifetimesOfATenant(t *testing.T) {
	w := newWorld(t)
	w.join(t, home, "ben")
	w.decide(t, home, auth.Policy{
		AccessLife: auth.Span(2 * time.Minute), RefreshLife: auth.Span(time.Hour), SessionLife: auth.Span(3 * time.Hour),
	})
	g := w.login(t, "ben")
	s := w.session(t, g.SessionID)
	within(t, "access token", g.AccessTokenExpiresAt.Sub(w.clock.Now()), 2*time.Minute+time.Second)
	within(t, "refresh token", g.RefreshTokenExpiresAt.Sub(w.clock.Now()), time.Hour)
	if life := s.ExpiresAt.Sub(s.CreatedAt); life != 3*time.Hour {
		t.Errorf("the session may live for %s, want 3h", life)
	}
	w.clock.advance(30 * time.Minute)
	w.decide(t, home, auth.Policy{RefreshLife: auth.Span(10 * time.Minute)})
	g, err := w.refresh(t, g.RefreshToken)
	must(t, err)
	within(t, "the next refresh token", g.RefreshTokenExpiresAt.Sub(w.clock.Now()), 10*time.Minute)
	w.clock.advance(10 * time.Minute)
	_, err = w.refresh(t, g.RefreshToken)
	refused(t, "unused for ten minutes", err, auth.ErrRefreshExpired)

	w.decide(t, home, auth.Policy{}, "accessLife", "refreshLife", "sessionLife")
	g = w.login(t, "ben")
	within(t, "as the deployment says: access", g.AccessTokenExpiresAt.Sub(w.clock.Now()), 15*time.Minute+time.Second)
	within(t, "as the deployment says: refresh", g.RefreshTokenExpiresAt.Sub(w.clock.Now()), 7*24*time.Hour)
}
