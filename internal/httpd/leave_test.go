package httpd_test

import (
	"testing"
	"time"
)

// TestLogoutAfterTheAccessTokenRanOut: the browser has dropped the cookie of the
// access token by then, and who clicks "log out" must be logged out.
func TestLogoutAfterTheAccessTokenRanOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, more := range map[string]func(p person) []string{
		"cookie dropped": func(person) []string { return nil },
		"token no good":  func(p person) []string { return []string{"X-Access-Token", p.AccessToken + "x"} },
	} {
		p := w.join(t, "")
		w.clock.advance(6 * 24 * time.Hour)
		cookie := []string{"Cookie", "refreshToken=" + p.RefreshToken}
		a := w.do(t, "POST /auth/logout", nil, append(more(p), cookie...)...).want(t, 200, "LOGGED_OUT")
		if c := a.cookies()["refreshToken /auth"]; c == nil || c.MaxAge >= 0 {
			t.Errorf("%s: the refresh cookie is not cleared: %q", name, a.header["Set-Cookie"])
		}
		w.do(t, "POST /auth/refresh", nil, cookie...).want(t, 401, "SESSION_NOT_FOUND")
		w.do(t, "POST /auth/logout", nil, cookie...).want(t, 401, "ACCESS_TOKEN_MISSING")
	}
}

// TestARefreshCookieOnlyLogsOut: it opens nothing else, and not from another
// website.
func TestARefreshCookieOnlyLogsOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	cookie := []string{"Cookie", "refreshToken=" + p.RefreshToken}
	for _, route := range []string{"GET /auth/me", "GET /auth/sessions", "POST /auth/logout/all", "POST /auth/logout/session", "GET /auth/new-token"} {
		w.do(t, route, nil, cookie...).want(t, 401, "ACCESS_TOKEN_MISSING")
	}
	w.do(t, "POST /auth/logout", nil, append(cookie, "Sec-Fetch-Site", "cross-site")...).want(t, 403, "CROSS_ORIGIN")
	w.do(t, "POST /auth/logout", nil, "Cookie", "refreshToken="+p.RefreshToken[1:]).want(t, 401, "ACCESS_TOKEN_MISSING")
	w.do(t, "GET /auth/me", nil, p.bearer()...).want(t, 200, "CURRENT_USER_OK")
}
