package gateway_test

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/guard/guardtest"
)

const open = "routes:\n  - {path: /public/, upstream: orders, public: true}\n  - {path: /orders/, upstream: orders}\n"

// A service that speaks HTTP/2 in the clear would answer 101 to h2c, and what
// follows would be requests that no rule has seen.
func TestOnlyWebSocketsChangeTheProtocol(t *testing.T) {
	for _, to := range []string{"h2c", "HTTP/2.0", "TLS/1.0", "websocket, h2c", "h2c, websocket", "WebSocket\t, h2c"} {
		t.Run(to, func(t *testing.T) {
			s := play(t, open)
			answer := s.raw(t, lines("GET /public/x HTTP/1.1", "Host: a", "Connection: Upgrade, HTTP2-Settings", "Upgrade: "+to, "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"))
			got := s.came()
			if got == nil && answer.StatusCode >= 400 {
				return
			}
			if got == nil {
				t.Fatalf("got %d, want a refusal, or the request without the change", answer.StatusCode)
			}
			if h := got.Header; h.Get("Upgrade") != "" || h.Get("Http2-Settings") != "" || h.Get("Connection") != "" {
				t.Errorf("the service was asked to change the protocol: %v", h)
			}
		})
	}
}

// What comes behind a body is a header to servers that put both together.
func TestTrailersCarryNoIdentity(t *testing.T) {
	s := play(t, open)
	s.raw(t, lines("POST /public/x HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "Trailer: X-User-Id, X_Role, X-Forwarded-For")+
		"1\r\na\r\n0\r\nX-User-Id: root\r\nX_Role: admin\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n")
	got := s.came()
	if got == nil {
		return
	}
	for name := range got.Trailer {
		t.Errorf("the service got the trailer %s", name)
	}
}

// Every spelling that some server takes for an identity.
func TestNoSpellingOfAnIdentityPasses(t *testing.T) {
	names := []string{
		"X-User-Id", "x-user-id", "X_User_Id", "X-User_Id", "x_USER-id", "X-Tenant-Id", "X_Tenant_Id", "X-Space-ID", "X-Role", "x_role", "X-Session-Id",
		"X-Permissions", "X_Permissions", "X.User.Id", "X-User.Id", "X~Role", "X!Session!Id", "X-Identity-Kind", "X-Identity-Assertion", "X_Identity_Assertion", "X-Identity-Anything", "X-Service-Id", "X-Service-Name",
		"X-Service-Anything", "X_Service_Id",
	}
	for _, route := range []string{"/public/x", "/orders/x"} {
		for _, connection := range []string{"keep-alive", "X-User-Id, X-Role, X-Tenant-Id, X-Session-Id"} {
			s := play(t, open)
			request := []string{"GET " + route + " HTTP/1.1", "Host: a", "Connection: " + connection}
			if route == "/orders/x" {
				request = append(request, "Authorization: Bearer "+s.Token(guardtest.User{ID: "ann", TenantID: "evil", SpaceID: "evil", Role: "user", SessionID: "s1"}))
			}
			for _, n := range names {
				request = append(request, n+": evil")
			}
			s.raw(t, lines(request...))
			got := s.came()
			if got == nil {
				t.Fatalf("%s: nothing came", route)
			}
			var all []string
			for name, values := range got.Header {
				if slices.Contains(values, "evil") && !slices.Contains([]string{"X-Tenant-Id", "X-Space-Id"}, name) {
					all = append(all, name)
				}
			}
			if len(all) > 0 {
				t.Errorf("%s, Connection: %s: the service got %v from the client", route, connection, all)
			}
			if route == "/orders/x" && (len(got.Header["X-User-Id"]) != 1 || got.Header.Get("X-User-Id") != "ann" || got.Header.Get("X-Role") != "user" || got.Header.Get("X-Session-Id") != "s1") {
				t.Errorf("Connection: %s: the service does not know who asks: %v", connection, got.Header)
			}
			if route == "/public/x" && got.Header.Get("X-Tenant-Id") != "" {
				t.Error("a public route got a tenant from the client")
			}
		}
	}
}

// The auth service needs the tenant that the client names, and the client's own
// credentials; else everybody would log in at the default tenant.
func TestAuthServiceHearsWhichTenantIsMeant(t *testing.T) {
	s := play(t, open)
	heard := make(chan http.Header, 1)
	s.auth.Store("/auth/login", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { heard <- r.Header.Clone() }))
	s.raw(t, lines("POST /auth/login HTTP/1.1", "Host: app.example", "x-tenant-id: acme", "X-Space-ID: main", "Sec-Fetch-Site: same-origin", "X-User-Id: root", "X-Forwarded-For: 6.6.6.6", "Cookie: deviceId=d1", "Content-Length: 0"))
	if len(heard) == 0 {
		t.Fatal("the auth service was not asked")
	}
	h := <-heard
	for name, want := range map[string]string{"X-Tenant-Id": "acme", "X-Space-Id": "main", "Sec-Fetch-Site": "same-origin", "Cookie": "deviceId=d1", "X-User-Id": "", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "app.example"} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// A login clears the refresh cookie of the other prefix; made wide, that must
// not take away the one that the same answer sets.
func TestWidenedCookiesSurviveTheClearingOfOthers(t *testing.T) {
	s := play(t, open)
	s.auth.Store("/auth/login", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "accessToken", Value: "a", Path: "/", MaxAge: 900, HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode})
		http.SetCookie(w, &http.Cookie{Name: "refreshToken", Value: "new", Path: "/auth", MaxAge: 900, HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode})
		http.SetCookie(w, &http.Cookie{Name: "refreshToken", Value: "", Path: "/api/v1/auth", MaxAge: -1, HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode})
	}))
	answer := s.raw(t, lines("POST /auth/login HTTP/1.1", "Host: a", "Content-Length: 0"))
	jar := map[string]*http.Cookie{} // by path
	for _, c := range answer.Cookies() {
		if c.Name != "refreshToken" {
			continue
		}
		if c.MaxAge < 0 {
			delete(jar, c.Path)
		} else {
			jar[c.Path] = c
		}
	}
	c := jar["/"]
	if len(jar) != 1 || c == nil || c.Value != "new" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode {
		t.Errorf("a browser keeps %v of %q, want one at /, for HTTP alone, secure, strict", jar, answer.Header["Set-Cookie"])
	}
}

// A request that has two lengths, or hides one, is one request or none.
func TestSmuggling(t *testing.T) {
	hidden := "GET /orders/hidden HTTP/1.1\r\nHost: a\r\n\r\n"
	for name, request := range map[string]string{
		"both lengths":          lines("POST /public/x HTTP/1.1", "Host: a", "Content-Length: 4", "Transfer-Encoding: chunked") + "0\r\n\r\n" + hidden,
		"two lengths":           lines("POST /public/x HTTP/1.1", "Host: a", "Content-Length: 0", "Content-Length: 40") + hidden,
		"a list of lengths":     lines("POST /public/x HTTP/1.1", "Host: a", "Content-Length: 0, 40") + hidden,
		"a signed length":       lines("POST /public/x HTTP/1.1", "Host: a", "Content-Length: +4") + hidden,
		"a hidden encoding":     lines("POST /public/x HTTP/1.1", "Host: a", "Content-Length: 4", "Transfer-Encoding: xchunked") + hidden,
		"a space before colon":  lines("POST /public/x HTTP/1.1", "Host: a", "Transfer-Encoding : chunked") + hidden,
		"a tab in the encoding": lines("POST /public/x HTTP/1.1", "Host: a", "Transfer-Encoding: \vchunked") + hidden,
		"two encodings":         lines("POST /public/x HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "Transfer-Encoding: identity") + hidden,
		"a dot":                 lines("POST /public/x HTTP/1.1", "Host: a", "Transfer.Encoding: chunked", "Content-Length: 0"),
		"an underscore":         lines("POST /public/x HTTP/1.1", "Host: a", "Transfer_Encoding: chunked", "Content-Length: 0"),
		"a folded line":         lines("POST /public/x HTTP/1.1", "Host: a", "X-A: b", " Transfer-Encoding: chunked") + hidden,
		"listed as hop":         lines("POST /public/x HTTP/1.1", "Host: a", "Connection: Content-Length", "Content-Length: 4") + "abcd",
	} {
		t.Run(name, func(t *testing.T) {
			s := play(t, open)
			answer := s.raw(t, request)
			if answer.StatusCode >= 400 {
				return
			}
			if len(s.seen) > 1 {
				t.Errorf("got %d requests at the service", len(s.seen))
			}
			got := s.came()
			if got == nil {
				t.Fatalf("got %d, and nothing came", answer.StatusCode)
			}
			if got.URL.Path != "/public/x" || len(got.TransferEncoding) > 0 && got.Header.Get("Content-Length") != "" {
				t.Errorf("got %s %v", got.URL.Path, got.Header)
			}
			for n := range got.Header {
				if textproto.CanonicalMIMEHeaderKey(strings.NewReplacer("_", "-", ".", "-").Replace(n)) == "Transfer-Encoding" {
					t.Errorf("the service got %s", n)
				}
			}
		})
	}
}

// A path means one thing, or nothing.
func TestPathsWithTwoMeanings(t *testing.T) {
	s := play(t, "routes:\n  - {path: /public/, upstream: orders, public: true}\n  - {path: /public/admin/, upstream: orders, roles: [admin]}\n")
	for _, path := range []string{
		"/public/../admin/", "/public/./admin/x", "//public/admin/x", "/public//admin/x", "/public/%2e%2e/x", "/public/%2E./x", "/public/a%2fadmin", "/public/a%5cadmin",
		"/public/a\\admin", "/public/a%00", "/public/..;/admin/x", "/public/%3b/x", "/public/a%0d%0ab", "/public/%ff", "*", "/public/.", "/public/..",
	} {
		if got := s.raw(t, lines("GET "+path+" HTTP/1.1", "Host: a")).StatusCode; got != 400 {
			t.Errorf("GET %s: got %d, want 400", path, got)
		}
	}
	for _, path := range []string{"/public/admin", "/public/admin/", "/public/admin/x", "/public/%61dmin/x", "http://other.example/public/admin/x"} {
		if got := s.raw(t, lines("GET "+path+" HTTP/1.1", "Host: a")).StatusCode; got != 401 {
			t.Errorf("GET %s: got %d, want 401", path, got)
		}
	}
	if len(s.seen) > 0 {
		t.Errorf("the service was asked for %s", (<-s.seen).URL)
	}
}
