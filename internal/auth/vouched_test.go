package auth_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestVouched is the caller whom the access token of that session would make,
// and nothing that the sender says beside it.
func TestVouched(t *testing.T) {
	s := staffed(t)
	for name, slug := range map[string]string{"root": home, "mia": home, "ben": home, "kim": home, "eve": annex, "carl": home} {
		o := auth.Origin{TenantSlug: slug, Agent: "tester/1", RequestID: "r1", Relayed: true}
		want, err := s.Authorize(t.Context(), o, auth.Secret(s.in[name].AccessToken))
		must(t, err)
		got, err := s.Vouched(t.Context(), o, s.id[name], s.in[name].SessionID, slug)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: by the token (-), by what is said of it (+):\n%s", name, diff)
		}
		if got.Operator != "" || got.Service.ID != "" {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

// TestVouchedForNobody: each of the three must be right.
func TestVouchedForNobody(t *testing.T) {
	s := staffed(t)
	ben, eve := s.in["ben"].SessionID, s.in["eve"].SessionID
	old := s.login(t, "ben")
	_, err := s.SignOut(t.Context(), s.enter(t, old.AccessToken), struct{}{})
	must(t, err)
	for _, tt := range []struct {
		name, asked, user, session, tenant string
		want                               *auth.Error
	}{
		{"right", "", s.id["ben"], ben, home, nil},
		{"no user", "", "", ben, home, auth.ErrTokenInvalid},
		{"no session", "", s.id["ben"], "", home, auth.ErrTokenInvalid},
		{"no tenant", home, s.id["ben"], ben, "", auth.ErrTokenInvalid},
		{"nothing", "", "", "", "", auth.ErrTokenInvalid},
		{"another user", "", s.id["root"], ben, home, auth.ErrTokenInvalid},
		{"a user that there is not", "", uuid.NewString(), ben, home, auth.ErrTokenInvalid},
		{"another tenant", "", s.id["ben"], ben, annex, auth.ErrTenantMismatch},
		{"another tenant's session", "", s.id["eve"], eve, home, auth.ErrTenantMismatch},
		{"of a member of both, in the other tenant", "", s.id["carl"], s.in["carl"].SessionID, annex, auth.ErrTenantMismatch},
		{"the id of a tenant for its name", "", s.id["ben"], ben, s.tenant(t, home).ID, auth.ErrTenantNotFound},
		{"a tenant that there is not", "", s.id["ben"], ben, "nowhere", auth.ErrTenantNotFound},
		{"a tenant that is not active", "", s.id["ben"], ben, asleep, auth.ErrTenantInactive},
		{"a session that there is not", "", s.id["ben"], uuid.NewString(), home, auth.ErrSessionEnded},
		{"a session that has ended", "", s.id["ben"], old.SessionID, home, auth.ErrSessionEnded},
		{"asked of another tenant", annex, s.id["ben"], ben, home, auth.ErrTenantMismatch},
		{"asked of one that there is not", "nowhere", s.id["ben"], ben, home, auth.ErrTenantNotFound},
		{"asked of one that is not active", asleep, s.id["ben"], ben, home, auth.ErrTenantInactive},
	} {
		_, err := s.Vouched(t.Context(), auth.Origin{TenantSlug: tt.asked}, tt.user, tt.session, tt.tenant)
		refused(t, tt.name, err, tt.want)
	}
}

// TestVouchedAsTheyAreNow: role, account, session and tenant are looked at anew.
func TestVouchedAsTheyAreNow(t *testing.T) {
	for name, tt := range map[string]struct {
		happen func(staff)
		want   *auth.Error
	}{
		"disabled": {func(s staff) { s.change(t, s.id["root"], func(u *auth.User) { u.Status = auth.UserDisabled }) }, auth.ErrUserGone},
		"locked by an admin": {func(s staff) {
			s.change(t, s.id["root"], func(u *auth.User) { u.Status, u.LockedUntil = auth.UserLocked, time.Time{} })
		}, auth.ErrUserGone},
		"put out of the tenant": {func(s staff) { s.seats(t, s.id["root"], s.main(t, annex, auth.RoleAdmin)) }, auth.ErrForbidden},
		"tenant suspended":      {func(s staff) { s.status(t, home, auth.TenantSuspended) }, auth.ErrTenantInactive},
		"too old":               {func(s staff) { s.clock.advance(91 * 24 * time.Hour) }, auth.ErrSessionEnded},
		"database away": {func(s staff) {
			s.cache.DropAll()
			s.store.breaks(func(string) error { return auth.ErrUnavailable }, nil)
		}, auth.ErrTenantDown},
	} {
		t.Run(name, func(t *testing.T) {
			s := staffed(t)
			tt.happen(s)
			_, err := s.Vouched(t.Context(), auth.Origin{}, s.id["root"], s.in["root"].SessionID, home)
			refused(t, name, err, tt.want)
		})
	}
	s := staffed(t)
	s.seats(t, s.id["root"], s.main(t, home, auth.RoleUser))
	by, err := s.Vouched(t.Context(), auth.Origin{}, s.id["root"], s.in["root"].SessionID, home)
	must(t, err)
	_, err = s.ListMembers(t.Context(), by, auth.MembersInput{})
	refused(t, "an admin who is none any more", err, auth.ErrForbidden)
}

// TestTrustedPeer is an operator, of any tenant, and is written down as itself.
func TestTrustedPeer(t *testing.T) {
	w := newWorld(t)
	for slug, want := range map[string]string{"": home, coded: coded, asleep: asleep, far: far} {
		by, err := w.TrustedPeer(t.Context(), auth.Origin{TenantSlug: slug})
		must(t, err)
		if by.Tenant.Slug != want || by.Operator != auth.AtTrustedPeer || by.Account.User.ID != "" || by.Tenant.Policy.LockAttempts != 7 {
			t.Errorf("%q: got %+v", slug, by)
		}
	}
	_, err := w.TrustedPeer(t.Context(), auth.Origin{TenantSlug: "nowhere"})
	refused(t, "no such tenant", err, auth.ErrTenantNotFound)
	by, err := w.TrustedPeer(t.Context(), auth.Origin{})
	must(t, err)
	_, err = w.SetTenantStatus(t.Context(), by, auth.TenantStatusInput{TenantRef: auth.TenantRef{ID: coded}, Status: auth.TenantLocked})
	must(t, err)
	if e := w.last(t, coded); e.Action != auth.ActionTenantStatus || e.Actor != auth.AtTrustedPeer {
		t.Errorf("the record says %+v", e)
	}
}

// TestRelayedIsCountedByNoNetwork: what a gateway passes on without saying where
// from is counted by account, and not by network: everybody behind it would be
// one, and one of them could hold all others out.
func TestRelayedIsCountedByNoNetwork(t *testing.T) {
	relayed := func(o *auth.Origin) { o.Addr, o.Relayed = "", true }
	unknown := func(o *auth.Origin) { o.Addr = "" }
	const strangers = 110 // more than a network may fail
	for _, tt := range []struct {
		name string
		from func(*auth.Origin)
		want *auth.Error
	}{{"relayed", relayed, nil}, {"not known", unknown, auth.ErrRateLimited}} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.join(t, home, "ann")
			for n := range strangers {
				_, err := w.SignIn(t.Context(), w.anyone(t, home, tt.from), auth.SignInInput{Name: fmt.Sprint("nobody", n), Password: wrong})
				if !errors.Is(err, auth.ErrCredentials) && !errors.Is(err, auth.ErrRateLimited) {
					t.Fatal(err)
				}
			}
			_, err := w.SignIn(t.Context(), w.anyone(t, home, tt.from), auth.SignInInput{Name: "ann", Password: secret})
			refused(t, "a login after "+fmt.Sprint(strangers)+" failed ones of others", err, tt.want)
		})
	}
	t.Run("the account is counted all the same", func(t *testing.T) {
		w := newWorld(t, func(s *auth.Service) { s.Unlimited = true })
		w.join(t, home, "ann")
		for range 7 {
			_, err := w.SignIn(t.Context(), w.anyone(t, home, relayed), auth.SignInInput{Name: "ann", Password: wrong})
			refused(t, "a guess", err, auth.ErrCredentials)
		}
		_, err := w.SignIn(t.Context(), w.anyone(t, home, relayed), auth.SignInInput{Name: "ann", Password: secret})
		refused(t, "a login after seven guesses", err, auth.ErrLocked)
	})
}
