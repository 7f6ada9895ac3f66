package attacks

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// scanners look through mails before their readers do, and follow the links.
var scanners = []string{
	"", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
	"BarracudaCentral/1.0", "Mimecast-URL-Protection", "SafeLinks (Microsoft Office)", "GoogleImageProxy", "Slackbot-LinkExpanding 1.0",
	"facebookexternalhit/1.1", "Proofpoint-URL-Defense",
}

// A mailedCase is one page, and what its link still has to do after the scanners.
type mailedCase struct {
	page, code string
	done       func(s *server, p person, g grant) bool
}

var mailedCases = []mailedCase{
	{unlockPage, "ACCOUNT_UNLOCKED", func(s *server, p person, _ grant) bool {
		return s.one(s.t, "SELECT status FROM users WHERE email = '"+p.Email+"'") == "active"
	}},
	{resetPage, "PASSWORD_CHANGED", func(s *server, p person, _ grant) bool {
		return s.client().must(s.t, p.logIn()).Meta.Code == "INVALID_CREDENTIALS"
	}},
	{disownPage, "SESSION_DISOWNED", func(s *server, _ person, g grant) bool {
		return s.one(s.t, "SELECT end_reason FROM sessions WHERE id = '"+g.SessionID+"'") == "remote_logout"
	}},
}

// TestA14Prefetch: who opens a mailed link changes nothing, however often and
// by whatever program; the person's button still works; and the page gives the
// token to nobody.
func TestA14Prefetch(t *testing.T) {
	t.Parallel()
	s := start(t, lockableOpen())
	for _, tt := range mailedCases {
		for _, how := range []string{"by form", "by JSON"} {
			t.Run(strings.TrimPrefix(tt.page, "/auth/")+" "+how, func(t *testing.T) { prefetched(t, s, tt, how == "by form") })
		}
	}
	t.Run("in Chromium", func(t *testing.T) { prefetchedInBrowser(t, s) })
}

func prefetched(t *testing.T, s *server, tt mailedCase, byForm bool) {
	v, c := judge(t), s.client()
	p, g := c.join(t)
	token := s.linkTo(t, p, tt.page)
	link := tt.page + "?" + url.Values{"token": {token}}.Encode()
	before := s.state()
	for _, agent := range scanners {
		var requests []request
		for _, accept := range []string{"text/html,application/xhtml+xml", "application/json", "*/*"} {
			for _, path := range []string{link, link + "&utm_source=mail", link + "#top"} {
				h := []string{"User-Agent", agent, "Accept", accept}
				requests = append(requests, request{method: http.MethodHead, path: path, headers: h}, get(path, h...), get(path, h...), get(path, h...),
					get(path, append(h, "Purpose", "prefetch", "Sec-Purpose", "prefetch;prerender")...),
					get(path, append(h, "X-HTTP-Method-Override", "POST", "X-Method-Override", "POST")...))
			}
		}
		requests = append(requests, get(link+"&_method=POST", "Accept", "text/html"), request{method: http.MethodOptions, path: link},
			request{method: http.MethodPut, path: link}, request{method: http.MethodPost, path: link}) // a POST without the form's field
		each(requests, func(q request) {
			a := c.must(t, q)
			if a.status >= 500 {
				v.breach(q.method+" by "+agent, "%v", a)
			}
			if a.status == http.StatusOK {
				leaks(v, q.method+" by "+agent, a, token)
			}
		})
	}
	if after := s.state(); after != before {
		v.breach("scanners at "+tt.page, "they changed something:\n%s\nbefore\n%s", after, before)
	}
	body, headers := any(fields{"token": token}), []string{"Accept", "application/json"}
	fresh := newPerson().Password
	if tt.page == resetPage {
		body = fields{"token": token, "password": fresh}
	}
	if byForm {
		form := url.Values{"token": {token}}
		if tt.page == resetPage {
			form.Set("password", fresh)
		}
		body, headers = form.Encode(), []string{"Content-Type", "application/x-www-form-urlencoded", "Accept", "text/html", "Sec-Fetch-Site", "same-origin"}
	}
	a := c.must(t, post(tt.page, body, headers...))
	if a.status != http.StatusOK || !byForm && a.Meta.Code != tt.code || !tt.done(s, p, g) {
		v.breach("the human after the scanners", "%v: %.300s", a, a.body)
	}
	leaks(v, "the answer to the human", a, token)
	if byForm && strings.Contains(string(a.body), token) {
		v.breach("the answer to the human", "the page still holds the token")
	}
}

var (
	loads    = regexp.MustCompile(`(?i)(?:src|href|action|srcset|poster|data)\s*=\s*["']?([^"'\s>]+)|url\(([^)]+)\)|@import\s+([^;]+)`)
	scripted = regexp.MustCompile(`(?i)<script|<iframe|<object|<embed|<meta[^>]+refresh|\son[a-z]+\s*=|javascript:`)
)

// leaks looks for ways on which a page would give its token, or anything, to
// others.
func leaks(v *verdict, variant string, a reply, token string) {
	v.t.Helper()
	if to := a.header.Get("Location"); to != "" {
		v.breach(variant, "it redirects to %s", strings.ReplaceAll(to, token, "TOKEN"))
	}
	if got := a.header.Get("Referrer-Policy"); got != "no-referrer" {
		v.breach(variant, "Referrer-Policy is %q: the next page learns the token", got)
	}
	if got := a.header.Get("Cache-Control"); !strings.Contains(got, "no-store") {
		v.breach(variant, "Cache-Control is %q: the page with the token is kept", got)
	}
	for name, values := range a.header {
		if strings.Contains(strings.Join(values, " "), token) {
			v.breach(variant, "the header %s holds the token", name)
		}
	}
	if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		return
	}
	if policy := a.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "form-action 'self'") {
		v.breach(variant, "Content-Security-Policy is %q", policy)
	}
	page := string(a.body)
	if found := scripted.FindString(page); found != "" {
		v.breach(variant, "the page has %q", found)
	}
	for _, m := range loads.FindAllStringSubmatch(page, -1) {
		to := strings.Trim(m[1]+m[2]+m[3], `"' `)
		if !strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "data:") && !strings.HasPrefix(to, "#") || strings.HasPrefix(to, "//") {
			v.breach(variant, "the page leads to %q", to)
		}
		if strings.Contains(to, token) {
			v.breach(variant, "an address on the page holds the token")
		}
	}
	// That of the button, and that of the other language.
	if n, held := strings.Count(page, token), strings.Count(page, `<input type="hidden" name="token" value="`+token+`">`); n != held || n > 2 {
		v.breach(variant, "the token stands %d times on the page, %d of them in hidden fields", n, held)
	}
}
