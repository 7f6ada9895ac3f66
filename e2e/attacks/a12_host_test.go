package attacks

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestA12HostHeader: what the service says of its own address comes from its
// configuration, whatever a request says: in mails, tokens, cookies, documents.
func TestA12HostHeader(t *testing.T) {
	t.Parallel()
	s := start(t, usual())
	v, c := judge(t), s.client()
	routes := s.routes(t)
	each(hosts(), func(tt hostVariant) {
		p := newPerson()
		for _, q := range []request{p.signUp(), p.logIn()} { // a welcome and a code
			q.headers = tt.headers
			innocent(t, v, tt.name, q, c.must(t, q))
		}
		for _, r := range routes { // and whatever else a stranger can have mailed, or read
			switch {
			case r.method == "GET" && r.path != "/metrics":
				innocent(t, v, tt.name, get(r.path), c.must(t, get(r.path, tt.headers...)))
			case !r.guarded && r.body["email"] != nil && r.path != "/auth/sign-up" && r.path != "/auth/signup":
				q := post(r.path, r.with("email", p.Email), tt.headers...)
				innocent(t, v, tt.name, q, c.must(t, q))
			}
		}
		for _, path := range append([]string{"/docs", "/docs/", "/nothing", "/dev/mail"}, pages...) {
			innocent(t, v, tt.name, get(path), c.must(t, get(path, tt.headers...)))
		}
		if letters := s.letters(t, p.Email); len(letters) < 1 {
			t.Errorf("%s: no letter came, want the code at least", tt.name)
		}
	})
	for _, l := range s.letters(t, "") {
		if strings.Contains(fmt.Sprint(l), "evil") {
			v.breach("a mail", "“%s” names the attacker's host", l.Subject)
		}
	}
	each(wireHosts, func(say string) {
		for _, a := range s.raw(t, say) {
			innocent(t, v, strings.ReplaceAll(say, "\r\n", "␍␊"), request{}, a)
		}
	})
}

type hostVariant struct {
	name    string
	headers []string
}

// hosts are headers that name another host, port, scheme or prefix.
func hosts() (all []hostVariant) {
	for _, host := range []string{
		"evil.test", "evil.test:443", "localhost.evil.test", "localhost@evil.test", "localhost:3502@evil.test", "evil.test#localhost",
		"evil.test/localhost", "LOCALHOST.EVIL.TEST", "evil.test.", "[::1].evil.test", "xn--evil-9ta.test", "localhost:80@evil.test:80",
	} {
		if !strings.ContainsAny(host, "#@/") {
			all = append(all, hostVariant{"Host " + host, []string{"Host", host}})
		}
		for _, name := range []string{
			"X-Forwarded-Host", "X-Host", "X-Original-Host", "X-HTTP-Host-Override", "X-Forwarded-Server", "X-Original-URL", "X-Rewrite-URL",
			"Forwarded", "Origin", "Referer", "X-Forwarded-Prefix", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Base-URL",
		} {
			value := host
			switch name {
			case "Forwarded":
				value = `for=1.2.3.4;host="` + host + `";proto=https`
			case "Origin", "Referer":
				value = "https://" + host
			case "X-Forwarded-Prefix":
				value = "//" + host
			}
			if strings.HasPrefix(host, "evil.test") || name == "X-Forwarded-Host" { // the odd ones at the one that is believed most
				all = append(all, hostVariant{name + " " + value, []string{name, value}})
			}
		}
	}
	return all
}

// wireHosts are requests whose host no client library would send.
var wireHosts = []string{
	"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.test\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: localhost\r\n Host: evil.test\r\n\r\n",
	"GET http://evil.test/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
	"GET http://evil.test/docs HTTP/1.1\r\nHost: evil.test\r\n\r\n",
	"GET http://localhost@evil.test/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n",
	"GET //evil.test/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: localhost@evil.test\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: evil.test/\r\n\r\n",
	"GET / HTTP/1.1\r\nHost:\r\n\r\n",
	"GET / HTTP/1.0\r\nX-Forwarded-Host: evil.test\r\n\r\n",
	"GET @evil.test/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
	"CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n",
}

// innocent checks that nothing in an answer names the attacker's host.
func innocent(t *testing.T, v *verdict, variant string, q request, a reply) {
	t.Helper()
	if strings.Contains(strings.ToLower(string(a.body)), "evil") {
		v.breach(variant, "%s %s: the body names it", q.method, q.path)
	}
	for name, values := range a.header {
		if slices.ContainsFunc(values, func(value string) bool { return strings.Contains(strings.ToLower(value), "evil") }) {
			v.breach(variant, "%s %s: header %s: %q", q.method, q.path, name, values)
		}
	}
	if token := a.grant().AccessToken; token != "" {
		if _, claims := parts(t, token); strings.Contains(fmt.Sprint(claims), "evil") {
			v.breach(variant, "%s %s: the token names it", q.method, q.path)
		}
	}
}
