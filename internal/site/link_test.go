package site

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/latchkey/latchkey/internal/auth"
)

const tokenCanary = "Zk3vQ-canary_0aB9cD8eF7gH6iJ5kL4mN3oP2qR1sT0uV"

// links is every step of every page, and what can be different on it.
func links() map[string]Link {
	all := map[string]Link{}
	for _, p := range []string{LinkUnlock, LinkReset, LinkDisown, LinkInvitation} {
		for _, s := range []string{StepAsk, StepAgain, StepDone, StepProblem} {
			l := Link{Page: p, Step: s, Status: 200, Action: "/auth/" + p, TenantID: "acme", Tenant: "Acme", Text: "This is what happened."}
			switch s {
			case StepAgain:
				l.Token, l.Code, l.RetryAfter = tokenCanary, "RATE_LIMITED", 90
			case StepProblem:
				l.Code = "INVALID_OR_EXPIRED_TOKEN"
			case StepAsk:
				l.Token = tokenCanary
			}
			all[p+" "+s] = l
		}
	}
	again := all["reset ask"]
	again.Code, again.Fields = "VALIDATION_FAILED", []auth.FieldProblem{{Field: "password", Problem: "must have at least 8 characters"}}
	all["reset ask once more"] = again
	fresh := all["invitation ask"]
	fresh.Email, fresh.Role, fresh.NewAccount, fresh.Color = "ben@example.com", "clerk", true, "#0b5fff"
	all["invitation ask a name"] = fresh
	return all
}

// linkPage answers with a page, by POST where the form was sent already.
func linkPage(t *testing.T, l Link, lang string) (*http.Response, *html.Node, string) {
	t.Helper()
	s, err := New(Config{App: "Latchkey", Base: &url.URL{Scheme: "https", Host: "auth.example.com"}, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	method := http.MethodPost
	if l.Step == StepAsk && l.Fields == nil {
		method = http.MethodGet
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, "https://auth.example.com/auth/"+l.Page, nil)
	r.Header.Set("Accept-Language", lang)
	if err := s.Link(w, r, l); err != nil {
		t.Fatal(err)
	}
	body := w.Body.String()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), root, body
}

func elements(n *html.Node, names ...string) (found []*html.Node) {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && slices.Contains(names, d.Data) {
			found = append(found, d)
		}
	}
	return found
}

func value(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// doing is the form that does what the link is for, nil where there is none.
func doing(root *html.Node) *html.Node {
	for _, f := range elements(root, "form") {
		if value(f, "method") == "post" {
			return f
		}
	}
	return nil
}

func TestALinksPage(t *testing.T) {
	for name, l := range links() {
		for _, lang := range languages {
			t.Run(name+" "+lang, func(t *testing.T) {
				resp, root, body := linkPage(t, l, lang)
				if got := value(elements(root, "html")[0], "lang"); got != lang || resp.Header.Get("Content-Language") != lang {
					t.Errorf("lang: got %q, want %q", got, lang)
				}
				if got := resp.Header.Get("Content-Security-Policy"); got != linkPolicy || len(elements(root, "script")) > 0 {
					t.Errorf("policy %q", got)
				}
				title, heading := textOf(elements(root, "title")[0]), textOf(elements(root, "h1")[0])
				if heading == "" || !strings.HasSuffix(title, heading+" – Acme") {
					t.Errorf("title %q, heading %q", title, heading)
				}
				if got := doing(root) != nil; got != l.Asks() {
					t.Errorf("there is a form: %v, want %v", got, l.Asks())
				}
				said := textOf(elements(root, "main")[0])
				if strings.Contains(said, "This is what happened.") {
					t.Error("it is told in English what there is a text for")
				}
				if strings.Contains(body, "link."+l.Page) || strings.Contains(body, "link."+l.Step) {
					t.Errorf("a text is not there: %s", said)
				}
				if got := strings.Contains(said, text(t, lang, "link.nothing")); got != (l.Step == StepAsk) {
					t.Errorf("it says that nothing has happened: %v", got)
				}
			})
		}
	}
}

func text(t *testing.T, lang, name string) string {
	t.Helper()
	return wordsOf(t).say(lang, name)
}

// TestALinkAsksFirst: each page has one form that does it, with what it takes.
func TestALinkAsksFirst(t *testing.T) {
	for name, want := range map[string][]string{
		"unlock ask": {"token hidden"}, "reset ask": {"token hidden", "password password"}, "disown ask": {"token hidden"},
		"invitation ask": {"token hidden"}, "invitation ask a name": {"token hidden", "name text", "password password"},
		"reset ask once more": {"token hidden", "password password"}, "reset again": {"token hidden", "password password"},
	} {
		l := links()[name]
		_, root, _ := linkPage(t, l, "en")
		form := doing(root)
		var fields []string
		for _, n := range elements(form, "input") {
			fields = append(fields, value(n, "name")+" "+value(n, "type"))
			if value(n, "name") == "password" && (value(n, "autocomplete") != "new-password" || value(n, "value") != "") {
				t.Errorf("%s: the password %v", name, n.Attr)
			}
		}
		if !slices.Equal(fields, want) || value(form, "action") != l.Action {
			t.Errorf("%s: got fields %q to %s, want %q", name, fields, value(form, "action"), want)
		}
		if got := textOf(elements(form, "button")[0]); got != text(t, "en", "link."+l.Page+".button") {
			t.Errorf("%s: the button says %q", name, got)
		}
	}
}

func TestALinkSaysWhatWasWrong(t *testing.T) {
	_, root, _ := linkPage(t, links()["reset ask once more"], "ko")
	said := textOf(elements(root, "main")[0])
	for _, want := range []string{text(t, "ko", "VALIDATION_FAILED"), "8자"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in %s", want, said)
		}
	}
	resp, root, _ := linkPage(t, links()["reset again"], "en")
	if said := textOf(elements(root, "main")[0]); !strings.Contains(said, "Try again in 2 minutes") || !strings.Contains(said, "Your link is not the reason") {
		t.Errorf("the page says %s", said)
	}
	if resp.Header.Get("Retry-After") != "90" {
		t.Error("there is no Retry-After")
	}
	fresh := links()["invitation ask a name"]
	fresh.Name, fresh.Code, fresh.Fields = "Ben Kim", "VALIDATION_FAILED", []auth.FieldProblem{{Field: "password", Problem: "is required"}}
	_, root, _ = linkPage(t, fresh, "en")
	kept := slices.ContainsFunc(elements(root, "input"), func(n *html.Node) bool { return value(n, "name") == "name" && value(n, "value") == "Ben Kim" })
	if !kept {
		t.Error("the name has to be typed once more")
	}
	for _, want := range []string{"ben@example.com", "Clerk", "Acme"} {
		if said := textOf(root); !strings.Contains(strings.ToLower(said), strings.ToLower(want)) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
}

// TestTheTokenStaysInItsFields: not in an address, a title or a comment, and not
// on a page that has no use for it.
func TestTheTokenStaysInItsFields(t *testing.T) {
	for name, l := range links() {
		_, root, body := linkPage(t, l, "en")
		held := 0
		for _, n := range elements(root, "input") {
			if value(n, "type") == "hidden" && value(n, "name") == "token" && value(n, "value") == tokenCanary {
				held++
			}
		}
		if got := strings.Count(body, tokenCanary); got != held || (held > 0) != l.Asks() {
			t.Errorf("%s: the token stands %d times, in %d hidden fields", name, got, held)
		}
	}
}

// TestALinkLeadsOnToItsTenant, and nowhere else.
func TestALinkLeadsOnToItsTenant(t *testing.T) {
	for name, l := range links() {
		_, root, _ := linkPage(t, l, "en")
		for _, n := range elements(root, "a") {
			if to := value(n, "href"); !strings.HasPrefix(to, account+"/") || !strings.HasSuffix(to, "?tenant=acme") {
				t.Errorf("%s leads to %q", name, to)
			}
		}
		if l.Step == StepDone && l.Page != LinkDisown && len(elements(root, "a")) == 0 {
			t.Errorf("%s leads to no login", name)
		}
	}
}

func TestLinksAreEscaped(t *testing.T) {
	const hostile = `</title></textarea><script>alert(1)</script><img src=//evil.test onerror=alert(1)>"'><a id=x href="javascript:alert(1)">`
	for name, l := range links() {
		l.Tenant, l.Text, l.Name, l.Email, l.Role, l.Color, l.Logo, l.TenantID = hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile
		if l.Token != "" {
			l.Token, l.Action = hostile, l.Action+"?"+hostile
		}
		l.Code = "UNKNOWN"
		_, root, _ := linkPage(t, l, "en")
		if !strings.Contains(textOf(root), "<script>alert(1)</script>") {
			t.Errorf("%s: the hostile text is not on the page, so the test shows nothing", name)
		}
		for _, n := range elements(root, "script", "img", "a") {
			if n.Data == "img" || n.FirstChild != nil && n.Data == "script" || value(n, "id") == "x" || strings.HasPrefix(value(n, "href"), "javascript") {
				t.Errorf("%s: <%s> came out of a value", name, n.Data)
			}
		}
		for _, n := range elements(root, "link") {
			if to := value(n, "href"); !strings.HasPrefix(to, account+"/static/site.") && to != "data:," {
				t.Errorf("%s: the sheet %q", name, to)
			}
		}
	}
}

// TestDisownHidesNothing: who presses that button is told all that it does,
// before and after, and above all that their own devices are forgotten too.
func TestDisownHidesNothing(t *testing.T) {
	for _, step := range []string{StepAsk, StepDone} {
		_, root, _ := linkPage(t, links()["disown "+step], "en")
		said := textOf(elements(root, "main")[0])
		for _, want := range []string{"every", "that logged in after it", "forg", "those of your own too", "your account", "not known", "new password", "unlocks"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: no %q in %s", step, want, said)
			}
		}
	}
}

func TestALinkThatMakesNoSense(t *testing.T) {
	s, err := New(Config{App: "Latchkey", Base: &url.URL{}, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	good := links()["reset ask"]
	for name, change := range map[string]func(*Link){
		"page":        func(l *Link) { l.Page = "welcome" },
		"step":        func(l *Link) { l.Step = "" },
		"no token":    func(l *Link) { l.Token = "" },
		"no action":   func(l *Link) { l.Action = "" },
		"a script":    func(l *Link) { l.Action = "javascript:alert(1)" },
		"elsewhere":   func(l *Link) { l.Action = "//evil.test/x" },
		"a backslash": func(l *Link) { l.Action = `/\evil.test/x` },
		"with a host": func(l *Link) { l.Action = "https://evil.test/x" },
	} {
		l := good
		change(&l)
		w := httptest.NewRecorder()
		err := s.Link(w, httptest.NewRequest(http.MethodGet, "/auth/reset", nil), l)
		if err == nil || w.Body.Len() > 0 || len(w.Header()) > 0 || strings.Contains(err.Error(), tokenCanary) {
			t.Errorf("%s: got %d bytes, %v; want an error without the token", name, w.Body.Len(), err)
		}
	}
}
