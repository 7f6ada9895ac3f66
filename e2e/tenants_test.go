package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// run runs a command that must succeed and reads the JSON that it prints.
func (s *server) run(t *testing.T, into any, args ...string) {
	t.Helper()
	out, errs, code := latchkey(t, s.dir, s.env, append(args, "--json")...)
	if code != 0 {
		t.Fatalf("latchkey %s: exit code %d\n%s", strings.Join(args, " "), code, errs)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatalf("latchkey %s prints no JSON: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// operator makes an operator key at the command line and returns the headers
// with which it acts in a tenant.
func (s *server) operator(t *testing.T) func(tenant string) []string {
	t.Helper()
	var made struct{ ID, Name, Key string }
	s.run(t, &made, "operator-key", "create", "--name", "ops")
	if !strings.HasPrefix(made.Key, "lko_") || made.Name != "ops" {
		t.Fatalf("the key is %+v", made)
	}
	secret(made.Key)
	return func(tenant string) []string {
		return []string{"Authorization", "Bearer " + made.Key, "x-tenant-id", tenant}
	}
}

// in adds the tenant to a grant's headers.
func (g grant) in(tenant string) []string { return append(g.bearer(), "x-tenant-id", tenant) }

// soon asks until an answer has the code: a command beside the server takes
// effect within two seconds.
func (c *client) soon(t *testing.T, code, method, path string, body any, headers ...string) {
	t.Helper()
	within(t, 2*time.Second, path+" answers "+code, func() bool {
		a, err := c.send(method, path, body, headers...)
		return err == nil && a.Meta.Code == code
	})
}

type dict = map[string]any

// TestTenants is a day of somebody who runs a product with several customers:
// two tenants that share their people and one with a database of its own.
func TestTenants(t *testing.T) {
	t.Parallel()
	office, post := openPost(t)
	s := start(t, "serve", post.with(quick()).with(env{"LOGIN_OTP": "off", "RATE_LIMITS": "off", "SIGN_UP": "invite"}))
	c, ops := s.client(), s.operator(t)

	// One tenant by HTTP, two by command.
	c.want(t, "TENANT_CREATED", "POST", "/tenants", dict{
		"name": "acme", "displayName": "Acme Ltd", "policy": dict{"otp": "off"}, "brand": dict{"color": "#aa3300"},
	}, ops("")...)
	s.run(t, nil, "tenant", "create", "globex", "--otp", "off")
	s.run(t, nil, "tenant", "create", "far", "--otp", "off", "--database-url", "sqlite:far.db")
	if _, err := os.Stat(filepath.Join(s.dir, "latchkey.tenants", "far.db")); err != nil {
		t.Error(err)
	}
	for _, tenant := range []string{"acme", "globex", "far"} {
		admin := dict{"name": "Head of " + tenant, "email": "head@" + tenant + ".example", "password": "steady-harbour-81", "role": "admin"}
		secret("steady-harbour-81")
		c.soon(t, "USER_CREATED", "POST", "/users", admin, ops(tenant)...)
	}
	head := func(tenant string) grant {
		return c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login",
			dict{"email": "head@" + tenant + ".example", "password": "steady-harbour-81"}, "x-tenant-id", tenant).grant(t)
	}
	acme, globex, far := head("acme"), head("globex"), head("far")

	// Nobody signs up; who is invited joins, with a button in a browser.
	ben := newPerson()
	c.want(t, "SIGN_UP_CLOSED", "POST", "/auth/sign-up", ben.signUp(), "x-tenant-id", "acme")
	c.want(t, "INVITATION_SENT", "POST", "/invitations", dict{"email": ben.Email, "role": "manager"}, acme.in("acme")...)
	b := browse(t)
	if said := accept(t, b, s, office.letter(t, ben.Email, "Acme Ltd").link(t), ben); !strings.Contains(said, "member") {
		t.Errorf("the page says %q", said)
	}
	logIn := func(tenant string) grant {
		return c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", ben.logIn(), "x-tenant-id", tenant).grant(t)
	}
	mine := logIn("acme")

	// The same person in a second tenant of the directory: one button, no password.
	c.want(t, "INVALID_CREDENTIALS", "POST", "/auth/login", ben.logIn(), "x-tenant-id", "globex")
	c.want(t, "INVITATION_SENT", "POST", "/invitations", dict{"email": ben.Email}, globex.in("globex")...)
	pressButton(t, b, s, office.letter(t, ben.Email, "globex").link(t), "")
	switched := c.want(t, "TENANT_SWITCHED", "POST", "/auth/switch-tenant", dict{"tenantId": "globex"}, mine.bearer()...).grant(t)
	if switched.SessionID != mine.SessionID {
		t.Errorf("switching made session %s of %s", switched.SessionID, mine.SessionID)
	}
	c.want(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, switched.in("globex")...)
	c.want(t, "TENANT_MISMATCH", "GET", "/auth/me", nil, switched.in("acme")...)
	c.want(t, "TENANT_MISMATCH", "GET", "/auth/me", nil, mine.bearer()...)
	c.want(t, "FORBIDDEN", "POST", "/auth/switch-tenant", dict{"tenantId": "far"}, switched.bearer()...)
	c.want(t, "FORBIDDEN", "POST", "/auth/switch-tenant", dict{"tenantId": "nowhere"}, switched.bearer()...)

	// A role of the tenant's own, on a session that lives already.
	c.want(t, "ROLE_CREATED", "POST", "/roles", dict{"name": "clerk", "permissions": []string{"orders:read"}}, globex.in("globex")...)
	c.want(t, "FORBIDDEN", "GET", "/users", nil, switched.in("globex")...)
	c.want(t, "USER_ROLE_UPDATED", "POST", "/auth/change-role", dict{"userId": switched.User.ID, "newRole": "admin"}, globex.in("globex")...)
	c.want(t, "USERS_RETRIEVED", "GET", "/users?q="+ben.Email[:6], nil, switched.in("globex")...)
	c.want(t, "USER_ROLE_UPDATED", "POST", "/auth/change-role", dict{"userId": switched.User.ID, "newRole": "clerk"}, globex.in("globex")...)
	c.want(t, "FORBIDDEN", "GET", "/users", nil, switched.in("globex")...)
	c.want(t, "LAST_ADMIN", "POST", "/auth/change-role", dict{"userId": globex.User.ID, "newRole": "user"}, globex.in("globex")...)

	// Of a database of one's own nobody elsewhere sees anything, and the other way round.
	c.want(t, "USER_NOT_FOUND", "GET", "/users/"+far.User.ID, nil, acme.in("acme")...)
	c.want(t, "USER_NOT_FOUND", "GET", "/users/"+acme.User.ID, nil, ops("far")...)
	far = c.want(t, "TOKENS_REFRESHED", "POST", "/auth/refresh", far.refresh()).grant(t) // names no tenant, and finds its way
	c.want(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, far.bearer()...)

	suspended(t, s, c, ops, globex, switched)
	lists(t, c, ops)
	broken(t, s, c, ops, far, acme)
}

// accept opens an invitation as a person does who has no account yet.
func accept(t *testing.T, b *browser, s *server, link string, who person) string {
	t.Helper()
	var ok bool
	b.open(t, link).run(t, `document.querySelector("input[name=name]") !== null && document.querySelector("input[type=password]") !== null`, &ok)
	if !ok {
		t.Fatal("the page asks for no name and password")
	}
	return fillIn(t, b, s, link, fmt.Sprintf(`document.querySelector("input[name=name]").value = %q`, who.Name), who.Password)
}

// suspended: a status and a policy hold from the answer on, and from a command
// within two seconds.
func suspended(t *testing.T, s *server, c *client, ops func(string) []string, admin, member grant) {
	t.Helper()
	c.want(t, "TENANT_STATUS_CHANGED", "PATCH", "/tenants/by-name/globex/status", dict{"status": "SUSPENDED"}, ops("")...)
	for _, g := range []grant{admin, member} {
		c.want(t, "TENANT_INACTIVE", "GET", "/auth/me", nil, g.bearer()...)
		c.want(t, "TENANT_INACTIVE", "POST", "/auth/refresh", g.refresh())
	}
	c.want(t, "USERS_RETRIEVED", "GET", "/users", nil, ops("globex")...)
	s.run(t, nil, "tenant", "status", "globex", "ACTIVE")
	c.soon(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, member.bearer()...)

	c.want(t, "TENANT_UPDATED", "PATCH", "/tenants/globex", dict{"policy": dict{"otp": "email"}}, ops("")...)
	c.want(t, "OTP_SENT", "POST", "/auth/login", dict{"email": "head@globex.example", "password": "steady-harbour-81"}, "x-tenant-id", "globex")
	s.run(t, nil, "tenant", "set", "globex", "--reset", "otp")
	c.soon(t, "LOGIN_SUCCESS", "POST", "/auth/login", dict{"email": "head@globex.example", "password": "steady-harbour-81"}, "x-tenant-id", "globex")

	s.run(t, nil, "user", "lock", "head@globex.example", "--tenant", "globex")
	c.soon(t, "SESSION_NOT_FOUND", "GET", "/auth/me", nil, admin.bearer()...)
	s.run(t, nil, "user", "unlock", "head@globex.example", "--tenant", "globex")
	c.soon(t, "LOGIN_SUCCESS", "POST", "/auth/login", dict{"email": "head@globex.example", "password": "steady-harbour-81"}, "x-tenant-id", "globex")
}

// lists walks through lists of many people and events.
func lists(t *testing.T, c *client, ops func(string) []string) {
	t.Helper()
	for _, list := range []string{"/users?limit=1", "/audit-events?limit=7"} {
		seen, next := map[string]bool{}, ""
		for range 1000 {
			a := c.want(t, strings.ToUpper(strings.ReplaceAll(strings.Split(list, "?")[0][1:], "-", "_"))+"_RETRIEVED", "GET", list+next, nil, ops("acme")...)
			var items []struct{ ID string }
			if err := json.Unmarshal(a.Data, &items); err != nil || len(items) == 0 {
				t.Fatalf("%s: %v, %d items", list+next, err, len(items))
			}
			for _, i := range items {
				if seen[i.ID] {
					t.Errorf("%s: %s is on two pages", list, i.ID)
				}
				seen[i.ID] = true
			}
			if a.Meta.NextCursor == "" {
				break
			}
			next = "&cursor=" + a.Meta.NextCursor
		}
		if len(seen) < 2 {
			t.Errorf("%s: %d in all", list, len(seen))
		}
	}
}

// broken: a tenant whose database is gone says so, gets no empty one in its
// place, and harms nobody else.
func broken(t *testing.T, s *server, c *client, ops func(string) []string, far, acme grant) {
	t.Helper()
	s.stop()
	file := filepath.Join(s.dir, "latchkey.tenants", "far.db")
	if err := os.Rename(file, file+".away"); err != nil {
		t.Fatal(err)
	}
	s.launch()
	s.await()
	c.want(t, "TENANT_CONNECTION_MISSING", "GET", "/auth/me", nil, far.bearer()...)
	c.want(t, "TENANT_CONNECTION_MISSING", "GET", "/users", nil, ops("far")...)
	c.want(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, acme.bearer()...)
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("an empty database took the place of the one that is gone: %v", err)
	}
	for range 2 { // the second time it is taken away while it is open
		if err := os.Rename(file+".away", file); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the tenant is back", func() bool {
			a, err := c.send("GET", "/users", nil, ops("far")...)
			return err == nil && a.Meta.Code == "USERS_RETRIEVED"
		})
		if err := os.Rename(file, file+".away"); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a file that is gone is missed", func() bool {
			a, err := c.send("GET", "/users", nil, ops("far")...)
			return err == nil && a.Meta.Code == "TENANT_CONNECTION_MISSING"
		})
	}
}
