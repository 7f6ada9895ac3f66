package attacks

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestA16NestTenant: whatever tenantId, token, req.user and the members of a
// body say of two tenants, nobody of one reads or changes anything of the other
// over the NestJS door; and where tenants are closed to it, not a row of them.
func TestA16NestTenant(t *testing.T) {
	t.Parallel()
	for _, isolation := range []string{"shared", "database"} {
		t.Run(isolation, func(t *testing.T) {
			t.Parallel()
			confuseNest(t, isolation)
		})
	}
	t.Run("closed to tenants", func(t *testing.T) {
		t.Parallel()
		tenantsClosed(t)
	})
}

func confuseNest(t *testing.T, isolation string) {
	n := startNest(t, open().with(env{"TENANT_ISOLATION": isolation, "LOG_LEVEL": "warn"}))
	v, c, p := judge(t), n.client(), n.peer(t)
	key := n.operatorKey(t)
	alpha, beta := n.build(t, c, key, "alpha"), n.build(t, c, key, "beta")
	before := beta.portrait(t, c, key)

	claims := claimsOf(alpha, beta)
	var all []func()
	for _, cmd := range guardedCommands(beta) {
		for _, claimed := range claims {
			all = append(all, func() { claimed.try(v, p, cmd, alpha, beta) })
		}
	}
	if len(all) < 10_000 {
		t.Fatalf("%d attempts, want every command with every claim", len(all))
	}
	eachOf(min(atOnce(), 24), some(all), func(try func()) { try() })
	strangers(t, v, p, alpha, beta)

	if after := beta.portrait(t, c, key); after != before {
		v.breach("write", "the other tenant is\n%s\nwas\n%s", after, before)
	}
	for _, g := range []grant{beta.admin, beta.member} {
		c.want(t, "CURRENT_USER_OK", g.me())
		p.want("TOKENS_REFRESHED", "auth.refresh", spread(fields{"refreshToken": g.RefreshToken}, "beta", nil))
	}
	for _, g := range []grant{alpha.admin, alpha.member} { // else the attempts were somebody's whose session had ended
		p.want("CURRENT_USER_OK", "auth.get-current-user", spread(fields{"token": g.AccessToken}, "alpha", nil))
	}
	recycledNest(v, p, beta)
	n.sane(v)
}

// A claim is all that a payload can say of who asks, and where.
type claim struct {
	tenant any    // nil: there is no tenantId
	token  string // "": there is none
	user   fields // nil: there is none
	noise  fields // of the body
}

// said is the payload that says it.
func (c claim) said(body fields) fields {
	all := fields{}
	for name, value := range c.noise {
		all[name] = value
	}
	for name, value := range body {
		all[name] = value
	}
	if c.token != "" {
		all["token"] = c.token
	}
	all = spread(all, "", nil)
	if c.noise != nil {
		all["req"] = fields{"tenantId": "beta", "body": c.noise, "headers": fields{"x-tenant-id": "beta", "X-Tenant-Id": "beta", "x-space-id": "beta", "host": "10.1.2.3"}}
	}
	if c.user != nil {
		all["req"].(fields)["user"] = c.user
	}
	if c.tenant != nil {
		all["tenantId"] = c.tenant
	}
	return all
}

// agrees: the tenantId of the payload says nothing, or that tenant.
func (c claim) agrees(slug string) bool {
	return c.tenant == nil || c.tenant == "" || c.tenant == "null" || c.tenant == slug
}

// by is the tenant whose somebody the claim is by right; "": nobody's.
func (c claim) by(alpha, beta house) string {
	if c.token != "" { // wins
		if c.agrees("alpha") {
			return "alpha"
		}
		return ""
	}
	for _, h := range []house{alpha, beta} {
		for _, g := range []grant{h.admin, h.member} {
			if c.user != nil && c.user["sub"] == g.User.ID && c.user["sid"] == g.SessionID && c.user["tenantId"] == h.slug && c.agrees(h.slug) {
				return h.slug
			}
		}
	}
	return ""
}

// claimsOf are those that disagree, and for comparison some that do not.
func claimsOf(alpha, beta house) (all []claim) {
	users := []fields{nil}
	for _, sub := range []string{alpha.admin.User.ID, beta.admin.User.ID, beta.member.User.ID, ""} {
		for _, sid := range []string{alpha.admin.SessionID, beta.admin.SessionID, beta.member.SessionID} {
			for _, tenant := range []string{"alpha", "beta", beta.id, "BETA", ""} {
				users = append(users, fields{"sub": sub, "sid": sid, "tenantId": tenant, "role": "admin", "spaceId": beta.spaceID})
			}
		}
	}
	noise := fields{
		"tenant": "beta", "TenantId": "beta", "tenantID": "beta", "tenant_id": "beta", "x-tenant-id": "beta", "tenantIds": []string{"beta"}, "directory": beta.id,
		"spaceId": beta.spaceID, "SpaceId": beta.spaceID, "space": beta.space, "user": fields{"tenantId": "beta"}, "sub": beta.admin.User.ID, "sid": beta.admin.SessionID,
	}
	tenants := []any{
		nil, "", "alpha", "beta", "BETA", " beta", "beta,", "alpha,beta", "beta\x00", alpha.id, beta.id, "default", []string{"beta"}, fields{"$ne": "alpha"}, 1, true,
	}
	for i, user := range users {
		for j, tenant := range tenants {
			for k, token := range []string{"", alpha.admin.AccessToken, alpha.member.AccessToken} {
				c := claim{tenant: tenant, token: token, user: user}
				if (i+j+k)%2 == 1 || i == 0 {
					c.noise = noise
				}
				all = append(all, c)
			}
		}
	}
	return all
}

// A guardedCommand is one for somebody who is logged in, aimed at another house.
type guardedCommand struct {
	name   string
	body   fields
	bearer bool   // wants a token, whatever else there is
	mine   string // what one's own house answers to it
}

func guardedCommands(beta house) []guardedCommand {
	return []guardedCommand{
		{"auth.get-current-user", fields{}, true, "CURRENT_USER_OK"},
		{"auth.session.validate", fields{"userId": beta.admin.User.ID, "sid": beta.admin.SessionID}, true, "ACCESS_TOKEN_VALID"},
		{"auth.sessions", fields{"userId": beta.admin.User.ID}, false, "SESSIONS_RETRIEVED"},
		{"auth.logoutAll", fields{"keepCurrent": true, "userId": beta.admin.User.ID}, false, "ALL_SESSIONS_REVOKED"},
		{"auth.logoutSession", fields{"sessionId": beta.member.SessionID}, false, "SESSION_NOT_FOUND"},
		{"auth.logoutSession", fields{"sessionId": beta.admin.SessionID, "userId": beta.admin.User.ID}, false, "SESSION_NOT_FOUND"},
		{"auth.changeUserRole", fields{"userId": beta.member.User.ID, "newRole": "admin"}, false, "USER_NOT_FOUND FORBIDDEN"},
		{"auth.changeUserRole", fields{"userId": beta.admin.User.ID, "newRole": beta.role}, false, "VALIDATION_FAILED FORBIDDEN"},
		{"auth.refresh", fields{"refreshToken": beta.member.RefreshToken}, false, "AMBIGUOUS_CREDENTIALS"},
	}
}

// try sends a command with a claim: it is refused, or it is about one's own.
func (c claim) try(v *verdict, p *peer, cmd guardedCommand, alpha, beta house) {
	who := c.by(alpha, beta)
	switch {
	case cmd.bearer && c.token == "":
		who = ""
	case cmd.name == "auth.refresh" && c.user == nil: // the refresh token says by itself whose it is
		if who = ""; c.agrees("beta") {
			return
		}
	}
	if who == "beta" {
		return
	}
	said := c.said(cmd.body)
	variant := fmt.Sprintf("%s with tenantId %v, token %v, user %v, noise %v", cmd.name, c.tenant, c.token != "", c.user, c.noise != nil)
	a, err := p.ask(cmd.name, said)
	if err != nil {
		v.breach(variant, "no answer: %v", err)
		return
	}
	switch {
	case who == "alpha" && !slices.Contains(strings.Fields(cmd.mine), a.Meta.Code):
		v.breach(variant, "%v, want what one's own tenant answers: %s", a, cmd.mine)
	case who == "" && a.good, a.Meta.Code == "INTERNAL_ERROR":
		v.breach(variant, "%v, want a refusal", a)
	}
	text := text(v.t, said)
	for _, mark := range beta.marks {
		if strings.Contains(string(a.body), mark) && !strings.Contains(text, mark) {
			v.breach("read: "+variant, "%v holds %q", a, mark)
		}
	}
}

// strangers: the commands that need nobody keep to the tenant that the payload
// names, whoever else it names.
func strangers(t *testing.T, v *verdict, p *peer, alpha, beta house) {
	t.Helper()
	one := newPerson()
	p.want("USER_CREATED", "auth.signup", spread(fields{"name": one.Name, "email": one.Email, "password": one.Password}, "alpha", nil))
	var few []claim
	for i, claimed := range claimsOf(alpha, beta) {
		if i%11 == 0 {
			few = append(few, claimed)
		}
	}
	eachOf(min(atOnce(), 24), some(few), func(claimed claim) {
		in := fmt.Sprintf("tenantId %v, token %v, user %v", claimed.tenant, claimed.token != "", claimed.user)
		if claimed.tenant != "alpha" {
			if a := p.must("auth.login", claimed.said(fields{"email": one.Email, "password": one.Password})); a.good {
				v.breach("login in another tenant: "+in, "%v", a)
			}
		}
		if claimed.tenant == "beta" {
			return
		}
		if a := p.must("auth.verifyOtp", claimed.said(fields{"loginId": beta.pending, "otp": "000000"})); a.Meta.Code == "INVALID_OTP" || a.good {
			v.breach("challenge of another tenant: "+in, "%v", a)
		}
		other := newPerson()
		if a := p.must("auth.signup", claimed.said(fields{"name": other.Name, "email": other.Email, "password": other.Password, "spaceId": beta.spaceID})); a.good {
			v.breach("sign-up into another tenant's space: "+in, "%v", a)
		}
	})
}

// recycledNest: a tenant that is gone is gone for its people, and nobody gets its
// name.
func recycledNest(v *verdict, p *peer, h house) {
	v.t.Helper()
	p.want("TENANT_DELETED", "tenant.softDelete", h.slug)
	for _, data := range []fields{{"name": h.slug, "displayName": "Again"}, {"name": h.slug, "displayName": "Again", "status": "ACTIVE", "databaseUrl": "sqlite:other.db"}} {
		if a := p.must("tenant.create", data); a.Meta.Code != "DUPLICATE_ENTRY" {
			v.breach("the name again", "%v", a)
		}
	}
	for _, g := range []grant{h.admin, h.member} {
		for _, tenant := range []string{"", h.slug} {
			for command, data := range map[string]fields{
				"auth.get-current-user": spread(fields{"token": g.AccessToken}, tenant, nil), "auth.session.validate": spread(fields{"token": g.AccessToken}, tenant, nil),
				"auth.sessions": spread(nil, tenant, g.user(g.User.ID, h.slug)), "auth.logoutAll": spread(nil, tenant, g.user(g.User.ID, h.slug)),
				"auth.refresh": spread(fields{"refreshToken": g.RefreshToken}, tenant, nil),
			} {
				if a := p.must(command, data); a.Meta.Code != "TENANT_NOT_FOUND" {
					v.breach("a deleted tenant", "%s: %v", command, a)
				}
			}
		}
	}
	for _, command := range []string{"tenant.findById", "tenant.findByName", "tenant.getStatusByName", "tenant.softDelete"} {
		if a := p.must(command, h.slug); a.Meta.Code != "TENANT_NOT_FOUND" {
			v.breach("a deleted tenant", "%s: %v", command, a)
		}
	}
}

// tenantsClosed: AUTH_SERVICE_TCP_TENANTS decides alone whether the commands
// about tenants are there, whoever a payload says that it is.
func tenantsClosed(t *testing.T) {
	for _, tt := range []struct{ access, want string }{
		{"read", "FORBIDDEN"},
		{"off", "There is no matching message handler defined in the remote service."},
	} {
		n := startNest(t, open().with(env{"AUTH_SERVICE_TCP_TENANTS": tt.access, "LOG_LEVEL": "warn"}))
		v, p := judge(t), n.peer(t)
		_, g := n.client().join(t)
		before := strings.Join(n.rows("SELECT * FROM tenants"), "\n")
		for _, user := range []any{nil, fields{"sub": g.User.ID, "sid": g.SessionID, "tenantId": "default", "role": "operator"}} {
			for command, data := range map[string]fields{
				"tenant.create": {"name": "gamma", "displayName": "G"}, "tenant.update": {"id": "default", "dto": fields{"displayName": "G"}},
				"tenant.changeStatus": {"id": "default", "status": "LOCKED"}, "tenant.changeStatusByName": {"name": "default", "status": "LOCKED"},
			} {
				data = copied(data)
				data["req"], data["token"], data["tenantId"] = fields{"user": user}, g.AccessToken, "default"
				if a := p.must(command, data); a.Meta.Code != tt.want {
					v.breach(command+" where tenants are "+tt.access, "%v", a)
				}
			}
		}
		if a := p.must("tenant.softDelete", "default"); a.Meta.Code != tt.want {
			v.breach("tenant.softDelete where tenants are "+tt.access, "%v", a)
		}
		for command, data := range map[string]any{"tenant.findAll": fields{}, "tenant.findById": "default", "tenant.findByName": "default", "tenant.getStatusByName": "default", "tenant.validate": "default"} {
			if a := p.must(command, data); a.good != (tt.access == "read") {
				v.breach(command+" where tenants are "+tt.access, "%v", a)
			}
		}
		if now := strings.Join(n.rows("SELECT * FROM tenants"), "\n"); now != before {
			v.breach("tenants where they are "+tt.access, "are\n%s\nwere\n%s", now, before)
		}
		n.sane(v)
	}
}
