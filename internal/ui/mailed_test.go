package ui

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

const tokenCanary = "Zk3vQ-canary_0aB9cD8eF7gH6iJ5kL4mN3oP2qR1sT0uV"

// views is every step of every page, and the password that was not accepted.
func views() map[string]View {
	all := map[string]View{}
	for _, p := range []string{PageUnlock, PageReset, PageDisown, PageInvitation} {
		for _, s := range []string{StepAsk, StepAgain, StepDone, StepProblem} {
			all[p+" "+s] = View{Page: p, Step: s, Tenant: "Acme", Action: "/auth/" + p, Token: tokenCanary, Text: "This is what happened."}
		}
	}
	again := all[PageReset+" "+StepAsk]
	again.Problems = []string{"It is too short.", "Many people use it."}
	all["reset ask again"] = again
	fresh := all[PageInvitation+" "+StepAsk]
	fresh.Email, fresh.Role, fresh.NewAccount, fresh.Color = "ben@example.com", "clerk", true, "#0b5fff"
	all["invitation new account"] = fresh
	return all
}

// shown renders a view and reads it as a browser does.
func shown(t *testing.T, v View) (*html.Node, string) {
	t.Helper()
	set, err := Pages("Latchkey")
	if err != nil {
		t.Fatal(err)
	}
	page, err := set.Render(v)
	if err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return root, string(page)
}

func byID(root *html.Node, id string) *html.Node {
	for _, n := range all(root) {
		if attribute(n, "id") == id {
			return n
		}
	}
	return nil
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

func TestMailedPagesAreAccessible(t *testing.T) {
	for name, v := range views() {
		t.Run(name, func(t *testing.T) {
			root, _ := shown(t, v)
			if got := attribute(all(root, "html")[0], "lang"); got != "en" {
				t.Errorf("lang: got %q, want en", got)
			}
			forms := 0
			if v.Step == StepAsk || v.Step == StepAgain {
				forms = 1
			}
			for name, want := range map[string]int{
				"title": 1, "h1": 1, "main": 1, "header": 1, "form": forms, "button": forms, "script": 0, "style": 0, "img": 0, "iframe": 0, "a": 0,
			} {
				if got := len(all(root, name)); got != want {
					t.Errorf("<%s>: got %d, want %d", name, got, want)
				}
			}
			title, heading := text(all(root, "title")[0]), text(all(root, "h1")[0])
			if heading == "" || !strings.Contains(title, heading+" – Acme (Latchkey)") {
				t.Errorf("title %q, heading %q: want the title to be the heading and the place", title, heading)
			}
			for _, n := range all(root) {
				for _, id := range strings.Fields(attribute(n, "aria-describedby") + " " + attribute(n, "for")) {
					if byID(root, id) == nil {
						t.Errorf("<%s> names %q, which is not there", n.Data, id)
					}
				}
			}
		})
	}
}

func TestAMailedPageAsksFirst(t *testing.T) {
	for page, button := range map[string]string{PageUnlock: "Unlock my account", PageReset: "Set a new password", PageDisown: "This was not me", PageInvitation: "Accept the invitation"} {
		t.Run(page, func(t *testing.T) {
			v := views()[page+" "+StepAsk]
			root, _ := shown(t, v)
			form := all(root, "form")[0]
			for name, want := range map[string]string{"method": "post", "action": v.Action, "enctype": "application/x-www-form-urlencoded"} {
				if got := attribute(form, name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
			fields := map[string]string{}
			for _, n := range all(form, "input", "button") {
				fields[attribute(n, "name")] = attribute(n, "type") + " " + attribute(n, "value")
			}
			want := map[string]string{"token": "hidden " + tokenCanary, "": "submit "}
			if page == PageReset {
				want["password"] = "password "
			}
			if fmt.Sprint(fields) != fmt.Sprint(want) {
				t.Errorf("fields: got %q, want %q", fields, want)
			}
			if got := text(all(form, "button")[0]); got != button || text(all(root, "h1")[0]) != button {
				t.Errorf("got button %q, want %q, and the heading likewise", got, button)
			}
			if said := text(all(root, "main")[0]); !strings.Contains(said, "Nothing has happened yet.") || strings.Contains(said, v.Text) {
				t.Errorf("the page does not say that nothing has happened: %s", said)
			}
		})
	}
}

func TestTheNewPassword(t *testing.T) {
	for name, again := range map[string]bool{"reset ask": false, "reset ask again": true} {
		t.Run(name, func(t *testing.T) {
			v := views()[name]
			root, _ := shown(t, v)
			field := byID(root, "password")
			for name, want := range map[string]string{"autocomplete": "new-password", "minlength": "8", "pattern": ".{8,128}"} {
				if got := attribute(field, name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
			// It would cut off the end of a password that is pasted, unseen.
			if has(field, "maxlength") || !has(field, "required") {
				t.Error("the field has a maxlength, or may be left empty")
			}
			if got := attribute(all(root, "label")[0], "for"); got != "password" {
				t.Errorf("the label is for %q", got)
			}
			if got := text(byID(root, "rules")); !strings.Contains(got, "8 to 128 characters") {
				t.Errorf("the rules are %q", got)
			}
			described := "rules"
			if again {
				described = "problems rules"
				for _, p := range v.Problems {
					if !strings.Contains(text(byID(root, "problems")), p) {
						t.Errorf("the problem %q is not shown", p)
					}
				}
			}
			if got := attribute(field, "aria-describedby"); got != described {
				t.Errorf("described by %q, want %q", got, described)
			}
			if got := attribute(field, "aria-invalid") == "true"; got != again || has(field, "autofocus") != again {
				t.Errorf("marked as wrong and focused: got %v, want %v", got, again)
			}
			if got := strings.HasPrefix(text(all(root, "title")[0]), "Not accepted: "); got != again {
				t.Errorf("told in the title: got %v, want %v", got, again)
			}
		})
	}
}

func TestAMailedPageSaysWhatHappened(t *testing.T) {
	for _, page := range []string{PageUnlock, PageReset, PageDisown, PageInvitation} {
		for step, want := range map[string]string{StepDone: "You can close this page", StepProblem: "What you can do now"} {
			root, _ := shown(t, views()[page+" "+step])
			said := text(all(root, "main")[0])
			if !strings.Contains(said, "This is what happened.") || !strings.Contains(said, want) {
				t.Errorf("%s, %s: got %q, want what happened and %q", page, step, said, want)
			}
		}
	}
}

// TestTheTokenStaysInItsField: not in an address, a title or a comment, and not
// on a page that has no use for it.
func TestTheTokenStaysInItsField(t *testing.T) {
	for name, v := range views() {
		root, page := shown(t, v)
		want := 0
		if v.Step == StepAsk || v.Step == StepAgain {
			want = 1
		}
		if got := strings.Count(page, tokenCanary); got != want {
			t.Errorf("%s: the token stands %d times, want %d", name, got, want)
		}
		for _, n := range all(root, "input") {
			if attribute(n, "type") != "hidden" && attribute(n, "value") != "" {
				t.Errorf("%s: the field %s is filled in", name, attribute(n, "name"))
			}
		}
	}
}

func TestMailedPagesLoadOnlyTheSheet(t *testing.T) {
	set, err := Pages("Latchkey")
	if err != nil {
		t.Fatal(err)
	}
	path, sheet := set.Style()
	r := ask(sheet, http.MethodGet, path)
	if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "text/css; charset=utf-8" || r.Header.Get("Cache-Control") != keepForever {
		t.Errorf("%s: got %d %v", path, r.StatusCode, r.Header)
	}
	for name, v := range views() {
		root, _ := shown(t, v)
		for _, n := range all(root) {
			for _, a := range n.Attr {
				switch a.Key {
				case "href", "src", "srcset", "action", "formaction", "data", "poster", "style":
					if a.Val != path && a.Val != "data:," && a.Val != v.Action {
						t.Errorf("%s: <%s %s=%q> leads elsewhere", name, n.Data, a.Key, a.Val)
					}
				}
			}
		}
	}
}

func TestMailedPagesAreEscaped(t *testing.T) {
	const hostile = `</title></textarea><script>alert(1)</script><img src=//evil.test onerror=alert(1)>"'><a href="javascript:alert(1)">`
	for name, v := range views() {
		v.Tenant, v.Text, v.Token, v.Action = hostile, hostile, hostile, v.Action+"?"+hostile
		v.Email, v.Role, v.Color, v.Logo = hostile, hostile, hostile, hostile
		if v.Problems != nil {
			v.Problems = []string{hostile}
		}
		root, _ := shown(t, v)
		if !strings.Contains(text(root), "<script>alert(1)</script>") {
			t.Errorf("%s: the hostile text is not on the page, so the test shows nothing", name)
		}
		for _, n := range all(root, "script", "img", "a") {
			t.Errorf("%s: <%s> came out of a value", name, n.Data)
		}
		for _, n := range all(root, "input") {
			if attribute(n, "name") == "token" && attribute(n, "value") != hostile {
				t.Errorf("%s: the token is %q", name, attribute(n, "value"))
			}
		}
	}
}

// TestANewAccount: who has none gives a name and a password.
func TestANewAccount(t *testing.T) {
	root, _ := shown(t, views()["invitation new account"])
	form := all(root, "form")[0]
	var fields []string
	for _, n := range all(form, "input") {
		fields = append(fields, attribute(n, "name")+" "+attribute(n, "type"))
	}
	if want := []string{"token hidden", "name text", "password password"}; !slices.Equal(fields, want) {
		t.Errorf("got fields %q, want %q", fields, want)
	}
	if said := text(root); !strings.Contains(said, "ben@example.com") || !strings.Contains(said, "clerk") {
		t.Errorf("it does not say for whom it is, and as what: %s", said)
	}
	rect := all(root, "rect")
	if len(rect) != 1 || attribute(rect[0], "fill") != "#0b5fff" {
		t.Errorf("%d bands of colour", len(rect))
	}
}

// TestALogo: a picture is shown when it is one in the address itself, and nothing
// that is fetched or could run.
func TestALogo(t *testing.T) {
	v := views()["invitation ask"]
	for logo, want := range map[string]bool{
		"data:image/png;base64,iVBORw0KGgo=": true, "data:image/jpeg;base64,/9j/": true, "data:image/webp;base64,UklGRg": true,
		"": false, "data:image/svg+xml;base64,PHN2Zz4=": false, "https://evil.test/x.png": false, "data:text/html;base64,PHNjcmlwdD4=": false,
		"data:image/png;base64,iVBORw0KGgo=\" onerror=\"alert(1)": false, "javascript:alert(1)": false, "data:image/png,x": false,
	} {
		v.Logo, v.Color = logo, "red"
		root, _ := shown(t, v)
		images := all(root, "img")
		if got := len(images) == 1 && attribute(images[0], "src") == logo; got != want || len(images) > 1 {
			t.Errorf("%q: %d pictures, want one: %v", logo, len(images), want)
		}
		if len(all(root, "rect")) != 0 {
			t.Error("red is taken for a colour of ours")
		}
	}
}

// TestAgain: who comes at a bad moment keeps the form, and is not told that the
// link is dead.
func TestAgain(t *testing.T) {
	root, page := shown(t, views()["reset again"])
	if said := text(root); !strings.Contains(said, "This is what happened.") || !strings.Contains(said, "Your link is not the reason.") || strings.Contains(said, "new link") {
		t.Errorf("the page says %s", said)
	}
	if strings.Count(page, tokenCanary) != 1 {
		t.Error("the token is not in the form")
	}
	fresh := views()["invitation new account"]
	fresh.Step = StepAgain
	root, _ = shown(t, fresh)
	if byID(root, "name") == nil || byID(root, "password") == nil {
		t.Error("who makes an account cannot give a name and a password again")
	}
}

// TestDisownHidesNothing: who presses that button is told all that it does,
// before and after, and above all that their own devices are forgotten too.
func TestDisownHidesNothing(t *testing.T) {
	for _, step := range []string{StepAsk, StepDone} {
		root, _ := shown(t, views()[PageDisown+" "+step])
		said := text(all(root, "main")[0])
		for _, want := range []string{"every", "that logged in after it", "forg", "those of your own too", "your account", "not known", "new password", "unlocks"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: no %q in %s", step, want, said)
			}
		}
	}
}

func TestAViewThatMakesNoSense(t *testing.T) {
	set, err := Pages("Latchkey")
	if err != nil {
		t.Fatal(err)
	}
	good := views()["reset ask"]
	for name, change := range map[string]func(*View){
		"page":        func(v *View) { v.Page = "welcome" },
		"step":        func(v *View) { v.Step = "" },
		"no token":    func(v *View) { v.Token = "" },
		"no action":   func(v *View) { v.Action = "" },
		"a script":    func(v *View) { v.Action = "javascript:alert(1)" },
		"elsewhere":   func(v *View) { v.Action = "//evil.test/x" },
		"a backslash": func(v *View) { v.Action = `/\evil.test/x` },
		"with a host": func(v *View) { v.Action = "https://evil.test/x" },
	} {
		v := good
		change(&v)
		if page, err := set.Render(v); err == nil || page != nil || strings.Contains(err.Error(), tokenCanary) {
			t.Errorf("%s: got %d bytes, %v; want an error without the token", name, len(page), err)
		}
	}
}

func TestTheTenantIsNamedOnce(t *testing.T) {
	for tenant, want := range map[string]string{"": "Latchkey", "Latchkey": "Latchkey", "Acme": "Acme Latchkey"} {
		v := views()["unlock done"]
		v.Tenant = tenant
		root, _ := shown(t, v)
		if got := text(all(root, "header")[0]); got != want {
			t.Errorf("%q: got %q, want %q", tenant, got, want)
		}
	}
}

func TestPagePolicy(t *testing.T) {
	const want = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
	if PagePolicy != want {
		t.Errorf("got %q, want %q", PagePolicy, want)
	}
}
