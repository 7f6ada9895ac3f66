package ui

import (
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strings"
)

// The pages that mailed links open, and the steps of each.
const (
	PageUnlock     = "unlock"     // ends a lock
	PageReset      = "reset"      // sets a new password
	PageDisown     = "disown"     // says of a login: this was not me
	PageInvitation = "invitation" // makes an account, or one a member

	StepAsk     = "ask"     // the page with its one button; nothing has happened yet
	StepAgain   = "again"   // not at this moment: the page with its button once more
	StepDone    = "done"    // it has happened
	StepProblem = "problem" // it has not, and this link will not do it
)

// PagePolicy is the Content-Security-Policy that the pages of a [PageSet] need:
// our own style sheet, an empty icon, forms to ourselves, nothing that could run
// or frame (ASVS 5.0 V3.4.3).
const PagePolicy = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// View is what one page shows.
type View struct {
	Page     string
	Step     string
	Tenant   string   // display name, "" for none
	Action   string   // path on this server that the form posts to
	Token    string   // goes into the hidden field "token" and nowhere else
	Text     string   // what happened, for people; steps done and problem
	Problems []string // why the password was not accepted, for people; step ask of pages with one

	Email      string // whom an invitation is for
	Role       string // that it gives
	NewAccount bool   // whether accepting it takes a name and a password
	Color      string // of the tenant's brand, #rrggbb; "" and all else: none
	Logo       string // its picture as a data: URL of a PNG, JPEG or WebP; "" and all else: none
}

// PageSet renders the pages that mailed links open. They work without scripts,
// and each does what it is for by a form that a person sends: mail scanners
// follow links, but press no buttons. Use [Pages].
type PageSet struct {
	app   string
	pages *template.Template
	path  string
	sheet file
}

// Pages makes the pages of an application.
func Pages(appName string) (*PageSet, error) {
	pages, err := layout("mailed.html")
	if err != nil {
		return nil, err
	}
	// Where the forms are let through by a proxy, the sheet is too.
	path, sheet := sheetBelow("/auth")
	return &PageSet{app: appName, pages: pages, path: path, sheet: sheet}, nil
}

// Style is the address of the style sheet and what serves it there.
func (p *PageSet) Style() (path string, sheet http.Handler) {
	return p.path, site{p.path: p.sheet}
}

// act is how a page names what it does.
type act struct{ button, done string }

var acts = map[string]act{
	PageUnlock: {button: "Unlock my account", done: "You can log in again"},
	PageReset:  {button: "Set a new password", done: "You have a new password"},
	PageDisown: {button: "This was not me", done: "That device is logged out"},

	PageInvitation: {button: "Accept the invitation", done: "You are a member"},
}

// content is what the template works with.
type content struct {
	View
	App     string
	Place   string // what the person logs in to: tenant and application
	Heading string
	Button  string
	Picture template.URL // the logo, once it is known to be one
}

// Render makes the page, to be answered as text/html in UTF-8 with
// [PagePolicy] and Cache-Control: no-store. It may be called at once from
// anywhere. The error says what is wrong with the view and holds no token.
func (p *PageSet) Render(v View) ([]byte, error) {
	heading, err := v.heading()
	if err != nil {
		return nil, err
	}
	if !hexColor.MatchString(v.Color) {
		v.Color = ""
	}
	place := p.app
	if v.Tenant == p.app {
		v.Tenant = ""
	}
	if v.Tenant != "" {
		place = v.Tenant + " (" + p.app + ")"
	}
	title := heading + " – " + place
	if len(v.Problems) > 0 {
		title = "Not accepted: " + title
	}
	return render(p.pages, page{
		Title: title, Style: p.path, Layout: "slip",
		Content: content{View: v, App: p.app, Place: place, Heading: heading, Button: acts[v.Page].button, Picture: v.picture()},
	})
}

var (
	hexColor = regexp.MustCompile(`^#[0-9a-f]{6}$`)
	pictures = regexp.MustCompile(`^data:image/(png|jpeg|webp);base64,[A-Za-z0-9+/]+={0,2}$`)
)

// picture is the logo where it is one: bytes in the address itself, of a kind
// that cannot hold a script.
func (v View) picture() template.URL {
	if !pictures.MatchString(v.Logo) {
		return ""
	}
	return template.URL(v.Logo) // #nosec G203 -- checked just now
}

// heading checks the view and gives its heading.
func (v View) heading() (string, error) {
	a, found := acts[v.Page]
	if !found {
		return "", fmt.Errorf("ui: there is no page %q", v.Page)
	}
	switch v.Step {
	case StepAsk, StepAgain:
		if !strings.HasPrefix(v.Action, "/") || strings.HasPrefix(v.Action, "//") || strings.Contains(v.Action, `\`) || v.Token == "" {
			return "", fmt.Errorf("ui: page %s: the form needs a token and a path of this server", v.Page)
		}
		if v.Step == StepAgain {
			return "Please try again", nil
		}
		return a.button, nil
	case StepDone:
		return a.done, nil
	case StepProblem:
		return "This did not work", nil
	default:
		return "", fmt.Errorf("ui: page %s: there is no step %q", v.Page, v.Step)
	}
}
