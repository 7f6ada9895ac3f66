package httpd_test

import (
	"fmt"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// to is the scene with a value in the place of its path.
func (s scene) to(value string) scene {
	s.path = fill(s.path, value)
	return s
}

// operate calls with an operator's key.
func (s scene) operate(t testing.TB, body any, more ...string) answer {
	t.Helper()
	return s.call(t, body, s.operator(more...)...)
}

// asAdmin calls as an admin of the default tenant.
func (s scene) asAdmin(t testing.TB, body any) answer {
	t.Helper()
	return s.call(t, body, s.admin(t, "").bearer()...)
}

// anyMail is one that waits in the tenant: the welcome of somebody new.
func (w *world) anyMail(t testing.TB, tenant string) string {
	t.Helper()
	w.join(t, tenant)
	var mails []struct{ ID string }
	w.do(t, "GET /mails?limit=1&status=queued", nil, w.operator("x-tenant-id", tenant)...).want(t, 200, "MAILS_RETRIEVED").into(t, &mails)
	if len(mails) != 1 {
		t.Fatal("no mail waits")
	}
	return mails[0].ID
}

// lastAdmin makes a tenant with one admin.
func (w *world) lastAdmin(t testing.TB) person {
	t.Helper()
	return w.admin(t, w.newTenant(t))
}

// body is the body where the line takes one.
func (s scene) body(body any) any {
	if len(s.row.fields) == 0 {
		return nil
	}
	return body
}

// tenantProducers produces what the lines about tenants answer.
var tenantProducers = map[string]producer{
	"/tenants TENANT_CREATED": func(t testing.TB, s scene) answer {
		return s.operate(t, object{
			"name": fmt.Sprintf("made-%d", people.Add(1)), "displayName": "Made", "contactEmail": "it@made.example", "status": "PENDING",
			"policy": object{"otp": "off", "accessLife": "5m", "allowedOrigins": []string{"https://made.example"}}, "brand": object{"color": "#0B5FFF"},
		})
	},
	"/tenants DUPLICATE_ENTRY": func(t testing.TB, s scene) answer {
		return s.operate(t, object{"name": coded}).wantFields(t, "name")
	},
	"/tenants TENANTS_RETRIEVED": func(t testing.TB, s scene) answer { return s.operate(t, nil) },
	"/tenants/{id} TENANT_RETRIEVED": func(t testing.TB, s scene) answer {
		return s.to("default").asAdmin(t, nil)
	},
	"/tenants/{id} TENANT_UPDATED": func(t testing.TB, s scene) answer {
		return s.to(s.newTenant(t)).operate(t, object{"displayName": "New", "policy": object{"passwordLength": 12}, "reset": []string{"otp"}})
	},
	"/tenants/{id} TENANT_DELETED": func(t testing.TB, s scene) answer { return s.to(s.newTenant(t)).operate(t, nil) },
	"/tenants/{id} DEFAULT_TENANT": func(t testing.TB, s scene) answer { return s.to("default").operate(t, nil) },
	"/tenants/{id}/status TENANT_STATUS_CHANGED": func(t testing.TB, s scene) answer {
		return s.to(s.newTenant(t)).operate(t, object{"status": "SUSPENDED"})
	},
	"/tenants/by-name/{name}/status TENANT_STATUS_RETRIEVED": func(t testing.TB, s scene) answer { return s.to(coded).operate(t, nil) },
	"/tenants/by-name/{name}/status TENANT_STATUS_CHANGED": func(t testing.TB, s scene) answer {
		return s.to(s.newTenant(t)).operate(t, object{"status": "LOCKED"})
	},
}

// memberProducers produces what the lines about users answer.
var memberProducers = map[string]producer{
	"/users USERS_RETRIEVED": func(t testing.TB, s scene) answer { return s.asAdmin(t, nil) },
	"/users USER_CREATED": func(t testing.TB, s scene) answer {
		in := stranger("").signUp()
		in["role"], in["nickname"] = "manager", "Ann"
		return s.asAdmin(t, in)
	},
	"/users DUPLICATE_ENTRY": func(t testing.TB, s scene) answer {
		return s.asAdmin(t, s.join(t, "").signUp()).wantFields(t, "email", "username", "mobile")
	},
	"/users SPACE_NOT_FOUND": func(t testing.TB, s scene) answer {
		in := stranger("").signUp()
		in["spaceId"] = "nowhere"
		return s.asAdmin(t, in)
	},
	"/users OVERLOADED": func(t testing.TB, s scene) answer {
		a := s.admin(t, "")
		return s.overloaded(t, func() answer { return s.call(t, stranger("").signUp(), a.bearer()...) })
	},
	"/users/{id} USER_RETRIEVED": func(t testing.TB, s scene) answer { return s.to(s.join(t, "").ID).asAdmin(t, nil) },
	"/users/{id} USER_UPDATED": func(t testing.TB, s scene) answer {
		return s.to(s.join(t, "").ID).asAdmin(t, object{"nickname": "Annie", "email": stranger("").Email, "reset": []string{"mobile"}})
	},
	"/users/{id} DUPLICATE_ENTRY": func(t testing.TB, s scene) answer {
		return s.to(s.join(t, "").ID).asAdmin(t, object{"email": s.join(t, "").Email}).wantFields(t, "email")
	},
	"/users/{id} LAST_ADMIN": func(t testing.TB, s scene) answer {
		a := s.lastAdmin(t)
		return s.to(a.ID).call(t, s.body(object{"status": "disabled"}), a.bearer()...)
	},
	"/users/{id} USER_REMOVED":     func(t testing.TB, s scene) answer { return s.to(s.join(t, "").ID).asAdmin(t, nil) },
	"/users/{id}/lock USER_LOCKED": func(t testing.TB, s scene) answer { return s.to(s.join(t, "").ID).asAdmin(t, nil) },
	"/users/{id}/unlock ACCOUNT_UNLOCKED": func(t testing.TB, s scene) answer {
		p := s.join(t, "")
		s.do(t, "POST /users/"+p.ID+"/lock", nil, s.operator()...).want(t, 200, "USER_LOCKED")
		return s.to(p.ID).asAdmin(t, nil)
	},
	"/users/{id}/unlock ACCOUNT_ALREADY_UNLOCKED": func(t testing.TB, s scene) answer { return s.to(s.join(t, "").ID).asAdmin(t, nil) },
	"/users/{id}/sessions SESSIONS_RETRIEVED":     func(t testing.TB, s scene) answer { return s.to(s.join(t, "").ID).asAdmin(t, nil) },
	"/users/{id}/sessions ALL_SESSIONS_REVOKED":   func(t testing.TB, s scene) answer { return s.to(s.join(t, "").ID).asAdmin(t, nil) },
	"/users/{id}/end-session SESSION_REVOKED": func(t testing.TB, s scene) answer {
		p := s.join(t, "")
		return s.to(p.ID).asAdmin(t, object{"sessionId": p.SessionID})
	},
	"/users/{id}/end-session NO_SUCH_SESSION": func(t testing.TB, s scene) answer {
		return s.to(s.join(t, "").ID).asAdmin(t, object{"sessionId": s.join(t, "").SessionID})
	},
	"/users/{id}/end-session NO_SUCH_USER": func(t testing.TB, s scene) answer {
		return s.to(anyPlace).asAdmin(t, object{"sessionId": anyPlace})
	},
	"/invitations/revoke INVITATION_REVOKED": func(t testing.TB, s scene) answer {
		in := object{"email": stranger("").Email}
		s.do(t, "POST /invitations", in, s.operator()...).want(t, 202, "INVITATION_SENT")
		return s.asAdmin(t, in)
	},
	"/invitations/revoke INVITATION_NOT_FOUND": func(t testing.TB, s scene) answer {
		return s.asAdmin(t, object{"email": stranger("").Email})
	},
	"/auth/change-role USER_ROLE_UPDATED": func(t testing.TB, s scene) answer {
		return s.asAdmin(t, object{"userId": s.join(t, "").ID, "newRole": "manager"})
	},
	"/auth/change-role NO_SUCH_USER": func(t testing.TB, s scene) answer {
		return s.asAdmin(t, object{"userId": anyPlace, "newRole": "manager"})
	},
	"/auth/change-role LAST_ADMIN": func(t testing.TB, s scene) answer {
		a := s.lastAdmin(t)
		return s.call(t, object{"userId": a.ID, "newRole": "user"}, a.bearer()...)
	},
	"/invitations INVITATIONS_RETRIEVED": func(t testing.TB, s scene) answer { return s.asAdmin(t, nil) },
	"/invitations INVITATION_SENT": func(t testing.TB, s scene) answer {
		return s.asAdmin(t, object{"email": stranger("").Email, "role": "manager", "spaceId": "default"})
	},
	"/invitations ALREADY_MEMBER": func(t testing.TB, s scene) answer {
		return s.asAdmin(t, object{"email": s.join(t, "").Email})
	},
	"/invitations SPACE_NOT_FOUND": func(t testing.TB, s scene) answer {
		return s.asAdmin(t, object{"email": stranger("").Email, "spaceId": "nowhere"})
	},
	"/invitations SIGN_UP_CLOSED": func(t testing.TB, s scene) answer {
		return s.operate(t, object{"email": stranger("").Email}, "x-tenant-id", closed)
	},
	"/invitations RATE_LIMITED": func(t testing.TB, s scene) answer {
		in := object{"email": stranger("").Email}
		for range 20 {
			if a := s.operate(t, in); a.status != 202 {
				return a
			}
		}
		return s.operate(t, in)
	},
	"/auth/history HISTORY_RETRIEVED": func(t testing.TB, s scene) answer { return s.call(t, nil, s.entry(t)...) },
	"/users/{id}/reset-password RESET_SENT": func(t testing.TB, s scene) answer {
		return s.to(s.join(t, "").ID).asAdmin(t, nil)
	},
	"/users/{id}/reset-password RATE_LIMITED": func(t testing.TB, s scene) answer {
		to := s.to(s.join(t, "").ID)
		for range 2 {
			to.asAdmin(t, nil).want(t, 202, "RESET_SENT")
		}
		return to.asAdmin(t, nil)
	},
	"/overview OVERVIEW_RETRIEVED":              func(t testing.TB, s scene) answer { return s.asAdmin(t, nil) },
	"/mails MAILS_RETRIEVED":                    func(t testing.TB, s scene) answer { return s.asAdmin(t, nil) },
	"/mails/{id}/retry MAIL_QUEUED":             func(t testing.TB, s scene) answer { return s.to(s.anyMail(t, "default")).asAdmin(t, nil) },
	"/mails/{id}/retry MAIL_NOT_FOUND":          func(t testing.TB, s scene) answer { return s.to(anyPlace).asAdmin(t, nil) },
	"/audit-events/verification RECORD_CHECKED": func(t testing.TB, s scene) answer { return s.operate(t, nil) },
	"/system SYSTEM_RETRIEVED":                  func(t testing.TB, s scene) answer { return s.operate(t, nil) },
	"/signing-keys SIGNING_KEYS_RETRIEVED":      func(t testing.TB, s scene) answer { return s.operate(t, nil) },
	"/signing-keys/rotate SIGNING_KEYS_ROTATED": func(t testing.TB, s scene) answer { return s.operate(t, object{"now": false}) },
	"/signing-keys/rotate KEYS_FIXED": func(t testing.TB, s scene) answer {
		fixed, err := auth.NewKeyRing(s.store, newVault(t), auth.KeyConfig{Secret: []byte("a secret of the deployment's own, long enough")}, s.clock.Now)
		must(t, err)
		defer func(ring *auth.KeyRing) { s.service.Keys = ring }(s.service.Keys)
		s.service.Keys = fixed
		return s.operate(t, nil)
	},
	"/audit-events AUDIT_EVENTS_RETRIEVED": func(t testing.TB, s scene) answer { return s.asAdmin(t, nil) },
}

// roleProducers produces what the lines about roles and spaces answer.
var roleProducers = map[string]producer{
	"/roles ROLES_RETRIEVED": func(t testing.TB, s scene) answer { return s.asAdmin(t, nil) },
	"/roles ROLE_CREATED":    func(t testing.TB, s scene) answer { return s.asAdmin(t, newRole()) },
	"/roles DUPLICATE_ENTRY": func(t testing.TB, s scene) answer {
		return s.asAdmin(t, object{"name": s.madeRole(t, "")}).wantFields(t, "name")
	},
	"/roles TOO_MANY_ROLES": func(t testing.TB, s scene) answer {
		a := s.lastAdmin(t)
		for range 1000 {
			if got := s.call(t, newRole(), a.bearer()...); got.status != 201 {
				return got
			}
		}
		t.Fatal("there is no end of roles")
		return answer{}
	},
	"/roles/{name} ROLE_UPDATED": func(t testing.TB, s scene) answer {
		return s.to(s.madeRole(t, "")).asAdmin(t, object{"description": "Clerks", "permissions": []string{"orders:read"}})
	},
	"/roles/{name} ROLE_DELETED":   func(t testing.TB, s scene) answer { return s.to(s.madeRole(t, "")).asAdmin(t, nil) },
	"/roles/{name} ROLE_NOT_FOUND": func(t testing.TB, s scene) answer { return s.to("nobody-there").asAdmin(t, nil) },
	"/roles/{name} ROLE_IN_USE": func(t testing.TB, s scene) answer {
		role := s.madeRole(t, "")
		s.joinAs(t, "", role)
		return s.to(role).asAdmin(t, nil)
	},
	"/api-keys API_KEYS_RETRIEVED": func(t testing.TB, s scene) answer { return s.asAdmin(t, nil) },
	"/api-keys API_KEY_CREATED": func(t testing.TB, s scene) answer {
		return s.asAdmin(t, object{"name": fmt.Sprintf("key-%d", people.Add(1)), "scopes": []string{"orders:read"}, "expiresIn": "90d"})
	},
	"/api-keys DUPLICATE_ENTRY": func(t testing.TB, s scene) answer {
		admin, body := s.lastAdmin(t), object{"name": fmt.Sprintf("key-%d", people.Add(1))}
		s.call(t, body, admin.bearer()...).want(t, 201, "API_KEY_CREATED")
		return s.call(t, body, admin.bearer()...)
	},
	"/api-keys/{id} API_KEY_REVOKED": func(t testing.TB, s scene) answer { return s.to(s.madeKey(t, "")).asAdmin(t, nil) },
	"/api-keys/{id} KEY_NOT_FOUND":   func(t testing.TB, s scene) answer { return s.to(anyPlace).asAdmin(t, nil) },
	"/spaces SPACES_RETRIEVED":       func(t testing.TB, s scene) answer { return s.asAdmin(t, nil) },
	"/spaces SPACE_CREATED": func(t testing.TB, s scene) answer {
		return s.asAdmin(t, object{"name": fmt.Sprintf("space-%d", people.Add(1)), "displayName": "Seoul office"})
	},
	"/spaces DUPLICATE_ENTRY": func(t testing.TB, s scene) answer {
		return s.asAdmin(t, object{"name": "default"}).wantFields(t, "name")
	},
}

func newRole() object {
	return object{"name": fmt.Sprintf("role-%d", people.Add(1)), "description": "Some", "permissions": []string{"orders:read", "orders:write"}}
}

// madeRole makes a role and returns its name.
func (w *world) madeRole(t testing.TB, tenant string) string {
	t.Helper()
	role := newRole()
	w.do(t, "POST /roles", role, w.operator(person{tenant: tenant}.headers()...)...).want(t, 201, "ROLE_CREATED")
	return role["name"].(string)
}

// madeKey makes an API key of a service and returns its id.
func (w *world) madeKey(t testing.TB, tenant string) string {
	t.Helper()
	made := w.do(t, "POST /api-keys", object{"name": fmt.Sprintf("key-%d", people.Add(1))}, w.operator(person{tenant: tenant}.headers()...)...)
	var k struct{ ID string }
	made.want(t, 201, "API_KEY_CREATED").into(t, &k)
	return k.ID
}

// membershipProducers produces what the lines about one's own memberships and
// about invitations answer.
var membershipProducers = map[string]producer{
	"/auth/switch-tenant TENANT_SWITCHED": func(t testing.TB, s scene) answer {
		p := s.join(t, "")
		s.seat(t, p, pages, auth.RoleManager)
		return s.call(t, object{"tenantId": pages}, p.bearer()...)
	},
	"/auth/tenants/main MAIN_TENANT_SET": func(t testing.TB, s scene) answer {
		p := s.join(t, "")
		s.seat(t, p, pages, auth.RoleUser)
		return s.call(t, object{"tenantId": pages}, p.bearer()...)
	},
	"/auth/tenants/leave TENANT_LEFT": func(t testing.TB, s scene) answer {
		p := s.join(t, "")
		s.seat(t, p, pages, auth.RoleUser)
		return s.call(t, object{"tenantId": pages}, p.bearer()...)
	},
	"/auth/tenants/leave LAST_TENANT": func(t testing.TB, s scene) answer {
		return s.call(t, object{"tenantId": "default"}, s.entry(t)...)
	},
	"/auth/tenants/leave LAST_ADMIN": func(t testing.TB, s scene) answer {
		a := s.lastAdmin(t)
		s.seat(t, a, pages, auth.RoleUser)
		return s.call(t, object{"tenantId": a.tenant}, a.bearer()...)
	},
	"/auth/me PROFILE_UPDATED": func(t testing.TB, s scene) answer {
		return s.call(t, object{"name": "Ann B. Lee", "nickname": "Ann", "reset": []string{"mobile"}}, s.entry(t)...)
	},
	"/auth/me DUPLICATE_ENTRY": func(t testing.TB, s scene) answer {
		return s.call(t, object{"username": s.join(t, "").Username}, s.entry(t)...).wantFields(t, "username")
	},
	"/auth/invitation INVITATION_READY": func(t testing.TB, s scene) answer { return s.follow(t, s.anyLink(t)) },
	"/auth/invitation INVITATION_ACCEPTED": func(t testing.TB, s scene) answer {
		return s.follow(t, s.anyLink(t), "password", "loud-comet-17-harbour", "name", "Ben Kim")
	},
	"/auth/invitation SIGN_UP_CLOSED": func(t testing.TB, s scene) answer {
		link := s.anyLink(t)
		defer s.policy(func(p *auth.Policy) { p.SignUp = auth.SignUpClosed })()
		return s.follow(t, link, "password", "loud-comet-17-harbour", "name", "Ben Kim")
	},
	"/auth/invitation OVERLOADED": func(t testing.TB, s scene) answer {
		links := make([]string, 20)
		for i := range links {
			links[i] = s.anyLink(t)
		}
		i := 0
		return s.overloaded(t, func() answer {
			i++
			return s.follow(t, links[i%len(links)], "password", "loud-comet-17-harbour", "name", "Ben Kim")
		})
	},
}
