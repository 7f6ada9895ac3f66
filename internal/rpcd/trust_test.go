package rpcd_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/auth"
)

// claimedBy are the commands that a user may claim to send; each changes
// nothing where it is refused.
var claimedBy = map[string]object{
	"auth.sessions": {}, "auth.logoutAll": {}, "auth.logoutSession": {"sessionId": uuid.NewString()},
	"auth.changeUserRole": {"userId": uuid.NewString(), "newRole": "admin"}, "auth.refresh": {"refreshToken": "AAAA"},
}

// TestClaimedUser: what a gateway says of a user is believed as far as it names
// a living session of that person in that tenant.
func TestClaimedUser(t *testing.T) {
	w := newWorld(t)
	p, q := w.join(t, "default"), w.join(t, "default")
	ended := w.login(t, p)
	w.call(t, "auth.logoutSession", p.as().and(object{"sessionId": ended.SessionID})).want(t, "SESSION_REVOKED")
	far := w.join(t, other)
	with := func(more object) object { return p.claims().and(more) }
	for _, tt := range []struct {
		name   string
		user   any
		code   string
		reason string
	}{
		{"nobody", nil, "ACCESS_TOKEN_MISSING", ""},
		{"another user's sub", with(object{"sub": q.ID}), "TOKEN_INVALID", "claims"},
		{"another user's sid", with(object{"sid": q.SessionID}), "TOKEN_INVALID", "claims"},
		{"a sub that nobody has", with(object{"sub": uuid.NewString()}), "TOKEN_INVALID", "claims"},
		{"a sid that nothing has", with(object{"sid": uuid.NewString()}), "SESSION_NOT_FOUND", ""},
		{"a sid that is none", with(object{"sid": "' OR 1=1 --"}), "SESSION_NOT_FOUND", ""},
		{"a session that has ended", ended.claims(), "SESSION_NOT_FOUND", string(auth.EndRemoteLogout)},
		{"no sub", with(object{"sub": ""}), "TOKEN_INVALID", "claims"},
		{"no sid", with(object{"sid": nil}), "TOKEN_INVALID", "claims"},
		{"no tenant", with(object{"tenantId": ""}), "TOKEN_INVALID", "claims"},
		{"nothing at all", object{}, "TOKEN_INVALID", "claims"},
		{"another tenant's claim", with(object{"tenantId": other}), "TENANT_MISMATCH", ""},
		{"a session of another tenant", far.claims(), "TENANT_MISMATCH", ""},
		{"a session of another tenant, said to be of this one", far.claims().and(object{"tenantId": "default"}), "TENANT_MISMATCH", ""},
		{"sub in another case of letters", object{"Sub": p.ID, "sid": p.SessionID, "tenantId": "default"}, "TOKEN_INVALID", "claims"},
		{"a list as sub", with(object{"sub": []string{p.ID}}), "VALIDATION_FAILED", ""},
		{"a number as sid", with(object{"sid": 1}), "VALIDATION_FAILED", ""},
		{"an object as tenant", with(object{"tenantId": object{"$ne": ""}}), "VALIDATION_FAILED", ""},
		{"a text as user", p.ID, "VALIDATION_FAILED", ""},
		{"a list as user", []any{p.claims()}, "VALIDATION_FAILED", ""},
		{"true as user", true, "VALIDATION_FAILED", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for command, payload := range claimedBy {
				r := req(nil)
				r["user"] = tt.user
				code := tt.code
				if tt.user == nil && command == "auth.refresh" { // public: the token says by itself whose it is
					code = "INVALID_REFRESH_TOKEN"
				}
				a := w.call(t, command, payload.and(object{"tenantId": "default", "req": r})).want(t, code)
				if a.Meta.Reason != tt.reason {
					t.Errorf("%s: got reason %q, want %q", command, a.Meta.Reason, tt.reason)
				}
			}
		})
	}
	for _, who := range []person{p, q} {
		w.call(t, "auth.sessions", who.as()).want(t, "SESSIONS_RETRIEVED")
	}
}

// TestClaimedTwice: of two claims in one payload none counts.
func TestClaimedTwice(t *testing.T) {
	w := newWorld(t)
	p, q := w.join(t, "default"), w.join(t, "default")
	for name, payload := range map[string]string{
		"two users":   `{"tenantId":"default","req":{"user":{"sub":"P","sid":"S","tenantId":"default"},"user":{"sub":"Q","sid":"T","tenantId":"default"}}}`,
		"two reqs":    `{"tenantId":"default","req":{"user":{"sub":"P","sid":"S","tenantId":"default"}},"req":{"user":{"sub":"Q","sid":"T","tenantId":"default"}}}`,
		"two subs":    `{"tenantId":"default","req":{"user":{"sub":"P","sid":"S","tenantId":"default","sub":"Q"}}}`,
		"two tenants": `{"tenantId":"default","req":{"user":{"sub":"P","sid":"S","tenantId":"default"}},"tenantId":"other"}`,
	} {
		text := strings.NewReplacer(`"P"`, `"`+p.ID+`"`, `"S"`, `"`+p.SessionID+`"`, `"Q"`, `"`+q.ID+`"`, `"T"`, `"`+q.SessionID+`"`).Replace(payload)
		t.Run(name, func(t *testing.T) {
			w.call(t, "auth.sessions", json.RawMessage(text)).want(t, "VALIDATION_FAILED")
		})
	}
}

// TestClaimedUserAsTheyAreNow: a session that lived when the gateway looked, and
// does not any more, lets nobody in.
func TestClaimedUserAsTheyAreNow(t *testing.T) {
	for _, tt := range []struct {
		name   string
		happen func(*testing.T, *world, person)
		code   string
	}{
		{"locked by an admin", func(t *testing.T, w *world, p person) {
			_, err := w.service.LockMember(t.Context(), w.operator(t, p.Tenant), auth.MemberRef{ID: p.ID})
			must(t, err)
		}, "SESSION_NOT_FOUND"},
		{"disabled", func(t *testing.T, w *world, p person) {
			_, err := w.store.UpdateUser(t.Context(), auth.DefaultDirectory, p.ID, func(u *auth.User) error {
				u.Status = auth.UserDisabled
				return nil
			}, auth.Note{})
			must(t, err)
			w.live.DropAccount(auth.DefaultDirectory, p.ID)
		}, "USER_NOT_FOUND"},
		{"tenant suspended", func(t *testing.T, w *world, p person) { w.status(t, p.Tenant, auth.TenantSuspended) }, "TENANT_INACTIVE"},
		{"session too old", func(_ *testing.T, w *world, _ person) { w.clock.advance(91 * 24 * time.Hour) }, "SESSION_NOT_FOUND"},
		{"logged out elsewhere", func(t *testing.T, w *world, p person) {
			w.call(t, "auth.logoutAll", p.as()).want(t, "ALL_SESSIONS_REVOKED")
		}, "SESSION_NOT_FOUND"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			p := w.join(t, other)
			w.call(t, "auth.sessions", p.as()).want(t, "SESSIONS_RETRIEVED")
			tt.happen(t, w, p)
			for command, payload := range claimedBy {
				w.call(t, command, payload.and(p.as())).want(t, tt.code)
			}
		})
	}
}

// TestTokenWinsOverClaims: who sends an access token is who it says, whatever a
// gateway claims beside it.
func TestTokenWinsOverClaims(t *testing.T) {
	w := newWorld(t)
	p, q := w.join(t, "default"), w.join(t, "default")
	var all []struct{ SessionID string }
	both := q.as().and(object{"token": p.AccessToken})
	w.call(t, "auth.sessions", both).want(t, "SESSIONS_RETRIEVED").into(t, &all)
	if len(all) != 1 || all[0].SessionID != p.SessionID {
		t.Errorf("got sessions %+v, want %s alone", all, p.SessionID)
	}
	var me struct{ ID, SessionID string }
	w.call(t, "auth.get-current-user", both).want(t, "CURRENT_USER_OK").into(t, &me)
	if me.ID != p.ID || me.SessionID != p.SessionID {
		t.Errorf("got %+v, want %s", me, p.ID)
	}
	for name, token := range map[string]string{
		"garbage": "garbage", "a refresh token": q.RefreshToken, "cut": p.AccessToken[:len(p.AccessToken)-3], "unsigned": unsigned(p.AccessToken),
	} {
		for _, command := range []string{"auth.sessions", "auth.logoutAll", "auth.changeUserRole", "auth.get-current-user", "auth.session.validate"} {
			t.Run(name+" to "+command, func(t *testing.T) {
				w.call(t, command, q.as().and(object{"token": token})).want(t, "TOKEN_INVALID")
			})
		}
	}
	w.call(t, "auth.session.validate", q.as()).want(t, "ACCESS_TOKEN_MISSING") // it is about a token
	w.call(t, "auth.get-current-user", q.as()).want(t, "ACCESS_TOKEN_MISSING")
}

// unsigned is a token with its signature taken off.
func unsigned(token string) string {
	return token[:strings.LastIndex(token, ".")+1]
}

// TestRoleIsLookedUp: what a gateway says of a role, a permission or anything
// else beside the session gets nothing.
func TestRoleIsLookedUp(t *testing.T) {
	w := newWorld(t)
	p, boss := w.join(t, "default"), w.join(t, "default")
	w.setRole(t, boss.ID, auth.RoleAdmin)
	claims := p.claims().and(object{"role": "admin", "permissions": []string{"*"}, "roles": []string{"admin"}, "operator": "trusted-peer"})
	asked := object{"tenantId": "default", "userId": p.ID, "newRole": "admin", "role": "admin"}
	w.call(t, "auth.changeUserRole", asked.and(object{"req": req(claims)})).want(t, "FORBIDDEN")
	w.call(t, "auth.changeUserRole", asked.and(object{"token": p.AccessToken, "req": req(boss.claims())})).want(t, "FORBIDDEN")
	if got := w.account(t, p.ID).Seats[0].Role; got != auth.RoleUser {
		t.Errorf("got role %s, want user", got)
	}
	// And an admin whose token still says user is one.
	w.call(t, "auth.changeUserRole", boss.as().and(object{"userId": p.ID, "newRole": "manager"})).want(t, "USER_ROLE_UPDATED")
	if got := w.account(t, p.ID).Seats[0].Role; got != auth.RoleManager {
		t.Errorf("got role %s, want manager", got)
	}
}

// TestRoleOfAnotherTenant: who runs one tenant is nobody in another of the same
// people.
func TestRoleOfAnotherTenant(t *testing.T) {
	w := newWorld(t)
	boss, p := w.join(t, "default"), w.join(t, other)
	w.setRole(t, boss.ID, auth.RoleAdmin)
	w.call(t, "auth.changeUserRole", boss.as().and(object{"userId": p.ID, "newRole": "admin"})).want(t, "USER_NOT_FOUND")
	w.call(t, "auth.changeUserRole", boss.as().and(object{"tenantId": other, "userId": p.ID, "newRole": "admin"})).want(t, "TENANT_MISMATCH")
	w.call(t, "auth.changeUserRole", object{"tenantId": other, "userId": p.ID, "newRole": "admin", "req": req(boss.claims().and(object{"tenantId": other}))}).
		want(t, "TENANT_MISMATCH")
}

// TestNothingMoreIsStored: a gateway spreads the whole body in, so that members
// that no rule knows come with it, and are nothing.
func TestNothingMoreIsStored(t *testing.T) {
	w := newWorld(t)
	p, id := stranger("default"), uuid.NewString()
	w.call(t, "auth.signup", p.signUp().and(object{
		"_id": id, "id": id, "role": "admin", "roles": []string{"admin"}, "status": 0, "tenants": []object{{"tenantId": other, "role": "admin"}},
		"tenant": other, "sessions": []object{{"sessionId": id}}, "passwordHash": "x", "emailVerified": true, "permissions": []string{"*"},
		"isAdmin": true, "directory": other, "createdAt": "1970-01-01T00:00:00Z", "__proto__": object{"role": "admin"}, "user": object{"role": "admin"},
		"token": "eyJ", "sid": id, "userId": id, "Role": "admin", "seats": []object{{"role": "admin"}}, "operator": "trusted-peer", "lockedUntil": "2040-01-01T00:00:00Z",
	})).want(t, "USER_CREATED").into(t, &p)
	if p.ID == id {
		t.Error("the id that was asked for was taken")
	}
	a := w.account(t, p.ID)
	if len(a.Seats) != 1 || a.Seats[0].Role != auth.RoleUser || a.User.Status != auth.UserActive || !a.User.CreatedAt.Equal(w.clock.Now()) || !a.User.VerifiedAt.IsZero() || !a.User.LockedUntil.IsZero() {
		t.Errorf("got %+v", a)
	}
	if tenant, err := w.store.Tenant(t.Context(), "default"); err != nil || a.Seats[0].Tenant != tenant.ID {
		t.Errorf("got a seat in %s, %v", a.Seats[0].Tenant, err)
	}
	var living []struct{ SessionID string }
	w.call(t, "auth.sessions", p.as()).want(t, "SESSIONS_RETRIEVED").into(t, &living)
	if slices.ContainsFunc(living, func(s struct{ SessionID string }) bool { return s.SessionID == id }) || len(living) != 1 {
		t.Errorf("got sessions %v", living)
	}
	// And a login that asks for a role gets the one that it has.
	var g struct{ User struct{ Role string } }
	w.call(t, "auth.login", p.signIn().and(object{"role": "admin", "req": req(object{"role": "admin"})})).want(t, "LOGIN_SUCCESS").into(t, &g)
	if g.User.Role != auth.RoleUser {
		t.Errorf("got role %s, want user", g.User.Role)
	}
}

// TestTenantIsRefused: a tenant that there is not, or that is not active, is
// refused whatever is asked in it.
func TestTenantIsRefused(t *testing.T) {
	w := newWorld(t)
	p := w.join(t, other)
	commands := map[string]object{
		"auth.signup": stranger("").signUp(), "auth.login": p.signIn(), "auth.verifyOtp": {"loginId": uuid.NewString(), "otp": "123456"},
		"auth.unlock": {"token": "AAAA"}, "auth.refresh": {"refreshToken": p.RefreshToken}, "auth.sessions": p.as(), "auth.logoutAll": p.as(),
		"auth.logoutSession":    p.as().and(object{"sessionId": p.SessionID}),
		"auth.changeUserRole":   p.as().and(object{"userId": p.ID, "newRole": "admin"}),
		"auth.session.validate": {"token": p.AccessToken}, "auth.get-current-user": {"token": p.AccessToken},
	}
	for slug, code := range map[string]string{
		"nowhere": "TENANT_NOT_FOUND", asleep: "TENANT_INACTIVE", "Other": "TENANT_NOT_FOUND", "../other": "TENANT_NOT_FOUND",
		"other\x00": "TENANT_NOT_FOUND", " other": "TENANT_NOT_FOUND", strings.Repeat("o", 100_000): "TENANT_NOT_FOUND",
	} {
		for command, payload := range commands {
			w.call(t, command, payload.and(object{"tenantId": slug})).want(t, code)
		}
	}
	for command, payload := range commands {
		w.call(t, command, payload.and(object{"tenantId": 7})).want(t, "VALIDATION_FAILED").wantFields(t, "tenantId")
	}
	w.status(t, other, auth.TenantSuspended)
	for command, payload := range commands {
		w.call(t, command, payload.and(object{"tenantId": other})).want(t, "TENANT_INACTIVE")
	}
	w.status(t, other, auth.TenantActive)
	w.call(t, "auth.sessions", p.as()).want(t, "SESSIONS_RETRIEVED") // nothing was done to it meanwhile
	w.call(t, "auth.refresh", object{"refreshToken": p.RefreshToken, "tenantId": other}).want(t, "TOKENS_REFRESHED")
}

// TestRefreshForSomebodyElse: a session that is claimed beside a refresh token
// must be the token's own; else neither is touched.
func TestRefreshForSomebodyElse(t *testing.T) {
	w := newWorld(t)
	p, q := w.join(t, "default"), w.join(t, "default")
	w.call(t, "auth.refresh", q.as().and(object{"refreshToken": p.RefreshToken})).want(t, "AMBIGUOUS_CREDENTIALS")
	w.call(t, "auth.refresh", w.login(t, p).as().and(object{"refreshToken": p.RefreshToken})).want(t, "AMBIGUOUS_CREDENTIALS")
	w.call(t, "auth.refresh", q.as().and(object{"token": q.AccessToken, "refreshToken": p.RefreshToken})).want(t, "AMBIGUOUS_CREDENTIALS")
	w.call(t, "auth.refresh", p.as().and(object{"refreshToken": p.RefreshToken})).want(t, "TOKENS_REFRESHED")
	w.call(t, "auth.refresh", object{"refreshToken": q.RefreshToken}).want(t, "TOKENS_REFRESHED")
	w.call(t, "auth.refresh", p.as().and(object{"refreshToken": p.AccessToken})).want(t, "INVALID_REFRESH_TOKEN")
	w.call(t, "auth.refresh", p.as()).want(t, "REFRESH_TOKEN_NOT_FOUND")
}
