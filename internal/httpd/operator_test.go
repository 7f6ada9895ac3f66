package httpd_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestAnOperatorActsForTheTenantThatIsNamed, active or not; the default one else.
func TestAnOperatorActsForTheTenantThatIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.newTenant(t)
	p, here := w.join(t, tenant), w.join(t, "")
	listed := func(headers ...string) string {
		a := w.do(t, "GET /users", nil, w.operator(headers...)...).want(t, 200, "USERS_RETRIEVED")
		return string(a.Data)
	}
	if got := listed("x-tenant-id", tenant); !strings.Contains(got, p.ID) || strings.Contains(got, here.ID) {
		t.Errorf("users of %s: %s", tenant, got)
	}
	if got := listed(); !strings.Contains(got, here.ID) || strings.Contains(got, p.ID) {
		t.Errorf("users of the default tenant: %s", got)
	}
	w.do(t, "PATCH /tenants/"+tenant+"/status", object{"status": "SUSPENDED"}, w.operator()...).want(t, 200, "TENANT_STATUS_CHANGED")
	w.do(t, "GET /auth/me", nil, p.bearer()...).want(t, 403, "TENANT_INACTIVE")
	if got := listed("x-tenant-id", tenant); !strings.Contains(got, p.ID) {
		t.Errorf("users of a tenant that is suspended: %s", got)
	}
	w.do(t, "GET /users", nil, w.operator("x-tenant-id", "nobody-there")...).want(t, 404, "TENANT_NOT_FOUND")
}

// TestOnlyAGoodKeyOperates: what looks like one is refused, whatever is wrong
// with it, and a key is one in the Authorization header only.
func TestOnlyAGoodKeyOperates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ask := func(headers ...string) answer { return w.do(t, "GET /tenants", nil, headers...) }
	ask(w.operator()...).want(t, 200, "TENANTS_RETRIEVED")
	ask("Authorization", "bearer "+w.key).want(t, 200, "TENANTS_RETRIEVED")
	for name, key := range map[string]string{
		"cut": w.key[:len(w.key)-1], "longer": w.key + "A", "another last letter": w.key[:len(w.key)-1] + "!", "the prefix": "lko_", "made up": "lko_" + strings.Repeat("A", 90),
		"another case": "LKO_" + w.key[4:], "no prefix": w.key[4:], "padded": w.key + "=", "revoked": w.revokedKey(t),
	} {
		if a := ask("Authorization", "Bearer "+key); a.status != 401 || a.code() != "TOKEN_INVALID" || a.Meta.Reason == "" {
			t.Errorf("a key that is %s: got %d %s", name, a.status, a.body)
		}
	}
	ask("x-access-token", w.key).want(t, 401, "TOKEN_INVALID")
	ask("Cookie", "accessToken="+w.key).want(t, 401, "TOKEN_INVALID")
	ask("Authorization", "Basic "+w.key).want(t, 401, "ACCESS_TOKEN_MISSING")

	k, err := w.service.CreateOperatorKey(t.Context(), w.commandLine(t, ""), "short", time.Hour)
	must(t, err)
	secrets.add(string(k.Key))
	ask("Authorization", "Bearer "+string(k.Key)).want(t, 200, "TENANTS_RETRIEVED")
	w.clock.advance(time.Hour)
	if a := ask("Authorization", "Bearer "+string(k.Key)).want(t, 401, "TOKEN_INVALID"); a.Meta.Reason != "expired" {
		t.Errorf("a key past its end: %s", a.body)
	}
}

// TestAnOperatorHasNothingElse: with any other credential of ours it is not
// clear who asks.
func TestAnOperatorHasNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.admin(t, "")
	for _, request := range []string{"GET /tenants", "POST /tenants", "GET /auth/me", "POST /auth/login"} {
		for _, more := range [][]string{
			{"Cookie", "accessToken=" + p.AccessToken}, {"Cookie", "accessToken=" + w.key}, {"x-access-token", p.AccessToken}, {"Authorization", "Bearer " + p.AccessToken},
		} {
			w.do(t, request, nil, w.operator(more...)...).want(t, 400, "AMBIGUOUS_CREDENTIALS")
		}
	}
}

// TestWhatAnOperatorDidIsInTheRecord, under the id of the key.
func TestWhatAnOperatorDidIsInTheRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tenant := w.newTenant(t)
	w.do(t, "POST /roles", newRole(), w.operator("x-tenant-id", tenant)...).want(t, 201, "ROLE_CREATED")
	var events []struct{ Action, Actor string }
	w.do(t, "GET /audit-events", nil, w.operator("x-tenant-id", tenant)...).want(t, 200, "AUDIT_EVENTS_RETRIEVED").into(t, &events)
	var actions []string
	for _, e := range events {
		actions = append(actions, e.Action)
		if !strings.HasPrefix(e.Actor, "operator:") || strings.Contains(e.Actor, "lko_") {
			t.Errorf("%s was done by %q", e.Action, e.Actor)
		}
	}
	if want := []string{string(auth.ActionRoleMade), string(auth.ActionTenantMade)}; !slices.Equal(actions, want) {
		t.Errorf("the record has %q, want %q", actions, want)
	}
}
