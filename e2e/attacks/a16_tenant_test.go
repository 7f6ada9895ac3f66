package attacks

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// TestA16TenantConfusion: whatever header, token, path, query and body say of
// two tenants, nobody of one reads or changes anything of the other, and what is
// the other's is answered as what is not there: in a database that they share,
// and where each has its own.
func TestA16TenantConfusion(t *testing.T) {
	t.Parallel()
	for _, isolation := range []string{"shared", "database"} {
		t.Run(isolation, func(t *testing.T) {
			t.Parallel()
			confuse(t, isolation)
		})
	}
}

// A house is a tenant with all that a tenant can have, and the marks by which
// any of it is known in an answer.
type house struct {
	slug, id      string
	admin, member grant
	pending       string // id of a challenge
	invited       string // token of an invitation
	role, space   string
	spaceID       string
	marks         []string
}

func confuse(t *testing.T, isolation string) {
	s := start(t, open().with(env{"TENANT_ISOLATION": isolation, "LOG_LEVEL": "warn"}))
	v, c := judge(t), s.client()
	key := s.operatorKey(t)
	alpha, beta := s.build(t, c, key, "alpha"), s.build(t, c, key, "beta")
	before := beta.portrait(t, c, key)
	attempts := alpha.against(s.routes(t), beta, "beta")
	if len(attempts) < 1000 {
		t.Fatalf("%d attempts, want every route with every id in every place", len(attempts))
	}
	each(attempts, func(q request) {
		a, err := c.do(q)
		if err != nil {
			v.breach(q.method+" "+q.path, "no answer: %v", err)
			return
		}
		for _, mark := range beta.marks {
			if strings.Contains(string(a.body), mark) && !mentions(q, mark) {
				v.breach("read: "+q.method+" "+q.path, "%v holds %q", a, mark)
			}
		}
	})
	if after := beta.portrait(t, c, key); after != before {
		v.breach("write", "the other tenant is\n%s\nwas\n%s", after, before)
	}
	c.want(t, "CURRENT_USER_OK", beta.member.me())
	c.want(t, "CURRENT_USER_OK", beta.admin.me())
	c.want(t, "INVITATION_READY", get("/auth/invitation?token="+url.QueryEscape(beta.invited)))
	foreign(t, v, c, alpha, beta)
	recycled(t, v, c, key, beta)
}

// operatorKey makes a key at the command line.
func (s *server) operatorKey(t *testing.T) string {
	t.Helper()
	var made struct{ Key string }
	if err := json.Unmarshal([]byte(s.command("operator-key", "create", "--name", uuid.NewString(), "--json")), &made); err != nil || made.Key == "" {
		t.Fatalf("no operator key: %v", err)
	}
	secret(made.Key)
	return made.Key
}

func operating(key, tenant string) []string {
	return []string{"Authorization", "Bearer " + key, "X-Tenant-Id", tenant}
}

// build makes a tenant with an admin, a member with a session, a role, a space, a
// challenge and an invitation.
func (s *server) build(t *testing.T, c *client, key, slug string) house {
	t.Helper()
	h := house{slug: slug, role: "clerk-of-" + slug, space: "hall-of-" + slug}
	ops, in := operating(key, slug), []string{"X-Tenant-Id", slug}
	idOf := func(a reply) string {
		var made struct{ ID string }
		if err := json.Unmarshal(a.Data, &made); err != nil || made.ID == "" {
			t.Fatalf("%v has no id", a)
		}
		return made.ID
	}
	h.id = idOf(c.want(t, "TENANT_CREATED", post("/tenants", fields{"name": slug, "displayName": "House of " + slug, "policy": fields{"otp": "off"}}, ops[:2]...)))
	c.want(t, "ROLE_CREATED", post("/roles", fields{"name": h.role, "permissions": []string{slug + ":read"}}, ops...))
	h.spaceID = idOf(c.want(t, "SPACE_CREATED", post("/spaces", fields{"name": h.space}, ops...)))
	enter := func(who, role string) grant {
		p := person{Name: who + " of " + slug, Email: who + "@" + slug + ".example", Password: newPerson().Password}
		c.want(t, "USER_CREATED", post("/users", fields{"name": p.Name, "email": p.Email, "password": p.Password, "role": role}, ops...))
		return c.want(t, "LOGIN_SUCCESS", p.logIn(in...)).grant()
	}
	h.admin, h.member = enter("head", "admin"), enter("hand", h.role)
	guest := "guest@" + slug + ".example"
	c.want(t, "INVITATION_SENT", post("/invitations", fields{"email": guest}, h.admin.in(slug)...))
	h.invited = s.linkToken(t, guest, "/auth/invitation", 1)
	c.want(t, "TENANT_UPDATED", request{method: "PATCH", path: "/tenants/" + slug, body: fields{"policy": fields{"otp": "email"}}, headers: ops})
	coded := newPerson()
	c.want(t, "USER_CREATED", post("/users", fields{"name": "Coded", "email": coded.Email, "password": coded.Password}, ops...))
	h.pending = c.want(t, "OTP_SENT", coded.logIn(in...)).grant().LoginID
	c.want(t, "TENANT_UPDATED", request{method: "PATCH", path: "/tenants/" + slug, body: fields{"policy": fields{"otp": "off"}}, headers: ops})
	h.marks = []string{
		h.id, h.admin.User.ID, h.member.User.ID, h.admin.SessionID, h.member.SessionID, h.spaceID, h.role, h.space, "House of " + slug,
		"head@" + slug, "hand@" + slug, "guest@" + slug, "hand of " + slug, slug + ":read",
	}
	return h
}

// in names the tenant beside a grant's token.
func (g grant) in(tenant string) []string { return append(g.bearer(), "X-Tenant-Id", tenant) }

// portrait is all of a tenant that can be seen, by those who may.
func (h house) portrait(t *testing.T, c *client, key string) string {
	t.Helper()
	var all []string
	for _, path := range []string{"/users", "/roles", "/spaces", "/tenants/" + h.slug, "/users/" + h.member.User.ID + "/sessions", "/users/" + h.admin.User.ID + "/sessions"} {
		a := c.must(t, get(path, operating(key, h.slug)...))
		if a.status != 200 {
			t.Fatalf("%s: %v", path, a)
		}
		var data any
		if err := json.Unmarshal(a.Data, &data); err != nil {
			t.Fatal(err)
		}
		all = append(all, path+" "+text(t, without(data, "lastSeen", "ip")))
	}
	return strings.Join(all, "\n")
}

// without takes fields out of data that asking changes.
func without(data any, names ...string) any {
	switch d := data.(type) {
	case []any:
		for i := range d {
			d[i] = without(d[i], names...)
		}
	case map[string]any:
		for _, n := range names {
			delete(d, n)
		}
		for k := range d {
			d[k] = without(d[k], names...)
		}
	}
	return data
}

// ids are what names something of the house.
func (h house) ids() []string {
	return []string{h.member.User.ID, h.admin.User.ID, h.member.SessionID, h.id, h.slug, h.spaceID, h.space, h.role, h.pending}
}

// against are requests of the house's people for what is another's: every route,
// with every id of the other in every place of path, query and body, and with
// every thing that a header can say.
func (h house) against(routes []route, other house, slug string) (all []request) {
	headers := func(g grant) [][]string {
		var all [][]string
		for _, tenant := range []string{"", h.slug, slug, strings.ToUpper(slug), " " + slug, slug + ",", other.id} {
			for _, space := range []string{"", other.spaceID, other.space} {
				var one []string
				if tenant != "" {
					one = append(one, "X-Tenant-Id", tenant)
				}
				if space != "" {
					one = append(one, "X-Space-Id", space)
				}
				all = append(all, append(slices.Clone(g.bearer()), one...))
			}
		}
		both := append(g.bearer(), "X-Tenant-Id", h.slug, "X-Tenant-Id", slug)
		return append(all, both, append(both, "Cookie", "accessToken="+g.AccessToken), append(g.jar(), "X-Tenant-Id", slug, "Origin", "http://localhost"))
	}
	ids := other.ids()
	for _, r := range routes {
		if r.path == "/auth/logout" || r.path == "/auth/logout/all" || strings.HasPrefix(r.path, "/auth/sign") || r.path == "/auth/tenants/leave" || !r.guarded {
			continue // one's own, and what takes no id
		}
		for _, g := range []grant{h.admin, h.member} {
			for i, head := range headers(g) {
				if i > 0 && r.method == "DELETE" && strings.Contains(r.pattern, "{name}") {
					break
				}
				all = append(all, request{method: r.method, path: r.path, body: bodyOf(r.body), headers: head})
			}
			for _, id := range ids {
				for _, head := range [][]string{g.bearer(), g.in(slug)} {
					if r.pattern != r.path {
						all = append(all, request{method: r.method, path: filled(r.pattern, url.PathEscape(id)), body: bodyOf(r.body), headers: head})
					}
					if r.method == "GET" {
						for _, name := range []string{"q", "userId", "role", "cursor", "tenantId", "x-tenant-id", "tenant"} {
							all = append(all, get(r.path+"?"+name+"="+url.QueryEscape(id), head...))
						}
					}
					for field := range r.body {
						if strings.HasSuffix(strings.ToLower(field), "id") || field == "name" {
							all = append(all, request{method: r.method, path: r.path, body: r.with(field, id), headers: head})
						}
					}
				}
			}
		}
	}
	return slices.DeleteFunc(all, harmless)
}

func bodyOf(b fields) any {
	if b == nil {
		return nil
	}
	return b
}

// harmless drops requests that change what is the asker's own by right, which
// would end the walk.
func harmless(q request) bool {
	return q.method != "GET" && (strings.HasPrefix(q.path, "/auth/password") || q.path == "/auth/new-token")
}

// mentions reports whether a request says a mark itself: an answer may repeat it.
func mentions(q request, mark string) bool {
	said := q.path + fmt.Sprint(q.body) + fmt.Sprint(q.headers)
	if plain, err := url.QueryUnescape(q.path); err == nil {
		said += plain
	}
	return strings.Contains(said, mark)
}

// foreign: what is another tenant's is answered as what was never there.
func foreign(t *testing.T, v *verdict, c *client, alpha, beta house) {
	t.Helper()
	for _, tt := range []struct {
		method, path string
		ids          []string
		body         any
	}{
		{"GET", "/users/%s", []string{beta.member.User.ID, beta.admin.User.ID}, nil},
		{"PATCH", "/users/%s", []string{beta.member.User.ID}, fields{"name": "Stolen"}},
		{"DELETE", "/users/%s", []string{beta.member.User.ID}, nil},
		{"POST", "/users/%s/lock", []string{beta.member.User.ID}, nil},
		{"POST", "/users/%s/unlock", []string{beta.member.User.ID}, nil},
		{"GET", "/users/%s/sessions", []string{beta.member.User.ID}, nil},
		{"DELETE", "/users/%s/sessions", []string{beta.member.User.ID}, nil},
		{"PATCH", "/roles/%s", []string{beta.role}, fields{"permissions": []string{}}},
		{"DELETE", "/roles/%s", []string{beta.role}, nil},
		{"GET", "/tenants/%s", []string{beta.id, beta.slug}, nil},
	} {
		strange := uuid.NewString()
		if strings.Contains(tt.path, "roles") {
			strange = "clerk-of-nobody"
		}
		nothing := c.must(t, request{method: tt.method, path: fmt.Sprintf(tt.path, strange), body: tt.body, headers: alpha.admin.bearer()})
		if nothing.status != 404 {
			t.Errorf("%s %s of nothing: %v, want 404", tt.method, tt.path, nothing)
		}
		for _, id := range tt.ids {
			a := c.must(t, request{method: tt.method, path: fmt.Sprintf(tt.path, id), body: tt.body, headers: alpha.admin.bearer()})
			if a.status != nothing.status || a.Meta.Code != nothing.Meta.Code || len(a.body) != len(nothing.body) {
				v.breach(tt.method+" "+tt.path, "%v for another tenant's, %v for nothing", a, nothing)
			}
		}
	}
	for _, body := range []fields{{"userId": beta.member.User.ID, "newRole": "user"}} {
		nothing := c.must(t, post("/auth/change-role", fields{"userId": uuid.NewString(), "newRole": "user"}, alpha.admin.bearer()...))
		if a := c.must(t, post("/auth/change-role", body, alpha.admin.bearer()...)); a.Meta.Code != nothing.Meta.Code || len(a.body) != len(nothing.body) {
			v.breach("change-role", "%v, and %v for nothing", a, nothing)
		}
	}
	for _, q := range []request{
		post("/auth/switch-tenant", fields{"tenantId": beta.slug}, alpha.member.bearer()...),
		post("/auth/switch-tenant", fields{"tenantId": beta.slug, "spaceId": beta.spaceID}, alpha.member.bearer()...),
		post("/auth/tenants/main", fields{"tenantId": beta.slug}, alpha.member.bearer()...),
		post("/auth/tenants/leave", fields{"tenantId": beta.slug}, alpha.member.bearer()...),
	} {
		if a := c.must(t, q); a.Meta.Code != "FORBIDDEN" {
			v.breach(q.path, "%v", a)
		}
	}
	// A token of one tenant is none in the other, and a session is not there.
	for path, want := range map[string]string{"/auth/me": "TENANT_MISMATCH", "/users": "TENANT_MISMATCH"} {
		if a := c.must(t, get(path, alpha.admin.in(beta.slug)...)); a.Meta.Code != want {
			v.breach("token of another tenant", "%s: %v, want %s", path, a, want)
		}
	}
	if a := c.must(t, post("/auth/refresh", fields{"refreshToken": alpha.member.RefreshToken}, "X-Tenant-Id", beta.slug)); a.Meta.Code != "TENANT_MISMATCH" {
		v.breach("refresh in another tenant", "%v", a)
	}
	if a := c.must(t, post("/auth/login/verify", fields{"loginId": beta.pending, "otp": "000000"}, "X-Tenant-Id", alpha.slug)); a.Meta.Code != "OTP_EXPIRED_OR_INVALID" {
		v.breach("challenge of another tenant", "%v", a)
	}
	if a := c.must(t, get("/auth/invitation?token="+url.QueryEscape(beta.invited), "X-Tenant-Id", alpha.slug)); a.Meta.Code != "INVALID_OR_EXPIRED_TOKEN" {
		v.breach("link of another tenant", "%v", a)
	}
}

// recycled: a tenant that is gone is gone for its people's tokens, and nobody
// else ever gets its name.
func recycled(t *testing.T, v *verdict, c *client, key string, h house) {
	t.Helper()
	c.want(t, "TENANT_DELETED", request{method: "DELETE", path: "/tenants/" + h.slug, headers: operating(key, "")})
	for _, body := range []fields{{"name": h.slug}, {"name": h.slug, "databaseUrl": "sqlite:other.db"}} {
		if a := c.must(t, post("/tenants", body, operating(key, "")...)); a.Meta.Code != "DUPLICATE_ENTRY" {
			v.breach("the name again", "%v", a)
		}
	}
	for _, q := range []request{h.admin.me(), h.member.me(), h.member.refresh(), get("/users", h.admin.bearer()...), get("/users", operating(key, h.slug)...)} {
		if a := c.must(t, q); a.Meta.Code != "TENANT_NOT_FOUND" {
			v.breach("a deleted tenant", "%s: %v", q.path, a)
		}
	}
}
