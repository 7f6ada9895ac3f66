package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// glimpse is what a page script can see of an answer.
type glimpse struct {
	Type, Text, Cookie string
	Status             int
}

// call lets the page call, and fails the test if its script sees a token.
func (p *tab) call(t *testing.T, method, url string, body any, options string) glimpse {
	t.Helper()
	text := []byte("undefined")
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	var g glimpse
	p.run(t, fmt.Sprintf("call(%q, %q, %s, %s)", method, url, text, options), &g)
	if g.Cookie != "" {
		t.Errorf("%s: document.cookie is %q", url, g.Cookie)
	}
	for _, word := range []string{`"accessToken"`, `"refreshToken"`, `"deviceToken"`} {
		if strings.Contains(g.Text, word) {
			t.Errorf("%s: a page script sees %s", url, word)
		}
	}
	return g
}

// want calls and fails the test unless the script reads the code.
func (p *tab) want(t *testing.T, code, method, url string, body any) answer {
	t.Helper()
	g := p.call(t, method, url, body, "{}")
	var a answer
	if err := json.Unmarshal([]byte(g.Text), &a); err != nil || a.Meta.Code != code {
		t.Fatalf("%s %s: the script sees %+v, want %s", method, url, g, code)
	}
	return a
}

// behindSite starts a server that is reached through a site of its own.
func behindSite(t *testing.T, more env) (*server, *site) {
	t.Helper()
	port := freePort(t)
	s := start(t, "dev", quick().with(env{
		"APP_BASE_URL": fmt.Sprintf("http://localhost:%d", port), "TRUSTED_PROXIES": "127.0.0.1",
	}).with(more))
	return s, openSite(t, "localhost", port, s)
}

// logIn signs a person up and logs them in, all by script.
func (p *tab) logIn(t *testing.T, s *server) person {
	t.Helper()
	who := newPerson()
	p.want(t, "USER_CREATED", "POST", "/auth/sign-up", who.signUp())
	g := p.want(t, "OTP_SENT", "POST", "/auth/login", who.logIn()).grant(t)
	code := s.devCode(t, who.Email)
	p.want(t, "LOGIN_SUCCESS", "POST", "/auth/login/verify", map[string]string{"loginId": g.LoginID, "otp": code})
	return who
}

func TestBrowser(t *testing.T) {
	t.Parallel()
	b := browse(t)
	t.Run("a page logs in, refreshes in two tabs, and logs out", func(t *testing.T) { pageLife(t, b) })
	t.Run("pages of other origins", func(t *testing.T) { otherOrigins(t, b) })
	t.Run("our own pages", func(t *testing.T) { ownPages(t, b) })
}

func pageLife(t *testing.T, b *browser) {
	s, home := behindSite(t, nil)
	p := b.open(t, home.origin+"/page")
	who := p.logIn(t, s)
	home.passed()

	me := p.want(t, "CURRENT_USER_OK", "GET", "/auth/me", nil)
	if !strings.Contains(string(me.Data), who.Email) {
		t.Errorf("the page is told it is %s", me.Data)
	}
	var sessions []struct {
		DeviceName string
		Current    bool
	}
	if err := json.Unmarshal(p.want(t, "SESSIONS_RETRIEVED", "GET", "/auth/sessions", nil).Data, &sessions); err != nil {
		t.Fatal(err)
	}
	if len(sessions) != 1 || !sessions[0].Current || !strings.Contains(sessions[0].DeviceName, "Chrom") {
		t.Errorf("sessions %+v, want this Chromium", sessions)
	}
	for _, x := range home.passed() {
		if !x.cookies {
			t.Errorf("%s: the browser sent no cookie", x.path)
		}
	}

	other := b.open(t, home.origin+"/page")
	home.together(6) // as many as Chromium sends at once to one host
	var both sync.WaitGroup
	for _, page := range []*tab{p, other} {
		both.Go(func() {
			var codes []string
			page.run(t, `Promise.all(Array.from({length: 3}, () => call('POST', '/auth/refresh'))).then(all => all.map(a => JSON.parse(a.text).meta.code))`, &codes)
			for _, code := range codes {
				if code != "TOKENS_REFRESHED" {
					t.Errorf("a refresh beside others: %s", code)
				}
			}
		})
	}
	both.Wait()
	home.apart()
	p.want(t, "TOKENS_REFRESHED", "POST", "/auth/refresh", nil)
	other.want(t, "CURRENT_USER_OK", "GET", "/auth/me", nil)

	p.want(t, "LOGGED_OUT", "POST", "/auth/logout", nil)
	for _, page := range []*tab{p, other} {
		page.want(t, "ACCESS_TOKEN_MISSING", "GET", "/auth/me", nil)
		page.want(t, "REFRESH_TOKEN_NOT_FOUND", "POST", "/auth/refresh", nil)
	}
}

// otherOrigins: a page of the same site but another origin, one of another
// site, and one that is allowed.
func otherOrigins(t *testing.T, b *browser) {
	friend := openSite(t, "localhost", freePort(t), nil)
	s, home := behindSite(t, env{"ALLOWED_ORIGINS": friend.origin})
	neighbour := openSite(t, "localhost", freePort(t), nil)
	stranger := openSite(t, "127.0.0.1", freePort(t), nil)

	p := b.open(t, home.origin+"/page")
	who := p.logIn(t, s)
	home.passed()

	for _, tt := range []struct {
		name string
		from *site
		bare string // what a request without CORS comes to
		want []seen
	}{
		// Same site: the browser adds the cookies, we refuse.
		{"neighbour", neighbour, "opaque", []seen{
			{"POST", "/auth/logout", "CROSS_ORIGIN", true},
			{"POST", "/auth/logout", "CROSS_ORIGIN", true},
			{"OPTIONS", "/auth/logout/all", "CROSS_ORIGIN", false},
			{"GET", "/auth/new-token", "CROSS_ORIGIN", true},
		}},
		// Another site: SameSite=Strict, so that the browser adds none, and
		// Cross-Origin-Resource-Policy, so that it keeps the answer to itself.
		{"stranger", stranger, "blocked", []seen{
			{"POST", "/auth/logout", "ACCESS_TOKEN_MISSING", false},
			{"POST", "/auth/logout", "ACCESS_TOKEN_MISSING", false},
			{"OPTIONS", "/auth/logout/all", "CROSS_ORIGIN", false},
			{"GET", "/auth/new-token", "ACCESS_TOKEN_MISSING", false},
		}},
	} {
		evil := b.open(t, tt.from.origin+"/page")
		if g := evil.call(t, "POST", home.origin+"/auth/logout", nil, "{mode: 'no-cors'}"); g.Type != tt.bare || g.Status != 0 {
			t.Errorf("%s: without CORS the script sees %+v, want %s", tt.name, g, tt.bare)
		}
		for _, blocked := range []glimpse{
			evil.call(t, "POST", home.origin+"/auth/logout", nil, "{}"),
			evil.call(t, "POST", home.origin+"/auth/logout/all", map[string]bool{"keepCurrent": false}, "{}"),
			evil.call(t, "GET", home.origin+"/auth/new-token", nil, "{}"),
		} {
			if blocked.Type != "blocked" {
				t.Errorf("%s: the script sees %+v, want that it is blocked", tt.name, blocked)
			}
		}
		if diff := cmp.Diff(tt.want, home.passed(), cmp.AllowUnexported(seen{})); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.name, diff)
		}
	}
	p.want(t, "CURRENT_USER_OK", "GET", "/auth/me", nil) // nothing of that did anything

	allowed := b.open(t, friend.origin+"/page")
	if a := allowed.want(t, "CURRENT_USER_OK", "GET", home.origin+"/auth/me", nil); !strings.Contains(string(a.Data), who.Email) {
		t.Errorf("the allowed page is told %s", a.Data)
	}
	allowed.want(t, "ALL_SESSIONS_REVOKED", "POST", home.origin+"/auth/logout/all", map[string]bool{"keepCurrent": false})
	p.want(t, "ACCESS_TOKEN_MISSING", "GET", "/auth/me", nil)
}

// ownPages: the manual and the mailbox load without a complaint on the console
// and without a request to anybody else.
func ownPages(t *testing.T, b *browser) {
	s := start(t, "dev", quick())
	c, who := s.client(), newPerson()
	c.want(t, "USER_CREATED", "POST", "/auth/sign-up", who.signUp())
	c.want(t, "OTP_SENT", "POST", "/auth/login", who.logIn())
	code := s.devCode(t, who.Email)
	for _, tt := range []struct{ path, shows string }{
		{"/docs", "/auth/login/verify"}, {"/dev/mail", code}, {"/dev/mail?to=" + who.Email, code},
	} {
		t.Run(tt.path, func(t *testing.T) {
			p := b.open(t, s.base+tt.path)
			var text string
			p.run(t, "document.body.innerText", &text)
			if !strings.Contains(text, tt.shows) {
				t.Errorf("the page does not show what it should:\n%s", tail(text))
			}
			if trouble := p.trouble(t, s.base); len(trouble) > 0 {
				t.Errorf("%d troubles:\n%s", len(trouble), strings.Join(trouble, "\n"))
			}
		})
	}
}
