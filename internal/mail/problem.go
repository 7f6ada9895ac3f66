package mail

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	gomail "github.com/wneessen/go-mail"
)

// problemLimit is how much of a server's answer is kept, in code points.
const problemLimit = 200

// problem is a failed delivery in words that can be stored and logged. It does
// not wrap what go-mail said, which names the recipient.
type problem struct {
	text string
	kind error // ErrRefused, the error of the context, or nil
}

func (p *problem) Error() string { return p.text }

// Unwrap gives what callers ask for with errors.Is.
func (p *problem) Unwrap() error { return p.kind }

// explain turns what go-mail answered into a problem; secret is what must not
// be seen, beside the letter's own.
func explain(ctx context.Context, server string, err error, l Letter, secret string) error {
	text := err.Error()
	var kind error
	var failed *gomail.SendError
	switch {
	case over(ctx) != nil:
		// The connection was closed under go-mail; what it saw is an accident.
		kind, text = over(ctx), "gave up: "+over(ctx).Error()
	case errors.As(err, &failed):
		text, _, _ = strings.Cut(failed.Error(), ", affected ")
		if hopeless(failed) {
			kind = ErrRefused
		}
	}
	return &problem{text: clip(l.hush("mail server "+server+": "+text, secret)), kind: kind}
}

// over is ctx.Err, and does not wait for the timer of the context: a dialler
// that was given the deadline keeps it by a timer of its own, which may be first.
func over(ctx context.Context) error {
	if end, limited := ctx.Deadline(); ctx.Err() == nil && limited && !time.Now().Before(end) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// aboutUs are permanent codes that speak of the sender's standing (RFC 4954
// §6) or of a muddled dialogue, not of the recipient: a corrected setting mends
// them, so the letter waits for that.
var aboutUs = []int{503, 530, 534, 535, 538}

// hopeless reports whether the server refused this recipient or this letter for
// good (RFC 5321 §4.2.1, 5yz).
func hopeless(e *gomail.SendError) bool {
	code := e.ErrorCode()
	switch e.Reason {
	case gomail.ErrGetRcpts:
		return true
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		return code >= 500 && code < 600 && !slices.Contains(aboutUs, code)
	default:
		return false
	}
}

// hush takes out of a server's answer what it may repeat of the letter: the
// code (also when it is spelled with gaps), the link (also when it is cut), the
// address and the name.
func (l Letter) hush(text string, secrets ...string) string {
	for _, token := range tokens(l.Link) {
		text = replace(text, regexp.QuoteMeta(token)+`\S*`, true)
	}
	for _, s := range append(secrets, l.To.Address) {
		text = replace(text, regexp.QuoteMeta(s), s != "")
	}
	local, _, _ := strings.Cut(l.To.Address, "@")
	for _, s := range []string{local, l.To.Name} {
		text = replace(text, regexp.QuoteMeta(s), len(s) > 2) // shorter ones are part of any word
	}
	return replace(text, spaced(l.Code), l.Code != "")
}

func replace(text, pattern string, when bool) string {
	if !when {
		return text
	}
	return regexp.MustCompile("(?i)"+pattern).ReplaceAllLiteralString(text, "[…]")
}

// spaced matches a code with up to two other characters between its digits.
func spaced(code string) string {
	var parts []string
	for _, r := range code {
		parts = append(parts, regexp.QuoteMeta(string(r)))
	}
	return strings.Join(parts, `\W{0,2}`)
}

// clip leaves printable characters, and not too many.
func clip(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, "?"))
	runes := []rune(strings.Join(strings.Fields(text), " "))
	return string(runes[:min(len(runes), problemLimit)])
}
