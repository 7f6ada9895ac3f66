package site

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// peoplePages are those about who is in a tenant, what they may do, and what
// was done there.
func (s *Site) peoplePages() {
	in := func(page string) string { return console + "/t/{tenant}/" + page }
	forms := map[string]struct{ show, send step }{
		"users/new":    {showNewUser, makeUser},
		"users/{id}":   {showUser, changeUser},
		"invitations":  {showInvitations, sendInvitation},
		"roles":        {showRoles, makeRole},
		"roles/{name}": {showRole, changeRole},
		"api-keys":     {showAPIKeys, makeAPIKey},
	}
	for page, f := range forms {
		s.show(in(page), staff(f.show))
		s.act(in(page), staff(f.send))
	}
	s.show(in("users"), staff(showUsers))
	s.show(in("audit"), staff(showAudit))
	s.show(in("audit/verification"), operated(showVerification))
	for name, done := range userDeeds {
		s.act(in("users/{id}/"+name), staff(doneToUser(done)))
	}
	s.act(in("users/{id}/role"), staff(giveRole))
	s.act(in("users/{id}/end-session"), staff(endOne))
	s.act(in("invitations/revoke"), staff(revokeInvitation))
	s.act(in("users/{id}/remove"), staff(removeUser))
	s.act(in("roles/{name}/delete"), staff(deleteRole))
	s.act(in("api-keys/{id}/revoke"), staff(revokeAPIKey))
}

// input is a field of a form in the console.
type input struct {
	sight
	Name, Type, Value string
	Required          bool
}

// Input is a field with a value of its own, unless the form comes back.
func (s sight) Input(name, kind, value string, required bool) input {
	return input{s, name, kind, value, required}
}

// Label is the text before the field, Hint the one after it, "" for none.
func (i input) Label() string { return i.T("people." + i.Name) }
func (i input) Hint() string  { return i.known("people." + i.Name + ".hint") }

// Wrong is what the API found wrong with the field.
func (i input) Wrong() string { return i.Problems[i.Name] }

// known is a text of the page if there is one, else "".
func (v *visit) known(name string) string {
	if !v.words.has(name) {
		return ""
	}
	return v.T(name)
}

// about says of what an answer's code is, where a page has its own words for
// that: DUPLICATE_ENTRY is of an account, a role, a key.
func (v *visit) about(what string, a answer) answer {
	for _, name := range []string{a.Meta.Code + "." + a.Meta.Reason, a.Meta.Code + "." + what} {
		if v.words.has(name) {
			a.Meta.Code = name
			break
		}
	}
	return a
}

// fetch reads what the API has at a path. Where it reports false, the visit was
// answered.
func (v *visit) fetch(path string, into any) bool {
	a := v.ask(http.MethodGet, path, nil)
	if !a.ok() {
		v.failed(a)
		return false
	}
	if err := a.read(into); err != nil {
		v.failed(v.broken("the answer of "+path+" could not be read", err))
		return false
	}
	return true
}

// apiPath is a path of the API's, with what an address named escaped.
func apiPath(folder, name string) string { return "/" + folder + "/" + url.PathEscape(name) }

// further is the address of the next page of a list, "" on the last one.
func (v *visit) further(cursor string) string {
	if cursor == "" {
		return ""
	}
	q := v.r.URL.Query()
	q.Set("cursor", cursor)
	q.Del("lang")
	q.Del("renewed")
	return v.r.URL.Path + "?" + q.Encode()
}

// first is the address of the first page of a list, "" on it.
func (v *visit) first() string {
	q := v.r.URL.Query()
	if !q.Has("cursor") {
		return ""
	}
	q.Del("cursor")
	q.Del("renewed")
	return (&url.URL{Path: v.r.URL.Path, RawQuery: q.Encode()}).RequestURI()
}

// asked are those of the query's values that have one, as the API takes them.
func (v *visit) asked(names ...string) url.Values {
	q := url.Values{}
	for _, name := range names {
		if value := strings.TrimSpace(v.r.URL.Query().Get(name)); value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// several are the words of a field in which people write one a line, or with
// spaces or commas between.
func several(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\r' || r == '\t' })
}

// RoleName is a role for people: those that every tenant has are called by
// words.
func (v *visit) RoleName(role string) string {
	if auth.BuiltIn(role) {
		return v.T("role." + role)
	}
	return role
}

// Or is what was typed into a field of a form that comes back, else what is
// kept.
func (s sight) Or(name, kept string) string {
	if s.Problem != "" && s.r.PostForm.Has(name) {
		return s.Typed(name)
	}
	return kept
}

// Lines are words, one a line.
func (v *visit) Lines(words []string) string { return strings.Join(words, "\n") }

// Instant is a time to the second, as in the record.
func (v *visit) Instant(t time.Time) string { return t.UTC().Format(v.T("format.instant")) }
