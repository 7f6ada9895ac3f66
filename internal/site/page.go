package site

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

//go:embed pages
var pageFiles embed.FS

// pages are the templates by their name, such as "login". Each is parsed when it
// is first shown: most never are in the life of a process, and all of them
// together would take megabytes and a tenth of its start.
type pages map[string]func() (*template.Template, error)

// policy lets our own sheet and script in and nothing that is in the page
// itself (ASVS 5.0 V3.4.3). Logos are data: URLs.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// linkPolicy is policy for pages with the token of a mailed link: nothing runs.
const linkPolicy = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// devPolicy is policy with the mailbox in a frame beside the page.
const devPolicy = policy + "; frame-src 'self'"

// loadPages finds every page and its frame, which is that of its folder.
func loadPages() (pages, error) {
	all := pages{}
	for _, folder := range []string{"outside", "account", "console"} {
		files, err := pageFiles.ReadDir("pages/" + folder)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if name, found := strings.CutSuffix(f.Name(), ".html"); found {
				all[name] = sync.OnceValues(func() (*template.Template, error) {
					return template.New("layout.html").Funcs(template.FuncMap{"list": list}).
						ParseFS(pageFiles, "pages/*.html", "pages/"+folder+"/frame/*.html", "pages/"+folder+"/"+f.Name())
				})
			}
		}
	}
	return all, nil
}

// list makes a list of what a template hands on.
func list(values ...any) []any { return values }

// page is what is shown.
type page struct {
	name   string            // of the template
	title  string            // which text is its title; "": "name.title"
	data   any               // of its own
	failed *answer           // why a form was not accepted
	fields map[string]string // names of fields in the API's answer, where the form has other ones
}

// sight is what templates work with.
type sight struct {
	*visit
	Page     string
	Heading  string
	Data     any
	Brand    brand
	Problem  string            // why the form was not accepted
	Problems map[string]string // by field
	Done     string            // what was done before this page
}

// render answers with a page.
func (v *visit) render(status int, p page) {
	if err := v.write(status, p); err != nil {
		v.Log.ErrorContext(v.r.Context(), "page not shown", "page", p.name, "error", err.Error())
		http.Error(v.w, v.words.say(v.lang, auth.ErrInternal.Code), http.StatusInternalServerError)
	}
}

// write answers with a page, or returns an error and has written nothing.
func (v *visit) write(status int, p page) error {
	s := sight{visit: v, Page: p.name, Heading: v.T(cmp.Or(p.title, p.name+".title")), Data: p.data, Brand: v.brand(), Problems: map[string]string{}, Done: v.said()}
	if p.failed != nil {
		s.Problem, s.Problems = v.explain(p.name, *p.failed, p.fields)
	}
	t, err := v.pages[p.name]()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "layout.html", s); err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", v.policy())
	h.Set("Content-Language", v.lang)
	h.Add("Vary", "Accept-Language, Cookie")
	if p.failed != nil && p.failed.Meta.RetryAfter > 0 {
		h.Set("Retry-After", fmt.Sprint(p.failed.Meta.RetryAfter))
	}
	v.w.WriteHeader(status)
	_, _ = v.w.Write(b.Bytes()) // who no longer listens needs no answer
	return nil
}

// policy is the Content-Security-Policy of the page.
func (v *visit) policy() string {
	switch {
	case v.linked:
		return linkPolicy
	case v.Dev:
		return devPolicy
	}
	return policy
}

// again shows a form once more, with what was wrong with it.
func (v *visit) again(p page, a answer) {
	p.failed = &a
	v.render(a.Status, p)
}

// failed answers where there is no form to show again.
func (v *visit) failed(a answer) {
	name := "problem"
	switch {
	case v.key != "" && a.Status == http.StatusUnauthorized: // it was revoked meanwhile
		v.setCookie(keyCookie, "", console, 0)
		v.say(a.Meta.Code)
		v.see(v.address(console + "/enter"))
		return
	case v.staff:
		name = "console-problem"
	}
	v.render(a.Status, page{name: name, failed: &a})
}

// refuse answers with a code of the API's that it was not asked for.
func (v *visit) refuse(status int, code string) {
	var a answer
	a.Status, a.Meta.Code = status, code
	v.failed(a)
}

// explain says what the API found wrong, as a whole and by field. A page may
// have words of its own for a code, and for the reason behind one.
func (v *visit) explain(name string, a answer, names map[string]string) (whole string, fields map[string]string) {
	fields = map[string]string{}
	for _, f := range a.Meta.Fields {
		fields[cmp.Or(names[f.Field], f.Field)] = v.problem(f.Problem)
	}
	code := a.Meta.Code
	switch {
	case a.Meta.AttemptsLeft != nil && v.words.has(code):
		return v.T(code, *a.Meta.AttemptsLeft), fields
	case a.Meta.RetryAfter > 0 && v.words.has(code+".after"):
		return v.T(code+".after", v.span(time.Duration(a.Meta.RetryAfter)*time.Second)), fields
	}
	for _, key := range []string{code + "." + a.Meta.Reason, name + "." + code, code} {
		if v.words.has(key) {
			return v.T(key), fields
		}
	}
	return a.Message, fields
}

// problem is what the API says of a field, in the language of the page where
// it is known there: as it is, else with # for each number that is in it.
func (v *visit) problem(text string) string {
	if v.words.has("problem." + text) {
		return v.T("problem." + text)
	}
	var numbers []any
	name := "problem." + number.ReplaceAllStringFunc(text, func(n string) string {
		numbers = append(numbers, n)
		return "#"
	})
	if len(numbers) == 0 || !v.words.has(name) {
		return text
	}
	return v.T(name, numbers...)
}

// number is what differs between problems of one kind: 8, 15m, 1h30m.
var number = regexp.MustCompile(`\b[0-9][0-9smhd]*\b`)

// T is a text of the page.
func (v *visit) T(name string, values ...any) string { return v.words.say(v.lang, name, values...) }

// The rest of what templates ask for.

// Lang is the language of the page.
func (v *visit) Lang() string { return v.lang }

// Me is who is logged in, nil for nobody.
func (v *visit) Me() *me { return v.me }

// Param is what the address or the form says.
func (v *visit) Param(name string) string { return v.param(name) }

// Goal is where the visit goes on to after a login.
func (v *visit) Goal() string { return v.goal() }

// Typed is what was typed into a field, to be shown once more, else what is in
// it at first; never a password.
func (v *visit) Typed(name string) string {
	if v.r.Method == http.MethodPost {
		return v.r.PostFormValue(name)
	}
	return v.filled[name]
}

// To is another page's address, with the tenant and the goal of this one.
func (v *visit) To(path string, more ...string) string { return v.address(path, more...) }

// Held is what the page was opened with and may stand in no address of another:
// the token of a mailed link.
func (v *visit) Held() string { return v.held }

// Linked reports whether a mailed link opened the page, which then has no script:
// none could read the token.
func (v *visit) Linked() bool { return v.linked }

// Lettered reports whether the mailbox of development stands beside the page, as
// it does but where it led to.
func (v *visit) Lettered() bool { return v.Dev && !v.linked }

// Lone reports whether the page cannot be shown once more in another language.
func (v *visit) Lone() bool { return v.lone }

// Path is where this page is.
func (v *visit) Path() string { return v.r.URL.Path }

// Here reports whether the page is at that address or below it.
func (v *visit) Here(path string) bool {
	return v.r.URL.Path == path || strings.HasPrefix(v.r.URL.Path, path+"/")
}

// Sheet and Script are the addresses of the style sheet and the script.
func (v *visit) Sheet() string  { return v.static.sheet }
func (v *visit) Script() string { return v.static.code }

// InLanguage is the address of this page in another language.
func (v *visit) InLanguage(lang string) string {
	q := v.way()
	q.Set("lang", lang)
	return (&url.URL{Path: v.r.URL.Path, RawQuery: q.Encode()}).RequestURI()
}

// Clock is the time now.
func (v *visit) Clock() time.Time { return v.Now() }
