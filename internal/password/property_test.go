package password

import (
	"errors"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// plains draws legal passwords: mostly any Unicode, sometimes long ASCII around
// the 72 bytes of bcrypt, sometimes with NUL.
func plains() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringN(8, 128, -1),
		rapid.StringOfN(rapid.RuneFrom([]rune("ab\x00")), 8, 24, -1),
		rapid.StringOfN(rapid.RuneFrom([]rune("abcé\u0301")), 66, 78, -1),
	)
}

// changed draws plain with one code point put in, taken out or replaced.
func changed(t *rapid.T, plain string) string {
	text := []rune(plain)
	at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
	r := rapid.OneOf(rapid.Rune(), rapid.RuneFrom([]rune("ab\x00"))).Draw(t, "rune")
	before, after := string(text[:at]), string(text[at+1:])
	switch rapid.SampledFrom([]string{"insert", "append", "delete", "replace"}).Draw(t, "change") {
	case "insert":
		return before + string(r) + string(text[at]) + after
	case "append":
		return plain + string(r)
	case "delete":
		return before + after
	default:
		return before + string(r) + after
	}
}

func TestAnyPasswordOpensItsHashAndNoOther(t *testing.T) {
	for name, c := range settings {
		t.Run(name, func(t *testing.T) {
			h := newHasher(t, c)
			rapid.Check(t, func(rt *rapid.T) {
				plain := plains().Draw(rt, "plain")
				hash := hashOf(t, h, plain)
				if got, want := verify(t, h, hash, plain), (Match{OK: true}); got != want {
					rt.Fatalf("%q: got %+v, want %+v", plain, got, want)
				}
				other := changed(rt, plain)
				if got, want := verify(t, h, hash, other).OK, Normalize(other) == Normalize(plain); got != want {
					rt.Fatalf("%q opens the hash of %q: got %v, want %v", other, plain, got, want)
				}
			})
		})
	}
}

// No composition rules: text of legal length is refused only as common.
func TestAnyUnicodeOfLegalLengthIsWelcome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.StringN(1, 140, -1).Draw(t, "plain")
		var want error
		switch length := utf8.RuneCountInString(Normalize(plain)); {
		case length < 8:
			want = TooShort
		case length > 128:
			want = TooLong
		}
		if got := (Rules{}).Check(plain); !errors.Is(got, want) && !errors.Is(got, TooCommon) {
			t.Fatalf("%q: got %v, want %v", plain, got, want)
		}
	})
}
