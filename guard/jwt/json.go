package jwt

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	maxDepth   = 32
	maxMembers = 100
	maxTime    = 253402300799 // seconds: the end of the year 9999, the last that RFC 3339 can write
)

// reader reads one JSON text (RFC 8259) where encoding/json is too kind: names are exact, a name comes once in an
// object, numbers we ask for are whole, null is no value, the text is UTF-8, and nothing follows it. Its errors hold
// nothing of the text.
type reader struct {
	text  string
	at    int
	depth int
}

var (
	errSyntax = errors.New("it is not strict JSON")
	errType   = errors.New("a value of the wrong type")
)

// whole reads the text as a single object.
func (r *reader) whole(member func(name string) error) error {
	if !utf8.ValidString(r.text) {
		return errSyntax
	}
	if err := r.object(member); err != nil {
		return err
	}
	if r.peek(); r.at != len(r.text) {
		return errSyntax
	}
	return nil
}

// object calls member for each name; member must read the value.
func (r *reader) object(member func(name string) error) error {
	var names []string
	return r.list('{', '}', func() error {
		name, err := r.string()
		if err != nil {
			return errSyntax
		}
		if len(names) == maxMembers {
			return errors.New("an object with over 100 members")
		}
		if slices.Contains(names, name) {
			return errors.New("a name that comes twice")
		}
		names = append(names, name)
		if !r.take(':') {
			return errSyntax
		}
		return member(name)
	})
}

// array calls element for each value, which it must read.
func (r *reader) array(element func() error) error { return r.list('[', ']', element) }

func (r *reader) list(first, last byte, item func() error) error {
	if !r.take(first) {
		return errType
	}
	if r.depth++; r.depth > maxDepth {
		return errors.New("it is nested too deep")
	}
	for i := 0; ; i++ {
		if i == 0 && r.take(last) {
			break
		}
		if err := item(); err != nil {
			return err
		}
		if r.take(last) {
			break
		}
		if !r.take(',') {
			return errSyntax
		}
	}
	r.depth--
	return nil
}

// peek returns the next byte that is not white space, 0 at the end.
func (r *reader) peek() byte {
	for ; r.at < len(r.text); r.at++ {
		if c := r.text[r.at]; c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c
		}
	}
	return 0
}

func (r *reader) take(c byte) bool {
	if r.peek() != c {
		return false
	}
	r.at++
	return true
}

func (r *reader) string() (string, error) {
	if !r.take('"') {
		return "", errType
	}
	start := r.at
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; {
		case c == '"':
			r.at++
			return r.text[start : r.at-1], nil
		case c == '\\':
			return r.escaped(start)
		case c < ' ':
			return "", errSyntax
		}
	}
	return "", errSyntax
}

// escaped reads on in a string that has come to its first backslash.
func (r *reader) escaped(start int) (string, error) {
	b := []byte(r.text[start:r.at])
	for r.at < len(r.text) {
		c := r.text[r.at]
		r.at++
		switch {
		case c == '"':
			return string(b), nil
		case c < ' ':
			return "", errSyntax
		case c != '\\':
			b = append(b, c)
		default:
			char, ok := r.escape()
			if !ok {
				return "", errSyntax
			}
			b = utf8.AppendRune(b, char)
		}
	}
	return "", errSyntax
}

// escape reads what follows a backslash. Half a surrogate pair is refused.
func (r *reader) escape() (rune, bool) {
	if r.at == len(r.text) {
		return 0, false
	}
	c := r.text[r.at]
	r.at++
	if c != 'u' {
		i := strings.IndexByte(`"\/bfnrt`, c)
		if i < 0 {
			return 0, false
		}
		return rune("\"\\/\b\f\n\r\t"[i]), true
	}
	char, ok := r.hex4()
	if !ok || !utf16.IsSurrogate(char) {
		return char, ok
	}
	if !strings.HasPrefix(r.text[r.at:], `\u`) {
		return 0, false
	}
	r.at += 2
	low, ok := r.hex4()
	char = utf16.DecodeRune(char, low)
	return char, ok && char != utf8.RuneError
}

func (r *reader) hex4() (rune, bool) {
	if len(r.text)-r.at < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(r.text[r.at:r.at+4], 16, 16)
	r.at += 4
	return rune(n), err == nil
}

func (r *reader) strings() ([]string, error) {
	var all []string
	err := r.array(func() error {
		s, err := r.string()
		if err == nil && s == "" {
			err = errors.New("an empty string")
		}
		all = append(all, s)
		return err
	})
	return all, err
}

func (r *reader) stringOrStrings() ([]string, error) {
	if r.peek() == '[' {
		return r.strings()
	}
	s, err := r.string()
	if err == nil && s == "" {
		err = errors.New("an empty string")
	}
	return []string{s}, err
}

// time reads seconds since 1970 (NumericDate, RFC 7519 §2), whole and up to the year 9999.
func (r *reader) time() (time.Time, error) {
	if c := r.peek(); c != '-' && (c < '0' || c > '9') {
		return time.Time{}, errType
	}
	text, err := r.number()
	if err != nil {
		return time.Time{}, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || text[0] == '-' || n > maxTime {
		return time.Time{}, errors.New("a time that is not in whole seconds from 1970 to 9999")
	}
	return time.Unix(n, 0).UTC(), nil
}

// skip reads a value of any type and drops it.
func (r *reader) skip() error {
	switch c := r.peek(); {
	case c == '"':
		_, err := r.string()
		return err
	case c == '{':
		return r.object(func(string) error { return r.skip() })
	case c == '[':
		return r.array(r.skip)
	case c == '-' || c >= '0' && c <= '9':
		_, err := r.number()
		return err
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if strings.HasPrefix(r.text[r.at:], word) {
			r.at += len(word)
			return nil
		}
	}
	return errSyntax
}

// number reads a number in JSON's grammar and returns its text.
func (r *reader) number() (string, error) {
	start := r.at
	r.any("-")
	if whole := r.digits(); whole == 0 || whole > 1 && r.text[r.at-whole] == '0' {
		return "", errSyntax
	}
	if r.any(".") && r.digits() == 0 {
		return "", errSyntax
	}
	if r.any("eE") {
		r.any("+-")
		if r.digits() == 0 {
			return "", errSyntax
		}
	}
	return r.text[start:r.at], nil
}

// any takes one of the bytes, if it comes next.
func (r *reader) any(bytes string) bool {
	if r.at == len(r.text) || strings.IndexByte(bytes, r.text[r.at]) < 0 {
		return false
	}
	r.at++
	return true
}

func (r *reader) digits() (n int) {
	for r.any("0123456789") {
		n++
	}
	return n
}
