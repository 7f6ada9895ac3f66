package attacks

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestA26Smuggling: where two servers could disagree about where a request ends
// or which path it is for, ours refuses it, or hangs up behind it, or means what
// every other means (RFC 9112 §6, §11.2).
func TestA26Smuggling(t *testing.T) {
	t.Parallel()
	s := start(t, open())
	v, c := judge(t), s.client()
	_, g := c.join(t)
	for _, tt := range framings {
		t.Run(tt.name, func(t *testing.T) {
			for i, a := range s.raw(t, tt.say+inner) {
				if i > 0 && a.Meta.Code == "HEALTHY" {
					v.breach(tt.name, "the request inside was served as number %d", i+1)
				}
				if i == 0 && tt.refused && a.status < 400 {
					v.breach(tt.name, "%v", a)
				}
			}
		})
	}
	hops(t, v, s, g)
	halfClosed(t, v, s, g)
	each(pathTricks, func(p string) {
		for _, a := range s.raw(t, wire("GET "+p, "Authorization: Bearer "+g.AccessToken)) {
			if a.status < 300 {
				v.breach("path "+p, "it is served: %v %.80q", a, a.body)
			}
		}
	})
	underscores(t, v, s, g)
	c.want(t, "CURRENT_USER_OK", g.me())
}

// inner is the request that an attacker hides behind another. What answers it
// needs no database, so that it is seen also where the connection is half closed.
var inner = wire("GET /healthz")

const json2 = "Content-Type: application/json"

// framings are requests whose end is told twice, or in a way that not all read
// alike. What follows each must not be taken for a second request.
var framings = []struct {
	name, say string
	refused   bool
}{
	{"length and chunks", wire("POST /auth/login", json2, "Content-Length: 2", "Transfer-Encoding: chunked") + "0\r\n\r\n", true},
	{"chunks and length", wire("POST /auth/login", json2, "Transfer-Encoding: chunked", "Content-Length: 400") + "0\r\n\r\n", true},
	{"two lengths", wire("POST /auth/login", json2, "Content-Length: 2", "Content-Length: 200") + "{}", true},
	{"two lengths, the longer first", wire("POST /auth/login", json2, "Content-Length: 200", "Content-Length: 2") + "{}", true},
	{"a list of lengths", wire("POST /auth/login", json2, "Content-Length: 2, 200") + "{}", true},
	{"length with a plus", wire("POST /auth/login", json2, "Content-Length: +2") + "{}", true},
	{"length with a minus", wire("POST /auth/login", json2, "Content-Length: -2") + "{}", true},
	{"length in hex", wire("POST /auth/login", json2, "Content-Length: 0x2") + "{}", true},
	{"length with an underscore", wire("POST /auth/login", json2, "Content-Length: 2_0") + "{}", true},
	{"length with a blank before the colon", wire("POST /auth/login", json2, "Content-Length : 2") + "{}", true},
	{"empty length", wire("POST /auth/login", json2, "Content-Length:") + "{}", true},
	{"chunked twice", wire("POST /auth/login", json2, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + "0\r\n\r\n", true},
	{"chunked, chunked", wire("POST /auth/login", json2, "Transfer-Encoding: chunked, chunked") + "0\r\n\r\n", true},
	{"chunked, identity", wire("POST /auth/login", json2, "Transfer-Encoding: chunked, identity") + "0\r\n\r\n", true},
	{"identity", wire("POST /auth/login", json2, "Transfer-Encoding: identity", "Content-Length: 2") + "{}", true},
	{"xchunked", wire("POST /auth/login", json2, "Transfer-Encoding: xchunked", "Content-Length: 2") + "{}", true},
	{"quoted chunked", wire("POST /auth/login", json2, `Transfer-Encoding: "chunked"`, "Content-Length: 2") + "{}", true},
	{"chunked with a vertical tab", wire("POST /auth/login", json2, "Transfer-Encoding: \vchunked", "Content-Length: 2") + "{}", true},
	{"blank before the colon", wire("POST /auth/login", json2, "Transfer-Encoding : chunked", "Content-Length: 2") + "{}", true},
	{"folded", wire("POST /auth/login", json2, "Transfer-Encoding:\r\n chunked", "Content-Length: 2") + "{}", true},
	{"NUL in the name", wire("POST /auth/login", json2, "Transfer-Encoding\x00: chunked", "Content-Length: 2") + "{}", true},
	{"bare CR in a value", wire("POST /auth/login", json2, "X: a\rTransfer-Encoding: chunked", "Content-Length: 2") + "{}", true},
	{"name with a blank first", "POST /auth/login HTTP/1.1\r\n Host: localhost\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}", true},
	{"chunk size with a plus", wire("POST /auth/login", json2, "Transfer-Encoding: chunked") + "+0\r\n\r\n", true},
	{"chunk size in 0x", wire("POST /auth/login", json2, "Transfer-Encoding: chunked") + "0x0\r\n\r\n", true},
	{"chunk with a bare LF", wire("POST /auth/login", json2, "Transfer-Encoding: chunked") + "2\n{}\n0\n\n", true},
	{"chunk longer than it says", wire("POST /auth/login", json2, "Transfer-Encoding: chunked") + "1\r\n{}\r\n0\r\n\r\n", true},
	{"HTTP/1.0 in chunks", "POST /auth/login HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true},
	{"no version", "GET /healthz\r\n\r\n", true},
	{"HTTP/1.1 in lower case", "GET /healthz http/1.1\r\nHost: localhost\r\n\r\n", true},
	{"HTTP/9.9", "GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n", true},
	{"two blanks", "GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", true},
	{"no host", "GET /healthz HTTP/1.1\r\n\r\n", true},
	{"two hosts", "GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", true},
	{"a get with a body", wire("GET /healthz", fmt.Sprintf("Content-Length: %d", 4096)) + "", false},
}

// hops: a client cannot have a header dropped on its way by calling it one of
// the hop (RFC 9110 §7.6.1): we read what is there.
func hops(t *testing.T, v *verdict, s *server, g grant) {
	t.Helper()
	for _, name := range []string{"Cookie", "X-Tenant-Id", "Origin", "Sec-Fetch-Site", "X-Forwarded-For", "Content-Length"} {
		q := post("/auth/logout", "{}", append(g.jar(), "Origin", "https://evil.test", "Connection", "close, "+name)...)
		if a := s.client().must(t, q); a.status != http.StatusForbidden {
			v.breach("Connection: "+name, "%v", a)
		}
	}
	q := get("/auth/me", append(g.bearer(), "X-Tenant-Id", "nobody", "Connection", "X-Tenant-Id")...)
	if a := s.client().must(t, q); a.status != http.StatusNotFound {
		v.breach("Connection: X-Tenant-Id", "%v", a)
	}
}

// halfClosed: who ends its half of the connection behind the request still
// reads the answer (RFC 9112 §9.6), and it is never yes because we gave up.
func halfClosed(t *testing.T, v *verdict, s *server, g grant) {
	t.Helper()
	for i := range 20 {
		say := wire("GET /auth/verify-token", "Authorization: Bearer "+g.AccessToken, fmt.Sprintf("X-Tenant-Id: nobody%d", i))
		for _, a := range s.raw(t, say) {
			if a.status < 400 {
				v.breach("a half-closed connection", "a token of another tenant gets %v %q", a, a.body)
			}
		}
	}
}

// pathTricks lead to /auth/me, /metrics or another route after some proxy's
// normalisation. We know paths as they are sent, so that a rule by path in
// front of us and our own table cannot differ.
var pathTricks = []string{
	"/auth/../auth/me", "/./auth/me", "/auth/./me", "/auth//me", "//auth/me", "/auth/me/", "/auth/me/.", "/auth/x/../me", "/auth/%6de", "/%61uth/me", "/auth%2fme", "/auth%2Fme", "/auth/%2e/me",
	"/auth/%2e%2e/auth/me", "/auth/..%2fauth/me", "/auth/me;x=1", "/auth;x/me", "/auth/me%3b", "/auth\\me", "/auth%5cme", "/auth/me%00", "/auth/me%20", "/auth/me%0a", "/AUTH/ME", "/auth/ME", "/auth/me.json",
	"/docs/../metrics", "/docs/..%2fmetrics", "/docs/%2e%2e/metrics", "/docs/..;/metrics", "//metrics", "/metrics/", "/metrics%2f", "/metrics;", "/%6detrics", "/metrics/.", "/docs//metrics", "/auth/health/../../metrics",
	"/dev/mail/", "//dev/mail", "/dev//mail", "/docs/../dev/mail", "/dev/%6dail/", "/healthz/..", "/auth/me/../../metrics", "/api/v1/../../metrics", "/api/v1//auth/me", "/api/v1/auth/../metrics", "/api/v1/auth%2fme",
	"/auth/\u2024\u2024/metrics", "/auth/%c0%ae%c0%ae/metrics", "/auth/%252e%252e/metrics", "/auth/me%23", "/auth/me%3f", "*", "auth/me", "http:/auth/me",
}

// underscores: a proxy that drops X-Forwarded-For from outside may pass its
// twins on; we know a header by one name.
func underscores(t *testing.T, v *verdict, s *server, g grant) {
	t.Helper()
	for _, head := range []string{"X_Access_Token: " + g.AccessToken, "X-Access_Token: " + g.AccessToken, "X.Access.Token: " + g.AccessToken, "Authorization_: Bearer " + g.AccessToken, "HTTP_AUTHORIZATION: Bearer " + g.AccessToken} {
		for _, a := range s.raw(t, wire("GET /auth/me", head)) {
			if a.status < 400 {
				v.breach("a header's twin", "%s: %v", strings.SplitN(head, ":", 2)[0], a)
			}
		}
	}
}
