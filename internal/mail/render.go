package mail

import (
	"fmt"
	netmail "net/mail"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// Config says how letters are written.
type Config struct {
	AppName string // how the application is called in letters
	// From is the sender, "Example <no-reply@example.com>" or the address
	// alone; AppName then is the name.
	From string
	// Templates is a folder whose files replace the built-in templates of the
	// same name, such as ko/welcome.txt; "": none.
	Templates string
}

// Renderer writes letters from messages. Use [NewRenderer].
type Renderer struct {
	app    string
	from   netmail.Address
	domain string
	sheets map[string]sheet // by language and kind: ko/welcome
}

// NewRenderer reads and tries out every template. Its errors are for the
// operator and name the setting or the file and line.
func NewRenderer(c Config) (*Renderer, error) {
	app := line(c.AppName)
	if app == "" {
		return nil, fmt.Errorf("mail: the application needs a name that letters can use")
	}
	from, err := netmail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("mail: the sender %q is not an address such as no-reply@example.com: %w", c.From, err)
	}
	from.Name = line(from.Name)
	if from.Name == "" {
		from.Name = app
	}
	all, err := sources(c.Templates)
	if err != nil {
		return nil, fmt.Errorf("mail templates in %s: %w", c.Templates, err)
	}
	parsed, err := sheets(all)
	if err != nil {
		return nil, fmt.Errorf("mail templates in %s: %w", c.Templates, err)
	}
	return &Renderer{
		app:    app,
		from:   *from,
		domain: from.Address[strings.LastIndexByte(from.Address, '@')+1:],
		sheets: parsed,
	}, nil
}

// sender is who a letter is from: the tenant, where it says so, else the
// deployment.
func (r *Renderer) sender(m auth.Message) netmail.Address {
	own, err := netmail.ParseAddress(m.Sender)
	if err != nil { // none, or one that was never checked
		return r.from
	}
	own.Name = line(own.Name)
	if own.Name == "" {
		own.Name = line(m.TenantName)
	}
	return *own
}

// Write writes a message as a letter, in its language, else in English. It is
// [ErrRefused] when the address is none, or when the letter is about a link and
// has none that could be opened. The same message gives the same letter.
func (r *Renderer) Write(m auth.Message) (Letter, error) {
	to, err := netmail.ParseAddress(m.Email)
	// What it parses to must be what was given: no name, quotes or comments
	// that another parser might read as a second recipient, nothing invisible.
	if err != nil || to.Address != m.Email || line(m.Email) != m.Email {
		return Letter{}, fmt.Errorf("%w: not an e-mail address", ErrRefused)
	}
	lang := language(m.Language)
	s, ok := r.sheets[path(lang, m.Kind, "")]
	if !ok { // not refused: a newer instance, in a rolling upgrade, may know it
		return Letter{}, fmt.Errorf("no template for a mail of the kind %q", m.Kind)
	}
	w := tongues[lang].say(r.app, m)
	if linked(m.Kind) && w.Link == "" {
		return Letter{}, fmt.Errorf("%w: a mail of the kind %q needs a link that is an address", ErrRefused, m.Kind)
	}
	subject, text, html, err := s.write(w)
	if err != nil {
		return Letter{}, err
	}
	logo, kind := m.Logo, m.LogoType
	if !picture(m) {
		logo, kind = nil, ""
	}
	return Letter{
		ID:   m.ID + "@" + r.domain,
		From: r.sender(m),
		Logo: logo, LogoType: kind,
		To:      netmail.Address{Name: w.Name, Address: to.Address},
		Subject: subject,
		Text:    text,
		HTML:    html,
		Code:    w.Code,
		Link:    w.Link,
	}, nil
}
