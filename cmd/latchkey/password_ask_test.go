package main

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

func TestPasswordsFromStandardInput(t *testing.T) {
	for in, want := range map[string]auth.Secret{
		"quiet-orbit\n":   "quiet-orbit",
		"quiet-orbit\r\n": "quiet-orbit",
		"quiet-orbit":     "quiet-orbit",
		" spaces count ":  " spaces count ",
	} {
		got, err := askPassword(t.Context(), &console{In: strings.NewReader(in), Err: io.Discard}, true)
		if got != want || err != nil {
			t.Errorf("%q: got %q, %v", in, got.Reveal(), err)
		}
	}
	for in, want := range map[string]string{
		"": "there is no password", "\n": "there is no password", "one\ntwo\n": "more than one line", strings.Repeat("p", 5000): "too long",
	} {
		_, err := askPassword(t.Context(), &console{In: strings.NewReader(in), Err: io.Discard}, true)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.10q: got %v, want %s", in, err, want)
		}
	}
}

func TestWithoutATerminalNobodyIsAsked(t *testing.T) {
	var asked strings.Builder
	_, err := askPassword(t.Context(), &console{In: strings.NewReader("quiet-orbit\n"), Err: &asked}, false)
	var misused misuse
	if !errors.As(err, &misused) || asked.String() != "" {
		t.Errorf("got %v, and asked %q", err, asked.String())
	}
}
