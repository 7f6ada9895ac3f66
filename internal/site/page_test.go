package site

import (
	"testing"
)

// TestEveryPageParses: pages are parsed when they are first shown.
func TestEveryPageParses(t *testing.T) {
	all, err := loadPages()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("%d pages, want all", len(all))
	}
	for name, parse := range all {
		if _, err := parse(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
