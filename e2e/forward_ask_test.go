package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A forward is a proxy, what is behind it, and who comes.
type forward struct {
	base         string
	s            *server
	c            *client // through the proxy
	me           person  // the clerk
	clerk, admin grant
}

func openForward(t *testing.T, p proxy) *forward {
	t.Helper()
	port := freePort(t)
	f := &forward{base: fmt.Sprintf("http://localhost:%d", port)}
	_, post := openPost(t)
	f.s = start(t, "serve", post.with(quick()).with(env{
		"LOGIN_OTP": "off", "RATE_LIMITS": "off", "APP_BASE_URL": f.base, "TRUSTED_PROXIES": "127.0.0.1",
	}))
	p.run(t, port, f.s.port, openService(t))
	f.c = newClient(f.base)

	ops := f.s.operator(t)("")
	f.s.client().want(t, "ROLE_CREATED", "POST", "/roles", dict{"name": "clerk", "permissions": []string{"orders:read", "orders:write"}}, ops...)
	f.s.client().want(t, "TENANT_CREATED", "POST", "/tenants", dict{"name": "acme", "displayName": "Acme Ltd"}, ops...)
	boss := newPerson()
	f.me = newPerson()
	for role, p := range map[string]person{"clerk": f.me, "admin": boss} {
		f.s.client().want(t, "USER_CREATED", "POST", "/users", dict{"name": p.Name, "email": p.Email, "password": p.Password, "role": role}, ops...)
	}
	f.clerk = f.c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", f.me.logIn()).grant(t)
	f.admin = f.c.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", boss.logIn()).grant(t)
	return f
}

// order is the body of whatever has one.
const order = `{"apples":7}`

// ask sends a request through the proxy. Of what the service answers it returns
// what the service was sent.
func (f *forward) ask(t *testing.T, request string, headers ...string) (status int, code string, at received) {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	var body io.Reader
	if method != http.MethodGet {
		body = strings.NewReader(order)
	}
	r, err := http.NewRequest(method, f.base+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header[headers[i]] = append(r.Header[headers[i]], headers[i+1]) // as it is written
	}
	got, err := f.c.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	var said struct {
		answer
		received
	}
	if err := json.NewDecoder(got.Body).Decode(&said); err != nil && got.StatusCode < 500 && got.StatusCode != http.StatusBadRequest {
		t.Fatalf("%s: %d with a body that is no JSON: %v", request, got.StatusCode, err)
	}
	if got.StatusCode == http.StatusUnauthorized && got.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("%s: 401 without WWW-Authenticate (RFC 9110 §15.5.2)", request)
	}
	return got.StatusCode, said.Meta.Code, said.received
}

// want is ask for a request that the service gets.
func (f *forward) want(t *testing.T, request string, headers ...string) http.Header {
	t.Helper()
	status, code, at := f.ask(t, request, headers...)
	if status != http.StatusOK || at.Method == "" {
		t.Fatalf("%s: got %d %s, want it to reach the service", request, status, code)
	}
	if method, path, _ := strings.Cut(request, " "); at.Method != method || at.Path != path || method != http.MethodGet && at.Body != order {
		t.Errorf("%s: the service gets %s %s with %q", request, at.Method, at.Path, at.Body)
	}
	return at.Header
}

// refused is ask for a request that Latchkey refuses; the client is told why.
func (f *forward) refused(t *testing.T, status int, code, request string, headers ...string) {
	t.Helper()
	gotStatus, gotCode, at := f.ask(t, request, headers...)
	if gotStatus != status || gotCode != code || at.Method != "" {
		t.Errorf("%s: got %d %q, want %d %s", request, gotStatus, gotCode, status, code)
	}
}

// identity is what a service may read out of headers about who asks, under
// whatever spelling; CGI knows no other than this.
func identity(h http.Header) dict {
	found := dict{}
	for name, values := range h {
		var letters strings.Builder
		for _, r := range strings.ToLower(name) {
			if r >= 'a' && r <= 'z' {
				letters.WriteRune(r)
			}
		}
		switch name := letters.String(); name {
		case "xidentitykind", "xuserid", "xtenantid", "xspaceid", "xrole", "xsessionid", "xpermissions", "xserviceid", "xservicename":
			for _, v := range values {
				if v != "" {
					if found[name] != nil {
						v = fmt.Sprint(found[name], " and ", v)
					}
					found[name] = v
				}
			}
		}
	}
	return found
}

// claims are what an access token says.
func (g grant) claims(t *testing.T) (c struct{ SpaceID, Role string }) {
	t.Helper()
	_, rest, _ := strings.Cut(g.AccessToken, ".")
	payload, _, _ := strings.Cut(rest, ".")
	text, err := base64.RawURLEncoding.DecodeString(payload)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// is is what a service must be told of somebody in the default tenant.
func (g grant) is(t *testing.T, permissions ...string) dict {
	t.Helper()
	is := dict{
		"xidentitykind": "user", "xuserid": g.User.ID, "xtenantid": "default", "xsessionid": g.SessionID,
		"xspaceid": g.claims(t).SpaceID, "xrole": g.claims(t).Role,
	}
	if permissions != nil {
		is["xpermissions"] = strings.Join(permissions, ",")
	}
	return is
}
