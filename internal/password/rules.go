package password

import "unicode/utf8"

// Problem is the reason why a new password is refused: a stable code, and an
// error whose message tells what to do. It never holds the password.
type Problem string

// The problems, in the order they are looked for.
const (
	NotUTF8   Problem = "not_utf8"   // bytes that are no Unicode text
	TooShort  Problem = "too_short"  // fewer code points than Rules.MinLength
	TooLong   Problem = "too_long"   // more code points than Rules.MaxLength
	TooCommon Problem = "too_common" // in the list, or a trivial sequence or repetition
	OwnWords  Problem = "own_words"  // little more than the user's or the service's own names
)

func (p Problem) Error() string {
	switch p {
	case NotUTF8:
		return "the password is not valid UTF-8: send it as UTF-8 text"
	case TooShort:
		return "the password is too short: use more characters"
	case TooLong:
		return "the password is too long: use fewer characters"
	case TooCommon:
		return "the password is among the first that are guessed: choose another, such as four random words"
	case OwnWords:
		return "the password is made of names that are easily guessed: leave out the user's, e-mail's and service's names"
	}
	return "password problem: " + string(p)
}

// leastLength is the smallest minimum there is (ASVS 6.2.1, NIST SP 800-63B-4
// §3.1.1.2); the list of common passwords begins there.
const leastLength = 8

// Rules say what a new password must be. The zero value is the default. There
// is no rule on kinds of characters: any is welcome, NUL, spaces and emoji
// included (ASVS 6.2.5).
type Rules struct {
	MinLength int // code points after NFC; less than 8 is 8
	MaxLength int // code points after NFC; 0 is 128
}

// Check returns nil for an acceptable new password, else a [Problem]. The
// context holds the words it must not be made of: the user's name, username and
// e-mail address, the application's and the tenant's name; empty ones do no
// harm. It is for new passwords only: an old one is what its hash says.
func (r Rules) Check(plain string, context ...string) error {
	if !utf8.ValidString(plain) {
		return NotUTF8
	}
	atLeast, atMost := max(r.MinLength, leastLength), r.MaxLength
	if atMost == 0 {
		atMost = 128
	}
	plain = Normalize(plain)
	switch length := utf8.RuneCountInString(plain); {
	case length < atLeast:
		return TooShort
	case length > atMost:
		return TooLong
	}
	switch folded := fold(plain); {
	case isCommon(folded) || isTrivial(folded):
		return TooCommon
	case isOwn(folded, context):
		return OwnWords
	}
	return nil
}
