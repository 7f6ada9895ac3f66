package site

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// The pages that mailed links open, and the steps of each.
const (
	LinkUnlock     = "unlock"     // ends a lock
	LinkReset      = "reset"      // sets a new password
	LinkDisown     = "disown"     // says of a login: this was not me
	LinkInvitation = "invitation" // makes an account, or one a member

	StepAsk     = "ask"     // the page with its one button; nothing has happened yet
	StepAgain   = "again"   // not at this moment: the page with its button once more
	StepDone    = "done"    // it has happened
	StepProblem = "problem" // it has not, and this link will not do it
)

// Link is what the page of a mailed link shows.
type Link struct {
	Page   string
	Step   string
	Status int    // of the answer
	Action string // path on this server that the form posts to
	Token  string // goes into hidden fields named "token" and nowhere else
	Name   string // as it was typed into the form

	Code       string              // what happened, as the API says it
	Text       string              // and in English
	Fields     []auth.FieldProblem // what is wrong with what was filled in; step ask
	RetryAfter int                 // seconds until it may be tried again; 0: not known

	TenantID   string // slug of the tenant, "" where it is not known
	Tenant     string // its name
	Color      string // of its brand, #rrggbb; "" for none
	Logo       string // its picture as a data: URL; "" for none
	Email      string // whom an invitation is for
	Role       string // that it gives
	NewAccount bool   // whether accepting it takes a name and a password
}

// Link answers with the page of a mailed link. Each does what it is for by a form
// that a person sends: mail scanners follow links, but press no buttons. The error
// says what is wrong with the page and holds no token; then nothing was written.
func (s *Site) Link(w http.ResponseWriter, r *http.Request, l Link) error {
	if err := l.check(); err != nil {
		return err
	}
	v := s.visit(w, r)
	v.front = &auth.Front{TenantID: l.TenantID, Name: l.Tenant, Color: l.Color, Logo: l.Logo}
	v.linked, v.held, v.lone = true, l.Token, l.Token == ""
	r.PostForm = url.Values{"name": {l.Name}} // the door has read the form
	p := page{name: "link", title: "link." + l.Page + "." + l.Step, data: l}
	switch l.Step {
	case StepProblem, StepAgain:
		p.title = "link." + l.Step
		p.failed = l.answer()
	case StepAsk:
		if len(l.Fields) > 0 {
			p.failed = l.answer()
		}
	}
	return v.write(l.Status, p)
}

// check refuses what no page of ours can be.
func (l Link) check() error {
	switch {
	case !slices.Contains([]string{LinkUnlock, LinkReset, LinkDisown, LinkInvitation}, l.Page):
		return fmt.Errorf("site: there is no page of links %q", l.Page)
	case !slices.Contains([]string{StepAsk, StepAgain, StepDone, StepProblem}, l.Step):
		return fmt.Errorf("site: page %s: there is no step %q", l.Page, l.Step)
	case l.Asks() && (l.Token == "" || !strings.HasPrefix(l.Action, "/") || strings.HasPrefix(l.Action, "//") || strings.Contains(l.Action, `\`)):
		return fmt.Errorf("site: page %s: the form needs a token and a path of this server", l.Page)
	}
	return nil
}

// answer is what the API said, as pages explain it.
func (l Link) answer() *answer {
	a := &answer{Status: l.Status, Message: l.Text}
	a.Meta.Code, a.Meta.Fields, a.Meta.RetryAfter = l.Code, l.Fields, l.RetryAfter
	return a
}

// Asks reports whether the page has a form.
func (l Link) Asks() bool { return l.Step == StepAsk || l.Step == StepAgain }

// Chooses reports whether the form takes a password.
func (l Link) Chooses() bool { return l.Page == LinkReset || l.Page == LinkInvitation && l.NewAccount }

// Way is the address of a page that the link's tenant has.
func (l Link) Way(name string) string {
	if l.TenantID == "" {
		return account + "/" + name
	}
	return account + "/" + name + "?tenant=" + l.TenantID // of letters, digits and dashes
}
