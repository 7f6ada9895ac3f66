package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestForward puts nginx and Caddy, as examples/ has them, between clients and
// a service that believes every header it is sent.
func TestForward(t *testing.T) {
	t.Parallel()
	for _, p := range proxies {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			f := openForward(t, p)
			t.Run("nobody", f.nobody)
			t.Run("somebody", f.somebody)
			t.Run("a forged identity", f.forged)
			t.Run("a role", f.role)
			t.Run("a service", f.service)
			t.Run("another origin", f.crossOrigin)
			t.Run("a path with two meanings", f.twofold)
			t.Run("logged out", f.loggedOut)
			t.Run("Latchkey is away", f.away)
		})
	}
}

func (f *forward) nobody(t *testing.T) {
	f.refused(t, 401, "ACCESS_TOKEN_MISSING", "GET /orders")
	f.refused(t, 401, "ACCESS_TOKEN_MISSING", "POST /orders")
	f.refused(t, 401, "ACCESS_TOKEN_MISSING", "GET /admin/users")
	f.refused(t, 401, "TOKEN_INVALID", "GET /orders", "Authorization", "Bearer e30.e30.e30")
	f.want(t, "GET /healthz")
}

func (f *forward) somebody(t *testing.T) {
	want := f.clerk.is(t, "orders:read", "orders:write")
	cookie := "accessToken=" + f.clerk.AccessToken
	for _, sent := range [][]string{{"Authorization", "Bearer " + f.clerk.AccessToken}, {"X-Access-Token", f.clerk.AccessToken}, {"Cookie", cookie}} {
		for _, request := range []string{"GET /orders", "POST /orders", "DELETE /orders/7"} {
			if diff := cmp.Diff(want, identity(f.want(t, request, sent...))); diff != "" {
				t.Errorf("%s with %s: want -, got +\n%s", request, sent[0], diff)
			}
		}
	}
	f.want(t, "GET /orders", append(f.clerk.bearer(), "x-tenant-id", "default")...)
	f.refused(t, 403, "TENANT_MISMATCH", "GET /orders", append(f.clerk.bearer(), "x-tenant-id", "acme")...)
	if status, _, at := f.ask(t, "GET /orders", append(f.clerk.bearer(), "Cookie", "accessToken="+f.admin.AccessToken)...); status < 400 || at.Method != "" {
		t.Errorf("two tokens that disagree: got %d", status)
	}
}

// forgeries are headers by which a client would be somebody else.
var forgeries = []string{
	"X-User-Id", "root", "x_user_id", "root", "X.User.Id", "root", "X-User_Id", "root", "X-Role", "admin", "x-role", "admin", "X_Role", "admin", "X.Role", "admin",
	"X_Tenant_Id", "acme", "X.Tenant.Id", "acme", "X_Space_Id", "s", "X-Permissions", "all", "X_Permissions", "all", "X-Session-Id", "s", "X_Session_Id", "s",
	"X-Identity-Kind", "service", "X_Identity_Kind", "service", "X-Service-Id", "root", "X-Service-Name", "root", "X_Service_Name", "root",
}

func (f *forward) forged(t *testing.T) {
	want := f.clerk.is(t, "orders:read", "orders:write")
	if diff := cmp.Diff(want, identity(f.want(t, "POST /orders", append(f.clerk.bearer(), forgeries...)...))); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	if diff := cmp.Diff(dict{}, identity(f.want(t, "GET /healthz", append(f.clerk.bearer(), append(forgeries, "X-Tenant-Id", "default")...)...))); diff != "" {
		t.Errorf("on a public route: want -, got +\n%s", diff)
	}
	f.refused(t, 401, "ACCESS_TOKEN_MISSING", "GET /orders", forgeries...)
	f.refused(t, 403, "FORBIDDEN", "GET /admin/users", append(f.clerk.bearer(), forgeries...)...)

	// A header that Connection names is taken off by proxies (RFC 9110 §7.6.1): not one of these.
	for _, name := range []string{"X-Role", "x-tenant-id, keep-alive", "close, X_Role"} {
		status, _, at := f.ask(t, "GET /orders", append(f.clerk.bearer(), "Connection", name)...)
		if at.Method == "" && status == http.StatusBadRequest {
			continue
		}
		if diff := cmp.Diff(want, identity(at.Header)); diff != "" {
			t.Errorf("Connection: %s: want -, got +\n%s", name, diff)
		}
	}
}

func (f *forward) role(t *testing.T) {
	if diff := cmp.Diff(f.admin.is(t), identity(f.want(t, "GET /admin/users", f.admin.bearer()...))); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	for _, path := range []string{"/admin", "/admin/", "/admin/users", "/admin?x=/../orders"} {
		f.refused(t, 403, "FORBIDDEN", "GET "+path, f.clerk.bearer()...)
	}
}

func (f *forward) service(t *testing.T) {
	var own, every struct{ ID, Name, Key string }
	f.s.run(t, &own, "api-key", "create", "--name", "shop", "--tenant", "default", "--scope", "orders:write")
	f.s.run(t, &every, "api-key", "create", "--name", "night shift", "--all-tenants", "--scope", "orders:read")
	secret(own.Key, every.Key)
	for _, test := range []struct {
		key  string
		want dict
	}{
		{own.Key, dict{"xidentitykind": "service", "xserviceid": own.ID, "xservicename": "shop", "xtenantid": "default", "xpermissions": "orders:write"}},
		{every.Key, dict{"xidentitykind": "service", "xserviceid": every.ID, "xservicename": "night shift", "xpermissions": "orders:read"}},
	} {
		got := identity(f.want(t, "POST /orders", append(forgeries, "Authorization", "Bearer "+test.key)...))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("want -, got +\n%s", diff)
		}
		f.refused(t, 403, "FORBIDDEN", "GET /admin/users", "Authorization", "Bearer "+test.key)
	}
}

func (f *forward) crossOrigin(t *testing.T) {
	cookie := []string{"Cookie", "accessToken=" + f.clerk.AccessToken}
	evil := append(cookie, "Origin", "https://evil.example")
	f.refused(t, 403, "CROSS_ORIGIN", "POST /orders", evil...)
	f.refused(t, 403, "CROSS_ORIGIN", "DELETE /orders/7", append(evil, "Sec-Fetch-Site", "cross-site")...)
	f.refused(t, 403, "CROSS_ORIGIN", "POST /orders", append(evil, "X-Forwarded-Method", "GET", "X-Original-Method", "GET", "X-Forwarded-Host", "evil.example")...)
	f.want(t, "GET /orders", evil...)
	f.want(t, "POST /orders", append(cookie, "Origin", f.base)...)
	f.want(t, "POST /orders", append(cookie, "Origin", f.base, "Sec-Fetch-Site", "same-origin")...)
	f.want(t, "POST /orders", append(f.clerk.bearer(), "Origin", "https://evil.example")...) // no browser adds that by itself
}

// twofold: what the proxy judged is what the service gets.
func (f *forward) twofold(t *testing.T) {
	for _, path := range []string{"/orders/..%2fhealthz", "/orders/%2e%2e/healthz", "/orders/../healthz", "/orders%2f..%2fhealthz", "//healthz", `/orders\..\healthz`} {
		if _, _, at := f.ask(t, "GET "+path); at.Method != "" && at.Path != "/healthz" {
			t.Errorf("GET %s of nobody reaches the service as %s", path, at.Path)
		}
	}
	for _, path := range []string{"/admin/..%2forders", "/admin%2f..%2forders", "/admin%2fusers", "//admin/users", "/orders/..%2fadmin/users", "/%61dmin/users"} {
		if _, _, at := f.ask(t, "GET "+path, f.clerk.bearer()...); strings.Contains(at.Path, "dmin") {
			t.Errorf("GET %s of a clerk reaches the service as %s", path, at.Path)
		}
	}
}

func (f *forward) loggedOut(t *testing.T) {
	g := f.c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", f.me.logIn()).grant(t)
	f.want(t, "GET /orders", g.bearer()...)
	f.c.want(t, "LOGGED_OUT", "POST", "/auth/logout", nil, g.bearer()...)
	f.refused(t, 401, "SESSION_NOT_FOUND", "GET /orders", g.bearer()...)
	f.refused(t, 401, "SESSION_NOT_FOUND", "POST /orders", "Cookie", "accessToken="+g.AccessToken)

	f.c.want(t, "USER_ROLE_UPDATED", "POST", "/auth/change-role", dict{"userId": f.clerk.User.ID, "newRole": "user"}, f.admin.bearer()...)
	if got := identity(f.want(t, "GET /orders", f.clerk.bearer()...)); got["xrole"] != "user" || got["xpermissions"] != nil {
		t.Errorf("after a change of role the service is told %v", got)
	}
}

func (f *forward) away(t *testing.T) {
	f.s.kill()
	for _, headers := range [][]string{nil, f.admin.bearer(), {"Cookie", "accessToken=" + f.admin.AccessToken}} {
		for _, request := range []string{"GET /orders", "POST /orders", "GET /admin/users"} {
			if status, _, at := f.ask(t, request, headers...); status < 500 || at.Method != "" {
				t.Errorf("%s: got %d, want 5xx", request, status)
			}
		}
	}
	f.want(t, "GET /healthz")
	f.s.launch()
	f.s.await()
	eventually(t, "the proxy is back", func() bool {
		status, _, _ := f.ask(t, "GET /orders", f.admin.bearer()...)
		return status == http.StatusOK
	})
}
