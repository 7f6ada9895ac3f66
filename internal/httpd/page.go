package httpd

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/latchkey/latchkey/internal/auth"
)

// PageView is what a mailed link's page shows.
type PageView struct {
	Page     string // "unlock", "reset", "disown"
	Step     string // "ask", "done", "problem"
	Tenant   string // name of the tenant, "" where it is not known
	Action   string // path that the form posts to
	Token    string // hidden field of the form
	Text     string // what happened, for people
	Problems []string
}

// asPage reports whether the answer is a page: to a browser that follows a
// link, and to the form on the page.
func (x *exchange) asPage() bool {
	rt := x.table
	if rt == nil || rt.page == "" || x.server.config.Page == nil {
		return false
	}
	if x.r.Method == http.MethodPost {
		return isForm(x.r.Header)
	}
	return strings.Contains(x.r.Header.Get("Accept"), "text/html")
}

// writePage sends an envelope as a page.
func (x *exchange) writePage(e envelope) {
	v := PageView{Page: x.table.page, Action: x.r.URL.Path, Text: e.Message, Step: "problem"}
	switch {
	case e.Meta.Status == "success" && x.r.Method != http.MethodPost:
		v.Step = "ask"
	case e.Meta.Status == "success":
		v.Step = "done"
	case e.Meta.Code == auth.ErrValidation.Code && !slices.ContainsFunc(e.Meta.Fields, notPassword):
		v.Step = "ask"
		for _, f := range e.Meta.Fields {
			v.Problems = append(v.Problems, f.Problem)
		}
	}
	if ready, ok := e.Data.(auth.LinkReady); ok {
		v.Tenant = ready.TenantName
	}
	if v.Step == "ask" {
		v.Token = x.linkToken
	}
	h := x.w.Header()
	kind, policy := "text/html; charset=utf-8", x.server.config.PagePolicy
	body, err := x.server.config.Page(v)
	if err != nil { // what was done is done, and is said in plain words
		x.server.log.ErrorContext(x.r.Context(), "page not written", "page", v.Page, "error", err.Error())
		kind, policy, body = "text/plain; charset=utf-8", h.Get("Content-Security-Policy"), []byte(e.Message+"\n")
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Security-Policy", policy)
	h.Add("Vary", "Accept")
	x.w.WriteHeader(e.HTTPStatus)
	_, _ = x.w.Write(body) // who no longer listens needs no answer
}

func notPassword(f auth.FieldProblem) bool { return f.Field != "password" }

// isForm reports whether the body is that of the form on a page.
func isForm(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && kind == "application/x-www-form-urlencoded" && len(h.Values("Content-Type")) == 1
}

// read fills a rule's input from where the route takes it: the body, the query
// of a link, or the form on its page.
func (x *exchange) read(into any) error {
	rt := x.table
	switch {
	case rt.linked && x.r.Method != http.MethodPost:
		if err := decode(x.r, &none{}); err != nil { // as every GET: a body says nothing
			return err
		}
		query, err := url.ParseQuery(x.r.URL.RawQuery)
		if err != nil {
			return invalidBody("token", "is not readable")
		}
		// What else hangs on a link, mail programs and trackers put there.
		return x.fill(url.Values{"token": query["token"]}, into)
	case rt.page != "" && isForm(x.r.Header):
		switch x.r.Header.Get("Sec-Fetch-Site") {
		case "", "same-origin", "none":
		default: // a page of somebody else's
			return auth.ErrCrossOrigin
		}
		body, err := readBody(x.r)
		if err != nil {
			return err
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return invalidBody("body", "is no form")
		}
		return x.fill(form, into)
	}
	return decode(x.r, into)
}

// fill is decode for the values of a query or a form, as strict: each name once,
// and known.
func (x *exchange) fill(values url.Values, into any) error {
	one := map[string]string{}
	for name, all := range values {
		if len(all) > 1 {
			return invalidBody(fieldOf(jsontext.Pointer("").AppendToken(name)), "is given twice")
		}
		if len(all) == 1 {
			one[name] = all[0]
		}
	}
	x.linkToken = one["token"]
	body, err := json.Marshal(one)
	if err != nil { // not UTF-8
		return invalidBody("body", "is not valid UTF-8")
	}
	if err := json.Unmarshal(body, into, json.RejectUnknownMembers(true)); err != nil {
		return explain(err)
	}
	return nil
}
