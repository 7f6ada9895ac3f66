package attacks

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// patience is how long a test waits for what must happen; one that works never
// waits that long.
const patience = 3 * time.Minute

// through is how a breach is known in a suite's output.
const through = "got through: "

// A verdict collects what got through in one suite.
type verdict struct {
	t *testing.T
	n atomic.Int64
}

func judge(t *testing.T) *verdict { return &verdict{t: t} }

// breach says which variant got through, and what it got. The first twenty are
// told; it may be called from any goroutine.
func (v *verdict) breach(variant, format string, args ...any) {
	v.t.Helper()
	switch n := v.n.Add(1); {
	case n <= 20:
		v.t.Errorf(through+"%s: %s", variant, fmt.Sprintf(format, args...))
	case n == 21:
		v.t.Errorf("and more")
	}
}

// each tries every variant, a few at a time.
func each[V any](variants []V, try func(V)) { eachOf(16, variants, try) }

// eachOf is each with so many at a time.
func eachOf[V any](atOnce int, variants []V, try func(V)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(variants) {
					return
				}
				try(variants[i])
			}
		})
	}
	all.Wait()
}

// eventually asks until the answer is yes.
func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	if !within(patience, ask) {
		t.Fatalf("after %v it is still not so: %s", patience, what)
	}
}

// within asks until the answer is yes, or for so long.
func within(limit time.Duration, ask func() bool) bool {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	over := time.After(limit)
	for !ask() {
		select {
		case <-again.C:
		case <-over:
			return false
		}
	}
	return true
}
