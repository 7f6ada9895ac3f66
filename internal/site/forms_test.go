package site

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/forms.txt anew")

// TestForms: the attack suites try every form of the pages; this is how they
// know which there are.
func TestForms(t *testing.T) {
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(s.forms)
	got := strings.Join(s.forms, "\n") + "\n"
	const file = "testdata/forms.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the forms are\n%s\nwant\n%s\n(go test ./internal/site -run TestForms -update)", got, want)
	}
}
