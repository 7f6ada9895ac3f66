package auth

import (
	"errors"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// NameKind says which of an account's names a name is.
type NameKind string

// The names of an account.
const (
	NameEmail    NameKind = "email"
	NameUsername NameKind = "username"
	NameMobile   NameKind = "mobile"
)

// Name is what a person types to say who they are, in the form in which it is
// stored and compared.
type Name struct {
	Kind  NameKind
	Value string
}

// ParseName reads a login name: what has an @ is an e-mail, what is made of
// digits is a mobile number, all else a username. ok is false for what no
// account can be called.
func ParseName(s string) (n Name, ok bool) {
	for _, kind := range []struct {
		kind  NameKind
		parse func(string) (string, error)
	}{{NameEmail, Email}, {NameMobile, Mobile}, {NameUsername, Username}} {
		if v, err := kind.parse(s); err == nil {
			return Name{kind.kind, v}, true
		}
	}
	return Name{}, false
}

// The reasons for which a name is refused; the texts are for people.
var (
	errEmail    = errors.New("must be an e-mail address such as ann@example.com, in plain letters before the @")
	errUsername = errors.New("must be 2 to 64 letters a-z, digits, dots, dashes or underscores, begin and end with a letter or digit, and have a letter")
	errMobile   = errors.New("must be a phone number of 6 to 15 digits, with or without a leading +")
)

var (
	atom            = regexp.MustCompile("^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")
	usernamePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])$`)
	mobilePattern   = regexp.MustCompile(`^\+?[0-9]{6,15}$`)
	mobileSeparator = strings.NewReplacer(" ", "", "-", "")
)

// Email returns the one form of an e-mail address under which an account is
// found: NFKC, lower case, a dot-atom before the @, the domain as IDNA ASCII
// (RFC 5321 §4.5.3.1 bounds: 64 before the @, 254 in all). Quoted local parts,
// comments, display names and address literals are refused.
func Email(s string) (string, error) {
	if !utf8.ValidString(s) || len(s) > 1024 || strings.ContainsFunc(s, unicode.IsControl) {
		return "", errEmail
	}
	local, domain, found := strings.Cut(lower(norm.NFKC.String(strings.TrimSpace(s))), "@")
	if !found || len(local) > 64 || !atom.MatchString(local) {
		return "", errEmail
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || !hostname(ascii) || len(local)+1+len(ascii) > 254 {
		return "", errEmail
	}
	return local + "@" + strings.ToLower(ascii), nil
}

// lower turns A to Z into a to z and nothing else: strings.ToLower makes an i of
// İ and a k of the Kelvin sign, and so one person's name of another's.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// hostname reports whether an ASCII domain can receive mail from the outside:
// two labels at least, none empty or over 63 bytes, and not an address.
func hostname(d string) bool {
	labels := strings.Split(d, ".")
	if len(labels) < 2 || len(d) > 253 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") {
			return false
		}
		if strings.Trim(l, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
			return false
		}
	}
	_, err := netip.ParseAddr(d)
	return err != nil && strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// Username returns the one form of a username: lower case, and never like an
// e-mail or a phone number. ASCII only, so that no two names look the same.
func Username(s string) (string, error) {
	s = lower(strings.TrimSpace(s))
	if !usernamePattern.MatchString(s) || strings.Trim(s, "0123456789._-") == "" {
		return "", errUsername
	}
	return s, nil
}

// Mobile returns the one form of a phone number: its digits without spaces and
// dashes, with the + of E.164 when it has one.
func Mobile(s string) (string, error) {
	s = mobileSeparator.Replace(s)
	if !mobilePattern.MatchString(s) {
		return "", errMobile
	}
	return s, nil
}

// maskEmail shows whose address a mail went to without telling it:
// j***@example.com.
func maskEmail(email string) string {
	local, domain, _ := strings.Cut(email, "@")
	_, size := utf8.DecodeRuneInString(local)
	return local[:size] + "***@" + domain
}
