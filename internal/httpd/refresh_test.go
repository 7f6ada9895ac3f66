package httpd_test

import (
	"strings"
	"testing"
	"time"
)

// TestARefreshAnswersByTheWayItCame is CONTRACT.md §4, for programs and for
// browsers.
func TestARefreshAnswersByTheWayItCame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/auth/refresh", "/auth/token/refresh", "/api/v1/auth/refresh", "/api/v1/auth/token/refresh"} {
		prefix := strings.TrimSuffix(strings.TrimSuffix(path, "/refresh"), "/token")
		for _, site := range [][]string{nil, {"Sec-Fetch-Site", "same-origin"}} {
			for _, tt := range []struct {
				name               string
				body, cookie       bool
				inData, setCookies bool
			}{
				{"cookie", false, true, false, true},
				{"body", true, false, true, false},
				{"both", true, true, true, true},
			} {
				p := w.join(t, "")
				headers := site
				var body any
				if tt.cookie {
					headers = append([]string{"Cookie", "refreshToken=" + p.RefreshToken}, site...)
				}
				if tt.body {
					body = object{"refreshToken": p.RefreshToken}
				}
				a := w.do(t, "POST "+path, body, headers...).want(t, 200, "TOKENS_REFRESHED")
				var got struct{ AccessToken, RefreshToken string }
				a.into(t, &got)
				if (got.AccessToken != "") != tt.inData || (got.RefreshToken != "") != tt.inData {
					t.Errorf("%s by %s %v: got %s", path, tt.name, site, a.Data)
				}
				set := a.cookies()
				if (set["accessToken /"] != nil) != tt.setCookies || (set["refreshToken "+prefix] != nil) != tt.setCookies {
					t.Errorf("%s by %s %v: sets %q", path, tt.name, site, a.header["Set-Cookie"])
				}
			}
		}
	}
}

// TestTheBodyWinsOverTheCookie, and the jar gets what came of it.
func TestTheBodyWinsOverTheCookie(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inJar, given := w.join(t, ""), w.join(t, "")
	a := w.do(t, "POST /auth/refresh", object{"refreshToken": given.RefreshToken}, "Cookie", "refreshToken="+inJar.RefreshToken)
	var got struct{ SessionID string }
	if a.want(t, 200, "TOKENS_REFRESHED").into(t, &got); got.SessionID != given.SessionID {
		t.Errorf("refreshed session %s, want %s", got.SessionID, given.SessionID)
	}
	w.do(t, "POST /auth/refresh", object{"refreshToken": given.AccessToken}, "Cookie", "refreshToken="+inJar.RefreshToken).
		want(t, 401, "INVALID_REFRESH_TOKEN")
}

// TestAJarNeverGoesStale: whatever way a program with a jar refreshes, what is
// in the jar afterwards works, past every grace.
func TestAJarNeverGoesStale(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, prefix := range []string{"/auth", "/api/v1/auth"} {
		jar, p := newJar(t), w.join(t, "")
		jar.do(t, w, "POST "+prefix+"/login", object{"email": p.Email, "password": p.Password}).want(t, 200, "LOGIN_SUCCESS")
		for range 2 {
			for _, step := range []string{"POST /refresh", "POST /refresh with body", "POST /new-token", "GET /new-token", "POST /token/refresh"} {
				w.clock.advance(time.Minute)
				request, withBody := strings.CutSuffix(step, " with body")
				var body any
				if withBody {
					body = object{"refreshToken": jar.value(prefix+"/refresh", "refreshToken")}
				}
				jar.do(t, w, strings.Replace(request, " ", " "+prefix, 1), body).want(t, 200, "TOKENS_REFRESHED")
				jar.do(t, w, "GET "+prefix+"/me", nil).want(t, 200, "CURRENT_USER_OK")
			}
		}
		jar.do(t, w, "POST "+prefix+"/logout", nil).want(t, 200, "LOGGED_OUT")
		if got := jar.Cookies(jar.url(prefix + "/refresh")); len(got) != 1 || got[0].Name != "deviceId" {
			t.Errorf("after the logout the jar holds %d cookies", len(got))
		}
		jar.do(t, w, "POST "+prefix+"/refresh", nil).want(t, 401, "REFRESH_TOKEN_NOT_FOUND")
	}
}

// TestABrowserNeverSeesAToken walks through a browser's day and looks for the
// values of its cookies in every answer.
func TestABrowserNeverSeesAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	jar, p := newJar(t), w.join(t, coded)
	page := []string{"Sec-Fetch-Site", "same-origin", "x-tenant-id", coded}
	begun := jar.do(t, w, "POST /auth/login", object{"email": p.Email, "password": p.Password}, page...).want(t, 200, "OTP_SENT")
	var c struct{ LoginID string }
	begun.into(t, &c)
	answers := []answer{begun, jar.do(t, w, "POST /auth/login/verify", object{"loginId": c.LoginID, "otp": w.mail.code(t, p.Email)}, page...)}
	for _, request := range []string{
		"GET /auth/me", "GET /auth/sessions", "GET /auth/verify-token", "POST /auth/refresh", "GET /auth/new-token",
		"POST /auth/new-token", "POST /auth/token/refresh", "POST /auth/logout",
	} {
		before := []string{jar.value("/auth/me", "accessToken"), jar.value("/auth/me", "refreshToken"), jar.value("/auth/me", "deviceId")}
		a := jar.do(t, w, request, nil, page...)
		if a.status != 200 {
			t.Fatalf("%s: %s", request, a.body)
		}
		after := []string{jar.value("/auth/me", "accessToken"), jar.value("/auth/me", "refreshToken")}
		for _, token := range append(before, after...) {
			if token != "" && strings.Contains(string(a.body), token) {
				t.Errorf("%s shows a token: %s", request, a.body)
			}
		}
		answers = append(answers, a)
	}
	for _, a := range answers {
		if body := string(a.body); strings.Contains(body, "Token\":") || strings.Contains(body, "eyJ") {
			t.Errorf("%s shows a token: %s", a.request, body)
		}
	}
}

// TestALoginEndsTheSessionWhoseCookiesItOverwrites (ASVS 5.0 V7.2.4).
func TestALoginEndsTheSessionWhoseCookiesItOverwrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.join(t, "")
	in := object{"email": old.Email, "password": old.Password}
	w.do(t, "POST /auth/login", in, old.jar("Sec-Fetch-Site", "same-origin")...).want(t, 200, "LOGIN_SUCCESS")
	w.do(t, "GET /auth/me", nil, old.bearer()...).want(t, 401, "SESSION_NOT_FOUND")
	// A program that sends its cookies keeps both.
	kept := w.login(t, old)
	w.do(t, "POST /auth/login", in, kept.jar()...).want(t, 200, "LOGIN_SUCCESS")
	w.do(t, "GET /auth/me", nil, kept.bearer()...).want(t, 200, "CURRENT_USER_OK")
}
