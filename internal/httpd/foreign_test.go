package httpd_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestWhatIsAnotherTenantsIsNotThere: every id parameter, with what belongs to
// another tenant, gets the very answer that nobody's does, and changes nothing
// (SECURITY.md A-17).
func TestWhatIsAnotherTenantsIsNotThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.newTenant(t), w.newTenant(t)
	admin := w.admin(t, here)
	theirs := map[string]string{
		"/users": w.join(t, there).ID, "/roles": w.madeRole(t, there), "/tenants": there, "/api-keys": w.madeKey(t, there),
	}
	before := w.dump(t)
	for _, r := range contract {
		root, _, isPlace := strings.Cut(r.path, "/{")
		if !isPlace && r.path != "/auth/change-role" {
			continue
		}
		root = strings.TrimSuffix(root, "/by-name")
		ask := func(place string) answer {
			body := goods(admin)[r.path]
			if r.path == "/auth/change-role" {
				body = object{"userId": place, "newRole": "user"}
			}
			if strings.HasSuffix(r.path, "/status") {
				body = object{"status": "LOCKED"}
			}
			if len(r.fields) == 0 {
				return w.do(t, r.method+" "+fill(r.path, place), nil, admin.bearer()...)
			}
			return w.do(t, r.method+" "+fill(r.path, place), body, admin.bearer()...)
		}
		nobodys := map[string]string{"/users": anyPlace, "/roles": "nobody-there", "/api-keys": anyPlace, "/tenants": "nobody-there", "/auth/change-role": anyPlace}[root]
		foreign := theirs[root]
		if root == "/auth/change-role" {
			foreign = theirs["/users"]
		}
		got, want := ask(foreign), ask(nobodys)
		if gist(got) != gist(want) || got.status != 404 && got.status != 403 {
			t.Errorf("%s: got %s, nobody's gets %s", r, got.body, want.body)
		}
	}
	same(t, before, w.dump(t))
}

// serversOwn are fields that no request sets (SECURITY.md A-18).
var serversOwn = []string{
	"id", "userId", "directory", "tenant", "permissions", "isAdmin", "admin", "verified", "emailVerified", "verifiedAt", "epoch", "passwordHash", "password_hash",
	"lockedUntil", "createdAt", "updatedAt", "deletedAt", "lastLoginAt", "sessionId", "seats", "spaces", "tenants", "shared", "operator", "builtIn", "main", "by", "caller",
}

// TestNoRequestSetsWhatIsTheServers: on every route, beside what it takes.
func TestNoRequestSetsWhatIsTheServers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin := w.admin(t, "")
	before := w.dump(t)
	good := goods(admin)
	for _, r := range contract {
		for _, field := range append([]string{"role", "status", "tenantId", "slug", "email", "password"}, serversOwn...) {
			if slices.Contains(r.fields, field) {
				continue
			}
			for _, name := range []string{field, strings.ToUpper(field[:1]) + field[1:]} {
				body := maps.Clone(good[r.path])
				if body == nil || len(r.fields) == 0 {
					body = object{}
				}
				body[name] = "x"
				headers := admin.bearer()
				if r.operated {
					headers = w.operator()
				}
				a := w.do(t, r.String(), body, headers...)
				if a.status != 400 || a.code() != "VALIDATION_FAILED" || len(a.Meta.Fields) != 1 || a.Meta.Fields[0].Field != name {
					t.Errorf("%s with %s: got %d %s", r, name, a.status, a.body)
				}
			}
		}
	}
	after := w.dump(t)
	delete(before, "operator_keys") // which know when they were used last
	delete(after, "operator_keys")
	same(t, before, after)
}

// TestAnAdminIsNoOperator: an admin changes neither the
// tenant's policy nor its status, and reads no other's.
func TestAnAdminIsNoOperator(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.newTenant(t)
	admin := w.admin(t, tenant)
	before := w.dump(t)
	for _, body := range []object{{"policy": object{"allowedOrigins": []string{"https://evil.example"}}}, {"displayName": "x"}, {}} {
		w.do(t, "PATCH /tenants/"+tenant, body, admin.bearer()...).want(t, 403, "FORBIDDEN")
	}
	w.do(t, "PATCH /tenants/"+tenant+"/status", object{"status": "LOCKED"}, admin.bearer()...).want(t, 403, "FORBIDDEN")
	w.do(t, "DELETE /tenants/"+tenant, nil, admin.bearer()...).want(t, 403, "FORBIDDEN")
	same(t, before, w.dump(t))
	var seen []struct{ Name string }
	w.do(t, "GET /tenants", nil, admin.bearer()...).into(t, &seen)
	if len(seen) != 1 || seen[0].Name != tenant {
		t.Errorf("an admin sees %v", seen)
	}
}

// TestASharedAccountIsItsOwners: an admin of one of its tenants does not change
// it for the others.
func TestASharedAccountIsItsOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, admin := w.join(t, ""), w.admin(t, "")
	w.seat(t, p, pages, auth.RoleUser)
	for _, request := range []string{"PATCH /users/" + p.ID, "POST /users/" + p.ID + "/lock", "POST /users/" + p.ID + "/unlock"} {
		var body any
		if strings.HasPrefix(request, "PATCH") {
			body = object{"email": stranger("").Email}
		}
		if a := w.do(t, request, body, admin.bearer()...).want(t, 403, "FORBIDDEN"); a.Meta.Reason != "shared_account" {
			t.Errorf("%s: %s", request, a.body)
		}
		w.do(t, request, body, w.operator()...).wantStatus(t, 200)
	}
}
