package attacks

import (
	"bytes"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestA13OpenRedirect: nothing that a request gives is ever redirected to, nor
// put into an answer as an address, but paths of our own pages.
func TestA13OpenRedirect(t *testing.T) {
	t.Parallel()
	s := start(t, open().with(env{"LOG_LEVEL": "warn"}))
	v, c := judge(t), s.client()
	if len(shapes) < 60 {
		t.Fatalf("%d shapes of addresses, want 60", len(shapes))
	}
	p, g := c.join(t)
	routes := slices.DeleteFunc(s.routes(t), func(r route) bool {
		return r.path == "/auth/signup" || r.path == "/auth/token/refresh" || r.path == "/auth/login" // aliases; and one whose refusals wait
	})
	each(shapes, func(shape string) {
		query := url.Values{}
		for _, name := range targets {
			query.Set(name, shape)
		}
		headers := []string{"Referer", "http://localhost/?next=" + url.QueryEscape(shape)}
		for _, r := range routes {
			q := request{method: r.method, path: r.path + "?" + query.Encode(), headers: headers}
			if r.body != nil {
				q.body = r.body
			}
			stays(t, v, shape, c, q)
			for field := range r.body {
				if text, ok := r.body[field].(string); ok && text != "" {
					stays(t, v, shape, c, post(r.path, r.with(field, shape), g.bearer()...))
				}
			}
		}
		for _, path := range []string{"/", "/docs", "/docs/", "/dev/mail", "/nothing"} {
			stays(t, v, shape, c, get(path+"?"+query.Encode(), headers...))
			stays(t, v, shape, c, get(path+"?"+query.Encode(), append(g.jar(), "Accept", "text/html")...))
		}
		for _, path := range pages {
			stays(t, v, shape, c, get(path+"?"+query.Encode(), headers...))
			stays(t, v, shape, c, get(path+"?"+query.Encode(), g.jar()...))
			stays(t, v, shape, c, get(path+"?"+query.Encode(), "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"))
		}
		form := []string{"Content-Type", "application/x-www-form-urlencoded"}
		stays(t, v, shape, c, post("/auth/account/login", url.Values{"who": {p.Email}, "password": {p.Password}, "to": {shape}}.Encode(), form...))
		for _, path := range forms(t) {
			if path != "/auth/account/login" { // whose refusals wait
				stays(t, v, shape, c, post(path+"?"+query.Encode(), query.Encode(), form...))
			}
		}
		for _, prefix := range []string{"", "/", "/docs/", "/auth/account/", "/admin/", "/docs/..", "//"} { // as the path itself, as it stands
			for _, a := range s.raw(t, wire("GET "+strings.NewReplacer(" ", "%20", "\t", "%09", "\n", "%0A", "\r", "%0D").Replace(prefix+shape))) {
				judgeRedirect(v, shape, "as a path behind "+prefix, a)
			}
		}
		if !strings.ContainsAny(shape, "\r\n\t /@?#") {
			stays(t, v, shape, c, get("/", "Host", shape))
		}
	})
}

// link is an address of the attacker where a page would follow it.
var link = regexp.MustCompile(`(?i)\b(href|src|action|content|url)\s*[=:]\s*["']([^"']*evil\.test)`)

func stays(t *testing.T, v *verdict, shape string, c *client, q request) {
	a, err := c.do(q)
	if err != nil {
		t.Errorf("%s %s: %v", q.method, q.path, err)
		return
	}
	judgeRedirect(v, shape, fmt.Sprintf("%s %.60s", q.method, q.path), a)
}

func judgeRedirect(v *verdict, shape, where string, a reply) {
	location, refresh := a.header.Get("Location"), a.header.Get("Refresh")
	if refresh != "" {
		location = strings.TrimPrefix(refresh, "0; url=")
	}
	if (a.status/100 == 3 && a.status != 304 || location != "") && !ourPage(location) {
		v.breach(shape, "%s: %d to %q %q", where, a.status, location, refresh)
	}
	if !bytes.Contains(bytes.ToLower(a.body), []byte("evil")) {
		return
	}
	for _, found := range link.FindAllSubmatch(a.body, -1) {
		if !ourPage(html.UnescapeString(string(found[2]))) {
			v.breach(shape, "%s: the answer links to it: %s", where, found[0])
		}
	}
}

// targets are the names under which services are told where to go.
var targets = []string{
	"redirect", "redirect_uri", "redirectUri", "redirect_url", "redirectUrl", "return", "returnTo", "return_to", "returnUrl", "next", "url", "uri",
	"continue", "callback", "callbackUrl", "dest", "destination", "target", "to", "goto", "success_url", "failure_url", "RelayState", "state", "service", "link", "token",
}

// shapes are addresses of evil.test, and of places no page should lead to, as
// parsers disagree about them.
var shapes = []string{
	"http://evil.test", "https://evil.test/", "https://evil.test:443/x", "HTTPS://EVIL.TEST", "//evil.test", "///evil.test", "////evil.test", "/\\evil.test",
	"\\/evil.test", "\\\\evil.test", "/\\/evil.test", "https:evil.test", "https:/evil.test", "https:\\evil.test", "https:\\\\evil.test", "https:///evil.test",
	"http:\\/evil.test", "/%2Fevil.test", "/%5Cevil.test", "%2F%2Fevil.test", "/%09/evil.test", "/\t/evil.test", "/\n/evil.test", "/\r/evil.test",
	" //evil.test", "\t//evil.test", "\u00a0//evil.test", "//evil%E3%80%82test", "//evil。test", "//evil.test%00.localhost", "//evil.test%23.localhost", "//evil.test?localhost",
	"//evil.test#localhost", "//localhost@evil.test", "//localhost:80@evil.test", "https://localhost@evil.test", "https://localhost%40evil.test", "https://localhost.evil.test",
	"https://evil.test\\@localhost", "https://evil.test\\.localhost", "https://evil.test;localhost", "https://[::ffff:evil.test]/", "https://[evil.test]/", "//evil.test\\localhost",
	"./\\evil.test", ".//evil.test", "..//evil.test", "/..//evil.test", "/./evil.test//", "/docs/..//evil.test", "/docs/%2e%2e//evil.test", "/docs//evil.test/%2e%2e",
	"javascript:alert(1)//evil.test", "JavaScript:alert(1)//evil.test", "java\nscript:alert(1)//evil.test", "data:text/html,<a href=//evil.test>", "vbscript:evil.test", "blob:https://evil.test/x",
	"ftp://evil.test", "file:///etc/passwd#evil.test", "//evil.test/%0d%0aLocation:%20//evil.test", "/\r\nLocation: //evil.test", "https://evil.test/\u2028", "//０x7f.1/evil.test",
	"http://0x7f000001/evil.test", "http://2130706433/evil.test", "//%65vil.test", "//ｅvil.test",
}
