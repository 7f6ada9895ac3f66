package limittest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/limit"
)

// memory is a keeper that keeps its promises, but for the one that is broken.
type memory struct {
	broken string
	mu     sync.Mutex
	full   map[[16]byte]time.Time
}

func newMemory(broken string) *memory { return &memory{broken: broken, full: map[[16]byte]time.Time{}} }

func (m *memory) Charge(ctx context.Context, costs []limit.Cost) ([]time.Duration, error) {
	if ctx.Err() != nil && m.broken != "context ignored" {
		return nil, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now, owed, fit := time.Now(), make([]time.Duration, len(costs)), true
	for i, c := range costs {
		owed[i] = max(m.full[m.id(c)].Sub(now), 0)
		if m.broken != "no bound" {
			owed[i] = min(owed[i], c.Span)
		}
		fit = fit && c.Fits(owed[i])
	}
	if m.broken == "read, then written" {
		m.mu.Unlock()
		runtime.Gosched()
		time.Sleep(time.Millisecond)
		m.mu.Lock()
	}
	for i, c := range costs {
		switch {
		case m.broken == "nothing written":
		case fit, m.broken == "refusals cost", m.broken == "each by itself" && c.Fits(owed[i]):
			m.full[m.id(c)] = now.Add(owed[i] + c.Interval)
		}
		if m.broken == "debts stand still" && !c.Fits(owed[i]) {
			m.full[m.id(c)] = now.Add(time.Hour)
		}
	}
	return owed, nil
}

func (m *memory) id(c limit.Cost) [16]byte {
	if m.broken == "ids shortened" {
		clear(c.ID[:8])
	}
	return c.ID
}

// recorder is a test of which one only wants to know whether it failed.
type recorder struct {
	ctx context.Context
	mu  sync.Mutex
	log strings.Builder
}

func (r *recorder) Helper()                  {}
func (r *recorder) Context() context.Context { return r.ctx }
func (r *recorder) Error(args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintln(&r.log, args...)
}
func (r *recorder) Errorf(format string, args ...any) { r.Error(fmt.Sprintf(format, args...)) }
func (r *recorder) Fatal(args ...any) {
	r.Error(args...)
	runtime.Goexit()
}
func (r *recorder) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }

// broke returns the promises that a keeper does not keep.
func broke(t *testing.T, open func() limit.Keeper) []string {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	var names []string
	for _, p := range promises() {
		r := &recorder{ctx: ctx}
		var run sync.WaitGroup
		run.Go(func() { p.keep(r, open()) })
		run.Wait()
		if r.log.Len() > 0 {
			names = append(names, p.name)
		}
	}
	return names
}

// TestBrokenKeepersAreCaught, each by the promise that it breaks, and one that
// keeps them all passes.
func TestBrokenKeepersAreCaught(t *testing.T) {
	if diff := cmp.Diff([]string(nil), broke(t, func() limit.Keeper { return newMemory("") })); diff != "" {
		t.Errorf("a good keeper (-want +got):\n%s", diff)
	}
	for broken, want := range map[string]string{
		"nothing written":    "AKeyOwesWhatItWasCharged",
		"refusals cost":      "AllAreChargedOrNone",
		"each by itself":     "AllAreChargedOrNone",
		"ids shortened":      "KeysAreApart",
		"debts stand still":  "DebtsShrinkToNothing",
		"no bound":           "NobodyOwesMoreThanTheSpan",
		"read, then written": "NoChargeIsLost",
		"context ignored":    "AnEndedContextIsAnError",
	} {
		t.Run(broken, func(t *testing.T) {
			t.Parallel()
			if got := broke(t, func() limit.Keeper { return newMemory(broken) }); !slices.Contains(got, want) {
				t.Errorf("caught by %q, want %s", got, want)
			}
		})
	}
}
