package attacks

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"
)

// TestA26GuardedSmuggling: between a client, the gateway and the service behind
// it there is one opinion of where a request ends, which path it is for and who
// sent it, or the gateway refuses it (RFC 9112 §6, §11.2; RFC 9110 §7.6.1).
func TestA26GuardedSmuggling(t *testing.T) {
	t.Parallel()
	s := start(t, open())
	v, c := judge(t), s.guarded(t)
	_, g := c.join(t)
	c.opens(t, g)
	d := c.doors
	d.gateway.faulty = true // where a body breaks off it may say 502
	d.service.take()
	d.framed(t, v)
	d.pathsMean(t, v, g)
	d.forgeIdentity(t, v, g)
	d.hopsDrop(t, v, g)
	_, other := c.join(t)
	hops(t, v, d.gateway, other)
	d.service.take()
	d.let.Store(0)
	c.opens(t, g)
}

// framed sends the framings, each with another request behind it that must not
// come to the service.
func (d *doors) framed(t *testing.T, v *verdict) {
	t.Helper()
	for i, tt := range framings {
		if !tt.refused {
			continue // its body has no end
		}
		own, hidden := fmt.Sprintf("/public/framed/%d", i), fmt.Sprintf("/public/hidden/%d", i)
		say := strings.NewReplacer("/auth/login", own, "/healthz", own).Replace(tt.say)
		a := d.gateway.once(t, say+wire("GET "+hidden, "Connection: close"))
		for _, came := range d.service.take() {
			if strings.HasPrefix(came.uri, "/public/hidden/") { // this one's, or late that of one before
				v.breach(tt.name, "the request inside comes to the service")
			}
			both := came.header["Content-Length"] != nil && came.header["Transfer-Encoding"] != nil
			if a.status < 400 && came.uri == own && (came.body != "" || both) {
				v.breach(tt.name, "%v, and the service hears %s %q", a, came.uri, came.body)
			}
		}
	}
	inside := wire("GET /public/hidden/x")
	a := d.gateway.once(t, wire("GET /public/framed/x", "Connection: close", fmt.Sprintf("Content-Length: %d", len(inside)))+inside)
	if came := d.service.take(); len(came) != 1 || came[0].body != inside || a.status != http.StatusOK {
		v.breach("a get with a body", "%v, and the service hears %+v", a, came)
	}
}

// once says something over a connection of its own and returns the first answer.
func (s *server) once(t *testing.T, say string) reply {
	t.Helper()
	conn := s.dial(t)
	defer conn.Close()
	go func() { _, _ = conn.Write([]byte(say)) }() // who hangs up has answered
	got, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return reply{}
	}
	defer got.Body.Close()
	a, err := readReply(got)
	if err != nil {
		t.Logf("%.60q: %v", say, err)
	}
	return a
}

// pathsMean: no spelling of a path gets a request past the rule of the path that
// it is for the service, and the service has the path that was sent.
func (d *doors) pathsMean(t *testing.T, v *verdict, g grant) {
	t.Helper()
	all := []string{"/orders/x/../admin/x", "/orders/x/..%2fadmin/x", "/orders/x/..;/admin/x", "/orders/admin;x/y", "/orders%5cadmin%5cx", "/orders\\admin\\x", "/orders/admin%09/x", "/orders/a%20b", "/orders/%C3%A9", "/orders/100%25", "/orders/what%3f", "http:///orders/admin/x", "http://evil.test/orders/admin/x", "http://localhost//orders/admin/x", "/orders/x?/../admin/x"}
	for _, trick := range pathTricks {
		all = append(all, strings.NewReplacer("/auth/me", "/orders/admin", "/auth", "/orders", "%2fme", "%2fadmin", "/me", "/admin").Replace(trick))
	}
	for _, way := range []string{"..", ".%2e", "%2e%2e", "..%2f..", "..;", "..\\..", "%c0%ae%c0%ae", "\u2024\u2024", "%252e%252e", "%ef%bc%8e%ef%bc%8e", "x/../..", "%2e%2e%5c..", "..%00", "..%0d"} {
		all = append(all, "/public/"+way+"/orders/admin/x", "/api/"+way+"/orders/admin/x", "/orders/"+way+"/orders/admin/x")
	}
	for _, p := range all {
		for _, who := range []string{"Authorization: Bearer " + g.AccessToken, "X-Nobody: 1"} {
			a := d.gateway.once(t, wire("GET "+p, "Connection: close", who))
			for _, came := range d.service.take() {
				d.means(v, p, who[0] == 'A', a, came)
			}
		}
	}
}

func (d *doors) means(v *verdict, sent string, user bool, a reply, came arrival) {
	v.t.Helper()
	meant := read(came.uri)
	switch {
	case strings.HasPrefix(meant+"/", "/orders/admin/"):
		v.breach("path "+sent, "%v: it is %s to the service, without the role", a, came.uri)
	case !user && !strings.HasPrefix(meant+"/", "/public/"):
		v.breach("path "+sent, "%v: it is %s to the service, for nobody", a, came.uri)
	}
	target, err := url.ParseRequestURI(sent)
	if want := strings.TrimPrefix(target.Path, "/api"); err != nil || came.path != want {
		v.breach("path "+sent, "%v: it is %q to the service, %v", a, came.path, err)
	}
}

// read is a path as a service may read it that unescapes and tidies it.
func read(uri string) string {
	p, _, _ := strings.Cut(uri, "?")
	if plain, err := url.PathUnescape(p); err == nil {
		p = plain
	}
	p, _, _ = strings.Cut(strings.ReplaceAll(p, "\\", "/"), "\x00")
	var segments []string
	for segment := range strings.SplitSeq(p, "/") {
		name, _, _ := strings.Cut(segment, ";")
		segments = append(segments, strings.Trim(name, "\t\r\n"))
	}
	return path.Clean(strings.Join(segments, "/"))
}

// identity is what the gateway says of who asks, by the plain names of headers.
func identity(t *testing.T, g grant) map[string]string {
	t.Helper()
	_, claims := parts(t, g.AccessToken)
	space, _ := claims["spaceId"].(string)
	return map[string]string{
		"x-user-id": g.User.ID, "x-session-id": g.SessionID, "x-tenant-id": "default", "x-space-id": space, "x-identity-kind": "user", "x-role": "user",
		"x-permissions": "", "x-service-id": "", "x-service-name": "", "x-username": "", "x-identity-assertion": "", "x-original-url": "", "x-rewrite-url": "",
	}
}

// forgeIdentity says in every spelling of every header who somebody is. The
// service hears the gateway's own word, or none.
func (d *doors) forgeIdentity(t *testing.T, v *verdict, g grant) {
	t.Helper()
	genuine := identity(t, g)
	for name := range genuine {
		for _, line := range []string{
			name + ": forged", strings.ToUpper(name) + ": forged", strings.ReplaceAll(name, "-", "_") + ": forged", strings.Replace(name, "-", "_", 1) + ": forged",
			strings.ReplaceAll(name, "-", ".") + ": forged", strings.ReplaceAll(name, "-", "~") + ": forged", name + " : forged", name + "\t: forged", " " + name + ": forged",
			name + ": forged\r\n" + name + ": forged", "X-A: b\r\n " + name + ": forged", "X-A: b\r" + name + ": forged", "X-A: b\n" + name + ": forged", name + "\x00: forged",
			"Connection: " + name + "\r\n" + name + ": forged", "Connection: x-user-id, x-session-id, x-tenant-id, x-identity-kind, x-role",
			"Transfer-Encoding: chunked\r\nTrailer: " + name,
		} {
			body := ""
			if strings.HasPrefix(line, "Transfer-Encoding") {
				body = "0\r\n" + name + ": forged\r\n\r\n"
			}
			for _, where := range []string{"/orders/1", "/public/1"} {
				a := d.gateway.once(t, wire("POST "+where, line, "Authorization: Bearer "+g.AccessToken)+body)
				for _, came := range d.service.take() {
					knows(v, line, a, came, genuine)
				}
			}
		}
	}
}

func knows(v *verdict, line string, a reply, came arrival, genuine map[string]string) {
	v.t.Helper()
	told := map[string]string{}
	for _, h := range []http.Header{came.header, came.trailer} {
		for name, values := range h {
			told[plainName(name)] += strings.Join(values, " and ")
		}
	}
	for name, want := range genuine {
		if came.path == "/public/1" {
			want = ""
		}
		if got := told[name]; got != want {
			v.breach(fmt.Sprintf("%q", line), "%v: the service hears %s %q, want %q", a, name, got, want)
		}
	}
}

// plainName is what CGI and those who come from it make of a header's name.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(name))
}

// hopsDrop: nobody has what the gateway says dropped by calling it a matter of
// the hop.
func (d *doors) hopsDrop(t *testing.T, v *verdict, g grant) {
	t.Helper()
	for _, name := range []string{"X-User-Id", "X-Identity-Assertion", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Request-Id", "Authorization", "Cookie", "X-Tenant-Id", "Host", "Transfer-Encoding"} {
		a := d.gateway.once(t, wire("GET /vouched/1", "Authorization: Bearer "+g.AccessToken, "Connection: close, "+name))
		for _, came := range d.service.take() {
			if came.header.Get("X-User-Id") != g.User.ID || came.header.Get("X-Identity-Assertion") == "" || came.header.Get("X-Forwarded-For") != "127.0.0.1" ||
				came.header.Get("X-Forwarded-Host") != "localhost" || came.header.Get("X-Forwarded-Proto") != "http" {
				v.breach("Connection: "+name, "%v: the service hears %v", a, came.header)
			}
		}
	}
	for _, tenant := range []string{"nobody", "default"} {
		a := d.client.must(t, get("/orders/1", append(g.bearer(), "X-Tenant-Id", tenant, "Connection", "X-Tenant-Id")...))
		if (a.status == http.StatusOK) != (tenant == "default") {
			v.breach("Connection: X-Tenant-Id", "in tenant %s: %v", tenant, a)
		}
	}
}
