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
	"github.com/latchkey/latchkey/internal/wire"
)

// PageView is what a mailed link's page shows.
type PageView struct {
	Page     string // "unlock", "reset", "disown", "invitation"
	Step     string // "ask", "again", "done", "problem"
	Tenant   string // name of the tenant, "" where it is not known
	Action   string // path that the form posts to
	Token    string // hidden field of the form
	Text     string // what happened, for people
	Problems []string

	Email      string // whom an invitation is for
	Role       string // that it gives
	NewAccount bool   // whether accepting it takes a name and a password
	Color      string // of the tenant's brand, #rrggbb; "" for none
	Logo       string // its picture as a data: URL; "" for none
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
	posted := x.r.Method == http.MethodPost
	switch {
	case e.Meta.Status == "success" && posted:
		v.Step = "done"
	case e.Meta.Status == "success":
		v.Step = "ask"
	case e.Meta.Code == auth.ErrValidation.Code && x.linkToken != "" && !slices.ContainsFunc(e.Meta.Fields, notOnPage):
		v.Step = "ask"
		v.find(e.Meta.Fields)
	case e.HTTPStatus == http.StatusTooManyRequests || e.HTTPStatus == http.StatusServiceUnavailable:
		x.recallLink()
		if x.linkToken != "" { // nothing is wrong with it
			v.Step = "again"
		}
	}
	if v.Step == "ask" || v.Step == "again" {
		v.Token = x.linkToken
		v.NewAccount = v.NewAccount || v.Page == invitationPage && x.newAccount
	}
	v.show(e.Data)
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

// notOnPage reports whether a problem is with none of the fields that a person
// fills in on a page.
func notOnPage(f auth.FieldProblem) bool { return f.Field != "password" && f.Field != "name" }

// find adds what is wrong with what was filled in. Where two fields can be, it
// says with which; and those are asked only of who gets a new account.
func (v *PageView) find(problems []auth.FieldProblem) {
	v.NewAccount = v.Page == invitationPage
	for _, f := range problems {
		if v.NewAccount {
			f.Problem = f.Field + " " + f.Problem
		}
		v.Problems = append(v.Problems, f.Problem)
	}
}

// show adds what a link that was looked at is for.
func (v *PageView) show(data any) {
	ready, isReady := data.(auth.LinkReady)
	if i, ok := data.(auth.InvitationReady); ok {
		ready, isReady = i.LinkReady, true
		v.Email, v.Role, v.NewAccount = i.Email, i.Role, i.NewAccount
	}
	if j, ok := data.(auth.Joined); ok {
		ready, isReady = j.Link, true
	}
	if isReady {
		v.Tenant, v.Color, v.Logo = ready.TenantName, ready.Color, ready.Logo
	}
}

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
		return x.fill(into)
	case rt.page != "" && isForm(x.r.Header):
		switch x.r.Header.Get("Sec-Fetch-Site") {
		case "", "same-origin", "none":
		default: // a page of somebody else's
			return auth.ErrCrossOrigin
		}
		return x.fill(into)
	}
	if err := decode(x.r, into); err != nil {
		return err
	}
	return x.bind(into)
}

// link reads what came by a link or by the form on its page.
func (x *exchange) link() (url.Values, error) {
	if x.r.Method != http.MethodPost {
		query, err := url.ParseQuery(x.r.URL.RawQuery)
		if err != nil {
			return nil, wire.Invalid("token", "is not readable")
		}
		// What else hangs on a link, mail programs and trackers put there.
		return url.Values{"token": query["token"]}, nil
	}
	body, err := readBody(x.r)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, wire.Invalid("body", "is no form")
	}
	return form, nil
}

// recallLink reads the link of a request that was refused before it was read,
// so that its page can offer to try again.
func (x *exchange) recallLink() {
	if x.linkToken != "" {
		return
	}
	if values, err := x.link(); err == nil && len(values["token"]) == 1 {
		x.linkToken, x.newAccount = values.Get("token"), values.Has("password")
	}
}

// fill is decode for the values of a link or a form, as strict: each name once,
// and known.
func (x *exchange) fill(into any) error {
	values, err := x.link()
	if err != nil {
		return err
	}
	one := map[string]string{}
	for name, all := range values {
		if len(all) > 1 {
			return wire.Invalid(wire.Field(jsontext.Pointer("").AppendToken(name)), "is given twice")
		}
		if len(all) == 1 {
			one[name] = all[0]
		}
	}
	x.linkToken, x.newAccount = one["token"], values.Has("password")
	body, err := json.Marshal(one)
	if err != nil { // not UTF-8
		return wire.Invalid("body", "is not valid UTF-8")
	}
	if err := json.Unmarshal(body, into, json.RejectUnknownMembers(true)); err != nil {
		return wire.Explain(err)
	}
	return nil
}
