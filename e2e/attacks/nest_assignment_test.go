package attacks

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestA18NestAssignment: a gateway spreads whole bodies of its clients into what
// it sends, so that unknown members are not refused at the NestJS door. None of
// them decides what is the server's to decide, whatever its name, its case and
// its place: a life and a tenant with it leave the rows that they leave without.
func TestA18NestAssignment(t *testing.T) {
	t.Parallel()
	n := startNest(t, usual().with(env{"LOG_LEVEL": "warn"}))
	v, p := judge(t), n.peer(t)
	p.want("TENANT_CREATED", "tenant.create", fields{"name": "rich", "displayName": "Rich"})
	plants := seedlings()
	if len(plants) < 300 {
		t.Fatalf("%d members to plant, want every one of the server's in every place", len(plants))
	}
	plants = append([]seedling{{}}, some(plants)...) // the first without
	lives, houses := make([]life, len(plants)), make([]life, len(plants))
	var all []func()
	for i, s := range plants {
		all = append(all, func() { lives[i] = n.live(t, v, p, s) }, func() { houses[i] = tenancy(p, s, fmt.Sprintf("house-%d", i)) })
	}
	eachOf(min(atOnce(), 24), all, func(try func()) { try() })
	sameLives(v, plants, lives, n.shapes(lifeRows))
	sameLives(v, plants, houses, n.shapes(tenantRows))
	if want := "OTP_SENT LOGIN_SUCCESS CURRENT_USER_OK"; !strings.Contains(lives[0].codes, want) {
		t.Fatalf("a life without anything planted goes %q, want %q in it", lives[0].codes, want)
	}
	twice(v, n, p)
	inOtherCase(t, v, p)
	if found, err := os.ReadDir(n.dir); err != nil || slices.ContainsFunc(found, func(e os.DirEntry) bool { return strings.Contains(e.Name(), "stolen") }) {
		v.breach("databaseUrl", "a database was made: %v, %v", found, err)
	}
	n.sane(v)
}

// A seedling is a member planted where a client can plant one.
type seedling struct {
	place, name string
	value       any
}

func (s seedling) String() string { return fmt.Sprintf("%q in %s", s.name, s.place) }

// in is the payload with the seedling in it, unless the payload has a member of
// that name there: then that is a matter of its own.
func (s seedling) in(data fields) fields {
	all := copied(data)
	at := all
	for part := range strings.SplitSeq(s.place, ".") {
		if part == "top" || part == "" {
			break
		}
		inner, ok := at[part].(fields)
		if !ok {
			inner = fields{}
			at[part] = inner
		}
		at = inner
	}
	if _, there := at[s.name]; !there && s.name != "" {
		at[s.name] = s.value
	}
	return all
}

// copied is a payload whose objects can be changed.
func copied(data fields) fields {
	all := fields{}
	for name, value := range data {
		if inner, ok := value.(fields); ok {
			value = copied(inner)
		}
		all[name] = value
	}
	return all
}

// seedlings are all members that the server owns, in every spelling at the top
// and by their names in every other place.
func seedlings() (all []seedling) {
	members := maps.Clone(owned)
	maps.Copy(members, fields{
		"tenant": "rich", "tenantId": "rich", "mainTenantId": "rich", "directory": "rich", "tenants": []fields{{"tenantId": "rich", "role": "admin"}}, "seats": []fields{{"role": "admin"}},
		"databaseUrl": "sqlite:stolen.db", "database_url": "sqlite:stolen.db", "slug": "stolen", "_id": "stolen", "deleted": true, "deletedAt": "2001-01-01T00:00:00Z", "branding": fields{"color": "#000"},
		"isolation": "database", "allowedOrigins": []string{"https://evil.test"}, "version": 7, "operator": "root", "by": fields{"operator": "root"}, "termed": true, "expiresAt": "2999-01-01T00:00:00Z",
		"newRole": "admin", "previousRole": "admin", "agent": "x", "counter": 7, "httpStatus": 200, "response": fields{"role": "admin"}, "isDisposed": true, "cmd": "tenant.softDelete", "constructor": fields{"prototype": fields{"role": "admin"}},
	})
	for _, name := range slices.Sorted(maps.Keys(members)) {
		value := members[name]
		fold := strings.ReplaceAll(strings.ReplaceAll(name, "s", "\u017f"), "k", "\u212a") // trap 2 of SECURITY.md
		for _, spelling := range slices.Compact([]string{name, strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:], fold, " " + name, name + "\x00"}) {
			if spelling != "tenantId" { // there it is the gateway's own word
				all = append(all, seedling{"top", spelling, value})
			}
		}
		for _, place := range []string{"req", "req.user", "req.headers", "req.body", "user", "dto", "data"} {
			if place != "req" || name != "ip" { // which is the gateway's own word, too
				all = append(all, seedling{place, name, value})
			}
		}
	}
	return all
}

// A life is what somebody did, or a tenant went through.
type life struct {
	name  string // by which its rows are known
	id    string
	codes string // of all answers, in order
	told  string // who the answers say it is
}

// live signs somebody up and takes all the ways of an account, with something
// planted in every payload.
func (n *nest) live(t *testing.T, v *verdict, p *peer, s seedling) (l life) {
	one := newPerson()
	l.name = one.Email
	var codes []string
	ask := func(command string, body fields, user any) answer {
		a := p.must(command, s.in(spread(body, "default", user)))
		if strings.Contains(string(a.body), `"admin"`) {
			v.breach(fmt.Sprintf("%s with %v", command, s), "the answer speaks of an admin: %.400s", a.body)
		}
		codes = append(codes, a.Meta.Code)
		return a
	}
	made := ask("auth.signup", fields{"name": one.Name, "email": one.Email, "password": one.Password}, nil).grant()
	l.id = made.ID
	pending := ask("auth.login", fields{"usernameOrEmailOrMobile": one.Email, "password": one.Password}, nil).grant()
	if pending.LoginID != "" {
		g := ask("auth.verifyOtp", fields{"loginId": pending.LoginID, "otp": n.code(t, one.Email)}, nil).grant()
		user := g.user(g.User.ID, "default")
		me := ask("auth.get-current-user", fields{"token": g.AccessToken}, user)
		var told struct{ Role, Email string }
		if err := json.Unmarshal(me.Data, &told); err != nil {
			v.breach(s.String(), "get-current-user: %v: %.400s", err, me.body)
		}
		l.told = fmt.Sprintf("%s %v", told.Role, told.Email == one.Email)
		ask("auth.session.validate", fields{"token": g.AccessToken}, user)
		ask("auth.changeUserRole", fields{"userId": g.User.ID, "newRole": "manager"}, user)
		ask("auth.sessions", nil, user)
		next := ask("auth.refresh", fields{"refreshToken": g.RefreshToken}, user).grant()
		ask("auth.logoutSession", fields{"sessionId": next.SessionID}, user)
		ask("auth.logoutAll", nil, user)
	}
	ask("auth.unlock", fields{"token": "x"}, nil)
	l.codes = strings.Join(codes, " ")
	return l
}

// tenancy makes a tenant and changes it, with something planted in every payload
// but what those commands are there to take.
func tenancy(p *peer, s seedling, name string) (l life) {
	l.name = name
	if s.name == "status" && (s.place == "top" || s.place == "dto") {
		s = seedling{}
	}
	var codes []string
	ask := func(command string, body fields) answer {
		a := p.must(command, s.in(body))
		codes = append(codes, a.Meta.Code)
		return a
	}
	l.id = ask("tenant.create", fields{"name": name, "displayName": "House", "contactEmail": "head@example.com"}).grant().ID
	ask("tenant.update", fields{"id": l.id, "dto": fields{"displayName": "Home"}})
	ask("tenant.changeStatus", fields{"id": l.id, "status": "LOCKED"})
	ask("tenant.changeStatusByName", fields{"name": name, "status": "SUSPENDED"})
	l.codes = strings.Join(codes, " ")
	return l
}

// What of a person's and a tenant's rows is the server's to decide, after the
// name by which they are known.
const (
	lifeRows = `SELECT u.email, u.id, u.directory, u.name, u.nickname, u.username, u.mobile, u.status, u.locked_until, u.epoch, u.verified_at > 0, substr(u.password_hash, 1, 7),
		u.created_at > 1700000000000, u.last_login_at > 1700000000000, m.tenant_id, m.space_id, m.role, m.main, m.status,
		s.tenant_id, s.space_id, s.device_name, s.ip, s.agent, s.counter, s.ended_at > 0, s.end_reason, s.known, s.coded,
		(s.expires_at - s.created_at) / 60000, (SELECT count(*) FROM tickets k WHERE k.user_id = u.id), (SELECT count(*) FROM devices d WHERE d.user_id = u.id)
		FROM users u LEFT JOIN memberships m ON m.user_id = u.id LEFT JOIN sessions s ON s.user_id = u.id ORDER BY u.email`
	tenantRows = `SELECT slug, id, name, contact_email, directory, status, policy, branding, hex(database_url), hex(logo), deleted_at, version,
		created_at > 1700000000000, (SELECT count(*) FROM spaces s WHERE s.tenant_id = tenants.id) FROM tenants ORDER BY slug`
)

// shapes are rows by the name that each begins with.
func (n *nest) shapes(query string) map[string][]string {
	all := map[string][]string{}
	for _, row := range n.rows(query) {
		name, rest, _ := strings.Cut(row, " ")
		all[name] = append(all[name], rest)
	}
	return all
}

// sameLives wants every life to be the first one's, but for names and ids.
func sameLives(v *verdict, plants []seedling, lives []life, rows map[string][]string) {
	v.t.Helper()
	for i, l := range lives {
		if l.codes != lives[0].codes || l.told != lives[0].told {
			v.breach(plants[i].String(), "the answers are %s %s, want %s %s", l.codes, l.told, lives[0].codes, lives[0].told)
			continue
		}
		shape := func(l life) string { return strings.ReplaceAll(strings.Join(rows[l.name], "\n"), l.id, "its id") }
		if got, want := shape(l), shape(lives[0]); got != want || got == "" || l.id == "" {
			v.breach(plants[i].String(), "the rows are\n%s\nwant\n%s", got, want)
		}
	}
}

// twice: of a member that is given twice neither counts.
func twice(v *verdict, n *nest, p *peer) {
	v.t.Helper()
	one, two := newPerson(), newPerson()
	before := n.state()
	base := fmt.Sprintf(`"name":"Kim","email":%q,"password":%q,"tenantId":"default","req":{"headers":{}}`, one.Email, one.Password)
	for _, more := range []string{
		`"email":` + string(quoted(two.Email)), `"\u0065mail":` + string(quoted(two.Email)), `"email":` + string(quoted(one.Email)), `"password":"another-lantern-9"`, `"name":"Lee"`, `"tenantId":"rich"`, `"tenant\u0049d":"rich"`,
		`"req":{"user":{"role":"admin"}}`, `"token":"x","token":"y"`, `"role":"user","role":"admin"`, `"user":{"role":"user","role":"admin"}`, `"req":{"headers":{},"headers":{}}`,
	} {
		for command, known := range map[string]string{"auth.signup": base, "auth.login": base, "auth.verifyOtp": base, "auth.sessions": base, "auth.refresh": base, "tenant.create": base + `,"displayName":"G"`} {
			if a := p.must(command, json.RawMessage("{"+known+","+more+"}")); a.Meta.Code != "VALIDATION_FAILED" {
				v.breach(command+" with twice "+more, "%v", a)
			}
		}
	}
	if n.state() != before {
		v.breach("members given twice", "users, sessions or tickets have changed")
	}
}

// inOtherCase: a member in another case is another member: it says nothing, and
// is missing where it should have said something.
func inOtherCase(t *testing.T, v *verdict, p *peer) {
	t.Helper()
	one := newPerson()
	p.want("USER_CREATED", "auth.signup", spread(fields{"name": one.Name, "email": one.Email, "password": one.Password}, "default", nil))
	for _, tt := range []struct {
		body fields
		want string
	}{
		{fields{"email": one.Email, "password": "not-the-password-1", "Password": one.Password}, "INVALID_CREDENTIALS"},
		{fields{"email": one.Email, "password": "not-the-password-1", "pa\u017f\u017fword": one.Password}, "INVALID_CREDENTIALS"},
		{fields{"email": one.Email, "PASSWORD": one.Password}, "VALIDATION_FAILED"},
		{fields{"Email": one.Email, "password": one.Password}, "VALIDATION_FAILED"},
		{fields{"email": newPerson().Email, "EMAIL": one.Email, "password": one.Password}, "INVALID_CREDENTIALS"},
		{fields{"email": one.Email, "password": one.Password, "TenantId": "rich", "TENANTID": "nowhere"}, "OTP_SENT"},
	} {
		if a := p.must("auth.login", spread(tt.body, "default", nil)); a.Meta.Code != tt.want {
			v.breach(fmt.Sprintf("auth.login with %v", slices.Sorted(maps.Keys(tt.body))), "%v, want %s", a, tt.want)
		}
	}
	mine := p.want("TENANT_CREATED", "tenant.create", fields{"name": "mine", "displayName": "Mine"}).grant().ID
	for _, body := range []fields{
		{"id": mine, "ID": "rich", "dto": fields{"displayName": "Mine", "Status": "LOCKED", "STATUS": "LOCKED", "DisplayName": "Theirs"}},
		{"id": mine, "dto": fields{"displayName": "Mine"}, "DTO": fields{"status": "LOCKED"}, "displayName": "Theirs"},
	} {
		a := p.want("TENANT_UPDATED", "tenant.update", body)
		if got := string(a.Data); !strings.Contains(got, `"displayName":"Mine"`) || !strings.Contains(got, `"status":"ACTIVE"`) {
			v.breach("tenant.update in other cases", "%s", got)
		}
	}
}
