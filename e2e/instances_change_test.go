package e2e

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// allSoon waits until every instance answers with a code.
func (f *fleet) allSoon(t *testing.T, code, method, path string, body any, headers ...string) {
	t.Helper()
	for _, c := range f.each {
		c.soon(t, code, method, path, body, headers...)
	}
}

// eachWants is want at every instance.
func (f *fleet) eachWants(t *testing.T, code, method, path string, body any, headers ...string) {
	t.Helper()
	for _, c := range f.each {
		c.want(t, code, method, path, body, headers...)
	}
}

// tenant makes a tenant with an admin, by command, and returns the admin.
func (f *fleet) tenant(t *testing.T, name string) grant {
	t.Helper()
	f.servers[0].run(t, nil, "tenant", "create", name, "--otp", "off")
	who := newPerson()
	f.allSoon(t, "ROLES_RETRIEVED", "GET", "/roles", nil, f.ops(name)...)
	f.all.want(t, "USER_CREATED", "POST", "/users", dict{"name": who.Name, "email": who.Email, "password": who.Password, "role": "admin"}, f.ops(name)...)
	return f.all.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", who.logIn(), "x-tenant-id", name).grant(t)
}

// demoted: who has lost a role has lost it everywhere.
func demoted(t *testing.T, f *fleet) {
	admin, second := f.tenant(t, "hired"), newPerson()
	f.all.want(t, "USER_CREATED", "POST", "/users", dict{"name": second.Name, "email": second.Email, "password": second.Password, "role": "admin"}, f.ops("hired")...)
	was := f.all.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", second.logIn(), "x-tenant-id", "hired").grant(t)
	f.eachWants(t, "USERS_RETRIEVED", "GET", "/users", nil, was.in("hired")...)
	for i, role := range []string{"user", "admin", "user"} {
		f.each[i].want(t, "USER_ROLE_UPDATED", "POST", "/auth/change-role", dict{"userId": was.User.ID, "newRole": role}, admin.in("hired")...)
		code := map[string]string{"user": "FORBIDDEN", "admin": "USERS_RETRIEVED"}[role]
		f.allSoon(t, code, "GET", "/users", nil, was.in("hired")...)
	}
}

// locked: what a command does beside the instances reaches all of them.
func locked(t *testing.T, f *fleet) {
	who, g := f.all.join(t)
	f.warm(t, []grant{g})
	f.servers[0].run(t, nil, "user", "lock", who.Email)
	f.allSoon(t, "SESSION_NOT_FOUND", "GET", "/auth/me", nil, g.bearer()...)
	f.eachWants(t, "SESSION_NOT_FOUND", "POST", "/auth/refresh", g.refresh())
	f.eachWants(t, "ACCOUNT_LOCKED", "POST", "/auth/login", who.logIn())
	f.servers[1].run(t, nil, "user", "unlock", who.Email)
	f.allSoon(t, "LOGIN_SUCCESS", "POST", "/auth/login", who.logIn())
}

// tenantSuspended: the members of a tenant are out everywhere, and in again.
func tenantSuspended(t *testing.T, f *fleet) {
	g := f.tenant(t, "debtor")
	for i, tt := range []struct{ status, code string }{
		{"SUSPENDED", "TENANT_INACTIVE"}, {"ACTIVE", "CURRENT_USER_OK"}, {"SUSPENDED", "TENANT_INACTIVE"},
	} {
		f.each[i].want(t, "TENANT_STATUS_CHANGED", "PATCH", "/tenants/by-name/debtor/status", dict{"status": tt.status}, f.ops("")...)
		f.allSoon(t, tt.code, "GET", "/auth/me", nil, g.bearer()...)
	}
}

// newKey: a signing key that a command made is known to all, and what one signs
// the others let in.
func newKey(t *testing.T, f *fleet) {
	who, old := f.all.join(t)
	var keys []keyLine
	f.servers[0].run(t, &keys, "keys", "list")
	known := kids(keys)
	f.servers[0].run(t, &keys, "keys", "rotate", "--now")
	made := slices.DeleteFunc(kids(keys), func(kid string) bool { return slices.Contains(known, kid) })
	if len(made) != 1 {
		t.Fatalf("the rotation made keys %v, want one", made)
	}
	for _, s := range f.servers {
		within(t, promised, "the new key is published", func() bool { return s.keySet(t)[made[0]] != nil })
	}
	for _, c := range f.each {
		g := c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", who.logIn(), "x-device-token", old.DeviceToken).grant(t)
		if kid, err := tokenKey(g.AccessToken); err != nil || kid != made[0] {
			t.Errorf("signed with %s, %v, want %s", kid, err, made[0])
		}
		f.eachWants(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, g.bearer()...)
	}
	f.eachWants(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, old.bearer()...)
}

func kids(keys []keyLine) (all []string) {
	for _, k := range keys {
		all = append(all, k.Kid)
	}
	return all
}

// tokenKey is the key that a token names.
func tokenKey(token string) (kid string, err error) {
	head, _, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		return "", err
	}
	var h struct{ Kid string }
	err = json.Unmarshal(text, &h)
	return h.Kid, err
}
