package attacks

import (
	"net/http"
	"strings"
	"testing"
)

// TestA19CSRF: a page of another origin changes nothing with the cookies that a
// browser adds to its requests (ASVS 5.0 V3.5).
func TestA19CSRF(t *testing.T) {
	t.Parallel()
	s := start(t, open())
	v, c := judge(t), s.client()
	p, g := c.join(t)
	other := c.want(t, "LOGIN_SUCCESS", p.logIn()).grant()
	before := s.state()
	var all []request
	for _, r := range s.routes(t) {
		if r.guarded || strings.Contains(r.path, "refresh") {
			all = append(all, crossSite(t, r, g, other)...)
		}
	}
	for _, path := range forms(t) {
		all = append(all, sent(path, filledIn(g, other), g)...)
	}
	if len(all) < 500 {
		t.Fatalf("%d requests, want every changing route in every way", len(all))
	}
	each(all, func(q request) {
		a := c.must(t, q)
		for _, cookie := range (&http.Response{Header: a.header}).Cookies() {
			v.breach("a request of another origin", "%s %s %q: it sets %s", q.method, q.path, q.headers[2:], cookie.Name)
		}
		if a.status < 300 && a.header.Get("Access-Control-Allow-Origin") != "" {
			v.breach("a request of another origin", "%s %s %q: %v, and its page may read it", q.method, q.path, q.headers[2:], a)
		}
	})
	if after := s.state(); after != before {
		v.breach("requests of another origin", "the state is\n%s\nwas\n%s", after, before)
	}
	// The same requests from our own pages do change it.
	c.want(t, "TOKENS_REFRESHED", post("/auth/refresh", nil, append(g.jar(), "Sec-Fetch-Site", "same-origin")...))
	c.want(t, "LOGGED_OUT", post("/auth/logout", nil, append(g.jar(), "Origin", s.base)...))
}

// crossSite are the ways in which another page can have a browser send a
// request to a route, with the victim's cookies.
func crossSite(t *testing.T, r route, g, other grant) (all []request) {
	body := text(t, r.body)
	if r.path == "/auth/logout/session" {
		body = text(t, fields{"sessionId": other.SessionID})
	}
	if strings.Contains(r.path, "refresh") {
		body = "" // the cookie's
	}
	add := func(method, path, body string, headers ...string) {
		q := request{method: method, path: path, headers: append(g.jar(), headers...)}
		if method != "GET" && method != "HEAD" {
			q.body = body
		}
		all = append(all, q)
	}
	if r.changes() {
		for _, from := range foreignPages {
			for _, content := range contents {
				add(r.method, r.path, strings.Replace(content.body, "BODY", body, 1), append([]string{"Content-Type", content.kind}, from...)...)
			}
			add(r.method, "/api/v1"+r.path, body, from...)
		}
		// A form of an old browser says neither where it comes from; its type gives it away.
		for _, content := range contents[1:] {
			add("POST", r.path, strings.Replace(content.body, "BODY", text(t, fields{"keepCurrent": false}), 1), "Content-Type", content.kind)
		}
	}
	if r.path == "/auth/new-token" { // changes on GET, too: only a link from elsewhere, which is refused above
		return all
	}
	for _, method := range []string{"GET", "HEAD"} { // a link or an image, and what frameworks make of it
		for _, name := range []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"} {
			add(method, r.path+"?_method=POST&method=POST", "", name, "POST", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors")
			add(method, r.path+"?_method=DELETE&sessionId="+other.SessionID, "", name, "DELETE")
		}
	}
	return all
}

// sent are the ways in which another page can send a form of ours.
func sent(path, body string, g grant) (all []request) {
	for _, from := range foreignPages {
		for _, content := range contents[2:4] {
			all = append(all, post(path, strings.Replace(strings.TrimSuffix(content.body, "="), "BODY", body, 1), append(append(g.jar(), "Content-Type", content.kind), from...)...))
		}
	}
	return all
}

// foreignPages are what a browser says of a page that is not ours.
var foreignPages = [][]string{
	{"Sec-Fetch-Site", "cross-site"},
	{"Sec-Fetch-Site", "same-site"}, // a subdomain that somebody took over
	{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.test"},
	{"Sec-Fetch-Site", "same-site", "Origin", "https://evil.localhost"},
	{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Origin", "null"},
	{"Sec-Fetch-Site", "something-new"},
	{"Sec-Fetch-Site", "SAME-ORIGIN", "Origin", "https://evil.test"},
	{"Sec-Fetch-Site", "same-origin, cross-site", "Origin", "https://evil.test"},
	{"Origin", "https://evil.test"},
	{"Origin", "null"},
	{"Origin", "http://localhost"},
	{"Origin", "https://localhost:1"},
	{"Origin", "http://localhost.evil.test"},
	{"Origin", "file://"},
}

// contents are what forms and fetch in no-cors mode can send.
var contents = []struct{ kind, body string }{
	{"application/json", "BODY"},
	{"text/plain", "BODY"},
	{"text/plain;charset=UTF-8", "BODY"},
	{"application/x-www-form-urlencoded", "BODY="},
	{"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"BODY\"\r\n\r\n\r\n--x--"},
}
