package mail

import (
	"fmt"
	htmltemplate "html/template"
	"strings"
	"time"
	"unicode"

	"github.com/latchkey/latchkey/internal/auth"
)

// words are what a template can say: {{.App}}, {{.Place}} and so on. All but
// App and Place may be "".
type words struct {
	App     string // the application
	Tenant  string
	Place   string // what the person logs in to: tenant and application
	Name    string // of the person
	Email   string
	Code    string
	Link    string // to a page of ours, with a token in it
	Life    string // of the code or the link: "5 minutes"
	Device  string
	Address string // network address
	At      string // when it happened, in UTC
	From    string // who invites, by name
	// NewEmail is the address that the account has now, masked.
	NewEmail string

	Color htmltemplate.CSS // of buttons; always set
	Ink   htmltemplate.CSS // of what is written on it
	Line  htmltemplate.CSS // above the letter: the tenant's colour
	Logo  string           // content id of the tenant's picture
}

// lineLimit is the length in code points at which a value is cut.
const lineLimit = 100

const day = 24 * time.Hour

// tongue is how a language writes what is not text.
type tongue struct {
	at   func(time.Time) string
	life func(n int, unit time.Duration) string
}

var tongues = map[string]tongue{
	"en": {
		at: func(t time.Time) string { return t.Format("2 January 2006, 15:04 UTC") },
		life: func(n int, unit time.Duration) string {
			name := map[time.Duration]string{time.Second: "second", time.Minute: "minute", time.Hour: "hour", day: "day"}[unit]
			if n != 1 {
				name += "s"
			}
			return fmt.Sprintf("%d %s", n, name)
		},
	},
	"ko": {
		at: func(t time.Time) string { return t.Format("2006년 1월 2일 15:04 (UTC)") },
		life: func(n int, unit time.Duration) string {
			name := map[time.Duration]string{time.Second: "초", time.Minute: "분", time.Hour: "시간", day: "일"}[unit]
			return fmt.Sprintf("%d%s", n, name)
		},
	},
}

// language is the one to write in: that of the tag ("ko-KR", "ko_KR", "KO"),
// else English.
func language(tag string) string {
	base, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	base = strings.ToLower(base)
	if _, ok := tongues[base]; ok {
		return base
	}
	return "en"
}

// say puts a message into words.
func (t tongue) say(app string, m auth.Message) words {
	w := words{
		App:     app,
		Tenant:  line(m.TenantName),
		Name:    linkless(line(m.Name)),
		Email:   line(m.Email),
		Code:    line(m.Facts.Code),
		Device:  linkless(line(m.Facts.Device)),
		Address: line(m.Facts.Address),
		From:    linkless(line(m.Facts.From)), NewEmail: line(m.Facts.New),
	}
	w.Color, w.Ink = colors(m.Color)
	if hexColor.MatchString(m.Color) {
		w.Line = w.Color
	}
	if picture(m) {
		w.Logo = logoName
	}
	if sound(m.Facts.Link) {
		w.Link = m.Facts.Link
	}
	w.Place = app
	if w.Tenant != "" && w.Tenant != app {
		w.Place = w.Tenant + " (" + app + ")"
	}
	if m.Facts.Life > 0 {
		w.Life = t.life(round(m.Facts.Life))
	}
	if !m.Facts.At.IsZero() {
		w.At = t.at(m.Facts.At.UTC())
	}
	return w
}

// round gives a span in its unit, rounded down, so that it never promises more.
func round(d time.Duration) (n int, unit time.Duration) {
	switch {
	case d < time.Minute:
		unit = time.Second
	case d < 2*time.Hour:
		unit = time.Minute
	case d < 2*day:
		unit = time.Hour
	default:
		unit = day
	}
	return int(d / unit), unit
}

// line makes one line of visible text out of what came from outside. Line ends
// among others become spaces, so no value can begin a header of its own.
func line(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	runes := []rune(strings.Join(strings.Fields(s), " "))
	if len(runes) > lineLimit {
		return string(runes[:lineLimit-1]) + "…"
	}
	return string(runes)
}
