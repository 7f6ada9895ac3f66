package httpd_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestOtherMethodsAreRefused: every route, every path of it, twelve methods.
func TestOtherMethodsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	before := w.dump(t)
	allowed := map[string][]string{}
	for _, r := range contract {
		for _, path := range r.paths() {
			allowed[path] = append(allowed[path], r.method)
			if r.method == "GET" && r.path != "/auth/new-token" { // which changes something
				allowed[path] = append(allowed[path], "HEAD")
			}
		}
	}
	for _, path := range append(slices.Clone(deployment), "/api/v1/auth/health") {
		allowed[path] = []string{"GET", "HEAD"}
	}
	for path, methods := range allowed {
		slices.Sort(methods)
		path = fill(path, "")
		for _, m := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "Post"} {
			if slices.Contains(methods, m) {
				continue
			}
			a := w.raw(t, m+" "+path, fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nX-HTTP-Method-Override: %s\r\nContent-Length: 0\r\n\r\n", m, path, p.AccessToken, methods[0]))
			if a.status != 405 || m != "HEAD" && a.code() != "METHOD_NOT_ALLOWED" {
				t.Errorf("%s %s: got %d %s", m, path, a.status, a.code())
			}
			if got, want := a.header.Get("Allow"), strings.Join(methods, ", "); got != want {
				t.Errorf("%s %s: Allow is %q, want %q", m, path, got, want)
			}
		}
	}
	same(t, before, w.dump(t))
}

// TestHeadIsGetWithoutABody, where a GET changes nothing.
func TestHeadIsGetWithoutABody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	for _, path := range []string{"/auth/me", "/auth/sessions", "/auth/verify-token", "/api/v1/auth/me", "/auth/health", "/healthz", "/readyz", "/.well-known/jwks.json", "/openapi.json"} {
		get, head := w.do(t, "GET "+path, nil, p.bearer()...), w.do(t, "HEAD "+path, nil, p.bearer()...)
		if head.status != 200 || len(head.body) > 0 || head.header.Get("Content-Length") != get.header.Get("Content-Length") ||
			head.header.Get("Content-Type") != get.header.Get("Content-Type") || head.header.Get("Etag") != get.header.Get("Etag") {
			t.Errorf("HEAD %s: %d, %d bytes, %v; GET has %v", path, head.status, len(head.body), head.header, get.header)
		}
		if refused := w.do(t, "HEAD "+path, nil, "Authorization", "Bearer nonsense"); refused.status != 200 && refused.status != 401 || len(refused.body) > 0 {
			t.Errorf("HEAD %s: %d, %d bytes", path, refused.status, len(refused.body))
		}
	}
}

// TestOtherSpellingsOfAPathAreNothing: what a proxy may read otherwise has no
// route, and no redirect.
func TestOtherSpellingsOfAPathAreNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.door.Handle("/docs/", http.NotFoundHandler())
	p := w.join(t, "")
	before := w.dump(t)
	for _, path := range []string{
		"//auth/logout", "/auth//logout", "/auth/logout/", "/auth/./logout", "/auth/../auth/logout", "/x/../auth/logout", "/auth/logout/..", "/auth/logout/.",
		"/auth/%2e%2e/auth/logout", "/auth/%2E/logout", "/auth%2flogout", "/auth%2Flogout", "/%61uth/logout", "/auth/logou%74", "/auth/logout%20", "/auth/logout%00",
		"/auth/logout;x=y", "/auth;x/logout", "/auth/logout%3fx", "/AUTH/logout", "/Auth/Logout", "/auth/LOGOUT", "/auth\\logout", "/auth%5clogout", "/auth/logout.json", "/auth/logout,",
		"/api/v1//auth/logout", "/api/v1/auth/logout/", "/api/v2/auth/logout", "/api/auth/logout", "/api/v1/healthz", "/api/v1/auth/auth/logout", "/v1/auth/logout", "/auth/auth/logout",
		"/", "/auth", "/auth/", "/api", "/api/v1/auth", "/auth/nowhere", "/docs/../auth/logout", "/docs//x", "/docs/%2e%2e/auth/logout", "/favicon.ico", "/.env", "/debug/pprof/",
	} {
		for _, method := range []string{"POST", "GET"} {
			a := w.raw(t, method+" "+path, fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 0\r\n\r\n", method, path, p.AccessToken))
			if a.status != 404 || a.code() != "NOT_FOUND" || a.header.Get("Location") != "" {
				t.Errorf("%s %s: got %d %s", method, path, a.status, a.body)
			}
		}
	}
	same(t, before, w.dump(t))
	// A query and the absolute form change nothing of a path.
	w.do(t, "GET /auth/me?x=/auth/logout", nil, p.bearer()...).want(t, 200, "CURRENT_USER_OK")
	w.raw(t, "GET /auth/me", fmt.Sprintf("GET http://evil.example/auth/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", p.AccessToken)).want(t, 200, "CURRENT_USER_OK")
}

// TestTokensInTheAddressAreNoTokens.
func TestTokensInTheAddressAreNoTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	for _, name := range []string{"accessToken", "access_token", "token", "x-access-token"} {
		w.do(t, "GET /auth/me?"+name+"="+p.AccessToken, nil).want(t, 401, "ACCESS_TOKEN_MISSING")
		w.do(t, "POST /auth/refresh?refreshToken="+p.RefreshToken, nil).want(t, 401, "REFRESH_TOKEN_NOT_FOUND")
	}
}
