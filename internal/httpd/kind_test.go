package httpd_test

import "testing"

// TestARefreshTokenIsNoAccessToken: the cookie alone opens no guarded route, and
// the token is none in any of the places of an access token.
func TestARefreshTokenIsNoAccessToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	for _, route := range []string{
		"GET /auth/me", "GET /auth/sessions", "GET /auth/new-token", "POST /auth/logout", "POST /auth/logout/all", "POST /auth/logout/session",
	} {
		w.do(t, route, nil, "Cookie", "refreshToken="+p.RefreshToken).want(t, 401, "ACCESS_TOKEN_MISSING")
		w.do(t, route, nil, "Cookie", "accessToken="+p.RefreshToken).want(t, 401, "TOKEN_INVALID")
		w.do(t, route, nil, "Authorization", "Bearer "+p.RefreshToken).want(t, 401, "TOKEN_INVALID")
		w.do(t, route, nil, "X-Access-Token", p.RefreshToken).want(t, 401, "TOKEN_INVALID")
	}
	w.do(t, "GET /auth/me", nil, p.bearer()...).want(t, 200, "CURRENT_USER_OK")
}

// TestALoginClearsTheOtherPrefix: who was logged in under the other prefix must
// not stay behind in the jar.
func TestALoginClearsTheOtherPrefix(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, bob := w.join(t, ""), w.join(t, "")
	in := object{"email": bob.Email, "password": bob.Password}
	a := w.do(t, "POST /api/v1/auth/login", in, "Sec-Fetch-Site", "same-origin", "Cookie", "accessToken="+ann.AccessToken).want(t, 200, "LOGIN_SUCCESS")
	if c := a.cookies()["refreshToken /auth"]; c == nil || c.MaxAge >= 0 {
		t.Errorf("the refresh cookie of /auth is not cleared: %q", a.header["Set-Cookie"])
	}
	w.do(t, "GET /auth/me", nil, ann.bearer()...).want(t, 401, "SESSION_NOT_FOUND")
	w.do(t, "POST /auth/refresh", nil, "Cookie", "refreshToken="+ann.RefreshToken).want(t, 401, "SESSION_NOT_FOUND")
}
