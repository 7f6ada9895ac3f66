package doors

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// sessionRows are about what who is logged in does for themselves.
func sessionRows() []row {
	return []row{
		{op: "sessions", code: "SESSIONS_RETRIEVED", ask: func(t *testing.T, s scene) said { return s.ask(t, s.login(t, s.join(t, home)), nil) }},
		{op: "sessions", code: "SESSIONS_RETRIEVED", name: "no tenant named", ask: func(t *testing.T, s scene) said { return s.ask(t, s.join(t, other).at(""), nil) }},
		{op: "me", code: "CURRENT_USER_OK", ask: func(t *testing.T, s scene) said { return s.ask(t, s.join(t, home), nil) }},
		// A guard wants to know who it is; HTTP says true.
		{op: "validate", code: "ACCESS_TOKEN_VALID", otherData: true, ask: func(t *testing.T, s scene) said { return s.ask(t, s.join(t, home), nil) }},
		{op: "log out one", code: "SESSION_REVOKED", ask: func(t *testing.T, s scene) said {
			p := s.join(t, home)
			return s.ask(t, p, object{"sessionId": s.login(t, p).SessionID})
		}},
		{op: "log out one", code: "SESSION_REVOKED", name: "this one", ask: func(t *testing.T, s scene) said {
			p := s.join(t, home)
			return s.ask(t, p, object{"sessionId": strings.ToUpper(p.SessionID)})
		}},
		{op: "log out one", code: "SESSION_NOT_FOUND", name: "that there is not", ask: func(t *testing.T, s scene) said {
			return s.ask(t, s.join(t, home), object{"sessionId": anyID()})
		}},
		{op: "log out one", code: "SESSION_NOT_FOUND", name: "somebody else's", ask: func(t *testing.T, s scene) said {
			q := s.join(t, home)
			got := s.ask(t, s.join(t, home), object{"sessionId": q.SessionID})
			s.refresh(t, q) // which goes on
			return got
		}},
		{op: "log out one", code: "VALIDATION_FAILED", ask: func(t *testing.T, s scene) said { return s.ask(t, s.join(t, home), object{"sessionId": "x"}) }},
		{op: "log out all", code: "ALL_SESSIONS_REVOKED", ask: func(t *testing.T, s scene) said { return s.ask(t, s.join(t, home), nil) }},
		{op: "log out all", code: "ALL_SESSIONS_REVOKED", name: "but this one", ask: func(t *testing.T, s scene) said {
			p := s.join(t, home)
			got := s.ask(t, p, object{"keepCurrent": true})
			s.refresh(t, p)
			return got
		}},
		{op: "log out all", code: "VALIDATION_FAILED", ask: func(t *testing.T, s scene) said { return s.ask(t, s.join(t, home), object{"keepCurrent": "yes"}) }},
	}
}

// roleRows are about who may give whom which role.
func roleRows() []row {
	give := func(t testing.TB, s scene, by person, id, role string) said {
		t.Helper()
		return s.ask(t, by, object{"userId": id, "newRole": role})
	}
	return []row{
		{op: "change role", code: "USER_ROLE_UPDATED", ask: func(t *testing.T, s scene) said { return give(t, s, s.admin(t, home), s.join(t, home).ID, "manager") }},
		{op: "change role", code: "USER_ROLE_UPDATED", name: "of the tenant's own", ask: func(t *testing.T, s scene) said {
			_, err := s.service.CreateRole(t.Context(), s.operator(t, home), auth.NewRoleInput{Name: "billing"})
			must(t, err)
			return give(t, s, s.admin(t, home), s.join(t, home).ID, "billing")
		}},
		{op: "change role", code: "FORBIDDEN", name: "by a user", ask: func(t *testing.T, s scene) said {
			p := s.join(t, home)
			return give(t, s, p, p.ID, "admin")
		}},
		{op: "change role", code: "FORBIDDEN", name: "by who was an admin", ask: func(t *testing.T, s scene) said {
			p := s.admin(t, home)
			s.admin(t, home)
			p = s.login(t, p) // the token says admin
			_, err := s.service.ChangeRole(t.Context(), s.operator(t, home), auth.ChangeRoleInput{UserID: p.ID, NewRole: "user"})
			must(t, err)
			return give(t, s, p, p.ID, "admin")
		}},
		{op: "change role", code: "LAST_ADMIN", ask: func(t *testing.T, s scene) said {
			p := s.admin(t, home)
			return give(t, s, p, p.ID, "user")
		}},
		{op: "change role", code: "USER_NOT_FOUND", name: "nobody", ask: func(t *testing.T, s scene) said { return give(t, s, s.admin(t, home), anyID(), "manager") }},
		{op: "change role", code: "USER_NOT_FOUND", name: "of another tenant", ask: func(t *testing.T, s scene) said {
			return give(t, s, s.admin(t, home), s.join(t, other).ID, "manager")
		}},
		{op: "change role", code: "VALIDATION_FAILED", name: "no such role", ask: func(t *testing.T, s scene) said {
			return give(t, s, s.admin(t, home), s.join(t, home).ID, "root")
		}},
		{op: "change role", code: "VALIDATION_FAILED", name: "nothing", ask: func(t *testing.T, s scene) said { return s.ask(t, s.admin(t, home), nil) }},
	}
}

// tenantRows are what operators do, whom commands about tenants do not name.
func tenantRows() []row {
	rows := []row{
		{op: "make tenant", code: "TENANT_CREATED", otherData: true, ask: func(t *testing.T, s scene) said {
			return s.operate(t, "", object{"name": "acme", "displayName": "Acme Ltd", "contactEmail": "it@acme.example", "status": "PENDING"})
		}},
		{op: "make tenant", code: "DUPLICATE_ENTRY", ask: func(t *testing.T, s scene) said { return s.operate(t, "", object{"name": other}) }},
		{op: "make tenant", code: "DUPLICATE_ENTRY", name: "a name that was", ask: func(t *testing.T, s scene) said {
			_, err := s.service.DeleteTenant(t.Context(), s.operator(t, home), auth.TenantRef{ID: other})
			must(t, err)
			return s.operate(t, "", object{"name": other})
		}},
		{op: "make tenant", code: "VALIDATION_FAILED", name: "all wrong", ask: func(t *testing.T, s scene) said {
			return s.operate(t, "", object{"name": "A B", "displayName": "\x00", "contactEmail": "x", "status": "ON"})
		}},
		{op: "make tenant", code: "VALIDATION_FAILED", name: "a list", ask: func(t *testing.T, s scene) said { return s.operate(t, "", object{"name": []string{"acme"}}) }},
		{op: "list tenants", code: "TENANTS_RETRIEVED", otherData: true, ask: func(t *testing.T, s scene) said { return s.operate(t, "", nil) }},
		{op: "list tenants", code: "TENANTS_RETRIEVED", name: "of a status", otherData: true, ask: func(t *testing.T, s scene) said {
			return s.operate(t, "", object{"status": "INACTIVE"})
		}},
		{op: "list tenants", code: "VALIDATION_FAILED", ask: func(t *testing.T, s scene) said { return s.operate(t, "", object{"status": "ON"}) }},
		{op: "change tenant", code: "TENANT_UPDATED", otherData: true, ask: func(t *testing.T, s scene) said {
			return s.operate(t, other, object{"displayName": "New", "contactEmail": "it@acme.example"})
		}},
		{op: "change tenant", code: "VALIDATION_FAILED", ask: func(t *testing.T, s scene) said { return s.operate(t, other, object{"contactEmail": "x"}) }},
		{op: "what status", code: "TENANT_STATUS_RETRIEVED", ask: func(t *testing.T, s scene) said { return s.operate(t, asleep, nil) }},
		{op: "delete tenant", code: "TENANT_DELETED", ask: func(t *testing.T, s scene) said { return s.operate(t, s.id(t, other), nil) }},
		{op: "delete tenant", code: "DEFAULT_TENANT", ask: func(t *testing.T, s scene) said { return s.operate(t, s.id(t, home), nil) }},
	}
	for _, op := range []string{"tenant by id", "tenant by name"} {
		rows = append(rows, row{op: op, code: "TENANT_RETRIEVED", otherData: true, ask: func(t *testing.T, s scene) said { return s.operate(t, s.id(t, asleep), nil) }})
	}
	for _, op := range []string{"set status", "status by name"} {
		rows = append(rows,
			row{op: op, code: "TENANT_STATUS_CHANGED", otherData: true, ask: func(t *testing.T, s scene) said { return s.operate(t, other, object{"status": "SUSPENDED"}) }},
			row{op: op, code: "VALIDATION_FAILED", name: "no such status", ask: func(t *testing.T, s scene) said { return s.operate(t, other, object{"status": "ON"}) }},
			row{op: op, code: "VALIDATION_FAILED", name: "none", ask: func(t *testing.T, s scene) said { return s.operate(t, other, object{}) }},
		)
	}
	for _, op := range []string{"tenant by id", "tenant by name", "change tenant", "set status", "status by name", "what status", "delete tenant"} {
		for name, ref := range map[string]string{"no such name": "nowhere", "no such id": anyID()} {
			rows = append(rows, row{op: op, code: "TENANT_NOT_FOUND", name: name, ask: func(t *testing.T, s scene) said {
				var body object
				if strings.Contains(op, "status") && op != "what status" {
					body = object{"status": "LOCKED"}
				}
				return s.operate(t, ref, body)
			}})
		}
	}
	return rows
}

// everyRows are what is answered whatever is asked.
func everyRows() (all []row) {
	private := []string{"sessions", "me", "validate", "log out one", "log out all", "change role"}
	for name, o := range ops {
		if name == "unlock" { // a link knows its tenant
			continue
		}
		all = append(all,
			row{op: name, code: "INTERNAL_ERROR", ask: func(t *testing.T, s scene) said { return s.whoever(t, home).broken(t, errBroke) }},
			row{op: name, code: "TENANT_CONNECTION_MISSING", ask: func(t *testing.T, s scene) said {
				return s.whoever(t, home).broken(t, auth.ErrUnavailable)
			}},
		)
		if o.tenants() {
			continue
		}
		all = append(all,
			row{op: name, code: "TENANT_NOT_FOUND", ask: func(t *testing.T, s scene) said { return s.whoever(t, "nowhere").ask(t) }},
			row{op: name, code: "TENANT_NOT_FOUND", name: "no name at all", ask: func(t *testing.T, s scene) said { return s.whoever(t, "../"+home).ask(t) }},
			row{op: name, code: "TENANT_INACTIVE", ask: func(t *testing.T, s scene) said { return s.whoever(t, asleep).ask(t) }},
			row{op: name, code: "TENANT_INACTIVE", name: "meanwhile", ask: func(t *testing.T, s scene) said {
				w := s.whoever(t, home)
				s.status(t, home, auth.TenantSuspended)
				return w.ask(t)
			}},
		)
		if slices.Contains(private, name) {
			all = append(all, privateRows(name)...)
		}
	}
	return all
}

// privateRows are what is answered to who may not come in.
func privateRows(op string) []row {
	as := func(code, name string, tokenOnly bool, who func(*testing.T, scene) person) row {
		return row{op: op, code: code, name: name, tokenOnly: tokenOnly, ask: func(t *testing.T, s scene) said { return s.ask(t, who(t, s), nil) }}
	}
	return []row{
		as("ACCESS_TOKEN_MISSING", "", true, func(*testing.T, scene) person { return nobody(home) }),
		as("TOKEN_INVALID", "garbage", true, func(*testing.T, scene) person { return nobody(home).with("garbage") }),
		as("TOKEN_INVALID", "a refresh token", true, func(t *testing.T, s scene) person {
			p := s.join(t, home)
			return p.with(p.RefreshToken)
		}),
		as("TOKEN_INVALID", "expired", true, func(t *testing.T, s scene) person {
			p := s.join(t, home)
			s.clock.advance(15 * time.Minute)
			return p
		}),
		as("TOKEN_INVALID", "another signature", true, func(t *testing.T, s scene) person {
			p, q := s.join(t, home), s.join(t, home)
			i, j := strings.LastIndex(p.AccessToken, "."), strings.LastIndex(q.AccessToken, ".")
			return p.with(p.AccessToken[:i] + q.AccessToken[j:])
		}),
		as("SESSION_NOT_FOUND", "ended", false, func(t *testing.T, s scene) person { return s.ended(t) }),
		as("USER_NOT_FOUND", "disabled", false, func(t *testing.T, s scene) person { return s.disabled(t) }),
		as("TENANT_MISMATCH", "", false, func(t *testing.T, s scene) person { return s.join(t, home).at(other) }),
		as("FORBIDDEN", "no seat any more", false, func(t *testing.T, s scene) person { return s.unseated(t) }),
	}
}

// whoever is somebody who may ask what is asked, in a tenant.
type whoever struct {
	scene
	who person
}

func (s scene) whoever(t *testing.T, tenant string) whoever {
	t.Helper()
	return whoever{s, s.join(t, home).at(tenant)}
}

func (w whoever) ask(t *testing.T) said {
	t.Helper()
	return w.about(t, w.who, other, nil)
}

func (w whoever) broken(t *testing.T, err error) said {
	t.Helper()
	w.scene.broken(err)
	return w.ask(t)
}
