package auth_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestSearchTerm has one form for what people type in many ways, and stays
// within its bound and whole characters.
func TestSearchTerm(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "   ": "", "Ann": "ann", "  ANN \t Lee\n": "ann lee", "ＡＮＮ": "ann", "ﬁne": "fine", "Bücher": "bücher", "김민지": "김민지",
		"a\xffb": "ab", "O'Brien": "o'brien", "%_": "%_",
		strings.Repeat("x", 200):        strings.Repeat("x", 120),
		strings.Repeat("김", 50):         strings.Repeat("김", 40),
		strings.Repeat("x", 119) + " y": strings.Repeat("x", 119),
	} {
		got := auth.SearchTerm(in)
		if got != want || !utf8.ValidString(got) {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if again := auth.SearchTerm(got); again != got {
			t.Errorf("%q: twice is %q", in, again)
		}
	}
}

// TestTerms are what an account is found by: each name, and each word of those
// that have words; sorted, each once, and not without end.
func TestTerms(t *testing.T) {
	for name, c := range map[string]struct {
		u    auth.User
		want []string
	}{
		"nothing": {auth.User{}, nil},
		"all": {auth.User{Email: "ann@example.com", Username: "ann.lee", Mobile: "+821012345678", Name: "Ann Mary Lee", Nickname: "Annie"},
			[]string{"+821012345678", "821012345678", "ann mary lee", "ann.lee", "ann@example.com", "annie", "lee", "mary lee"}},
		"the same twice": {auth.User{Email: "ann@example.com", Name: "Ann", Nickname: "ANN", Username: "ann"}, []string{"ann", "ann@example.com"}},
	} {
		got := c.u.Terms()
		if diff := cmp.Diff(c.want, got); diff != "" && len(got)+len(c.want) > 0 {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	many := auth.User{Email: "ann@example.com", Name: strings.Repeat("a b c d ", 12), Nickname: strings.Repeat("e f g h ", 12)}.Terms()
	if len(many) > 16 || !slices.IsSorted(many) || !slices.Contains(many, "ann@example.com") {
		t.Errorf("got %d terms: %q", len(many), many)
	}
}
