package password

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAtMostParallelAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const parallel, callers = 3, 20
		s := newSlots(parallel)
		now, most, done := make(chan int, 1), 0, 0
		now <- 0
		for range callers {
			go func() {
				err := s.run(t.Context(), func() error {
					n := <-now + 1
					most = max(most, n)
					now <- n
					time.Sleep(time.Second) // of the bubble's clock
					n = <-now
					done++
					now <- n - 1
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
		}
		time.Sleep(callers * time.Second)
		synctest.Wait()
		if most != parallel || done != callers {
			t.Errorf("got %d at once and %d done, want %d and %d", most, done, parallel, callers)
		}
	})
}

func TestWaitersAreServedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlots(1)
		s <- struct{}{}
		var got, want []int
		for i := range 10 {
			want = append(want, i)
			go func() {
				if err := s.run(t.Context(), func() error { got = append(got, i); return nil }); err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
		}
		<-s
		synctest.Wait()
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

// methods are all that hash.
var methods = map[string]func(context.Context, *Hasher) error{
	"Hash": func(ctx context.Context, h *Hasher) error { _, err := h.Hash(ctx, "correct horse"); return err },
	"Verify": func(ctx context.Context, h *Hasher) error {
		m, err := h.Verify(ctx, "$2a$04$cVWp4XaNU8a4v1uMRum2SO026BWLIoQMD/TXg5uZV.0P.uO8m3YEm", "Kk4DQuMMfZL9o")
		if err != nil && m.OK {
			return errors.New("a match beside an error")
		}
		return err
	},
	"VerifyNobody": func(ctx context.Context, h *Hasher) error { return h.VerifyNobody(ctx, "correct horse") },
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	for name, call := range methods {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHasher(t, Config{MemoryKiB: 8, Time: 1, Parallel: 1})
				h.slots <- struct{}{} // someone else's
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				start := time.Now()
				err := call(ctx, h)
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
					t.Errorf("got %v after %v, want the deadline after 1m", err, time.Since(start))
				}
				if err != nil && strings.Contains(err.Error(), "horse") {
					t.Errorf("the error holds the password: %v", err)
				}
				<-h.slots
				if err := call(t.Context(), h); err != nil {
					t.Errorf("once the slot is free: %v", err)
				}
				if len(h.slots) != 0 {
					t.Error("a slot is kept")
				}
			})
		})
	}
}

func TestAnEndedContextDoesNoWork(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := newHasher(t, tiny)
	for name, call := range methods {
		for range 50 { // a select would let about half through
			if err := call(ctx, h); !errors.Is(err, context.Canceled) {
				t.Fatalf("%s: got %v, want context.Canceled", name, err)
			}
		}
	}
}

func TestAPanicGivesTheSlotBack(t *testing.T) {
	s := newSlots(1)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is swallowed")
			}
		}()
		t.Error(s.run(t.Context(), func() error { panic("broken") }))
	}()
	if len(s) != 0 {
		t.Error("the slot is kept")
	}
}
