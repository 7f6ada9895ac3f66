package attacks

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// TestA06Refresh: a refresh token is good for one rotation. Of any number of
// callers one moves the session on; who comes with one that was used before
// ends the session and all of its tokens, and no other session.
func TestA06Refresh(t *testing.T) {
	t.Parallel()
	t.Run("within the grace", refreshTogether)
	t.Run("reuse", refreshReused)
	t.Run("after the end", refreshEnded)
	t.Run("by others", refreshElsewhere)
}

// refreshTogether: callers with one token at once, and one whose answer got
// lost, get one successor; the session never forks.
func refreshTogether(t *testing.T) {
	t.Parallel()
	s := start(t, lockableOpen().with(env{"REFRESH_GRACE": "5m"}))
	v, c := judge(t), s.client()
	for _, n := range []int{2, 8, 32, 64} {
		variant := fmt.Sprintf("%d at once", n)
		_, g := c.join(t)
		var successors sync.Map
		eachOf(n, make([]struct{}, n), func(struct{}) {
			a := c.must(t, g.refresh())
			if a.status != http.StatusOK {
				v.breach(variant, "one is logged out by the others: %v", a)
			}
			successors.Store(a.grant().RefreshToken, true)
		})
		got := 0
		successors.Range(func(any, any) bool { got++; return true })
		if got != 1 {
			v.breach(variant, "%d successors, want one", got)
		}
		if counter := s.one(t, "SELECT counter FROM sessions WHERE id = '"+g.SessionID+"'"); counter != "1" {
			v.breach(variant, "the session moved on %s times, want once", counter)
		}
	}
	_, g := c.join(t)
	lost := c.want(t, "TOKENS_REFRESHED", g.refresh()).grant()
	if again := c.want(t, "TOKENS_REFRESHED", g.refresh()).grant(); again.RefreshToken != lost.RefreshToken {
		v.breach("lost answer", "the retry gets another token: the session has forked")
	}
	third := c.want(t, "TOKENS_REFRESHED", lost.refresh()).grant()
	if a := c.must(t, g.refresh()); a.Meta.Code != "INVALID_REFRESH_HASH" { // two rotations old: no grace helps
		v.breach("old generation within the grace", "%v", a)
	}
	familyDead(t, v, c, "old generation within the grace", g, lost, third)
}

// refreshReused: without a grace every second use is a reuse.
func refreshReused(t *testing.T) {
	t.Parallel()
	s := start(t, lockableOpen().with(env{"REFRESH_GRACE": "0s"}))
	v, c := judge(t), s.client()
	turn := func(g grant) grant { return c.want(t, "TOKENS_REFRESHED", g.refresh()).grant() }
	for _, tt := range []struct {
		name string
		old  int // which of the session's tokens comes again
		send func(grant) request
	}{
		{"the one before, in the body", 4, grant.refresh},
		{"the first, in the body", 0, grant.refresh},
		{"one in between, as a cookie", 2, func(g grant) request {
			return post("/auth/refresh", nil, "Cookie", "refreshToken="+g.RefreshToken)
		}},
		{"the one before, at the seed's path", 4, func(g grant) request {
			return post("/auth/token/refresh", fields{"refreshToken": g.RefreshToken})
		}},
		{"the one before, at the other prefix", 4, func(g grant) request {
			return post("/api/v1/auth/refresh", fields{"refreshToken": g.RefreshToken})
		}},
		{"from another device", 4, func(g grant) request {
			return post("/auth/refresh", fields{"refreshToken": g.RefreshToken}, "User-Agent", "curl/8", "X-Device-Token", "none")
		}},
	} {
		p, first := c.join(t)
		other := c.want(t, "LOGIN_SUCCESS", p.logIn()).grant()
		family := []grant{first}
		for range 5 {
			family = append(family, turn(family[len(family)-1]))
		}
		if a := c.must(t, tt.send(family[tt.old])); a.Meta.Code != "INVALID_REFRESH_HASH" {
			v.breach(tt.name, "%v", a)
		}
		familyDead(t, v, c, tt.name, family...)
		if a := c.must(t, other.me()); a.status != http.StatusOK {
			v.breach(tt.name, "the other device is logged out: %v", a)
		}
		turn(other)
		if n := s.one(t, "SELECT count(*) FROM audit_events WHERE session_id = '"+first.SessionID+"' AND reason = 'reuse_detected'"); n != "1" {
			v.breach(tt.name, "%s events tell of the reuse, want one", n)
		}
	}
	for _, n := range []int{2, 8, 32, 64} {
		variant := fmt.Sprintf("%d at once without a grace", n)
		_, g := c.join(t)
		var mu sync.Mutex
		var winners []grant
		eachOf(n, make([]struct{}, n), func(struct{}) {
			if a := c.must(t, g.refresh()); a.status == http.StatusOK {
				mu.Lock()
				winners = append(winners, a.grant())
				mu.Unlock()
			}
		})
		if len(winners) != 1 {
			v.breach(variant, "%d winners, want one", len(winners))
		}
		familyDead(t, v, c, variant, append(winners, g)...)
	}
}

// familyDead checks that no token of a session opens anything.
func familyDead(t *testing.T, v *verdict, c *client, variant string, family ...grant) {
	t.Helper()
	for i, g := range family {
		for _, q := range []request{g.refresh(), g.me(), get("/auth/new-token", g.jar()...)} {
			if a := c.must(t, q); a.status != http.StatusUnauthorized {
				v.breach(variant, "after it, token %d of the session at %s: %v", i, q.path, a)
			}
		}
	}
}

// refreshEnded: what ends a session ends its refresh token, also the one that
// the grace would have answered.
func refreshEnded(t *testing.T) {
	t.Parallel()
	s := start(t, lockableOpen().with(env{"REFRESH_GRACE": "5m"}))
	v, c := judge(t), s.client()
	for _, tt := range []struct {
		name string
		end  func(p person, g grant)
	}{
		{"logout", func(_ person, g grant) { c.want(t, "LOGGED_OUT", post("/auth/logout", nil, g.bearer()...)) }},
		{"logout of all", func(_ person, g grant) {
			c.want(t, "ALL_SESSIONS_REVOKED", post("/auth/logout/all", nil, g.bearer()...))
		}},
		{"password changed elsewhere", func(p person, _ grant) {
			other := c.want(t, "LOGIN_SUCCESS", p.logIn()).grant()
			body := fields{"currentPassword": p.Password, "newPassword": newPerson().Password}
			c.want(t, "PASSWORD_CHANGED", post("/auth/password/change", body, other.bearer()...))
		}},
		{"password reset", func(p person, _ grant) {
			c.want(t, "RESET_SENT_IF_KNOWN", forgot(p))
			c.want(t, "PASSWORD_CHANGED", reset(s.linkToken(t, p.Email, resetPage, 1), newPerson().Password))
		}},
		{"disowned", func(p person, _ grant) {
			c.want(t, "SESSION_DISOWNED", post(disownPage, fields{"token": s.linkToken(t, p.Email, disownPage, 1)}))
		}},
	} {
		p, g := c.join(t)
		next := c.want(t, "TOKENS_REFRESHED", g.refresh()).grant()
		tt.end(p, next)
		familyDead(t, v, c, tt.name, g, next)
	}
	// A lock ends what strangers opened since the attack began, and no session
	// that lived before.
	p, before := c.join(t)
	for range 3 {
		c.must(t, wrong(p.Email))
	}
	during := c.want(t, "LOGIN_SUCCESS", p.logIn()).grant()
	s.lockOut(t, p)
	familyDead(t, v, c, "opened during an attack, locked after it", during)
	if a := c.must(t, before.refresh()); a.status != http.StatusOK {
		v.breach("lock", "the session from before the attack: %v", a)
	}
}

// refreshElsewhere: a token works for its own session, in its own tenant.
func refreshElsewhere(t *testing.T) {
	t.Parallel()
	s := start(t, lockableOpen())
	v, c := judge(t), s.client()
	s.addTenant(t, "elsewhere")
	_, g := c.join(t)
	_, other := c.join(t)
	for _, tt := range []struct {
		name string
		q    request
	}{
		{"another tenant", post("/auth/refresh", fields{"refreshToken": g.RefreshToken}, "X-Tenant-Id", "elsewhere")},
		{"a tenant that is not there", post("/auth/refresh", fields{"refreshToken": g.RefreshToken}, "X-Tenant-Id", "nowhere")},
		{"somebody else's cookie jar", get("/auth/new-token", "Cookie", "accessToken="+other.AccessToken+"; refreshToken="+g.RefreshToken)},
		{"two cookies", post("/auth/refresh", nil, "Cookie", "refreshToken="+g.RefreshToken+"; refreshToken="+other.RefreshToken)},
		{"another session's id in it", post("/auth/refresh", fields{"refreshToken": g.RefreshToken[:22] + other.RefreshToken[22:]})},
		{"a counter that was never given out", post("/auth/refresh", fields{"refreshToken": strings.Repeat("A", len(g.RefreshToken))})},
		{"the access token", post("/auth/refresh", fields{"refreshToken": g.AccessToken})},
		{"the device token", post("/auth/refresh", fields{"refreshToken": g.DeviceToken})},
	} {
		if a := c.must(t, tt.q); a.status < 400 || a.status >= 500 {
			v.breach(tt.name, "%v", a)
		}
	}
	// Whose access token comes along does not matter: the refresh token decides.
	mixed := c.must(t, post("/auth/refresh", fields{"refreshToken": g.RefreshToken}, other.bearer()...)).grant()
	if mixed.SessionID != "" && mixed.SessionID != g.SessionID || mixed.User.ID == other.User.ID {
		v.breach("with somebody else's access token", "the answer is of another session")
	}
	for _, own := range []grant{g, other} { // and none of that used a token up
		if a := c.must(t, own.refresh()); a.status != http.StatusOK {
			v.breach("afterwards", "the owner's token: %v", a)
		}
	}
}

// addTenant makes a tenant of the same people beside the server.
func (s *server) addTenant(t *testing.T, slug string) {
	t.Helper()
	s.exec(t, `INSERT INTO tenants (id, slug, name, directory, status, created_at, updated_at)
		SELECT '0198c0de-0000-7000-8000-000000000001', ?, 'Elsewhere', directory, 'ACTIVE', created_at, updated_at FROM tenants`, slug)
	s.exec(t, `INSERT INTO spaces (directory, tenant_id, id, slug, name, created_at)
		SELECT directory, id, '0198c0de-0000-7000-8000-000000000002', 'default', 'Default', created_at FROM tenants WHERE slug = ?`, slug)
	eventually(t, "the new tenant is known", func() bool {
		return s.client().must(t, post("/auth/refresh", fields{"refreshToken": "x"}, "X-Tenant-Id", slug)).Meta.Code == "INVALID_REFRESH_TOKEN"
	})
}
