package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/guard/jwt"
	"github.com/latchkey/latchkey/internal/auth"
)

// claims are those of a token as the rules would make it for a session.
func (w *world) claims(t *testing.T, g auth.Grant) jwt.Claims {
	t.Helper()
	s := w.session(t, g.SessionID)
	now := w.clock.Now()
	return jwt.Claims{
		Issuer: issuer, Audience: []string{audience}, Subject: s.User, TenantID: home, SpaceID: s.Space, Role: auth.RoleUser,
		SessionID: s.ID, ID: uuid.NewString(), IssuedAt: now, ExpiresAt: now.Add(time.Minute),
	}
}

func (w *world) sign(t *testing.T, c jwt.Claims) auth.Secret {
	t.Helper()
	token, err := w.Keys.Sign(c)
	must(t, err)
	return auth.Secret(token)
}

func TestAuthorize(t *testing.T) {
	w, id, g := loggedIn(t)
	by, err := w.Authorize(t.Context(), auth.Origin{TenantSlug: home, Addr: "192.0.2.7"}, auth.Secret(g.AccessToken))
	must(t, err)
	if by.Account.User.ID != id || by.Session.ID != g.SessionID || by.Tenant.Slug != home || by.Seat.Role != auth.RoleManager ||
		by.Account.User.PasswordHash != "" || by.Addr != "192.0.2.7" || by.Tenant.Policy.OTP != auth.OTPOff {
		t.Errorf("got %+v", by)
	}
	me, err := w.Me(t.Context(), by, struct{}{})
	must(t, err)
	if me.ID != id || me.SessionID != g.SessionID || me.Role != auth.RoleManager || me.Email != "ann@xn--bcher-kva.example" || len(me.Tenants) != 2 {
		t.Errorf("me: got %+v", me)
	}
	if ok, err := w.VerifyToken(t.Context(), by, struct{}{}); !ok || err != nil {
		t.Errorf("verify token: got %t and error %v", ok, err)
	}
	c, err := w.Verifier.Verify(string(g.AccessToken))
	must(t, err)
	if c.Subject != id || c.TenantID != home || c.SessionID != g.SessionID || c.Username != "ann.lee" || c.Role != auth.RoleManager ||
		c.SpaceID != w.space(t, home).ID || c.ID == "" || !c.ExpiresAt.Equal(g.AccessTokenExpiresAt) {
		t.Errorf("claims: got %+v", c)
	}
}

// TestAuthorizeRefusals: CONTRACT.md §3, with the code and reason of each.
func TestAuthorizeRefusals(t *testing.T) {
	type attempt struct {
		o     auth.Origin
		token func(*testing.T, *world, auth.Grant) auth.Secret
		spoil func(*testing.T, *world, string, auth.Grant)
	}
	end := func(t *testing.T, w *world, _ string, g auth.Grant) {
		_, err := w.SignOut(t.Context(), w.enter(t, g.AccessToken), struct{}{})
		must(t, err)
	}
	disable := func(t *testing.T, w *world, id string, _ auth.Grant) {
		w.change(t, id, func(u *auth.User) { u.Status = auth.UserDisabled })
	}
	suspend := func(t *testing.T, w *world, _ string, _ auth.Grant) { w.status(t, home, auth.TenantSuspended) }
	unseat := func(t *testing.T, w *world, id string, _ auth.Grant) {
		w.seats(t, id, w.main(t, closed, auth.RoleUser))
	}
	with := func(edit func(*jwt.Claims)) func(*testing.T, *world, auth.Grant) auth.Secret {
		return func(t *testing.T, w *world, g auth.Grant) auth.Secret {
			c := w.claims(t, g)
			edit(&c)
			return w.sign(t, c)
		}
	}
	for name, c := range map[string]struct {
		attempt
		want   *auth.Error
		reason string
	}{
		"garbage":       {attempt{token: func(*testing.T, *world, auth.Grant) auth.Secret { return "garbage" }}, auth.ErrTokenInvalid, "malformed"},
		"huge":          {attempt{token: func(*testing.T, *world, auth.Grant) auth.Secret { return auth.Secret(strings.Repeat("a", 9000)) }}, auth.ErrTokenInvalid, "malformed"},
		"refresh token": {attempt{token: func(_ *testing.T, _ *world, g auth.Grant) auth.Secret { return auth.Secret(g.RefreshToken) }}, auth.ErrTokenInvalid, "malformed"},
		"device token":  {attempt{token: func(_ *testing.T, _ *world, g auth.Grant) auth.Secret { return auth.Secret(g.DeviceToken) }}, auth.ErrTokenInvalid, "malformed"},
		"signature": {attempt{token: func(_ *testing.T, _ *world, g auth.Grant) auth.Secret {
			return auth.Secret(g.AccessToken[:len(g.AccessToken)-2] + "AA")
		}}, auth.ErrTokenInvalid, "signature"},
		"expired":          {attempt{spoil: func(_ *testing.T, w *world, _ string, _ auth.Grant) { w.clock.advance(16 * time.Minute) }}, auth.ErrTokenInvalid, "expired"},
		"another audience": {attempt{token: with(func(c *jwt.Claims) { c.Audience = []string{"https://evil.example"} })}, auth.ErrTokenInvalid, "claims"},
		"another issuer":   {attempt{token: with(func(c *jwt.Claims) { c.Issuer = "https://evil.example" })}, auth.ErrTokenInvalid, "claims"},
		"another subject":  {attempt{token: with(func(c *jwt.Claims) { c.Subject = uuid.NewString() })}, auth.ErrTokenInvalid, "claims"},
		"unknown session":  {attempt{token: with(func(c *jwt.Claims) { c.SessionID = uuid.NewString() })}, auth.ErrSessionEnded, ""},
		"unknown tenant":   {attempt{token: with(func(c *jwt.Claims) { c.TenantID = "nowhere" })}, auth.ErrTenantNotFound, ""},
		"odd tenant":       {attempt{token: with(func(c *jwt.Claims) { c.TenantID = "../home" })}, auth.ErrTenantNotFound, ""},
		"tenant of another directory": {attempt{token: with(func(c *jwt.Claims) { c.TenantID = far })},
			auth.ErrSessionEnded, ""},

		"header names another tenant":   {attempt{o: auth.Origin{TenantSlug: coded}}, auth.ErrTenantMismatch, ""},
		"header names an unknown one":   {attempt{o: auth.Origin{TenantSlug: "nowhere"}}, auth.ErrTenantNotFound, ""},
		"header names a sleeping one":   {attempt{o: auth.Origin{TenantSlug: asleep}}, auth.ErrTenantInactive, ""},
		"header is no slug":             {attempt{o: auth.Origin{TenantSlug: "HOME"}}, auth.ErrTenantNotFound, ""},
		"space without a seat":          {attempt{o: auth.Origin{Space: uuid.NewString()}}, auth.ErrForbidden, ""},
		"space of the other membership": {attempt{o: auth.Origin{Space: "of coded"}}, auth.ErrForbidden, ""},

		"tenant suspended": {attempt{spoil: suspend}, auth.ErrTenantInactive, ""},
		"session ended":    {attempt{spoil: end}, auth.ErrSessionEnded, "logout"},
		"user disabled":    {attempt{spoil: disable}, auth.ErrUserGone, ""},
		"seat taken away":  {attempt{spoil: unseat}, auth.ErrForbidden, ""},

		// What comes first.
		"bad token before bad header": {attempt{o: auth.Origin{TenantSlug: "nowhere"}, token: func(*testing.T, *world, auth.Grant) auth.Secret { return "x" }}, auth.ErrTokenInvalid, "malformed"},
		"mismatch before ended":       {attempt{o: auth.Origin{TenantSlug: coded}, spoil: end}, auth.ErrTenantMismatch, ""},
		"tenant before session": {attempt{spoil: func(t *testing.T, w *world, id string, g auth.Grant) {
			end(t, w, id, g)
			suspend(t, w, id, g)
		}}, auth.ErrTenantInactive, ""},
		"session before user": {attempt{spoil: func(t *testing.T, w *world, id string, g auth.Grant) {
			end(t, w, id, g)
			disable(t, w, id, g)
		}}, auth.ErrSessionEnded, "logout"},
		"user before seat": {attempt{spoil: func(t *testing.T, w *world, id string, g auth.Grant) {
			disable(t, w, id, g)
			unseat(t, w, id, g)
		}}, auth.ErrUserGone, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w, id, g := loggedIn(t)
			if c.spoil != nil {
				c.spoil(t, w, id, g)
			}
			token := auth.Secret(g.AccessToken)
			if c.token != nil {
				token = c.token(t, w, g)
			}
			if c.o.Space == "of coded" {
				c.o.Space = w.space(t, coded).ID
			}
			by, err := w.Authorize(t.Context(), c.o, token)
			refused(t, "authorize", err, c.want)
			if meta(err).Reason != c.reason {
				t.Errorf("reason: got %q, want %q", meta(err).Reason, c.reason)
			}
			if by.Account.User.ID != "" || by.Session.ID != "" {
				t.Error("got a caller beside the error")
			}
		})
	}
}

// TestAuthorizeSpace: the header picks a membership; without it the token's own
// holds.
func TestAuthorizeSpace(t *testing.T) {
	w, id, g := loggedIn(t)
	lab := auth.Seat{Tenant: w.tenant(t, home).ID, Space: w.addSpace(t, home, "lab").ID, Role: auth.RoleAdmin}
	w.seats(t, id, w.main(t, home, auth.RoleUser), lab)
	for space, want := range map[string]string{"": auth.RoleUser, lab.Space: auth.RoleAdmin} {
		by, err := w.Authorize(t.Context(), auth.Origin{Space: space}, auth.Secret(g.AccessToken))
		must(t, err)
		if by.Seat.Role != want {
			t.Errorf("space %q: got role %s, want %s", space, by.Seat.Role, want)
		}
	}
}

// TestDemotionIsEffectiveAtOnce: the role in the token is not what counts.
func TestDemotionIsEffectiveAtOnce(t *testing.T) {
	w, id, g := loggedIn(t)
	w.enter(t, g.AccessToken)
	w.seats(t, id, w.main(t, home, auth.RoleUser))
	if by := w.enter(t, g.AccessToken); by.Seat.Role != auth.RoleUser {
		t.Errorf("got role %s, want user", by.Seat.Role)
	}
	next, err := w.refresh(t, g.RefreshToken)
	must(t, err)
	if c, err := w.Verifier.Verify(string(next.AccessToken)); err != nil || c.Role != auth.RoleUser || next.User.Role != auth.RoleUser {
		t.Errorf("the new token says %s (error %v)", c.Role, err)
	}
}

// TestLockedAccountKeepsItsSessions where strangers locked it; the lock of an
// admin is for its sessions too.
func TestLockedAccountKeepsItsSessions(t *testing.T) {
	w, id, g := loggedIn(t)
	w.change(t, id, func(u *auth.User) { u.Status, u.LockedUntil = auth.UserLocked, w.clock.Now().Add(time.Hour) })
	w.enter(t, g.AccessToken)
	w.change(t, id, func(u *auth.User) { u.LockedUntil = time.Time{} })
	_, err := w.Authorize(t.Context(), auth.Origin{}, auth.Secret(g.AccessToken))
	refused(t, "locked by an admin", err, auth.ErrUserGone)
}

// TestAuthorizeReadsNothingTwice: who was let in just now is let in from memory.
func TestAuthorizeReadsNothingTwice(t *testing.T) {
	w, _, g := loggedIn(t)
	w.enter(t, g.AccessToken)
	before := w.store.count()
	for range 100 {
		w.enter(t, g.AccessToken)
	}
	if n := w.store.count() - before; n != 0 {
		t.Errorf("got %d store calls, want none", n)
	}
}

// TestAnyone: the tenant is the one named, else that of the token, else the
// default one; a bad token does not matter.
func TestAnyone(t *testing.T) {
	w, _, c := challenged(t)
	g, err := w.show(t, c, w.mail.code(t))
	must(t, err)
	for name, c := range map[string]struct {
		slug  string
		token auth.Secret
		want  string
		err   *auth.Error
	}{
		"nothing":         {"", "", home, nil},
		"named":           {closed, "", closed, nil},
		"of the token":    {"", auth.Secret(g.AccessToken), coded, nil},
		"named over it":   {closed, auth.Secret(g.AccessToken), closed, nil},
		"bad token":       {"", "garbage", home, nil},
		"unknown":         {"nowhere", "", "", auth.ErrTenantNotFound},
		"no slug":         {"Not A Slug", "", "", auth.ErrTenantNotFound},
		"not active":      {asleep, "", "", auth.ErrTenantInactive},
		"one character":   {"a", "", "", auth.ErrTenantNotFound},
		"64 characters":   {strings.Repeat("a", 64), "", "", auth.ErrTenantNotFound},
		"in other case":   {"Home", "", "", auth.ErrTenantNotFound},
		"with line break": {home + "\n", "", "", auth.ErrTenantNotFound},
	} {
		by, err := w.Anyone(t.Context(), auth.Origin{TenantSlug: c.slug}, c.token)
		refused(t, name, err, c.err)
		if by.Tenant.Slug != c.want || by.Account.User.ID != "" {
			t.Errorf("%s: got tenant %q, want %q", name, by.Tenant.Slug, c.want)
		}
	}
}

func TestOnlyActiveTenantsAreOpen(t *testing.T) {
	w := newWorld(t)
	for _, s := range []auth.TenantStatus{auth.TenantPending, auth.TenantInactive, auth.TenantLocked, auth.TenantSuspended, "", "active", "UNHEARD_OF"} {
		w.status(t, home, s)
		_, err := w.Anyone(t.Context(), auth.Origin{}, "")
		refused(t, "status "+string(s), err, auth.ErrTenantInactive)
	}
	w.status(t, home, auth.TenantActive)
	_, err := w.Anyone(t.Context(), auth.Origin{}, "")
	refused(t, "active again", err, nil)
}

func TestTenantPolicyFillsInTheDeployments(t *testing.T) {
	yes := true
	w := newWorld(t, func(s *auth.Service) {
		s.Policy = auth.Policy{OTP: auth.OTPOff, SignUp: auth.SignUpOpen, Language: "ko", AllowedOrigins: []string{"https://a.example"}, BrowserTokens: &yes}
	})
	p := w.TenantPolicy(t.Context(), coded)
	if p.OTP != auth.OTPEmail || p.SignUp != auth.SignUpOpen || p.Language != "ko" || len(p.AllowedOrigins) != 1 || !*p.BrowserTokens {
		t.Errorf("got %+v", p)
	}
	if p := w.TenantPolicy(t.Context(), "nowhere"); p.OTP != auth.OTPOff {
		t.Errorf("of no tenant: got %+v", p)
	}
}

// TestSharedSecretMode: with JWT_SECRET set everything is signed with HS256, and
// tokens of a key ring are no longer good.
func TestSharedSecretMode(t *testing.T) {
	w, id, g := loggedIn(t)
	w.signWith(t, auth.KeyConfig{Life: tokenLife, Secret: []byte("a shared secret that is long enough")})
	_, err := w.Authorize(t.Context(), auth.Origin{}, auth.Secret(g.AccessToken))
	refused(t, "a token of before", err, auth.ErrTokenInvalid)
	g, err = w.refresh(t, g.RefreshToken)
	must(t, err)
	if by := w.enter(t, g.AccessToken); by.Account.User.ID != id {
		t.Errorf("the token is of %s", by.Account.User.ID)
	}
}

// TestBootstrapTwiceChangesNothing: also for instances that start together.
func TestBootstrapTwiceChangesNothing(t *testing.T) {
	w := newWorld(t)
	before := w.tenant(t, home)
	keys := len(w.Keys.List())
	w.clock.advance(time.Hour)
	must(t, w.Bootstrap(t.Context()))
	if after := w.tenant(t, home); !after.CreatedAt.Equal(before.CreatedAt) || after.ID != before.ID || len(w.Keys.List()) != keys {
		t.Errorf("got %+v, want %+v", after, before)
	}
	if before.Name != "Latchkey" || before.Directory != auth.DefaultDirectory || w.space(t, home).Slug != auth.DefaultSpace {
		t.Errorf("the default tenant is %+v", before)
	}
}
