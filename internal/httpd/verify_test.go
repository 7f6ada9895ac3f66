package httpd_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// identityHeaders are those by which a proxy is told who asks.
var identityHeaders = []string{
	"X-Identity-Kind", "X-User-Id", "X-Tenant-Id", "X-Space-Id", "X-Role", "X-Session-Id", "X-Permissions", "X-Service-Id", "X-Service-Name",
}

// identityOf reads them; each must be there once, so that a proxy overwrites
// what a client had put in its place.
func identityOf(t *testing.T, a answer) map[string]string {
	t.Helper()
	got := map[string]string{}
	for _, name := range identityHeaders {
		values := a.header.Values(name)
		if len(values) != 1 {
			t.Errorf("%s: %s is there %d times", a.request, name, len(values))
			continue
		}
		if values[0] != "" {
			got[name] = values[0]
		}
	}
	return got
}

// forged are headers with which a client says who it would like to be.
func forged() (all []string) {
	for _, name := range identityHeaders {
		if name != "X-Tenant-Id" && name != "X-Space-Id" { // these ask for a place, and are judged
			all = append(all, name, "admin")
		}
	}
	return all
}

// TestVerifySaysWho: in the data and in headers, of the credentials alone.
func TestVerifySaysWho(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.admin(t, "")
	for name, with := range map[string][]string{
		"bearer": p.bearer(), "cookies": p.jar(), "x-access-token": {"x-access-token", p.AccessToken},
	} {
		a := w.do(t, "GET /auth/verify", nil, append(with, forged()...)...).want(t, 200, "IDENTITY_VERIFIED")
		var id auth.Identity
		a.into(t, &id)
		want := map[string]string{
			"X-Identity-Kind": "user", "X-User-Id": p.ID, "X-Tenant-Id": "default", "X-Space-Id": id.SpaceID, "X-Role": "admin", "X-Session-Id": p.SessionID,
		}
		if d := cmp.Diff(want, identityOf(t, a)); d != "" || id.SpaceID == "" || id.UserID != p.ID || id.Kind != auth.IdentityUser {
			t.Errorf("%s: %+v (-want +got):\n%s", name, id, d)
		}
	}
	k := w.serviceKey(t, pages, 0, "orders:read", "orders:write")
	a := w.do(t, "GET /api/v1/auth/verify", nil, append([]string{"Authorization", "Bearer " + string(k.Key)}, forged()...)...).want(t, 200, "IDENTITY_VERIFIED")
	want := map[string]string{
		"X-Identity-Kind": "service", "X-Tenant-Id": pages, "X-Permissions": "orders:read,orders:write", "X-Service-Id": k.ID, "X-Service-Name": k.Name,
	}
	if d := cmp.Diff(want, identityOf(t, a)); d != "" {
		t.Errorf("a service (-want +got):\n%s", d)
	}
	refusal := w.do(t, "GET /auth/verify", nil, forged()...).want(t, 401, "ACCESS_TOKEN_MISSING")
	for _, name := range identityHeaders {
		if v := refusal.header.Values(name); v != nil {
			t.Errorf("a refusal says %s: %q", name, v)
		}
	}
}

// TestVerifyHeadersAreSafe: the name of a key is anybody's words.
func TestVerifyHeadersAreSafe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k, err := w.service.CreateServiceKey(t.Context(), w.commandLine(t, ""), auth.ServiceKeyInput{Name: "счёт ☕ x"})
	must(t, err)
	secrets.add(string(k.Key))
	a := w.do(t, "GET /auth/verify", nil, "Authorization", "Bearer "+string(k.Key)).want(t, 200, "IDENTITY_VERIFIED")
	if got := identityOf(t, a)["X-Service-Name"]; got != "???? ? x" {
		t.Errorf("the name is told as %q", got)
	}
	var id auth.Identity
	if a.into(t, &id); id.Name != k.Name {
		t.Errorf("the data has the name %q", id.Name)
	}
	if _, err := w.service.CreateServiceKey(t.Context(), w.commandLine(t, ""), auth.ServiceKeyInput{Name: "x\r\nX-Role: admin"}); err == nil {
		t.Error("a name of two lines is taken")
	}
}

// TestVerifyAsks: what is asked for must be met, and what is not understood lets
// nobody in.
func TestVerifyAsks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, k := w.joinAs(t, "", auth.RoleManager), w.serviceKey(t, "", 0, "orders:read", "orders:write")
	service := []string{"Authorization", "Bearer " + string(k.Key)}
	for query, want := range map[string][2]string{
		"":                                      {"200 IDENTITY_VERIFIED", "200 IDENTITY_VERIFIED"},
		"?role=manager":                         {"200 IDENTITY_VERIFIED", "403 FORBIDDEN"},
		"?role=admin,manager":                   {"200 IDENTITY_VERIFIED", "403 FORBIDDEN"},
		"?role=admin":                           {"403 FORBIDDEN", "403 FORBIDDEN"},
		"?role=manage":                          {"403 FORBIDDEN", "403 FORBIDDEN"},
		"?role=,":                               {"403 FORBIDDEN", "403 FORBIDDEN"},
		"?permission=orders:read":               {"403 FORBIDDEN", "200 IDENTITY_VERIFIED"},
		"?permission=orders:read,orders:write":  {"403 FORBIDDEN", "200 IDENTITY_VERIFIED"},
		"?permission=orders:read,orders:delete": {"403 FORBIDDEN", "403 FORBIDDEN"},
		"?permission=,":                         {"403 FORBIDDEN", "403 FORBIDDEN"},
		"?tenant=default":                       {"200 IDENTITY_VERIFIED", "403 TENANT_MISMATCH"},
		"?tenant=pages":                         {"403 TENANT_MISMATCH", "403 TENANT_MISMATCH"},
		"?roles=admin":                          {"400 VALIDATION_FAILED", "400 VALIDATION_FAILED"},
		"?role=manager&role=admin":              {"400 VALIDATION_FAILED", "400 VALIDATION_FAILED"},
		"?role=manager;tenant=pages":            {"400 VALIDATION_FAILED", "400 VALIDATION_FAILED"},
		"?role=" + strings.Repeat("manager,", 100): {"400 VALIDATION_FAILED", "400 VALIDATION_FAILED"},
	} {
		for i, with := range [][]string{p.bearer(), service} {
			a := w.do(t, "GET /auth/verify"+query, nil, with...)
			if got := fmt.Sprint(a.status, " ", a.code()); got != want[i] {
				t.Errorf("%q, caller %d: got %s, want %s", query, i, got, want[i])
			}
		}
	}
}

// TestVerifyBehindAProxy: the cookies of a page elsewhere change nothing behind
// it, by either name of the method; what no browser adds by itself may.
func TestVerifyBehindAProxy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	q := w.join(t, pages)
	elsewhere, here := []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, []string{"Sec-Fetch-Site", "same-origin"}
	for _, name := range []string{"X-Forwarded-Method", "X-Original-Method"} {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "PURGE", "post", "get"} {
			by := []string{name, method}
			w.do(t, "GET /auth/verify", nil, p.jar(append(by, elsewhere...)...)...).want(t, 403, "CROSS_ORIGIN")
			w.do(t, "GET /auth/verify", nil, p.jar(append(by, "Origin", "https://evil.example")...)...).want(t, 403, "CROSS_ORIGIN")
			w.do(t, "GET /auth/verify", nil, p.jar(append(by, here...)...)...).want(t, 200, "IDENTITY_VERIFIED")
			w.do(t, "GET /auth/verify", nil, p.bearer(append(by, elsewhere...)...)...).want(t, 200, "IDENTITY_VERIFIED")
			w.do(t, "GET /auth/verify", nil, p.bearer(append(by, append(elsewhere, "Cookie", "refreshToken="+p.RefreshToken)...)...)...).want(t, 200, "IDENTITY_VERIFIED")
			w.do(t, "GET /auth/verify", nil, q.jar(append(by, "Sec-Fetch-Site", "cross-site", "Origin", pagesOrigin)...)...).want(t, 200, "IDENTITY_VERIFIED")
		}
		for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
			w.do(t, "GET /auth/verify", nil, p.jar(append([]string{name, method}, elsewhere...)...)...).want(t, 200, "IDENTITY_VERIFIED")
		}
	}
	// One name says that it changes something, the other that it does not.
	w.do(t, "GET /auth/verify", nil, p.jar(append(elsewhere, "X-Forwarded-Method", "GET", "X-Original-Method", "DELETE")...)...).want(t, 403, "CROSS_ORIGIN")
	w.do(t, "GET /auth/verify", nil, p.jar(append(elsewhere, "X-Forwarded-Method", "GET", "X-Forwarded-Method", "POST")...)...).want(t, 403, "CROSS_ORIGIN")
}

// TestVerifyEnds with the session, and with the key.
func TestVerifyEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	w.do(t, "GET /auth/verify", nil, p.bearer()...).want(t, 200, "IDENTITY_VERIFIED")
	w.do(t, "POST /auth/logout", nil, p.bearer()...).want(t, 200, "LOGGED_OUT")
	w.do(t, "GET /auth/verify", nil, p.bearer()...).want(t, 401, "SESSION_NOT_FOUND")
	k := w.serviceKey(t, "default", time.Hour)
	with := []string{"Authorization", "Bearer " + string(k.Key)}
	w.do(t, "GET /auth/verify", nil, with...).want(t, 200, "IDENTITY_VERIFIED")
	w.do(t, "DELETE /api-keys/"+k.ID, nil, w.operator("x-tenant-id", "default")...).want(t, 200, "API_KEY_REVOKED")
	if a := w.do(t, "GET /auth/verify", nil, with...).want(t, 401, "TOKEN_INVALID"); a.Meta.Reason != "revoked" {
		t.Errorf("the reason is %q", a.Meta.Reason)
	}
}

// TestServiceKeysOpenNothingElse: every other route refuses them, and changes
// nothing.
func TestServiceKeysOpenNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.serviceKey(t, "", 0, auth.ScopeRevocations)
	with := []string{"Authorization", "Bearer " + string(k.Key)}
	p := stranger("")
	before := w.dump(t)
	for _, r := range contract {
		if !r.private || r.path == "/auth/verify" || r.path == "/auth/revocations" {
			continue
		}
		var body any
		if len(r.fields) > 0 {
			body = goods(p)[r.path]
		}
		if a := w.do(t, r.String(), body, with...); a.status != 401 || a.code() != "TOKEN_INVALID" || a.Meta.Reason != "api_key" {
			t.Errorf("%s: got %d %s %q", r, a.status, a.code(), a.Meta.Reason)
		}
	}
	same(t, before, w.dump(t))
	w.do(t, "GET /auth/verify", nil, w.operator()...).want(t, 401, "TOKEN_INVALID") // nor an operator's these
}
