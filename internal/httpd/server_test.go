package httpd_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/guard/jwt"
	"github.com/latchkey/latchkey/internal/httpd"
)

// TestAPanicIsAnsweredAndLoggedWithoutItsValue, before and after the answer has
// begun.
func TestAPanicIsAnsweredAndLoggedWithoutItsValue(t *testing.T) {
	w := newWorld(t)
	p := w.join(t, "")
	links := map[string]string{}
	for _, r := range contract {
		if r.linked {
			links[r.path] = scene{w, r, r.path}.anyLink(t)
		}
	}
	_, mark := logged.since(0)
	mend := w.live.breaks(func() error { panic("the password is " + canary) })
	for _, r := range contract {
		if r.linked {
			scene{w, r, r.path}.follow(t, links[r.path], "password", "loud-comet-17-harbour").want(t, 500, "INTERNAL_ERROR")
			continue
		}
		w.do(t, r.String(), nil, p.bearer()...).want(t, 500, "INTERNAL_ERROR")
	}
	mend()
	text, next := logged.since(mark)
	if got := strings.Count(text, `"msg":"panic"`); got != len(contract) || strings.Count(text, "\n") != 2*len(contract) {
		t.Errorf("%d lines about panics for %d of them", got, len(contract))
	}
	if !strings.Contains(text, "(*moody).Tenant") || !strings.Contains(text, `"code":"INTERNAL_ERROR"`) {
		t.Error("the lines do not say where it broke")
	}
	w.door.Handle("/late", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, err := w.Write([]byte("begun"))
		must(t, err)
		panic(errors.New(canary))
	}))
	res, err := w.client.Get(w.url + "/late")
	must(t, err)
	defer res.Body.Close()
	if res.StatusCode != 200 {
		t.Errorf("an answer that had begun became %d", res.StatusCode)
	}
	if text, _ := logged.since(next); strings.Count(text, `"msg":"panic"`) != 1 {
		t.Errorf("log: %s", text)
	}
	w.do(t, "GET /auth/me", nil, p.bearer()...).want(t, 200, "CURRENT_USER_OK")
}

// TestAFaultIsToldToTheLogOnly.
func TestAFaultIsToldToTheLogOnly(t *testing.T) {
	w := newWorld(t)
	_, mark := logged.since(0)
	defer w.live.breaks(func() error { return errors.New("disk of node seven") })()
	a := w.do(t, "POST /auth/login", object{}).want(t, 500, "INTERNAL_ERROR")
	text, _ := logged.since(mark)
	if strings.Contains(string(a.body), "seven") || !strings.Contains(text, "disk of node seven") || !strings.Contains(text, a.Meta.RequestID) {
		t.Errorf("answer %s, log %s", a.body, text)
	}
}

// TestRequestIDs: one that is safe in a log is kept, another is replaced.
func TestRequestIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, id := range []string{"12345678", "0af7651916cd43dd8448eb211c80319c", "a.b-c_d.e-f_g", strings.Repeat("x", 64)} {
		if got := w.do(t, "GET /auth/me", nil, "X-Request-Id", id).header.Get("X-Request-Id"); got != id {
			t.Errorf("%q became %q", id, got)
		}
	}
	seen := map[string]bool{}
	for _, id := range []string{"", "1234567", strings.Repeat("x", 65), "with space", "quote\"quote", "{\"a\":\"b\"}", "slash/slash", "<script>", "äöüäöüäö", "$(id)$(id)", "a,b,c,d,e,f"} {
		got := w.do(t, "GET /auth/me", nil, "X-Request-Id", id).header.Get("X-Request-Id")
		if got == id || seen[got] || len(got) < 26 {
			t.Errorf("%q became %q", id, got)
		}
		seen[got] = true
	}
}

// TestWhyATokenIsInvalid is CONTRACT.md §3: each reason, on each route.
func TestWhyATokenIsInvalid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, q := w.join(t, ""), w.join(t, "")
	c, err := w.service.Verifier.Verify(p.AccessToken)
	must(t, err)
	sign := func(edit func(*jwt.Claims)) string {
		changed := c
		edit(&changed)
		token, err := w.keys.Sign(changed)
		must(t, err)
		secrets.add(string(token))
		return string(token)
	}
	mine, others := strings.Split(p.AccessToken, "."), strings.Split(q.AccessToken, ".")
	tokens := map[string][]string{
		"malformed": {"nonsense", "a.b.c", p.RefreshToken, p.DeviceToken, p.AccessToken + "=", strings.Join(mine[:2], "."), strings.Repeat("x", 9000)},
		"signature": {strings.Join([]string{mine[0], others[1], mine[2]}, "."), strings.Join([]string{mine[0], mine[1], others[2]}, ".")},
		"claims": {
			sign(func(c *jwt.Claims) { c.Audience = []string{"https://other.example.com"} }),
			sign(func(c *jwt.Claims) { c.Issuer = "https://other.example.com" }),
			sign(func(c *jwt.Claims) { c.Subject = q.ID }),
		},
		"expired": {sign(func(c *jwt.Claims) { c.IssuedAt, c.ExpiresAt = c.IssuedAt.Add(-3600e9), c.IssuedAt.Add(-60e9) })},
	}
	for _, r := range contract {
		if !r.private {
			continue
		}
		for reason, all := range tokens {
			for _, token := range all {
				for _, headers := range [][]string{{"Authorization", "Bearer " + token}, {"x-access-token", token}, {"Cookie", "accessToken=" + token}} {
					if a := w.do(t, r.String(), nil, headers...).want(t, 401, "TOKEN_INVALID"); a.Meta.Reason != reason {
						t.Errorf("%s: reason %q, want %q", r, a.Meta.Reason, reason)
					}
				}
			}
		}
	}
	// No access token is a refresh token, nor a device token one.
	for _, token := range []string{p.AccessToken, p.DeviceToken} {
		w.do(t, "POST /auth/refresh", object{"refreshToken": token}).want(t, 401, "INVALID_REFRESH_TOKEN")
	}
}

// TestTheDeploymentAnswers: health, readiness and the key set.
func TestTheDeploymentAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	twoTokens := []string{"Authorization", "Bearer a", "x-access-token", "b", "Cookie", strings.Repeat("a=b;", 60), "x-tenant-id", "nobody-there"}
	for _, path := range []string{"/auth/health", "/api/v1/auth/health"} {
		if a := w.do(t, "GET "+path, nil, twoTokens...); string(a.body) != `{"ok":true,"service":"auth-service","mode":"HTTP"}` {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	w.do(t, "GET /healthz", nil, twoTokens...).want(t, 200, "HEALTHY")
	w.do(t, "GET /readyz", nil, twoTokens...).want(t, 200, "READY")
	keys := w.do(t, "GET /.well-known/jwks.json", nil)
	found, err := jwt.ParseJWKS(keys.body)
	must(t, err)
	verifier, err := jwt.New(jwt.Config{Issuer: ourOrigin, Audience: audience, Keys: jwt.Keys(found...), Now: w.clock.Now})
	must(t, err)
	if c, err := verifier.Verify(p.AccessToken); err != nil || c.Subject != p.ID || c.SessionID != p.SessionID || c.TenantID != "default" {
		t.Errorf("by the published keys the token is %+v, %v", c, err)
	}
	if again := w.do(t, "GET /.well-known/jwks.json", nil, "If-None-Match", keys.header.Get("Etag")); again.status != 304 || len(again.body) > 0 || keys.header.Get("Cache-Control") != "public, max-age=300" {
		t.Errorf("the same keys again: %d, first %v", again.status, keys.header)
	}
	trouble := errors.New("no database")
	w.ready.Store(&trouble)
	w.do(t, "GET /auth/health", nil).want(t, 503, "NOT_READY")
	w.do(t, "GET /healthz", nil).want(t, 200, "HEALTHY")
	w.do(t, "GET /readyz", nil).want(t, 503, "NOT_READY")
	w.ready.Store(nil)
	w.door.Drain()
	if a := w.do(t, "GET /readyz", nil).want(t, 503, "NOT_READY"); a.Meta.Reason != "draining" {
		t.Errorf("draining: %s", a.body)
	}
	w.do(t, "GET /auth/me", nil, p.bearer()...).want(t, 200, "CURRENT_USER_OK")
	w.do(t, "GET /metrics", nil, "Via", "1.1 proxy").want(t, 404, "NOT_FOUND")
	d := openDocument(t, w.door.Document())
	for _, path := range deployment {
		if got, want := d.codes("GET", path), slices.Sorted(maps.Keys(w.ledger.seen["GET "+path])); !slices.Equal(got, want) {
			t.Errorf("%s is documented with %q, answered %q", path, got, want)
		}
	}
}

// TestPlainHTTPHasNoTLSHeaders: on loopback without TLS, cookies without Secure
// and no HSTS (CONTRACT.md §9).
func TestPlainHTTPHasNoTLSHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *httpd.Config) {
		c.BaseURL, c.CookieSecure = &url.URL{Scheme: "http", Host: "localhost:3502"}, false
	})
	p := stranger("")
	body, err := json.Marshal(p.signUp())
	must(t, err)
	res, err := w.client.Post(w.url+"/auth/sign-up", "application/json", strings.NewReader(string(body)))
	must(t, err)
	defer res.Body.Close()
	if res.StatusCode != 201 || res.Header.Get("Strict-Transport-Security") != "" || len(res.Cookies()) != 3 {
		t.Errorf("%d, %v", res.StatusCode, res.Header)
	}
	for _, c := range res.Cookies() {
		secrets.add(c.Value)
		if c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
			t.Errorf("cookie %s: secure %v", c.Name, c.Secure)
		}
	}
}
