package mongo

import (
	"strings"
	"testing"
)

// TestBeyondIsTheLeastThatIsGreater: than all that begins with a prefix.
func TestBeyondIsTheLeastThatIsGreater(t *testing.T) {
	for _, c := range []struct{ prefix, want string }{
		{"a", "b"}, {"ann", "ano"}, {"\u007f", "\u0080"}, {"\ud7ff", "\ue000"},
		{"a\U0010ffff", "b"}, {"\U0010ffff\U0010ffff", top}, {"", top},
	} {
		got := beyond(c.prefix)
		if got != c.want {
			t.Errorf("beyond %q: got %q, want %q", c.prefix, got, c.want)
		}
		for _, in := range []string{c.prefix, c.prefix + "a", c.prefix + strings.Repeat("\U0010ffff", 9)} {
			if in >= got {
				t.Errorf("%q begins with %q and is not below %q", in, c.prefix, got)
			}
		}
	}
}
