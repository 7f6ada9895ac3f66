package attacks

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

const allowedOrigin = "https://app.example.com"

// TestA20CORS: an origin is let in when it is on the list, whole and letter by
// letter; no other is ever reflected, and every answer tells caches that it
// depends on the origin.
func TestA20CORS(t *testing.T) {
	t.Parallel()
	s := start(t, open().with(env{"ALLOWED_ORIGINS": allowedOrigin + ",https://two.example.com:8443"}))
	v, c := judge(t), s.client()
	_, g := c.join(t)
	routes := s.routes(t)
	if a := c.must(t, get("/auth/me", append(g.jar(), "Origin", allowedOrigin)...)); a.header.Get("Access-Control-Allow-Origin") != allowedOrigin {
		t.Fatalf("the allowed origin is not let in: %v", a.header)
	}
	each(strangeOrigins, func(origin string) {
		for _, r := range routes {
			q := request{method: r.method, path: r.path, headers: append(g.jar(), "Origin", origin, "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "cors")}
			closed(t, v, origin, q, c.must(t, q))
			for _, method := range []string{r.method, "DELETE"} {
				q = request{method: "OPTIONS", path: r.path, headers: []string{
					"Origin", origin, "Access-Control-Request-Method", method, "Access-Control-Request-Headers", "authorization, content-type",
					"Access-Control-Request-Private-Network", "true",
				}}
				a := c.must(t, q)
				closed(t, v, origin, q, a)
				if a.header.Get("Access-Control-Allow-Methods") != "" || a.header.Get("Access-Control-Allow-Private-Network") != "" {
					v.breach(origin, "the preflight to %s is granted: %v", r.path, a.header)
				}
			}
		}
	})
	c.want(t, "CURRENT_USER_OK", g.me()) // and nobody ended the session meanwhile
	for _, r := range routes {
		for _, headers := range [][]string{nil, {"Origin", allowedOrigin}} {
			if a := c.must(t, request{method: "GET", path: r.path, headers: headers}); r.method == "GET" && !slices.Contains(a.header.Values("Vary"), "Origin") {
				v.breach("a shared cache", "GET %s with %q does not vary by origin: Vary %q", r.path, headers, a.header.Values("Vary"))
			}
		}
	}
}

// closed checks that a stranger's page may not read an answer. What is public
// may be read by all, without cookies.
func closed(t *testing.T, v *verdict, origin string, q request, a reply) {
	t.Helper()
	allowed := a.header.Values("Access-Control-Allow-Origin")
	public := (q.path == "/.well-known/jwks.json" || q.path == "/openapi.json") && q.method == http.MethodGet
	if len(allowed) > 0 && (!public || !slices.Equal(allowed, []string{"*"})) || a.header.Get("Access-Control-Allow-Credentials") != "" {
		v.breach(origin, "%s %s: %q, credentials %q", q.method, q.path, allowed, a.header.Get("Access-Control-Allow-Credentials"))
	}
}

var strangeOrigins = []string{
	"null", "*", "https://evil.test", "http://app.example.com", "https://app.example.com:443", "https://app.example.com:8443", "https://app.example.com/", "https://app.example.com.evil.test",
	"https://evilapp.example.com", "https://app.example.com.", "https://APP.EXAMPLE.COM", "HTTPS://app.example.com", "https://app.example.comm", "https://app.example.co", "https://example.com",
	"https://x.app.example.com", "https://appXexample.com", "https://app.example.com@evil.test", "https://evil.test@app.example.com", "https://evil.test#https://app.example.com",
	"https://evil.test?https://app.example.com", "https://evil.test/https://app.example.com", "https://app.example.com https://evil.test", "https://app.example.com,https://evil.test",
	"https://evil.test, https://app.example.com", " https://evil.test", "https://app.example.com%00.evil.test", "https://app.example.com`.evil.test", "https://app.example.com_.evil.test",
	"https://app.example.com{.evil.test", "https://app.example.com%60.evil.test", "https://app.example.com!.evil.test", "https://xn--app-example-com.evil.test", "https://two.example.com", "https://two.example.com:443",
	"http://two.example.com:8443", "https://two.example.com:84430", "https://localhost", "http://localhost", "http://127.0.0.1", "http://[::1]", "file://", "chrome-extension://abcdefghijklmnop", "https://аpp.example.com",
	"app.example.com", "//app.example.com", "javascript://app.example.com", "ws://app.example.com", strings.Repeat("https://app.example.com", 50), "https://app.example.com\tx", "undefined", "https://",
}
