package httpd_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	inBody    = "body and cookies"
	inCookies = "cookies only"
)

// checkDelivery fails unless the tokens came this way.
func checkDelivery(t testing.TB, a answer, prefix, want string) {
	t.Helper()
	var got struct{ AccessToken, RefreshToken, DeviceToken, AccessTokenExpiresAt, RefreshTokenExpiresAt string }
	a.into(t, &got)
	shown := got.AccessToken != "" && got.RefreshToken != "" && got.DeviceToken != ""
	hidden := got.AccessToken == "" && got.RefreshToken == "" && got.DeviceToken == ""
	if want == inBody && !shown || want == inCookies && !hidden {
		t.Errorf("%s: want tokens in %s, got %s", a.request, want, a.Data)
	}
	for _, at := range []string{got.AccessTokenExpiresAt, got.RefreshTokenExpiresAt} {
		if _, err := time.Parse(time.RFC3339, at); err != nil {
			t.Errorf("%s: %v", a.request, err)
		}
	}
	set := a.cookies()
	for _, name := range []string{"accessToken /", "refreshToken " + prefix, "deviceId " + prefix} {
		c := set[name]
		if c == nil || c.Value == "" {
			t.Fatalf("%s: no cookie %s in %q", a.request, name, a.header["Set-Cookie"])
		}
		if want == inCookies && strings.Contains(string(a.body), c.Value) {
			t.Errorf("%s: the value of cookie %s is in the body", a.request, name)
		}
	}
	if len(set) != 3 {
		t.Errorf("%s: sets %q", a.request, a.header["Set-Cookie"])
	}
}

// TestHowTokensTravel is CONTRACT.md §4: who asks and how, against the tenant's
// policy.
func TestHowTokensTravel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	users := map[string]person{"": w.join(t, ""), pages: w.join(t, pages)}
	for _, tt := range []struct{ site, asks, tenant, want string }{
		{"", "", "", inBody}, {"", "cookie", "", inCookies}, {"", "body", "", inBody},
		{"same-origin", "", "", inCookies}, {"same-origin", "cookie", "", inCookies}, {"same-origin", "body", "", inCookies},
		{"same-site", "", "", inCookies}, {"same-site", "body", "", inCookies},
		{"cross-site", "", "", inCookies}, {"cross-site", "body", "", inCookies},
		{"none", "", "", inCookies}, {"none", "cookie", "", inCookies}, {"none", "body", "", inCookies},
		{"to-be-invented", "", "", inCookies}, {"to-be-invented", "body", "", inCookies},
		// This tenant lets scripts have tokens.
		{"", "", pages, inBody}, {"", "cookie", pages, inCookies}, {"", "body", pages, inBody},
		{"same-origin", "", pages, inCookies}, {"same-origin", "cookie", pages, inCookies}, {"same-origin", "body", pages, inBody},
		{"cross-site", "", pages, inCookies}, {"cross-site", "body", pages, inBody},
		{"same-origin", "Body", pages, "refused"}, {"", "BODY", "", "refused"}, {"", "both", "", "refused"}, {"none", "cookie,body", "", "refused"},
	} {
		t.Run(strings.Join([]string{"site " + tt.site, "asks " + tt.asks, "tenant " + tt.tenant}, ", "), func(t *testing.T) {
			var headers []string
			for name, value := range map[string]string{"Sec-Fetch-Site": tt.site, "x-token-delivery": tt.asks} {
				if value != "" {
					headers = append(headers, name, value)
				}
			}
			p := users[tt.tenant]
			for _, prefix := range []string{"/auth", "/api/v1/auth"} {
				in := object{"email": p.Email, "password": p.Password}
				a := w.do(t, "POST "+prefix+"/login", in, p.headers(headers...)...)
				fresh := stranger(tt.tenant)
				b := w.do(t, "POST "+prefix+"/sign-up", fresh.signUp(), fresh.headers(headers...)...)
				if tt.want == "refused" {
					a.want(t, 400, "VALIDATION_FAILED").wantFields(t, "x-token-delivery")
					b.want(t, 400, "VALIDATION_FAILED").wantFields(t, "x-token-delivery")
					continue
				}
				checkDelivery(t, a.want(t, 200, "LOGIN_SUCCESS"), prefix, tt.want)
				checkDelivery(t, b.want(t, 201, "USER_CREATED"), prefix, tt.want)
			}
		})
	}
}

// TestACodeIsAnsweredByTheWayItIsAsked: the second step delivers as the first
// would have.
func TestACodeIsAnsweredByTheWayItIsAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for site, want := range map[string]string{"": inBody, "same-origin": inCookies} {
		p := w.join(t, coded)
		in := object{"loginId": w.challenge(t, p), "otp": w.mail.code(t, p.Email)}
		headers := p.headers()
		if site != "" {
			headers = p.headers("Sec-Fetch-Site", site)
		}
		checkDelivery(t, w.do(t, "POST /auth/login/verify", in, headers...).want(t, 200, "LOGIN_SUCCESS"), "/auth", want)
	}
}

// TestCookieAttributes is CONTRACT.md §4 to the letter.
func TestCookieAttributes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.join(t, "")
	a := w.do(t, "POST /auth/login", object{"email": p.Email, "password": p.Password}, "Sec-Fetch-Site", "same-origin").want(t, 200, "LOGIN_SUCCESS")
	var data struct{ AccessTokenExpiresAt, RefreshTokenExpiresAt time.Time }
	a.into(t, &data)
	for name, want := range map[string]struct {
		until time.Time
	}{
		"accessToken /": {data.AccessTokenExpiresAt}, "refreshToken /auth": {data.RefreshTokenExpiresAt},
		"deviceId /auth": {w.clock.Now().Add(400 * 24 * time.Hour)},
	} {
		c := a.cookies()[name]
		if c == nil {
			t.Fatalf("no cookie %s in %q", name, a.header["Set-Cookie"])
		}
		if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteStrictMode || c.Domain != "" || c.RawExpires != "" || len(c.Unparsed) > 0 {
			t.Errorf("cookie %s", strings.Replace(c.Raw, c.Value, "…", 1))
		}
		if got, want := c.MaxAge, int(want.until.Sub(w.clock.Now()).Seconds()); got != want {
			t.Errorf("cookie %s lives %d s, want %d", name, got, want)
		}
	}
}

// TestLogoutTakesTheCookiesOut: by each way that ends the own session, at both
// prefixes, and by no other.
func TestLogoutTakesTheCookiesOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		path    string
		body    func(p, other person) object
		cleared bool
	}{
		{"/auth/logout", func(person, person) object { return object{} }, true},
		{"/api/v1/auth/logout", func(person, person) object { return object{} }, true},
		{"/auth/logout/session", func(p, _ person) object { return object{"sessionId": p.SessionID} }, true},
		{"/auth/logout/session", func(p, _ person) object { return object{"sessionId": strings.ToUpper(p.SessionID)} }, true},
		{"/auth/logout/session", func(_, other person) object { return object{"sessionId": other.SessionID} }, false},
		{"/auth/logout/all", func(person, person) object { return object{} }, true},
		{"/auth/logout/all", func(person, person) object { return object{"keepCurrent": false} }, true},
		{"/auth/logout/all", func(person, person) object { return object{"keepCurrent": true} }, false},
	} {
		p := w.join(t, "")
		other := w.login(t, p)
		a := w.do(t, "POST "+tt.path, tt.body(p, other), p.bearer()...)
		set := a.cookies()
		if !tt.cleared {
			if len(set) > 0 || a.header.Get("Clear-Site-Data") != "" {
				t.Errorf("%s sets %q", tt.path, a.header["Set-Cookie"])
			}
			w.do(t, "GET /auth/me", nil, p.bearer()...).want(t, 200, "CURRENT_USER_OK")
			continue
		}
		for _, name := range []string{"accessToken /", "refreshToken /auth", "refreshToken /api/v1/auth"} {
			if c := set[name]; c == nil || c.Value != "" || c.MaxAge >= 0 || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
				t.Errorf("%s sets %q", tt.path, a.header["Set-Cookie"])
			}
		}
		if len(set) != 3 || a.header.Get("Clear-Site-Data") != `"cache"` {
			t.Errorf("%s sets %q, Clear-Site-Data %q", tt.path, a.header["Set-Cookie"], a.header.Get("Clear-Site-Data"))
		}
		w.do(t, "GET /auth/me", nil, p.bearer()...).want(t, 401, "SESSION_NOT_FOUND")
	}
}

// jarAt is a browser's jar. It believes that the door speaks TLS, as it would
// behind a proxy, else it would not send Secure cookies.
type jarAt struct{ *cookiejar.Jar }

func newJar(t testing.TB) jarAt {
	jar, err := cookiejar.New(nil)
	must(t, err)
	return jarAt{jar}
}

func (j jarAt) url(path string) *url.URL {
	return &url.URL{Scheme: "https", Host: "auth.example.com", Path: path}
}

// do sends a request with the cookies that fit, and keeps those that come.
func (j jarAt) do(t testing.TB, w *world, request string, body any, headers ...string) answer {
	t.Helper()
	_, path, _ := strings.Cut(request, " ")
	var sent []string
	for _, c := range j.Cookies(j.url(path)) {
		sent = append(sent, c.Name+"="+c.Value)
	}
	if len(sent) > 0 {
		headers = append(headers, "Cookie", strings.Join(sent, "; "))
	}
	a := w.do(t, request, body, headers...)
	j.SetCookies(j.url(path), (&http.Response{Header: a.header}).Cookies())
	return a
}

func (j jarAt) value(path, name string) string {
	for _, c := range j.Cookies(j.url(path)) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}
