package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// counted gives out the numbers below n, and then an error, if there is one.
func counted(n int, end error) iter.Seq2[int, error] {
	return func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
		if end != nil {
			yield(0, end)
		}
	}
}

func noKeys(int) []string { return nil }

// TestInOrderHandsOnInOrder: whichever is done first, and never more at once than
// may be.
func TestInOrderHandsOnInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gates, now, got := make([]chan struct{}, 1000), atomic.Int64{}, []int{}
		for i := range gates {
			gates[i] = make(chan struct{})
		}
		ended := make(chan error, 1)
		go func() {
			ended <- inOrder(t.Context(), counted(1000, nil), noKeys, func(_ context.Context, n int) int {
				now.Add(1)
				<-gates[n]
				return n
			}, func(n int) error { got = append(got, n); return nil })
		}()
		synctest.Wait()
		if n := now.Load(); n < inFlight || n > inFlight+2 {
			t.Errorf("%d under way, want about %d", n, inFlight)
		}
		for _, gate := range slices.Backward(gates) {
			close(gate)
		}
		if err := <-ended; err != nil || len(got) != 1000 || !slices.IsSorted(got) {
			t.Errorf("got %d rows in order: %t, and %v", len(got), slices.IsSorted(got), err)
		}
	})
}

// TestInOrderKeepsTwinsApart: of rows that want the same name the second is not
// begun before the first is done.
func TestInOrderKeepsTwinsApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var busy [3]atomic.Int64
		err := inOrder(t.Context(), counted(12*inFlight*3, nil), func(n int) []string { return []string{fmt.Sprint(n % 3)} },
			func(_ context.Context, n int) bool {
				alone := busy[n%3].Add(1) == 1
				synctestYield()
				busy[n%3].Add(-1)
				return alone
			}, func(alone bool) error {
				if !alone {
					return errors.New("two at once")
				}
				return nil
			})
		if err != nil {
			t.Error(err)
		}
	})
}

// synctestYield lets the others run.
func synctestYield() {
	done := make(chan struct{})
	go close(done)
	<-done
}

// TestInOrderStops: at the first error, wherever it is from; what was begun is
// handed on.
func TestInOrderStops(t *testing.T) {
	broken := errors.New("broken")
	double := func(_ context.Context, n int) int { return 2 * n }
	seen := 0
	if err := inOrder(t.Context(), counted(7, broken), noKeys, double, func(int) error { seen++; return nil }); !errors.Is(err, broken) || seen != 7 {
		t.Errorf("of the source: got %v after %d rows", err, seen)
	}
	seen = 0
	err := inOrder(t.Context(), counted(1_000_000, nil), noKeys, double, func(n int) error {
		if seen++; n == 20 {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) || seen > 4*inFlight {
		t.Errorf("of a row: got %v after %d rows", err, seen)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := inOrder(ctx, counted(1_000_000, nil), noKeys, double, func(int) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: got %v", err)
	}
}
