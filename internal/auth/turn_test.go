package auth

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// TestTurnsComeInOrder: one at a time for a key, in the order of coming, and
// other keys are not held up.
func TestTurnsComeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all turns
		done, err := all.take(t.Context(), "ann")
		if err != nil {
			t.Fatal(err)
		}
		var came []int
		for i := range 8 {
			go func() {
				done, err := all.take(t.Context(), "ann")
				if err != nil {
					t.Error(err)
					return
				}
				came = append(came, i) // guarded by the turn itself
				done()
			}()
			synctest.Wait()
		}
		other, err := all.take(t.Context(), "bob")
		if err != nil || len(came) != 0 {
			t.Fatalf("got %v, and %d came in meanwhile", err, len(came))
		}
		other()
		done()
		synctest.Wait()
		for i, n := range came {
			if i != n {
				t.Fatalf("came in order %v", came)
			}
		}
		if len(came) != 8 || len(all.keys) != 0 {
			t.Errorf("%d of 8 came in, %d keys are left", len(came), len(all.keys))
		}
	})
}

// TestWhoGivesUpLeavesTheQueue: and so does who finds it too long.
func TestWhoGivesUpLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all turns
		done, err := all.take(t.Context(), "ann")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		errs := make(chan error, turnsLimit)
		for range turnsLimit - 1 {
			go func() {
				_, err := all.take(ctx, "ann")
				errs <- err
			}()
		}
		synctest.Wait()
		if _, err := all.take(t.Context(), "ann"); !errors.Is(err, ErrOverloaded) {
			t.Errorf("one too many: got %v, want ErrOverloaded", err)
		}
		cancel()
		for range turnsLimit - 1 {
			if err := <-errs; !errors.Is(err, context.Canceled) {
				t.Fatalf("who gave up: got %v", err)
			}
		}
		done()
		if len(all.keys) != 0 {
			t.Errorf("%d keys are left", len(all.keys))
		}
	})
}
