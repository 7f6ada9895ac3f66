package auth_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// switchTo moves a session of one of them to another tenant.
func (s staff) switchTo(t testing.TB, name, slug string) (auth.Grant, error) {
	t.Helper()
	g, err := s.SwitchTenant(t.Context(), s.by(t, name), auth.SwitchInput{TenantID: slug})
	if err != nil && (g.AccessToken != "" || g.RefreshToken != "") {
		t.Error("got tokens beside the error")
	}
	return g, err
}

// TestSwitchTenant: the same session, whose refresh token goes on, with an
// access token for the other tenant, its role and its policy.
func TestSwitchTenant(t *testing.T) {
	s := staffed(t)
	s.seats(t, s.id["carl"], s.main(t, home, auth.RoleUser), s.seat(t, annex, auth.RoleAdmin))
	was := s.in["carl"]
	g, err := s.switchTo(t, "carl", annex)
	must(t, err)
	if g.SessionID != was.SessionID || g.RefreshToken != was.RefreshToken || g.DeviceToken != "" || g.MainTenantID != home || g.User.Role != auth.RoleAdmin {
		t.Errorf("got %+v", g)
	}
	c, err := s.Verifier.Verify(string(g.AccessToken))
	must(t, err)
	if c.TenantID != annex || c.Role != auth.RoleAdmin || c.SpaceID != s.space(t, annex).ID || c.SessionID != was.SessionID {
		t.Errorf("claims: got %+v", c)
	}
	if by := s.enter(t, g.AccessToken); by.Tenant.Slug != annex || by.Seat.Role != auth.RoleAdmin {
		t.Errorf("let in to %s as %s", by.Tenant.Slug, by.Seat.Role)
	}
	kept := s.session(t, g.SessionID)
	if kept.Tenant != s.tenant(t, annex).ID || kept.Space != s.space(t, annex).ID || kept.Counter != 0 {
		t.Errorf("the session is %+v", kept)
	}
	e := s.last(t, annex)
	if e.Action != auth.ActionSwitched || e.User != s.id["carl"] || e.Actor != "" || e.Session != g.SessionID || e.Reason != home {
		t.Errorf("the record says %+v", e)
	}
	s.clock.advance(time.Minute)
	next, err := s.Refresh(t.Context(), s.anyone(t, ""), auth.RefreshInput{RefreshToken: auth.Secret(was.RefreshToken)})
	must(t, err)
	if by := s.enter(t, next.AccessToken); by.Tenant.Slug != annex {
		t.Errorf("refreshed into %s", by.Tenant.Slug)
	}
	_, err = s.Refresh(t.Context(), s.anyone(t, home), auth.RefreshInput{RefreshToken: auth.Secret(next.RefreshToken)})
	refused(t, "refresh at the tenant that it left", err, auth.ErrTenantMismatch)
	_, err = s.Refresh(t.Context(), s.anyone(t, annex), auth.RefreshInput{RefreshToken: auth.Secret(next.RefreshToken)})
	refused(t, "refresh where it is", err, nil)
	if n := len(s.living(t, s.id["carl"])); n != 2 { // with that of the sign-up
		t.Errorf("%d sessions live, want 2", n)
	}
}

// TestTheTokenOfTheTenantThatWasLeft is good no more, though the person still
// has a seat there: who runs it does not see the session any longer.
func TestTheTokenOfTheTenantThatWasLeft(t *testing.T) {
	s := staffed(t)
	was := s.in["carl"]
	g, err := s.switchTo(t, "carl", annex)
	must(t, err)
	_, err = s.Authorize(t.Context(), auth.Origin{}, auth.Secret(was.AccessToken))
	refused(t, "the old token", err, auth.ErrTenantMismatch)
	s.alive(t, "the new one", g)
	s.in["carl"] = g
	_, err = s.switchTo(t, "carl", home)
	must(t, err)
	s.alive(t, "the old token, back home", was)
}

// TestARefreshDuringASwitch finds the session where it is now; one that insists
// on the tenant that was left does not.
func TestARefreshDuringASwitch(t *testing.T) {
	for slug, want := range map[string]*auth.Error{"": nil, home: auth.ErrTenantMismatch} {
		s := staffed(t)
		g, anyone, carl := s.in["carl"], s.anyone(t, slug), s.by(t, "carl")
		once := true
		mend := s.store.breaks(func(method string) error {
			if method == "Rotate" && once {
				once = false
				if _, err := s.SwitchTenant(t.Context(), carl, auth.SwitchInput{TenantID: annex}); err != nil {
					t.Error(err)
				}
			}
			return nil
		}, nil)
		next, err := s.Refresh(t.Context(), anyone, auth.RefreshInput{RefreshToken: auth.Secret(g.RefreshToken)})
		mend()
		refused(t, "at "+slug, err, want)
		if want == nil {
			if by := s.enter(t, next.AccessToken); by.Tenant.Slug != annex {
				t.Errorf("refreshed into %s", by.Tenant.Slug)
			}
		}
		if v := s.session(t, g.SessionID); v.Ended() || v.Tenant != s.tenant(t, annex).ID {
			t.Errorf("the session is %+v", v)
		}
	}
}

// TestNothingIsReadOnceASessionHasMoved: all that the answer needs is read
// before, or a fault would leave a client with a token for where it is no more.
func TestNothingIsReadOnceASessionHasMoved(t *testing.T) {
	s := staffed(t)
	by := s.by(t, "carl")
	s.cache.DropAll()
	moved := false
	mend := s.store.breaks(func(method string) error {
		if moved {
			return auth.ErrUnavailable
		}
		moved = method == "MoveSession"
		return nil
	}, nil)
	g, err := s.SwitchTenant(t.Context(), by, auth.SwitchInput{TenantID: annex})
	mend()
	refused(t, "switch", err, nil)
	if err == nil {
		s.alive(t, "there", g)
	}
}

// TestSwitchRefusals: where there is no seat there is no tenant, and nothing
// has moved.
func TestSwitchRefusals(t *testing.T) {
	s := staffed(t)
	s.seats(t, s.id["ben"], s.main(t, home, auth.RoleUser), s.seat(t, far, auth.RoleUser)) // as no store would have it
	before := s.session(t, s.in["ben"].SessionID)
	for name, c := range map[string]struct {
		in   auth.SwitchInput
		want *auth.Error
	}{
		"no seat":                   {auth.SwitchInput{TenantID: annex}, auth.ErrForbidden},
		"no such tenant":            {auth.SwitchInput{TenantID: "nowhere"}, auth.ErrForbidden},
		"no slug":                   {auth.SwitchInput{TenantID: "../annex"}, auth.ErrForbidden},
		"in capitals":               {auth.SwitchInput{TenantID: "HOME"}, auth.ErrForbidden},
		"not active, no seat":       {auth.SwitchInput{TenantID: asleep}, auth.ErrForbidden},
		"another directory":         {auth.SwitchInput{TenantID: far}, auth.ErrForbidden},
		"nothing":                   {auth.SwitchInput{}, auth.ErrValidation},
		"a space without a seat":    {auth.SwitchInput{TenantID: home, SpaceID: uuid.NewString()}, auth.ErrForbidden},
		"a space of another tenant": {auth.SwitchInput{TenantID: home, SpaceID: s.space(t, annex).ID}, auth.ErrForbidden},
		"a space that is no id":     {auth.SwitchInput{TenantID: home, SpaceID: "lab"}, auth.ErrValidation},
	} {
		_, err := s.SwitchTenant(t.Context(), s.by(t, "ben"), c.in)
		refused(t, name, err, c.want)
		if c.want == auth.ErrForbidden && meta(err).Reason != "" {
			t.Errorf("%s: the answer tells more: %v", name, err)
		}
	}
	if after := s.session(t, before.ID); after != before {
		t.Errorf("the session moved: %+v", after)
	}
	s.alive(t, "the session", s.in["ben"])
}

// TestSwitchAsksForTheCode: who logged in with a password alone does not come
// in where a code is asked for; who gave one does, and who is on a known device
// where that is enough.
func TestSwitchAsksForTheCode(t *testing.T) {
	s := staffed(t)
	s.seats(t, s.id["carl"], s.main(t, home, auth.RoleUser), s.seat(t, annex, auth.RoleUser), s.seat(t, coded, auth.RoleUser))
	_, err := s.switchTo(t, "carl", coded)
	refused(t, "without a code", err, auth.ErrForbidden)
	if meta(err).Reason != "second_step" {
		t.Errorf("got reason %q", meta(err).Reason)
	}
	s.alive(t, "the session stays", s.in["carl"])
	s.decide(t, coded, auth.Policy{OTP: auth.OTPDevice})
	_, err = s.switchTo(t, "carl", coded)
	refused(t, "on a new device", err, auth.ErrForbidden)
	s.in["carl"] = s.login(t, "carl", on(s.in["carl"]))
	_, err = s.switchTo(t, "carl", coded)
	refused(t, "on a known device", err, nil)

	s.decide(t, coded, auth.Policy{OTP: auth.OTPEmail})
	out, err := s.SignIn(t.Context(), s.anyone(t, coded), auth.SignInInput{Name: "carl", Password: secret})
	must(t, err)
	s.in["carl"], err = s.Verify(t.Context(), s.anyone(t, coded), auth.VerifyInput{LoginID: out.LoginID, OTP: s.mail.code(t)})
	must(t, err)
	if s.user(t, s.id["carl"]).VerifiedAt.IsZero() {
		t.Error("a code proves the owner of the address")
	}
	for _, slug := range []string{home, coded, annex, coded} {
		s.in["carl"], err = s.switchTo(t, "carl", slug)
		refused(t, "with a code, to "+slug, err, nil)
	}
}

// TestSwitchShortensLives: a session may not live longer, unused or in all, than
// the tenant that it goes to allows; and it gets nothing back by going home.
func TestSwitchShortensLives(t *testing.T) {
	s := staffed(t)
	s.decide(t, annex, auth.Policy{
		AccessLife: auth.Span(2 * time.Minute), RefreshLife: auth.Span(time.Hour), SessionLife: auth.Span(24 * time.Hour),
	})
	born := s.session(t, s.in["carl"].SessionID).CreatedAt
	g, err := s.switchTo(t, "carl", annex)
	must(t, err)
	within(t, "access token", g.AccessTokenExpiresAt.Sub(s.clock.Now()), 2*time.Minute+time.Second)
	kept := s.session(t, g.SessionID)
	if kept.ExpiresAt.After(born.Add(24 * time.Hour)) {
		t.Errorf("the session may live until %s", kept.ExpiresAt)
	}
	if kept.IdleUntil.After(s.clock.Now().Add(time.Hour)) {
		t.Errorf("the refresh token is good for %s, want an hour at most", kept.IdleUntil.Sub(s.clock.Now()))
	}
	s.in["carl"] = g
	if _, err = s.switchTo(t, "carl", home); err != nil || s.session(t, g.SessionID).ExpiresAt.After(born.Add(24*time.Hour)) {
		t.Errorf("back home it may live until %s, %v", s.session(t, g.SessionID).ExpiresAt, err)
	}
}

// TestASessionThatIsTooOldStaysWhereItIs: it is refused by the tenant that
// allows less, and not ended by the try.
func TestASessionThatIsTooOldStaysWhereItIs(t *testing.T) {
	s := staffed(t)
	s.decide(t, annex, auth.Policy{RefreshLife: auth.Span(time.Hour), SessionLife: auth.Span(2 * time.Hour)})
	s.clock.advance(3 * time.Hour)
	var err error
	s.in["carl"], err = s.refresh(t, s.in["carl"].RefreshToken)
	must(t, err)
	if _, err := s.switchTo(t, "carl", annex); err == nil {
		t.Error("got tokens of a session that is over")
	}
	s.alive(t, "at home", s.in["carl"])
	_, err = s.refresh(t, s.in["carl"].RefreshToken)
	refused(t, "refresh at home", err, nil)
}

// TestSwitchSpace: within the tenant, by its id; the header picks a space for
// one request only.
func TestSwitchSpace(t *testing.T) {
	s := staffed(t)
	lab := s.seat(t, home, auth.RoleManager)
	lab.Space = s.addSpace(t, home, "lab").ID
	s.seats(t, s.id["ben"], s.main(t, home, auth.RoleUser), lab)
	g, err := s.SwitchTenant(t.Context(), s.by(t, "ben"), auth.SwitchInput{TenantID: home, SpaceID: lab.Space})
	must(t, err)
	if by := s.enter(t, g.AccessToken); by.Seat.Role != auth.RoleManager || s.session(t, g.SessionID).Space != lab.Space {
		t.Errorf("let in as %s", by.Seat.Role)
	}
	by, err := s.Authorize(t.Context(), auth.Origin{Space: s.space(t, home).ID}, auth.Secret(g.AccessToken))
	if err != nil || by.Seat.Role != auth.RoleUser {
		t.Errorf("with the header: %s, %v", by.Seat.Role, err)
	}
	g, err = s.SwitchTenant(t.Context(), s.enter(t, g.AccessToken), auth.SwitchInput{TenantID: home})
	if err != nil || g.User.Role != auth.RoleUser {
		t.Errorf("without a space: %s, %v; want that of the main seat", g.User.Role, err)
	}
}

// TestMainTenant: exactly one, whoever sets it at the same time.
func TestMainTenant(t *testing.T) {
	s := staffed(t)
	me, err := s.SetMainTenant(t.Context(), s.by(t, "carl"), auth.SwitchInput{TenantID: annex})
	must(t, err)
	if len(me.Tenants) != 2 || me.Tenants[0].Main || !me.Tenants[1].Main || me.Role != auth.RoleUser || me.SessionID != s.in["carl"].SessionID {
		t.Errorf("got %+v", me)
	}
	if g := s.login(t, "carl"); g.MainTenantID != annex {
		t.Errorf("the main tenant is %s", g.MainTenantID)
	}
	if e := s.last(t, home); s.wrote(t, home, auth.ActionMain, annex) != 1 {
		t.Errorf("the record says %+v", e)
	}
	_, err = s.SetMainTenant(t.Context(), s.by(t, "ben"), auth.SwitchInput{TenantID: annex})
	refused(t, "without a seat", err, auth.ErrForbidden)
	by := s.by(t, "carl")
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			if _, err := s.SetMainTenant(t.Context(), by, auth.SwitchInput{TenantID: []string{home, annex}[i%2]}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	n := 0
	for _, seat := range s.account(t, s.id["carl"]).Seats {
		if seat.Main {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d main seats, want 1", n)
	}
}

// TestLeaveTenant: the seats there go, and what is logged in there; another
// becomes the main one; the only one cannot be left.
func TestLeaveTenant(t *testing.T) {
	s := staffed(t)
	there := s.loginAt(t, annex, "carl")
	_, err := s.LeaveTenant(t.Context(), s.by(t, "ben"), auth.LeaveInput{TenantID: home})
	refused(t, "the only one", err, auth.ErrLastSeat)
	_, err = s.LeaveTenant(t.Context(), s.by(t, "ben"), auth.LeaveInput{TenantID: annex})
	refused(t, "where there is no seat", err, auth.ErrForbidden)
	ok, err := s.LeaveTenant(t.Context(), s.by(t, "carl"), auth.LeaveInput{TenantID: home})
	if !ok || err != nil {
		t.Fatalf("got %t, %v", ok, err)
	}
	s.dead(t, "the session there", s.in["carl"], auth.EndAdmin)
	s.alive(t, "the one elsewhere", there)
	a := s.account(t, s.id["carl"])
	if len(a.Seats) != 1 || !a.Seats[0].Main || a.Seats[0].Tenant != s.tenant(t, annex).ID {
		t.Errorf("the seats are %+v", a.Seats)
	}
	if n := s.wroteOf(t, home, auth.ActionUserLeft); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
	_, err = s.SignIn(t.Context(), s.anyone(t, home), auth.SignInInput{Name: "carl", Password: secret})
	refused(t, "log in there", err, auth.ErrCredentials)
	_, err = s.LeaveTenant(t.Context(), s.enter(t, there.AccessToken), auth.LeaveInput{TenantID: annex})
	refused(t, "the last one", err, auth.ErrLastSeat)
}

// TestLeavingBothAtOnceLeavesOne: an account is not left without a seat.
func TestLeavingBothAtOnceLeavesOne(t *testing.T) {
	for range 10 {
		s := staffed(t)
		by := s.by(t, "carl")
		var all sync.WaitGroup
		errs := make([]error, 2)
		for i, slug := range []string{home, annex} {
			all.Go(func() { _, errs[i] = s.LeaveTenant(t.Context(), by, auth.LeaveInput{TenantID: slug}) })
		}
		all.Wait()
		for _, err := range errs {
			if err != nil {
				refused(t, "the other", err, auth.ErrLastSeat)
			}
		}
		if a := s.account(t, s.id["carl"]); len(a.Seats) != 1 || !a.Seats[0].Main || (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("the seats are %+v", a.Seats)
		}
	}
}
