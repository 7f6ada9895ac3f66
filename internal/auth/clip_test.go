package auth

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestWhatAClientSaysOfItselfIsText: a User-Agent may hold any byte.
func TestWhatAClientSaysOfItselfIsText(t *testing.T) {
	for name, c := range map[string]struct{ say, want string }{
		"text":                       {"curl/8", "curl/8"},
		"as long as may be":          {strings.Repeat("a", 8), "aaaaaaaa"},
		"longer":                     {strings.Repeat("a", 9), "aaaaaaaa"},
		"longer, cut in a letter":    {"aaaaaaa빗장", "aaaaaaa"},
		"no text":                    {"a\xffb\xfe\xfd", "a\uFFFDb\uFFFD"},
		"half a letter at its end":   {"abc\xeb\xb9", "abc\uFFFD"},
		"bytes that begin no letter": {strings.Repeat("\x80", 20), ""},
	} {
		if got := clip(c.say, 8); got != c.want || !utf8.ValidString(got) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
