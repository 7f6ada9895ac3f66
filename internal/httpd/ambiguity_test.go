package httpd_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestTwoThatDisagreeAreRefused is CONTRACT.md §3: of every pair of ways to
// send a credential or to name a tenant. Two that agree are one.
func TestTwoThatDisagreeAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	q := w.login(t, p)
	const auth, xToken, cookie = "Authorization", "x-access-token", "Cookie"
	for _, tt := range []struct {
		name      string
		one, two  []string
		ambiguous bool
	}{
		{"cookie and bearer", []string{cookie, "accessToken=" + p.AccessToken}, []string{auth, "Bearer " + q.AccessToken}, true},
		{"cookie and bearer that agree", []string{cookie, "accessToken=" + p.AccessToken}, []string{auth, "Bearer " + p.AccessToken}, false},
		{"cookie and x-access-token", []string{cookie, "accessToken=" + p.AccessToken}, []string{xToken, q.AccessToken}, true},
		{"cookie and x-access-token that agree", []string{cookie, "accessToken=" + p.AccessToken}, []string{xToken, p.AccessToken}, false},
		{"bearer and x-access-token", []string{auth, "Bearer " + p.AccessToken}, []string{xToken, q.AccessToken}, true},
		{"bearer and x-access-token that agree", []string{auth, "bearer " + p.AccessToken}, []string{xToken, p.AccessToken}, false},
		{"bearer and nonsense", []string{auth, "Bearer " + p.AccessToken}, []string{xToken, "nonsense"}, true},
		{"two bearers", []string{auth, "Bearer " + p.AccessToken}, []string{auth, "Bearer " + q.AccessToken}, true},
		{"two bearers that agree", []string{auth, "Bearer " + p.AccessToken}, []string{auth, "Bearer " + p.AccessToken}, false},
		{"bearer and basic", []string{auth, "Bearer " + p.AccessToken}, []string{auth, "Basic YTpi"}, true},
		{"two x-access-tokens", []string{xToken, p.AccessToken}, []string{xToken, q.AccessToken}, true},
		{"two x-access-tokens that agree", []string{xToken, p.AccessToken}, []string{xToken, p.AccessToken}, false},
		{"two cookies in one header", []string{cookie, "accessToken=" + p.AccessToken + "; accessToken=" + q.AccessToken}, nil, true},
		{"two cookies that agree", []string{cookie, "accessToken=" + p.AccessToken + "; accessToken=" + p.AccessToken}, nil, false},
		{"two cookies in two headers", []string{cookie, "accessToken=" + p.AccessToken}, []string{cookie, "accessToken=" + q.AccessToken}, true},
		{"an empty cookie and a full one", []string{cookie, "accessToken=; accessToken=" + p.AccessToken}, nil, false},
		{"two refresh cookies", p.bearer(), []string{cookie, "refreshToken=" + p.RefreshToken + "; refreshToken=" + q.RefreshToken}, true},
		{"two device cookies", p.bearer(), []string{cookie, "deviceId=a; deviceId=b"}, true},
		{"device cookie and header", p.bearer(), []string{cookie, "deviceId=a", "x-device-token", "b"}, true},
		{"device cookie and header that agree", p.bearer(), []string{cookie, "deviceId=a", "x-device-token", "a"}, false},
		{"two tenants", p.bearer(), []string{"x-tenant-id", "default", "X-Tenant-ID", coded}, true},
		{"two tenants that agree", p.bearer(), []string{"x-tenant-id", "default", "X-Tenant-ID", "default"}, false},
		{"two spaces", p.bearer(), []string{"x-space-id", "a", "X-Space-ID", "b"}, true},
		{"another cookie", p.bearer(), []string{cookie, "AccessToken=x; access_token=y; accesstoken=z"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, headers := range [][]string{append(tt.one[:len(tt.one):len(tt.one)], tt.two...), append(tt.two[:len(tt.two):len(tt.two)], tt.one...)} {
				a := w.do(t, "GET /auth/me", nil, headers...)
				if tt.ambiguous {
					a.want(t, 400, "AMBIGUOUS_CREDENTIALS")
					w.do(t, "POST /auth/refresh", nil, headers...).want(t, 400, "AMBIGUOUS_CREDENTIALS")
				} else {
					a.want(t, 200, "CURRENT_USER_OK")
				}
			}
		})
	}
}

// TestOtherSchemesAreNoToken.
func TestOtherSchemesAreNoToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	for _, header := range []string{
		"", "Basic YTpi", p.AccessToken, "Bearer", "Bearer ", "Token " + p.AccessToken, "Bearer:" + p.AccessToken, "Bearer\t" + p.AccessToken,
	} {
		w.do(t, "GET /auth/me", nil, "Authorization", header).want(t, 401, "ACCESS_TOKEN_MISSING")
	}
	for _, header := range []string{"Bearer " + p.AccessToken, "bearer " + p.AccessToken, "BEARER  " + p.AccessToken} {
		w.do(t, "GET /auth/me", nil, "Authorization", header).want(t, 200, "CURRENT_USER_OK")
	}
	for _, header := range []string{"Bearer " + p.AccessToken + " x", "Bearer " + p.AccessToken + ",", "Bearer \"" + p.AccessToken + "\""} {
		w.do(t, "GET /auth/me", nil, "Authorization", header).want(t, 401, "TOKEN_INVALID")
	}
}

// TestTooManyCookiesAreRefused: net/http reads none at all beyond 3,000, so
// that whoever plants them would log a person out, or hide that one is logged
// in (SECURITY.md §2.6).
func TestTooManyCookiesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	mine := "accessToken=" + p.AccessToken
	for _, tt := range []struct {
		name  string
		lines []string
	}{
		{"fifty more", []string{mine + strings.Repeat("; a=b", 50)}},
		{"fifty empty ones", []string{mine + strings.Repeat(";", 50)}},
		{"in many headers", append(strings.Split(strings.Repeat("a=b,", 50)+"c=d", ","), mine)},
		{"3,000 in one header", []string{mine + strings.Repeat("; a=b", 2000) + strings.Repeat(";", 1000)}},
		{"3,001 small ones", []string{strings.Repeat("a;", 3001), mine}},
		{"3,001 in two headers", []string{strings.Repeat("a;", 1500), strings.Repeat("a;", 1501), mine}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var text strings.Builder
			for _, line := range tt.lines {
				fmt.Fprintf(&text, "Cookie: %s\r\n", line)
			}
			for _, more := range []string{"", "Authorization: Bearer " + p.AccessToken + "\r\n"} {
				w.raw(t, "GET /auth/me", "GET /auth/me HTTP/1.1\r\nHost: x\r\n"+text.String()+more+"\r\n").
					want(t, 400, "VALIDATION_FAILED").wantFields(t, "cookie")
			}
		})
	}
	var forty []string
	for i := range 49 {
		forty = append(forty, fmt.Sprintf("c%d=x", i))
	}
	w.do(t, "GET /auth/me", nil, "Cookie", strings.Join(append(forty, mine), "; ")).want(t, 200, "CURRENT_USER_OK")
}

// TestLongHeadersAreRefused before there is a request.
func TestLongHeadersAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	for _, name := range []string{"Authorization", "Cookie", "X-Tenant-Id", "User-Agent", "X-Forwarded-For"} {
		long := fmt.Sprintf("GET /auth/me HTTP/1.1\r\nHost: x\r\nx-access-token: %s\r\n%s: %s\r\n\r\n", p.AccessToken, name, strings.Repeat("x", 24<<10))
		if a := w.raw(t, "GET /auth/me", long); a.status != 431 {
			t.Errorf("%s of 24 KiB: got %d", name, a.status)
		}
	}
	// What fits is kept short: the agent of a session is cut.
	var got []struct{ UA string }
	q := w.login(t, p, "User-Agent", strings.Repeat("x", 8<<10))
	w.do(t, "GET /auth/sessions", nil, q.bearer()...).into(t, &got)
	if n := max(len(got[0].UA), len(got[1].UA)); n != 512 {
		t.Errorf("an agent of %d bytes is kept, want 512", n)
	}
}
