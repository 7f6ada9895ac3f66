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
	Page   string // "unlock", "reset", "disown", "invitation"
	Step   string // "ask", "again", "done", "problem"
	Status int    // of the answer
	Action string // path that the form posts to
	Token  string // hidden field of the form
	Name   string // as it was typed into the form

	Code       string              // what happened, as in the envelope
	Text       string              // and in English
	Fields     []auth.FieldProblem // what is wrong with what was filled in; step "ask"
	RetryAfter int                 // seconds until it may be tried again; 0: not known

	TenantID   string // slug of the tenant, "" where it is not known
	Tenant     string // its name
	Color      string // of its brand, #rrggbb; "" for none
	Logo       string // its picture as a data: URL; "" for none
	Email      string // whom an invitation is for
	Role       string // that it gives
	NewAccount bool   // whether accepting it takes a name and a password
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
	v := PageView{
		Page: x.table.page, Step: "problem", Status: e.HTTPStatus, Action: x.r.URL.Path,
		Code: e.Meta.Code, Text: e.Message, RetryAfter: e.Meta.RetryAfter,
	}
	v.show(x.opened)
	v.show(e.Data)
	posted := x.r.Method == http.MethodPost
	switch {
	case e.Meta.Status == "success" && posted:
		v.Step = "done"
	case e.Meta.Status == "success":
		v.Step = "ask"
	case e.Meta.Code == auth.ErrValidation.Code && x.filled.Has("token") && !slices.ContainsFunc(e.Meta.Fields, notOnPage):
		v.Step, v.Fields = "ask", e.Meta.Fields
	case e.HTTPStatus == http.StatusTooManyRequests || e.HTTPStatus == http.StatusServiceUnavailable:
		x.recallLink()
		if x.filled.Has("token") { // nothing is wrong with it
			v.Step = "again"
		}
	}
	if v.Step == "ask" || v.Step == "again" {
		v.Token, v.Name = x.filled.Get("token"), x.filled.Get("name")
		v.NewAccount = v.NewAccount || v.Page == invitationPage && x.filled.Has("password")
	}
	h := x.w.Header()
	h.Add("Vary", "Accept")
	policy := h.Get("Content-Security-Policy")
	if err := x.server.config.Page(x.w, x.r, v); err != nil { // what was done is done, and is said in plain words
		x.server.log.ErrorContext(x.r.Context(), "page not written", "page", v.Page, "error", err.Error())
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("Content-Security-Policy", policy)
		x.w.WriteHeader(e.HTTPStatus)
		_, _ = x.w.Write([]byte(e.Message + "\n")) // who no longer listens needs no answer
	}
}

// notOnPage reports whether a problem is with none of the fields that a person
// fills in on a page.
func notOnPage(f auth.FieldProblem) bool { return f.Field != "password" && f.Field != "name" }

// opened looks at the link that a form came with before it is used up, so that
// the page of what came of it is the tenant's too.
func opened[Out any](f rule[auth.LinkInput, Out]) func(*exchange) any {
	return func(x *exchange) any {
		ready, err := f(x.server.service, x.r.Context(), x.by, auth.LinkInput{Token: auth.Secret(x.filled.Get("token"))})
		if err != nil { // which the form is told as well
			return nil
		}
		return ready
	}
}

// show adds what a link that was looked at is for.
func (v *PageView) show(data any) {
	ready, isReady := data.(auth.LinkReady)
	if i, ok := data.(auth.InvitationReady); ok {
		ready, isReady = i.LinkReady, true
		v.Email, v.Role, v.NewAccount = i.Email, i.Role, i.NewAccount
	}
	if isReady {
		v.TenantID, v.Tenant, v.Color, v.Logo = ready.TenantID, ready.TenantName, ready.Color, ready.Logo
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
		if err := x.fill(into); err != nil {
			return err
		}
		x.opened = rt.ready(x)
		return nil
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
	if x.filled != nil {
		return
	}
	if values, err := x.link(); err == nil && len(values["token"]) == 1 && values.Get("token") != "" {
		x.filled = values
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
	if one["token"] != "" {
		x.filled = values
	}
	body, err := json.Marshal(one)
	if err != nil { // not UTF-8
		return wire.Invalid("body", "is not valid UTF-8")
	}
	if err := json.Unmarshal(body, into, json.RejectUnknownMembers(true)); err != nil {
		return wire.Explain(err)
	}
	return nil
}
