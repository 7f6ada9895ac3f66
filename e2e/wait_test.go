package e2e

import (
	"testing"
	"time"
)

// patience is how long a test waits for what must happen; a test that works
// never waits that long.
const patience = 3 * time.Minute

// eventually asks until the answer is yes.
func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	within(t, patience, what, ask)
}

func within(t *testing.T, limit time.Duration, what string, ask func() bool) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	over := time.After(limit)
	for !ask() {
		select {
		case <-again.C:
		case <-over:
			t.Fatalf("after %v it is still not so: %s", limit, what)
		}
	}
}
