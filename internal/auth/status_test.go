package auth_test

import (
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestOnlyAnActiveTenantIsServed: the moment that an operator gives a tenant
// another status nobody comes in any more, by whatever way; and the moment that
// it is ACTIVE again everybody does, with what they had.
func TestOnlyAnActiveTenantIsServed(t *testing.T) {
	s := staffed(t)
	s.addTenant(t, "mailed", auth.DefaultDirectory, auth.TenantActive, auth.Policy{OTP: auth.OTPEmail})
	const slug = "mailed"
	s.seats(t, s.id["ben"], s.main(t, home, auth.RoleUser), s.seat(t, slug, auth.RoleUser))
	challenge := func() auth.Challenge {
		out, err := s.SignIn(t.Context(), s.anyone(t, slug), auth.SignInInput{Name: "ben", Password: secret})
		must(t, err)
		return *out.Challenge
	}
	c := challenge()
	g, err := s.Verify(t.Context(), s.anyone(t, slug), auth.VerifyInput{LoginID: c.LoginID, OTP: s.mail.code(t)})
	must(t, err)
	disown := s.mailed(t, auth.MessageNewDevice)
	_, err = s.ForgotPassword(t.Context(), s.anyone(t, slug), auth.EmailInput{Email: "ben@example.com"})
	must(t, err)
	reset := s.mailed(t, auth.MessageReset)
	_, err = s.Invite(t.Context(), s.operator(t, slug), auth.InviteInput{Email: "dan@example.com"})
	must(t, err)
	invited := s.mailed(t, auth.MessageInvitation)
	c = challenge()
	set := func(status auth.TenantStatus) {
		_, err := s.SetTenantStatus(t.Context(), s.operator(t, home), auth.TenantStatusInput{TenantRef: auth.TenantRef{ID: slug}, Status: status})
		must(t, err)
	}
	ways := map[string]func() error{
		"log in, sign up, ask for a link": func() error { _, err := s.Anyone(t.Context(), auth.Origin{TenantSlug: slug}, ""); return err },
		"by the token's tenant":           func() error { _, err := s.Anyone(t.Context(), auth.Origin{}, auth.Secret(g.AccessToken)); return err },
		"access token": func() error {
			_, err := s.Authorize(t.Context(), auth.Origin{}, auth.Secret(g.AccessToken))
			return err
		},
		"refresh": func() error {
			next, err := s.Refresh(t.Context(), s.anyone(t, ""), auth.RefreshInput{RefreshToken: auth.Secret(g.RefreshToken)})
			if err == nil {
				g = next
			}
			return err
		},
		"disown link":     func() error { _, err := s.DisownReady(t.Context(), s.follow(t), disown); return err },
		"reset link":      func() error { _, err := s.ResetReady(t.Context(), s.follow(t), reset); return err },
		"invitation link": func() error { _, err := s.InvitationReady(t.Context(), s.follow(t), invited); return err },
		"set by reset link": func() error {
			if s.tenant(t, slug).Status == auth.TenantActive {
				return nil // it would end the session
			}
			_, err := s.ResetPassword(t.Context(), s.follow(t), auth.ResetInput{Token: reset.Token, Password: renewed})
			return err
		},
		"accept": func() error {
			if s.tenant(t, slug).Status == auth.TenantActive {
				return nil
			}
			_, err := s.AcceptInvitation(t.Context(), s.follow(t), auth.AcceptInput{Token: invited.Token, Name: "Dan", Password: secret})
			return err
		},
	}
	for _, status := range []auth.TenantStatus{auth.TenantPending, auth.TenantInactive, auth.TenantLocked, auth.TenantSuspended} {
		for way, try := range ways { // all is in memory, as it was
			refused(t, way+" before "+string(status), try(), nil)
		}
		set(status)
		for way, try := range ways {
			refused(t, way+" while "+string(status), try(), auth.ErrTenantInactive)
		}
		_, err := s.SwitchTenant(t.Context(), s.by(t, "ben"), auth.SwitchInput{TenantID: slug})
		refused(t, "switch while "+string(status), err, auth.ErrTenantInactive)
		s.alive(t, "another tenant's session while "+string(status), s.in["ben"])
		_, err = s.ListMembers(t.Context(), s.operator(t, slug), auth.MembersInput{})
		refused(t, "an operator while "+string(status), err, nil)
		set(auth.TenantActive)
	}
	got, err := s.Verify(t.Context(), s.anyone(t, slug), auth.VerifyInput{LoginID: c.LoginID, OTP: s.mail.code(t)})
	if err != nil || got.AccessToken == "" {
		t.Errorf("the code mailed before: %v", err)
	}
	w := s.world
	if n := w.wroteOf(t, slug, auth.ActionTenantStatus); n != 8 {
		t.Errorf("got %d changes of the status written down, want 8", n)
	}
}

// wroteOf counts the events with that action in a tenant.
func (w *world) wroteOf(t testing.TB, slug string, a auth.Action) (n int) {
	t.Helper()
	for _, e := range w.events(t, slug) {
		if e.Action == a {
			n++
		}
	}
	return n
}

// TestStatusInput: names of statuses are the five, in capitals.
func TestStatusInput(t *testing.T) {
	s := staffed(t)
	for _, bad := range []auth.TenantStatus{"", "active", "ACTIVE ", "DELETED", "ACTIVE\n"} {
		_, err := s.SetTenantStatus(t.Context(), s.operator(t, home), auth.TenantStatusInput{TenantRef: auth.TenantRef{ID: annex}, Status: bad})
		problem(t, "status "+string(bad), err, "status")
	}
	for name, ref := range map[string]string{"unknown": "nowhere", "by a foreign id": s.id["ben"], "nothing": "", "a path": "../home"} {
		_, err := s.SetTenantStatus(t.Context(), s.operator(t, home), auth.TenantStatusInput{TenantRef: auth.TenantRef{ID: ref}, Status: auth.TenantLocked})
		refused(t, name, err, auth.ErrTenantNotFound)
	}
	for _, ref := range []string{annex, s.tenant(t, annex).ID} {
		v, err := s.SetTenantStatus(t.Context(), s.operator(t, home), auth.TenantStatusInput{TenantRef: auth.TenantRef{ID: ref}, Status: auth.TenantPending})
		must(t, err)
		got, err := s.TenantStatus(t.Context(), s.operator(t, home), auth.TenantRef{ID: ref})
		must(t, err)
		if want := (auth.TenantStatusView{Name: annex, Status: auth.TenantPending}); v != want || got != want {
			t.Errorf("by %s: got %+v and %+v, want %+v", ref, v, got, want)
		}
	}
}

// TestADeletedTenantIsGoneAtOnce: for everybody, under its name and its id, and
// its name is never used again. What its people have elsewhere stays.
func TestADeletedTenantIsGoneAtOnce(t *testing.T) {
	s := staffed(t)
	op, id := s.operator(t, home), s.tenant(t, annex).ID
	s.by(t, "eve")
	_, err := s.Invite(t.Context(), s.by(t, "eve"), auth.InviteInput{Email: "dan@example.com"})
	must(t, err)
	invited := s.mailed(t, auth.MessageInvitation)
	_, err = s.DeleteTenant(t.Context(), op, auth.TenantRef{ID: home})
	refused(t, "the default tenant", err, auth.ErrDefaultTenant)
	out, err := s.DeleteTenant(t.Context(), op, auth.TenantRef{ID: annex})
	if err != nil || !out.Deleted {
		t.Fatalf("got %+v, %v", out, err)
	}
	_, err = s.Authorize(t.Context(), auth.Origin{}, auth.Secret(s.in["eve"].AccessToken))
	refused(t, "access", err, auth.ErrTenantNotFound)
	_, err = s.Refresh(t.Context(), s.anyone(t, ""), auth.RefreshInput{RefreshToken: auth.Secret(s.in["eve"].RefreshToken)})
	refused(t, "refresh", err, auth.ErrTenantNotFound)
	_, err = s.Anyone(t.Context(), auth.Origin{TenantSlug: annex}, "")
	refused(t, "log in", err, auth.ErrTenantNotFound)
	_, err = s.InvitationReady(t.Context(), s.follow(t), invited)
	refused(t, "an invitation", err, auth.ErrLinkInvalid)
	_, err = s.SwitchTenant(t.Context(), s.by(t, "carl"), auth.SwitchInput{TenantID: annex})
	refused(t, "switch", err, auth.ErrForbidden)
	for _, ref := range []string{annex, id} {
		_, err = s.Tenant(t.Context(), op, auth.TenantRef{ID: ref})
		refused(t, "find "+ref, err, auth.ErrTenantNotFound)
		_, err = s.DeleteTenant(t.Context(), op, auth.TenantRef{ID: ref})
		refused(t, "delete again "+ref, err, auth.ErrTenantNotFound)
	}
	_, err = s.CommandLine(t.Context(), auth.Origin{TenantSlug: annex})
	refused(t, "an operator", err, auth.ErrTenantNotFound)
	_, err = s.CreateTenant(t.Context(), op, auth.NewTenantInput{Name: annex})
	refused(t, "its name again", err, auth.ErrTenantTaken)
	me, err := s.Me(t.Context(), s.by(t, "carl"), struct{}{})
	if err != nil || len(me.Tenants) != 1 || me.Tenants[0].TenantID != home {
		t.Errorf("carl's tenants are %+v (error %v), want home alone", me.Tenants, err)
	}
}
