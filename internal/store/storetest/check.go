package storetest

import (
	"errors"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	rounds  = 8  // how often a race is run
	callers = 16 // how many run it, unless a promise says otherwise
)

// must stops the test when something that has to work does not.
func must(t T, err error, doing string) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", doing, err)
	}
}

// refused wants a certain error.
func refused(t T, err, want error, doing string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", doing, err, want)
	}
}

// same compares to the last field and millisecond. A store answers in UTC; nil
// and an empty list are the same to it.
func same(t T, what string, got, want any) {
	t.Helper()
	times := cmp.Comparer(func(a, b time.Time) bool { return a.Equal(b) && a.Location() == b.Location() })
	if diff := cmp.Diff(want, got, times, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// race lets n callers start at the same moment and returns what each brought
// back.
func race[R any](n int, call func(i int) R) []R {
	out := make([]R, n)
	start := make(chan struct{})
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-start
			out[i] = call(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return out
}

// patience is how long callers wait for each other.
const patience = 100 * time.Millisecond

// meeting returns a place at which callers wait until n of them are there, so
// that all have read before one writes. A store that lets in one after the
// other never gets them together; then the first to lose patience sends
// everybody on.
func meeting(n int) (meet func()) {
	var (
		mu   sync.Mutex
		here int
		once sync.Once
	)
	on := make(chan struct{})
	leave := func() { once.Do(func() { close(on) }) }
	return func() {
		mu.Lock()
		here++
		if here == n {
			leave()
		}
		mu.Unlock()
		timer := time.NewTimer(patience)
		defer timer.Stop()
		select {
		case <-on:
		case <-timer.C:
			leave()
		}
	}
}

// winners counts the callers who got no error and wants every other error to be
// the one given.
func winners(t T, errs []error, loss error, doing string) int {
	t.Helper()
	n := 0
	for _, err := range errs {
		if err == nil {
			n++
		} else {
			refused(t, err, loss, doing)
		}
	}
	return n
}
