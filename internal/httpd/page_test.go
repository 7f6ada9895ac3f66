package httpd_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/httpd"
)

// shown is a page as the test's renderer writes it.
type shown struct {
	answer
	view httpd.PageView
}

// newPages opens a world whose pages are their views as JSON.
func newPages(t *testing.T, change ...func(*httpd.Config)) *world {
	return newWorld(t, append(change, func(c *httpd.Config) {
		c.Page = func(w http.ResponseWriter, _ *http.Request, v httpd.PageView) error {
			if v.Tenant == "unwritable" {
				return errors.New("no page")
			}
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(v.Status)
			return json.NewEncoder(w).Encode(v)
		}
	})...)
}

// browse sends what a browser sends when a person follows a link or presses the
// button: a GET of the link, or the form of the page.
func (w *world) browse(t *testing.T, path string, form url.Values, headers ...string) shown {
	t.Helper()
	method, body := http.MethodGet, ""
	headers = append([]string{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}, headers...)
	if form != nil {
		method, body = http.MethodPost, form.Encode()
		headers = append(headers, "Content-Type", "application/x-www-form-urlencoded")
	}
	a := w.plain(t, method, path, body, headers...)
	out := shown{answer: a}
	if strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		must(t, json.Unmarshal(a.body, &out.view))
	}
	return out
}

// plain sends a request whose answer need not be an envelope.
func (w *world) plain(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	must(t, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	resp, err := w.client.Do(r)
	must(t, err)
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	must(t, err)
	return answer{request: method + " " + path, status: resp.StatusCode, header: resp.Header, body: read}
}

func (s shown) want(t *testing.T, status int, v httpd.PageView) {
	t.Helper()
	v.Status = status
	if diff := cmp.Diff(v, s.view); s.status != status || diff != "" {
		t.Errorf("%s: got %d, want %d, and\n%s", s.request, s.status, status, diff)
	}
}

// TestALinkOpensAPageAndItsButtonDoesIt: a person needs no header and no script,
// and whoever follows the link without pressing the button changes nothing.
func TestALinkOpensAPageAndItsButtonDoesIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		page, path  string
		link        func(*world) string
		ready, code string
		done        string
	}{
		{"unlock", "/auth/unlock", func(w *world) string { return w.lockedLink(t) }, "UNLOCK_READY", "ACCOUNT_UNLOCKED", "The account is unlocked."},
		{"disown", "/auth/disown", func(w *world) string { return w.strangeLogin(t) }, "DISOWN_READY", "SESSION_DISOWNED", "The session has been ended, and a link for a new password has been sent."},
	} {
		w := newPages(t)
		token := c.link(w)
		link := c.path + "?token=" + token + "&utm_source=mail"
		before := w.dump(t)
		for range 3 {
			a := w.browse(t, link, nil)
			ask := httpd.PageView{Page: c.page, Step: "ask", TenantID: "default", Tenant: "Latchkey", Action: c.path, Token: token, Code: c.ready, Text: a.view.Text}
			a.want(t, 200, ask)
			if head := w.plain(t, "HEAD", link, "", "Accept", "text/html"); head.status != 200 || len(head.body) > 0 {
				t.Errorf("HEAD %s: got %d", c.path, head.status)
			}
		}
		same(t, before, w.dump(t))
		form := url.Values{"token": {token}}
		w.browse(t, c.path, form, "Sec-Fetch-Site", "same-origin", "Origin", "null").
			want(t, 200, httpd.PageView{Page: c.page, Step: "done", TenantID: "default", Tenant: "Latchkey", Action: c.path, Code: c.code, Text: c.done})
		w.browse(t, c.path, form).
			want(t, 400, httpd.PageView{Page: c.page, Step: "problem", Action: c.path, Code: "INVALID_OR_EXPIRED_TOKEN", Text: "This link has expired or was used. Please ask for a new one."})
	}
}

// TestTheResetPageAsksAgain: a password that is refused leaves the link good and
// the form on the page.
func TestTheResetPageAsksAgain(t *testing.T) {
	t.Parallel()
	w := newPages(t)
	token := w.resetLink(t)
	a := w.browse(t, "/auth/password/reset", url.Values{"token": {token}, "password": {"short"}})
	a.want(t, 400, httpd.PageView{
		Page: "reset", Step: "ask", TenantID: "default", Tenant: "Latchkey", Action: "/auth/password/reset", Token: token,
		Code: "VALIDATION_FAILED", Text: a.view.Text, Fields: []auth.FieldProblem{{Field: "password", Problem: "must have at least 8 characters"}},
	})
	w.browse(t, "/auth/password/reset", url.Values{"token": {token}, "password": {"loud-comet-17-harbour"}}).
		want(t, 200, httpd.PageView{Page: "reset", Step: "done", TenantID: "default", Tenant: "Latchkey", Action: "/auth/password/reset", Code: "PASSWORD_CHANGED", Text: "The password has been changed."})
}

// TestFormsThatAreNotOurs change nothing, and are told so on a page.
func TestFormsThatAreNotOurs(t *testing.T) {
	t.Parallel()
	w := newPages(t)
	token := w.lockedLink(t)
	before := w.dump(t)
	for name, c := range map[string]struct {
		form    url.Values
		headers []string
		status  int
	}{
		"of another site":    {url.Values{"token": {token}}, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"of a neighbour":     {url.Values{"token": {token}}, []string{"Sec-Fetch-Site", "same-site"}, 403},
		"with a field twice": {url.Values{"token": {token, token}}, nil, 400},
		"with more":          {url.Values{"token": {token}, "role": {"admin"}}, nil, 400},
		"with nothing":       {url.Values{}, nil, 400},
		"for another tenant": {url.Values{"token": {token}}, []string{"X-Tenant-Id", coded}, 400},
	} {
		a := w.browse(t, "/auth/unlock", c.form, c.headers...)
		if a.status != c.status || a.view.Step != "problem" || a.view.Token != "" {
			t.Errorf("a form %s: got %d and %+v", name, a.status, a.view)
		}
	}
	same(t, before, w.dump(t))
}

// TestAPageThatCannotBeWritten is said in plain words: what was done is done.
func TestAPageThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	w := newPages(t)
	w.sql(t, `UPDATE tenants SET name = 'unwritable' WHERE slug = 'default'`)
	a := w.browse(t, "/auth/unlock?token="+w.lockedLink(t), nil)
	if a.status != 200 || string(a.body) != "This link unlocks the account. Nothing has been changed yet.\n" ||
		!strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") {
		t.Errorf("got %d %q", a.status, a.body)
	}
}
