package attacks

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// owned are members that only the server decides, in the names that it, its
// database and other products have for them.
var owned = fields{
	"id": "01890000-0000-7000-8000-000000000001", "role": "admin", "roles": []string{"admin"}, "isAdmin": true, "admin": true, "permissions": []string{"*"},
	"status": "active", "tenant": "default", "tenantId": "default", "tenants": []fields{{"tenantId": "default", "role": "admin"}}, "mainTenantId": "default",
	"directory": "default", "epoch": 9, "passwordHash": "$2a$04$" + strings.Repeat("a", 53), "password_hash": "x", "emailVerified": true, "email_verified": true,
	"verified": true, "lockedUntil": 0, "locked_until": 0, "createdAt": "2001-01-01T00:00:00Z", "lastLoginAt": "2001-01-01T00:00:00Z", "sessionId": "01890000-0000-7000-8000-000000000001",
	"sid": "x", "sub": "x", "userId": "x", "user": fields{"role": "admin"}, "policy": fields{"otp": "off"}, "otp": "off", "ip": "127.0.0.1", "known": true, "device": "x", "__proto__": fields{"role": "admin"},
}

// given are the members of owned that a route is there to take, from those who
// may: the rules look at who that is.
var given = map[string][]string{
	"/tenants": {"status", "policy"}, "/tenants/{id}": {"policy"}, "/tenants/{id}/status": {"status"}, "/tenants/by-name/{name}/status": {"status"},
	"/users": {"role"}, "/users/{id}": {"status"}, "/invitations": {"role"}, "/roles": {"permissions"}, "/roles/{name}": {"permissions"},
	"/auth/change-role": {"userId"}, "/auth/switch-tenant": {"tenantId"}, "/auth/tenants/main": {"tenantId"}, "/auth/tenants/leave": {"tenantId"},
}

// TestA18MassAssignment: no member of a body decides what is the server's to
// decide, whatever its name, its case and its place: it is refused, and nothing
// has changed.
func TestA18MassAssignment(t *testing.T) {
	t.Parallel()
	s := start(t, open())
	v, c := judge(t), s.client()
	_, g := c.join(t)
	before := s.state()
	roles := strings.Join(s.rows("SELECT role, count(*) FROM memberships GROUP BY role"), "\n")
	type attempt struct {
		method, path, name string
		value              any
	}
	var all []attempt
	for _, r := range s.routes(t) {
		if r.method == "GET" || r.method == "DELETE" || strings.HasPrefix(r.path, "/auth/logout") && r.path != "/auth/logout/all" {
			continue
		}
		for name, value := range owned {
			if slices.Contains(given[r.pattern], name) { // to those who may
				continue
			}
			if _, theirs := r.body[name]; theirs || r.path == "/auth/login/verify" && name == "otp" {
				continue
			}
			for _, spelling := range []string{name, strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:]} {
				all = append(all, attempt{r.method, r.path, spelling, value})
			}
		}
	}
	bodies := map[string]fields{}
	for _, r := range s.routes(t) {
		bodies[r.method+" "+r.path] = r.body
	}
	each(all, func(a attempt) {
		body := maps.Clone(bodies[a.method+" "+a.path])
		if body == nil {
			body = fields{}
		}
		if _, ok := body["email"]; ok {
			body["email"], body["username"] = newPerson().Email, ""
			delete(body, "username")
			delete(body, "mobile")
		}
		body[a.name] = a.value
		got, err := c.do(request{method: a.method, path: a.path, body: body, headers: g.bearer()})
		if err != nil || got.Meta.Code != "VALIDATION_FAILED" {
			v.breach(a.method+" "+a.path+" with "+a.name, "%v %v", got, err)
		}
	})
	if after := s.state(); after != before {
		v.breach("all of it", "users, sessions or tickets have changed")
	}
	if after := strings.Join(s.rows("SELECT role, count(*) FROM memberships GROUP BY role"), "\n"); after != roles {
		v.breach("all of it", "the roles are\n%s", after)
	}
	c.want(t, "CURRENT_USER_OK", g.me())
}
