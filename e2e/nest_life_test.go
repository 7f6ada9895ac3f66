package e2e

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/uuid"
)

// sharedSecret is the JWT_SECRET of gateway and service.
const sharedSecret = "a-secret-of-the-gateway-and-the-service-1"

// startNest starts a dev server with its door for NestJS clients open.
func startNest(t *testing.T, more env) (*server, nestOptions) {
	t.Helper()
	port := freePort(t)
	secret(sharedSecret)
	s := start(t, "dev", quick().with(env{
		"AUTH_SERVICE_TCP_PORT": fmt.Sprint(port), "JWT_SECRET": sharedSecret, "RATE_LIMITS": "off",
	}).with(more))
	return s, nestOptions{Port: port}
}

// A nestGateway sends what the seed's gateway sends (SEED-SYSTEMS.md §2.4).
type nestGateway struct {
	*nestClient
	tenant string
}

// from is what it says of a request: who it found the token to be of, and where
// the request came from, which is an address or, by a fault of its own, a number.
func (g nestGateway) from(user any, host any) map[string]any {
	req := map[string]any{"headers": map[string]any{"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "host": host}}
	if user != nil {
		req["user"] = user
	}
	return req
}

// public is the payload of a public route: the whole body, spread in.
func (g nestGateway) public(body map[string]any) map[string]any {
	data := map[string]any{}
	for k, v := range body {
		data[k] = v
	}
	data["tenantId"], data["req"] = g.tenant, g.from(nil, "127.0.0.1")
	return data
}

// protected is the payload of a route that needs a token.
func (g nestGateway) protected(user map[string]any, more map[string]any) map[string]any {
	data := map[string]any{"tenantId": g.tenant, "req": g.from(user, 0)}
	for k, v := range more {
		data[k] = v
	}
	return data
}

// claims are those of a token that Node's crypto verified with the secret.
func (g nestGateway) claims(t *testing.T, token string) map[string]any {
	t.Helper()
	a, err := g.do(map[string]any{"op": "verify", "token": token, "secret": sharedSecret})
	var claims map[string]any
	if err != nil || a.Response == nil || json.Unmarshal(a.Response, &claims) != nil {
		t.Fatalf("the token does not verify with JWT_SECRET: %v %v", a, err)
	}
	return claims
}

// validate is what the gateway's guard asks at every request.
func (g nestGateway) validate(token string, claims map[string]any) map[string]any {
	return map[string]any{"token": token, "tenantId": g.tenant, "userId": claims["sub"], "sid": claims["sid"]}
}

// join signs up and logs in through the gateway.
func (g nestGateway) join(t *testing.T, s *server) (person, grant, map[string]any) {
	t.Helper()
	p := newPerson()
	secret(p.Password)
	g.want(t, "USER_CREATED", "auth.signup", g.public(map[string]any{
		"name": p.Name, "username": "u" + uuid.NewString()[:8], "email": p.Email, "mobile": fmt.Sprintf("+8210%08d", uuid.New().ID()%100_000_000), "password": p.Password,
		"role": "admin", "status": 1, "sessions": []any{}, "_id": "64b0c0ffee0000000000000a", // what the seed let in
	}))
	got := g.logIn(t, s, p)
	return p, got, g.claims(t, got.AccessToken)
}

func (g nestGateway) logIn(t *testing.T, s *server, p person) grant {
	t.Helper()
	var c struct{ LoginID, Channel, MaskedEmail string }
	a := g.want(t, "OTP_SENT", "auth.login", g.public(map[string]any{"usernameOrEmailOrMobile": p.Email, "password": p.Password}))
	if err := json.Unmarshal(a.Data, &c); err != nil || uuid.Validate(c.LoginID) != nil || c.Channel != "email" {
		t.Fatalf("the challenge is %s", a.Data)
	}
	return g.want(t, "LOGIN_SUCCESS", "auth.verifyOtp", g.public(map[string]any{"loginId": c.LoginID, "otp": s.devCode(t, p.Email)})).grant(t)
}

// TestNestLifeCycle: with each version of the client, sign-up to logout, nothing
// changed on the Nest side.
func TestNestLifeCycle(t *testing.T) {
	t.Parallel()
	s, options := startNest(t, nil)
	for _, version := range nestVersions {
		t.Run(version, func(t *testing.T) {
			g := nestGateway{openNest(t, version, options), "default"}
			p, first, claims := g.join(t, s)
			if claims["role"] != "user" || claims["tenantId"] != "default" || claims["username"] == "" || uuid.Validate(claims["sid"].(string)) != nil || uuid.Validate(claims["sub"].(string)) != nil {
				t.Errorf("the claims are %v", claims)
			}
			var who struct{ ID, SessionID, Role, Email string }
			a := g.want(t, "ACCESS_TOKEN_VALID", "auth.session.validate", g.validate(first.AccessToken, claims))
			if err := json.Unmarshal(a.Data, &who); err != nil || who.ID != claims["sub"] || who.SessionID != claims["sid"] || who.Role != "user" {
				t.Errorf("validated as %s", a.Data)
			}
			a = g.want(t, "CURRENT_USER_OK", "auth.get-current-user", g.protected(claims, map[string]any{"token": first.AccessToken}))
			if err := json.Unmarshal(a.Data, &who); err != nil || who.Email != p.Email {
				t.Errorf("the current user is %s", a.Data)
			}

			second := g.logIn(t, s, p)
			var devices []map[string]any
			a = g.want(t, "SESSIONS_RETRIEVED", "auth.sessions", g.protected(claims, nil))
			if err := json.Unmarshal(a.Data, &devices); err != nil || len(devices) != 2 || devices[0]["sessionId"] != second.SessionID || devices[1]["current"] != true || devices[0]["refreshHash"] != nil {
				t.Errorf("the devices are %s", a.Data)
			}
			g.want(t, "SESSION_REVOKED", "auth.logoutSession", g.protected(claims, map[string]any{"sessionId": second.SessionID}))
			g.want(t, "SESSION_NOT_FOUND", "auth.logoutSession", g.protected(claims, map[string]any{"sessionId": second.SessionID}))
			g.want(t, "SESSION_NOT_FOUND", "auth.session.validate", g.validate(second.AccessToken, g.claims(t, second.AccessToken)))

			next := g.want(t, "TOKENS_REFRESHED", "auth.refresh", g.protected(claims, map[string]any{"refreshToken": first.RefreshToken})).grant(t)
			again := g.want(t, "TOKENS_REFRESHED", "auth.refresh", g.protected(claims, map[string]any{"refreshToken": first.RefreshToken})).grant(t)
			if next.RefreshToken == first.RefreshToken || again.RefreshToken != next.RefreshToken {
				t.Error("the refresh token was not rotated once")
			}
			g.want(t, "TOKEN_INVALID", "auth.session.validate", g.validate(next.RefreshToken, claims))

			nestRoles(t, s, g, claims)

			g.want(t, "ALL_SESSIONS_REVOKED", "auth.logoutAll", g.protected(claims, nil))
			g.want(t, "SESSION_NOT_FOUND", "auth.session.validate", g.validate(next.AccessToken, claims))
			g.want(t, "SESSION_NOT_FOUND", "auth.sessions", g.protected(claims, nil))
		})
	}
}

// nestRoles: what counts is the role in the database, whatever is claimed.
func nestRoles(t *testing.T, s *server, g nestGateway, claims map[string]any) {
	boss, _, bossClaims := g.join(t, s)
	ask := func(by map[string]any, role string) map[string]any {
		return g.protected(by, map[string]any{"userId": claims["sub"], "newRole": role})
	}
	forged := map[string]any{}
	for k, v := range bossClaims {
		forged[k] = v
	}
	forged["role"] = "admin"
	g.want(t, "FORBIDDEN", "auth.changeUserRole", ask(forged, "manager"))
	if out, errs, code := latchkey(t, s.dir, s.env, "user", "role", boss.Email, "admin"); code != 0 {
		t.Fatalf("make an admin: %s%s", out, errs)
	}
	within(t, patience, "the admin may change roles", func() bool {
		return g.send(t, "auth.changeUserRole", ask(bossClaims, "manager")).envelope(t).Meta.Code == "USER_ROLE_UPDATED"
	})
	var now struct{ PreviousRole, NewRole string }
	a := g.want(t, "USER_ROLE_UPDATED", "auth.changeUserRole", ask(bossClaims, "user"))
	if err := json.Unmarshal(a.Data, &now); err != nil || now.PreviousRole != "manager" || now.NewRole != "user" {
		t.Errorf("the role was changed as %s says", a.Data)
	}
	g.want(t, "VALIDATION_FAILED", "auth.changeUserRole", ask(bossClaims, "emperor"))
}

// TestNestTenants: the commands of the seed's tenant service, at a port of their
// own.
func TestNestTenants(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	_, _ = startNest(t, env{"TENANT_SERVICE_TCP_PORT": fmt.Sprint(port)})
	for i, version := range nestVersions {
		t.Run(version, func(t *testing.T) {
			c := openNest(t, version, nestOptions{Port: port})
			name := fmt.Sprintf("acme-%d", i)
			document := func(code, cmd string, data any) (d struct {
				ID          string `json:"_id"`
				Name        string
				DisplayName string
				Status      string
				Deleted     bool
			}) {
				t.Helper()
				if a := c.want(t, code, cmd, data); json.Unmarshal(a.Data, &d) != nil || d.Name != name || d.Deleted {
					t.Fatalf("%s: the tenant is %s", cmd, a.Data)
				}
				return d
			}
			refused := func(status int, cmd string, data any) {
				t.Helper()
				got := c.send(t, cmd, data)
				var err struct {
					StatusCode int
					Message    string
				}
				if json.Unmarshal(got.Err, &err) != nil || err.StatusCode != status || err.Message == "" {
					t.Errorf("%s: got %v, want an err with statusCode %d", cmd, got, status)
				}
			}
			dto := map[string]any{"name": name, "displayName": "Acme Ltd", "contactEmail": "it@acme.example"}
			id := document("TENANT_CREATED", "tenant.create", dto).ID
			refused(409, "tenant.create", dto)
			refused(400, "tenant.create", map[string]any{"name": "No Slug", "displayName": "x"})
			for cmd, ref := range map[string]string{"tenant.findById": id, "tenant.findByName": name} {
				if d := document("TENANT_RETRIEVED", cmd, ref); d.Status != "ACTIVE" {
					t.Errorf("its status is %s", d.Status)
				}
				refused(404, cmd, "nobody")
			}
			var list struct {
				Meta struct{ Total, Page, PageSize, TotalPages int }
				Data []any
			}
			if got := c.send(t, "tenant.findAll", map[string]any{"status": nil, "page": 1, "pageSize": 1}); json.Unmarshal(got.Response, &list) != nil ||
				len(list.Data) != 1 || list.Meta.Page != 1 || list.Meta.PageSize != 1 || list.Meta.Total < 2 || list.Meta.TotalPages != list.Meta.Total {
				t.Errorf("the list is %v", got)
			}
			if d := document("TENANT_UPDATED", "tenant.update", map[string]any{"id": id, "dto": map[string]any{"displayName": "Acme Inc"}}); d.DisplayName != "Acme Inc" {
				t.Errorf("its name is %s", d.DisplayName)
			}
			if d := document("TENANT_STATUS_CHANGED", "tenant.changeStatus", map[string]any{"id": id, "status": "SUSPENDED"}); d.Status != "SUSPENDED" {
				t.Errorf("its status is %s", d.Status)
			}
			refused(400, "tenant.changeStatus", map[string]any{"id": id, "status": "BOGUS"})
			var valid struct{ Valid bool }
			if a := c.want(t, "TENANT_VALIDATED", "tenant.validate", name); json.Unmarshal(a.Data, &valid) != nil || valid.Valid {
				t.Errorf("a suspended tenant: %s", a.Data)
			}
			g := nestGateway{c, name}
			g.want(t, "TENANT_INACTIVE", "auth.login", g.public(map[string]any{"usernameOrEmailOrMobile": "a@example.com", "password": "x-y-z-1-2-3"}))
			document("TENANT_STATUS_CHANGED", "tenant.changeStatusByName", map[string]any{"name": name, "status": "ACTIVE"})
			if a := c.want(t, "TENANT_VALIDATED", "tenant.validate", name); json.Unmarshal(a.Data, &valid) != nil || !valid.Valid {
				t.Errorf("an active tenant: %s", a.Data)
			}
			var status struct{ Name, Status string }
			if a := c.want(t, "TENANT_STATUS_RETRIEVED", "tenant.getStatusByName", name); json.Unmarshal(a.Data, &status) != nil || status.Status != "ACTIVE" {
				t.Errorf("its status is %s", a.Data)
			}
			c.want(t, "TENANT_DELETED", "tenant.softDelete", id)
			refused(404, "tenant.findById", id)
			g.want(t, "TENANT_NOT_FOUND", "auth.login", g.public(map[string]any{"usernameOrEmailOrMobile": "a@example.com", "password": "x-y-z-1-2-3"}))
		})
	}
}
