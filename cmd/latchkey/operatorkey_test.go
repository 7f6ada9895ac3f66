package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// full is a disk that takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestAKeyThatNobodySawIsRevoked: one that could not be printed is good for
// nobody, and its name is free.
func TestAKeyThatNobodySawIsRevoked(t *testing.T) {
	dir := t.TempDir()
	run := func(out interface{ Write([]byte) (int, error) }, args ...string) (int, string) {
		errs := new(bytes.Buffer)
		return command(t.Context(), args, &console{In: strings.NewReader(""), Out: out, Err: errs, Dir: dir}), errs.String()
	}
	var out bytes.Buffer
	if code, errs := run(&out, "migrate"); code != 0 {
		t.Fatal(errs)
	}
	for _, form := range [][]string{nil, {"--json"}} {
		code, errs := run(full{}, append([]string{"operator-key", "create", "--name", "ci"}, form...)...)
		if code != 1 || !strings.Contains(errs, "revoked") || strings.Contains(errs, "lko_") {
			t.Errorf("%v: exit code %d, %s", form, code, errs)
		}
	}
	out.Reset()
	if code, errs := run(&out, "operator-key", "list"); code != 0 || strings.Contains(out.String(), "good") || strings.Count(out.String(), "revoked") != 2 {
		t.Errorf("exit code %d, %s%s", code, out.String(), errs)
	}
}
