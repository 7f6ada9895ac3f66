package password

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// distinct returns n code points that no rule but length can mind.
func distinct(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteRune(rune(0x1F300 + 7*i%251))
	}
	return b.String()
}

// accents returns n letters with an accent, decomposed.
func accents(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteByte("aeiouEIAOUeaoi"[i*i%14])
		b.WriteString("\u0301")
	}
	return b.String()
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name, plain string
		rules       Rules
		want        error
	}{
		{"7 code points", distinct(7), Rules{}, TooShort},
		{"8 code points", distinct(8), Rules{}, nil},
		{"128 code points", distinct(128), Rules{}, nil},
		{"129 code points", distinct(129), Rules{}, TooLong},
		{"empty", "", Rules{}, TooShort},
		{"14 of 15", distinct(14), Rules{MinLength: 15}, TooShort},
		{"15 of 15", distinct(15), Rules{MinLength: 15}, nil},
		{"the least minimum is 8", distinct(7), Rules{MinLength: 4}, TooShort},
		{"own maximum", distinct(65), Rules{MaxLength: 64}, TooLong},
		{"7 after NFC, 8 before", "pqxw\u00e9u" + "e\u0301", Rules{}, TooShort},
		{"128 after NFC, 256 before", accents(128), Rules{}, nil},
		{"129 after NFC, 258 before", accents(129), Rules{}, TooLong},
		{"not UTF-8", "correct \xff horse", Rules{}, NotUTF8},
		{"a surrogate", "correct \xed\xa0\x80 horse", Rules{}, NotUTF8},
		{"only spaces and NUL", " \x00  \x00\x00 \x00", Rules{}, nil},
		{"passphrase", "correct horse battery staple", Rules{}, nil},
		{"random", "x7#kQ9!v", Rules{}, nil},
		{"Hangul", "나는학교에간다", Rules{}, TooShort},
		{"common", "password", Rules{}, TooCommon},
		{"common, other case", "PassWord1", Rules{}, TooCommon},
		{"common, full width", "ｐａｓｓｗｏｒｄ", Rules{}, TooCommon},
		{"common, twice", "passwordpassword", Rules{MinLength: 15}, TooCommon},
		{"common, once and a half", "passwordpass", Rules{}, nil},
		{"common, first line", "!qaz2wsx", Rules{}, TooCommon},
		{"one character", "ÄÄÄÄÄÄÄÄÄÄ", Rules{}, TooCommon},
		{"short unit", "kT9#kT9#kT9", Rules{}, TooCommon},
		{"unit of seven", "monkey7monkey7", Rules{}, TooCommon},
		{"same first and last", "kT9#xq2k", Rules{}, nil},
		{"run", "abcdefgh", Rules{}, TooCommon},
		{"run down", "HGFEDCBA", Rules{}, TooCommon},
		{"run past 9", "6789012345", Rules{}, TooCommon},
		{"run past 0", "3210987654", Rules{}, TooCommon},
		{"run in Cyrillic", "абвгдежз", Rules{}, TooCommon},
		{"almost a run", "abcdefgi", Rules{}, nil},
		{"keyboard row", "poiuytre", Rules{}, TooCommon},
		{"date, day first", "24.12.1990", Rules{}, TooCommon},
		{"date, month first", "12241990", Rules{}, TooCommon},
		{"date, year first", "2009-01-31", Rules{}, TooCommon},
		{"no date", "39481726", Rules{}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.rules.Check(tt.plain); !errors.Is(got, tt.want) {
				t.Errorf("%q: got %v, want %v", tt.plain, got, tt.want)
			}
		})
	}
}

func TestOwnWords(t *testing.T) {
	context := []string{"Alice Kim", "alicek", "Alice.Kim+home@example.com", "Latchkey", "Ångström & Söhne", "김철수", "Bo Li", ""}
	for plain, want := range map[string]error{
		"latchkey":                   OwnWords,
		"latchkey123":                OwnWords,
		"LATCHKEY!!!!":               OwnWords,
		"1latchkey1":                 OwnWords,
		"xyzlatchkey":                OwnWords,
		"l.a.t.c.h.k.e.y":            OwnWords,
		"latchkeylatchkeyabc":        OwnWords,
		"Alice.Kim2024":              OwnWords,
		"alicekim":                   OwnWords,
		"alice-kim":                  OwnWords,
		"AliceKim99":                 OwnWords,
		"alicelatchkey":              OwnWords,
		"alicek2024":                 OwnWords,
		"alice.kim+home":             OwnWords,
		"alice.kim@example.com":      nil, // the address has a tag
		"alice.kim+home@example.com": OwnWords,
		"ALICEKIMHOMEEXAMPLECOM":     OwnWords,
		"angstrom2024":               nil,
		"A\u030angstro\u0308m2024":   OwnWords,
		"김철수1990!":                   OwnWords,
		"boli1234":                   OwnWords,
		"bo12345678":                 nil, // two letters are no word
		"latchkeyabcd":               nil,
		"my latchkey hangs outside":  nil,
		"alice fell down the hole":   nil,
		"correct horse battery":      nil,
	} {
		if got := (Rules{}).Check(plain, context...); !errors.Is(got, want) {
			t.Errorf("%q: got %v, want %v", plain, got, want)
		}
	}
}

func TestCommonListIsWhole(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(commonText, "\n"), "\n")
	if len(lines) < 10_000 {
		t.Errorf("got %d passwords, want at least 10,000", len(lines))
	}
	if !strings.HasSuffix(commonText, "\n") || !slices.IsSorted(lines) {
		t.Error("the list is not sorted, or its last line is open: the search misses some")
	}
	for _, line := range lines {
		if !isCommon(line) {
			t.Errorf("%q is in the list and not found", line)
		}
		if fold(line) != line || utf8.RuneCountInString(line) < 8 {
			t.Errorf("%q is not folded or too short to matter", line)
		}
		if got := (Rules{}).Check(strings.ToUpper(line)); !errors.Is(got, TooCommon) {
			t.Errorf("%q: got %v, want %v", line, got, TooCommon)
		}
	}
	for _, other := range []string{"", "\n", "!", "~~~~~~~~~~", "passwor", "password\n", "123456789\n1234567890"} {
		if isCommon(other) {
			t.Errorf("%q is found and not in the list", other)
		}
	}
}

func TestProblemsAreStable(t *testing.T) {
	for problem, code := range map[Problem]string{
		NotUTF8: "not_utf8", TooShort: "too_short", TooLong: "too_long", TooCommon: "too_common", OwnWords: "own_words",
	} {
		if string(problem) != code {
			t.Errorf("got %q, want %q", string(problem), code)
		}
		if !strings.HasPrefix(problem.Error(), "the password is ") {
			t.Errorf("%s has no message of its own", code)
		}
	}
}
