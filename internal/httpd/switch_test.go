package httpd_test

import (
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestASwitchHandsOutTokens by the rules of a login (CONTRACT.md §4), where the
// tenant that is switched to says whether a page may have them; and it is the
// same session as before.
func TestASwitchHandsOutTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct{ from, to, site, asks, want string }{
		{"", pages, "", "", inBody}, {"", pages, "", "cookie", inCookies}, {"", pages, "same-origin", "", inCookies},
		{"", pages, "same-origin", "body", inBody}, {pages, "", "same-origin", "body", inCookies}, {pages, "", "", "body", inBody},
	} {
		for _, prefix := range []string{"/auth", "/api/v1/auth"} {
			p := w.join(t, tt.from)
			to := tt.to
			if to == "" {
				to = "default"
			}
			w.seat(t, p, to, auth.RoleManager)
			var headers []string
			for name, value := range map[string]string{"Sec-Fetch-Site": tt.site, "x-token-delivery": tt.asks} {
				if value != "" {
					headers = append(headers, name, value)
				}
			}
			a := w.do(t, "POST "+prefix+"/switch-tenant", object{"tenantId": to}, p.bearer(headers...)...).want(t, 200, "TENANT_SWITCHED")
			var got struct{ AccessToken, RefreshToken, SessionID string }
			a.into(t, &got)
			if shown := got.AccessToken != "" && got.RefreshToken != ""; shown != (tt.want == inBody) || got.SessionID != p.SessionID {
				t.Errorf("%+v: %s", tt, a.Data)
			}
			set := a.cookies()
			if len(set) != 2 || set["accessToken /"] == nil || set["refreshToken "+prefix] == nil {
				t.Fatalf("%+v: sets %q", tt, a.header["Set-Cookie"])
			}
			access := set["accessToken /"].Value
			if tt.want == inCookies && strings.Contains(string(a.body), access) {
				t.Errorf("%+v: a token is in the body", tt)
			}
			me := w.do(t, "GET /auth/me", nil, "Cookie", "accessToken="+access, "x-tenant-id", to).want(t, 200, "CURRENT_USER_OK")
			if !strings.Contains(string(me.Data), p.SessionID) {
				t.Errorf("%+v: another session: %s", tt, me.Data)
			}
			w.do(t, "POST "+prefix+"/refresh", nil, "Cookie", "refreshToken="+set["refreshToken "+prefix].Value).want(t, 200, "TOKENS_REFRESHED")
		}
	}
}

// TestASwitchLeavesNoSecondRefreshCookie: a browser that logged in at the other
// prefix would keep a cookie there that the next refresh makes an old one.
func TestASwitchLeavesNoSecondRefreshCookie(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	w.seat(t, p, pages, auth.RoleUser)
	a := w.do(t, "POST /api/v1/auth/switch-tenant", object{"tenantId": pages}, "Cookie", "accessToken="+p.AccessToken).want(t, 200, "TENANT_SWITCHED")
	if c := a.cookies()["refreshToken /auth"]; c == nil || c.Value != "" || c.MaxAge >= 0 {
		t.Errorf("the other refresh cookie stays: %q", a.header["Set-Cookie"])
	}
}

// TestARefusedSwitchChangesNothing, whatever it is refused for.
func TestARefusedSwitchChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	w.seat(t, p, pages, auth.RoleUser)
	w.seat(t, p, coded, auth.RoleUser)
	before := w.dump(t)
	for _, tt := range []struct {
		body    object
		headers []string
		status  int
		code    string
	}{
		{object{"tenantId": pages}, p.bearer("x-token-delivery", "both"), 400, "VALIDATION_FAILED"},
		{object{"tenantId": pages}, p.jar("Sec-Fetch-Site", "cross-site"), 403, "CROSS_ORIGIN"},
		{object{"tenantId": pages}, p.bearer("x-tenant-id", pages), 403, "TENANT_MISMATCH"},
		{object{"tenantId": closed}, p.bearer(), 403, "FORBIDDEN"},
		{object{"tenantId": "nobody-there"}, p.bearer(), 403, "FORBIDDEN"},
		{object{"tenantId": coded}, p.bearer(), 403, "FORBIDDEN"},
		{object{"tenantId": pages, "spaceId": anyPlace}, p.bearer(), 403, "FORBIDDEN"},
		{object{}, p.bearer(), 400, "VALIDATION_FAILED"},
	} {
		if a := w.do(t, "POST /auth/switch-tenant", tt.body, tt.headers...).want(t, tt.status, tt.code); len(a.cookies()) > 0 {
			t.Errorf("%v: sets %q", tt.body, a.header["Set-Cookie"])
		}
	}
	same(t, before, w.dump(t))
	w.do(t, "GET /auth/me", nil, p.bearer()...).want(t, 200, "CURRENT_USER_OK")
}

// TestLeavingTheTenantOneIsInClearsTheCookies, and leaving another does not.
func TestLeavingTheTenantOneIsInClearsTheCookies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	w.seat(t, p, pages, auth.RoleUser)
	w.seat(t, p, closed, auth.RoleUser)
	if a := w.do(t, "POST /auth/tenants/leave", object{"tenantId": pages}, p.jar()...).want(t, 200, "TENANT_LEFT"); len(a.cookies()) > 0 {
		t.Errorf("sets %q", a.header["Set-Cookie"])
	}
	a := w.do(t, "POST /auth/tenants/leave", object{"tenantId": "default"}, p.jar()...).want(t, 200, "TENANT_LEFT")
	if c := a.cookies()["accessToken /"]; c == nil || c.MaxAge >= 0 {
		t.Errorf("the cookies stay: %q", a.header["Set-Cookie"])
	}
	w.do(t, "GET /auth/me", nil, p.bearer()...).wantStatus(t, 401)
}
