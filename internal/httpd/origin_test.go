package httpd_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// hostile are origins that are neither ours nor allowed, though most look like
// it (SECURITY.md A-20).
var hostile = []string{
	"null", "https://evil.example", "http://evil.example", "https://evil.example:443",
	"http://app.example.com", "https://app.example.com:8443", "https://app.example.com:443", "https://app.example.com:80",
	"https://app.example.com.", "https://app.example.com/", "https://app.example.com/path", "https://app.example.com?", "https://app.example.com#",
	"https://app.example.com.evil.example", "https://app.example.comevil.example", "https://evilapp.example.com", "https://evil-app.example.com",
	"https://sub.app.example.com", "https://example.com", "https://www.example.com", "https://.example.com", "https://*.example.com", "*",
	"https://app.example.com@evil.example", "https://evil.example@app.example.com", "https://user:secret@app.example.com",
	"https://APP.EXAMPLE.COM", "HTTPS://app.example.com", "Https://App.example.com",
	"https://app_example.com", "https://appXexample.com", "https://app.example.co", "https://app.example.com%00.evil.example", "https://app.example.com\\.evil.example",
	"https://xn--pp-eka.example.com", "https://app.example.com,https://evil.example", "https://evil.example https://app.example.com",
	"//app.example.com", "app.example.com", "file://", "chrome-extension://app.example.com", "https:app.example.com", "https://[::1]", "data:text/html,x",
}

// changing are the routes that a page elsewhere must not be able to use.
func changing() (all []row) {
	for _, r := range contract {
		if r.method != "GET" || r.path == "/auth/new-token" {
			all = append(all, r)
		}
	}
	return all
}

// TestAPageElsewhereChangesNothing is CONTRACT.md §4: with our cookies, from
// another origin, for every route that changes something.
func TestAPageElsewhereChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	before := w.dump(t)
	for _, r := range changing() {
		for _, from := range [][]string{
			{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Sec-Fetch-Site", "to-be-invented"}, {"Sec-Fetch-Site", "Same-Origin"},
			{"Sec-Fetch-Site", "cross-site", "Origin", ourOrigin}, {"Sec-Fetch-Site", "cross-site", "Origin", "null"},
			{"Origin", "null"}, {"Origin", "http://auth.example.com"}, {"Origin", "https://auth.example.com:444"},
			{"Origin", "https://auth.example.com.evil.example"}, {"Origin", "https://evil-auth.example.com"}, {"Origin", "https://AUTH.example.com"},
			{"Origin", "https://me@auth.example.com"}, {"Origin", pagesOrigin}, {"Origin", "https://auth.example.com/"},
		} {
			a := w.do(t, r.String(), nil, p.jar(from...)...)
			if a.status != 403 || a.code() != "CROSS_ORIGIN" {
				t.Errorf("%s from %q: got %d %s", r, from, a.status, a.code())
			}
		}
		// One of the two cookies is enough to be somebody's browser.
		w.do(t, r.String(), nil, p.bearer("Cookie", "refreshToken="+p.RefreshToken, "Sec-Fetch-Site", "cross-site")...).want(t, 403, "CROSS_ORIGIN")
	}
	same(t, before, w.dump(t))
}

// TestEveryHostileOriginIsElsewhere: an old browser says no more than Origin.
func TestEveryHostileOriginIsElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, pages)
	for _, origin := range hostile {
		w.do(t, "POST /auth/logout", nil, p.jar("Origin", origin)...).want(t, 403, "CROSS_ORIGIN")
	}
	w.do(t, "GET /auth/me", nil, p.jar()...).want(t, 200, "CURRENT_USER_OK")
}

// TestOurOwnPagesAndProgramsGetIn: what is no other origin.
func TestOurOwnPagesAndProgramsGetIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		name, tenant string
		headers      []string
	}{
		{"a program", "", nil},
		{"our page", "", []string{"Sec-Fetch-Site", "same-origin", "Origin", ourOrigin}},
		{"our page at another of our names", "", []string{"Sec-Fetch-Site", "same-origin", "Origin", "https://login.example.com"}},
		{"typed into the address bar", "", []string{"Sec-Fetch-Site", "none"}},
		{"our page in an old browser", "", []string{"Origin", ourOrigin}},
		{"our page at another of our names in an old browser", "", []string{"Origin", "https://login.example.com", "Host", "login.example.com"}},
		{"an allowed page", pages, []string{"Sec-Fetch-Site", "cross-site", "Origin", pagesOrigin}},
		{"an allowed page in an old browser", pages, []string{"Origin", pagesOrigin}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := w.join(t, tt.tenant)
			w.do(t, "POST /auth/logout", nil, p.jar(tt.headers...)...).want(t, 200, "LOGGED_OUT")
		})
	}
	t.Run("our name over plain HTTP", func(t *testing.T) {
		w.do(t, "POST /auth/logout", nil, w.join(t, "").jar("Origin", "http://login.example.com", "Host", "login.example.com")...).want(t, 403, "CROSS_ORIGIN")
	})
	t.Run("without our cookies", func(t *testing.T) {
		w.do(t, "POST /auth/logout", nil, w.join(t, "").bearer("Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")...).want(t, 200, "LOGGED_OUT")
	})
	t.Run("reading", func(t *testing.T) {
		w.do(t, "GET /auth/me", nil, w.join(t, "").jar("Sec-Fetch-Site", "cross-site")...).want(t, 200, "CURRENT_USER_OK")
	})
}

// TestTheListOfTheRightTenantCounts: which origins are allowed is said by the
// tenant of the cookies, not by one that the page picks.
func TestTheListOfTheRightTenantCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	w.do(t, "POST /auth/logout", nil, p.jar("Origin", pagesOrigin, "x-tenant-id", pages)...).want(t, 403, "TENANT_MISMATCH")
	a := w.do(t, "GET /auth/me", nil, p.jar("Origin", pagesOrigin)...).want(t, 200, "CURRENT_USER_OK")
	if got := a.header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("a page of another tenant may read: %q", got)
	}
	q := w.join(t, pages) // whose token names the tenant: no header needed
	a = w.do(t, "GET /auth/me", nil, q.jar("Origin", pagesOrigin)...).want(t, 200, "CURRENT_USER_OK")
	if got := a.header.Get("Access-Control-Allow-Origin"); got != pagesOrigin {
		t.Errorf("a page of the tenant may not read: %q", got)
	}
	w.do(t, "POST /auth/logout", nil, q.jar("Origin", pagesOrigin)...).want(t, 200, "LOGGED_OUT")
}

var corsHeaders = []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"}

// TestNoHostileOriginIsReflected, neither to a preflight nor to a request.
func TestNoHostileOriginIsReflected(t *testing.T) {
	t.Parallel()
	if len(hostile) < 40 {
		t.Fatalf("%d hostile origins, want 40", len(hostile))
	}
	w := newWorld(t)
	for _, origin := range hostile {
		for _, tenant := range []string{"", pages, "nobody-there", asleep} {
			named := person{tenant: tenant}.headers("Origin", origin)
			for _, a := range []answer{
				w.do(t, "GET /auth/me", nil, named...),
				w.do(t, "POST /auth/login", object{}, named...),
				w.do(t, "OPTIONS /auth/login", nil, append(named, "Access-Control-Request-Method", "POST")...).want(t, 403, "CROSS_ORIGIN"),
			} {
				for _, name := range corsHeaders {
					if got := a.header.Get(name); got != "" {
						t.Errorf("%s from %q: %s is %q", a.request, origin, name, got)
					}
				}
				if !slices.Contains(a.header.Values("Vary"), "Origin") {
					t.Errorf("%s from %q: Vary is %q", a.request, origin, a.header.Values("Vary"))
				}
			}
		}
	}
}

// TestAnAllowedPageMayAskAndRead.
func TestAnAllowedPageMayAskAndRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from := []string{"x-tenant-id", pages, "Origin", pagesOrigin}
	ask := w.do(t, "OPTIONS /auth/login", nil, append(from, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type,x-evil")...)
	want := map[string]string{
		"Access-Control-Allow-Origin": pagesOrigin, "Access-Control-Allow-Credentials": "true", "Access-Control-Max-Age": "600",
		"Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE",
		"Access-Control-Allow-Headers": "authorization, content-type, x-access-token, x-device-token, x-request-id, x-space-id, x-tenant-id, x-token-delivery",
	}
	for name, value := range want {
		if got := ask.header.Get(name); got != value || ask.status != http.StatusNoContent {
			t.Errorf("preflight: %d, %s is %q, want %q", ask.status, name, got, value)
		}
	}
	if got := strings.Join(ask.header.Values("Vary"), ", "); got != "Origin, Access-Control-Request-Method, Access-Control-Request-Headers" {
		t.Errorf("preflight: Vary is %q", got)
	}
	p := w.join(t, pages)
	for _, a := range []answer{
		w.do(t, "GET /auth/me", nil, p.jar(from...)...).want(t, 200, "CURRENT_USER_OK"),
		w.do(t, "GET /auth/me", nil, from...).want(t, 401, "ACCESS_TOKEN_MISSING"),
	} {
		if a.header.Get("Access-Control-Allow-Origin") != pagesOrigin || a.header.Get("Access-Control-Allow-Credentials") != "true" ||
			a.header.Get("Access-Control-Expose-Headers") != "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id" {
			t.Errorf("%s: %q", a.request, a.header)
		}
	}
	// OPTIONS that is no preflight is a method like any other.
	w.do(t, "OPTIONS /auth/login", nil, from...).want(t, 405, "METHOD_NOT_ALLOWED")
	w.do(t, "OPTIONS /auth/nowhere", nil, append(from, "Access-Control-Request-Method", "POST")...).want(t, 404, "NOT_FOUND")
}

// TestAPreflightNamesNoTenant, so an origin that any tenant lets in is let
// through; the request itself is judged by the list of its own.
func TestAPreflightNamesNoTenant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, elsewhere := w.join(t, pages), w.join(t, "")
	for _, request := range []string{"OPTIONS /auth/login", "OPTIONS /users", "OPTIONS /users/" + p.ID, "OPTIONS /tenants/by-name/default/status"} {
		a := w.do(t, request, nil, "Origin", pagesOrigin, "Access-Control-Request-Method", "PATCH", "Access-Control-Request-Headers", "x-tenant-id")
		if a.status != http.StatusNoContent || a.header.Get("Access-Control-Allow-Origin") != pagesOrigin || a.header.Get("Access-Control-Allow-Credentials") != "true" {
			t.Errorf("%s: got %d %q", request, a.status, a.header)
		}
		for _, origin := range hostile {
			w.do(t, request, nil, "Origin", origin, "Access-Control-Request-Method", "PATCH").want(t, 403, "CROSS_ORIGIN")
		}
	}
	a := w.do(t, "PATCH /auth/me", object{"nickname": "x"}, elsewhere.jar("Origin", pagesOrigin)...).want(t, 403, "CROSS_ORIGIN")
	if got := a.header.Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("a page of another tenant may read: %q", got)
	}
	w.do(t, "PATCH /auth/me", object{"nickname": "x"}, p.jar("Origin", pagesOrigin)...).want(t, 200, "PROFILE_UPDATED")
	// Of a tenant that is gone, nothing is known.
	w.do(t, "DELETE /tenants/"+pages, nil, w.operator()...).want(t, 200, "TENANT_DELETED")
	w.do(t, "OPTIONS /auth/login", nil, "Origin", pagesOrigin, "Access-Control-Request-Method", "POST").want(t, 403, "CROSS_ORIGIN")
}

// TestWhatIsForAllIsForAllOrigins: the key set and the document.
func TestWhatIsForAllIsForAllOrigins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range forAll {
		for _, origin := range []string{"", "https://evil.example"} {
			a := w.do(t, "GET "+path, nil, "Origin", origin)
			if a.header.Get("Access-Control-Allow-Origin") != "*" || a.header.Get("Access-Control-Allow-Credentials") != "" || a.header.Get("Vary") != "Origin" {
				t.Errorf("%s from %q: %q", path, origin, a.header)
			}
		}
	}
}

// same fails where two dumps differ.
func same(t testing.TB, before, after map[string][]string) {
	t.Helper()
	for table := range after {
		if !slices.Equal(before[table], after[table]) {
			t.Errorf("table %s changed: %d rows, were %d", table, len(after[table]), len(before[table]))
		}
	}
}
