package sql

import (
	"strings"
	"testing"
)

func TestBeyondIsTheEndOfAPrefix(t *testing.T) {
	for prefix, want := range map[string]string{
		"ann": "ano", "a\U0010ffff": "b", "퟿": "\ue000", "é": "ê", "": top, "\U0010ffff": top,
	} {
		if got := beyond(prefix); got != want {
			t.Errorf("beyond(%q): got %q, want %q", prefix, got, want)
		}
		if longest := prefix + strings.Repeat("\U0010ffff", 30); longest >= beyond(prefix) {
			t.Errorf("%q is not below %q", longest, beyond(prefix))
		}
	}
}
