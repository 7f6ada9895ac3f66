package auth

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Bounds of what people may call things, in code points.
const (
	nameLimit       = 100
	deviceNameLimit = 64
)

// passwordLeast is the least that a password may have, in code points; a tenant
// may ask for more (NIST SP 800-63B-4 §3.1.1.2).
const passwordLeast = 8

// problems collects what is wrong with a request.
type problems []FieldProblem

func (p *problems) add(field, problem string) {
	*p = append(*p, FieldProblem{Field: field, Problem: problem})
}

// err is nil when nothing was wrong.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return ErrValidation.With(Meta{Fields: p})
}

// line checks a one-line text for people and returns it trimmed and in NFC. ""
// is allowed when it is not required.
func (p *problems) line(field, s string, limit int, required bool) string {
	s = strings.TrimSpace(norm.NFC.String(s))
	switch {
	case !utf8.ValidString(s):
		p.add(field, "must be valid UTF-8")
	case s == "" && required:
		p.add(field, "is required")
	case utf8.RuneCountInString(s) > limit:
		p.add(field, "must have at most "+strconv.Itoa(limit)+" characters")
	case strings.ContainsFunc(s, unsafeInLine):
		p.add(field, "must not have control characters")
	}
	return s
}

// unsafeInLine: control characters and the invisible ones that turn the
// direction of text or break lines.
func unsafeInLine(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}
