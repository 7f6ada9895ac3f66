package directory_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/directory"
)

// breaks makes the database of a directory one that cannot be opened.
func (w *world) breaks(id string) {
	w.onOpen(func(_ context.Context, d auth.Directory) error {
		if d.ID == id {
			return errBroken
		}
		return nil
	})
}

// TestBrokenIsNotTriedByEveryRequest: after 1, 2, 4 … 30 seconds; the others do
// not notice, and when it is whole again it opens.
func TestBrokenIsNotTriedByEveryRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		w := newWorld(t, directory.Config{Log: slog.New(slog.NewTextHandler(&log, nil))}, "a", "b")
		w.breaks("b")
		began := time.Now()
		var tries []float64
		for time.Since(began) < 2*time.Minute {
			before := len(w.tries())
			isUnavailable(t, w.use(t.Context(), "b"), "User in a broken database")
			if len(w.tries()) > before {
				tries = append(tries, time.Since(began).Seconds())
			}
			time.Sleep(100 * time.Millisecond)
		}
		if diff := cmp.Diff([]float64{0, 1, 3, 7, 15, 31, 61, 91}, tries); diff != "" {
			t.Errorf("seconds at which it was tried (-want +got):\n%s", diff)
		}
		w.uses("a")
		if got, want := strings.Count(log.String(), errBroken.Error()), len(tries); got != want {
			t.Errorf("%d lines in the log, want one for each of %d tries", got, want)
		}
		w.onOpen(nil)
		time.Sleep(time.Minute)
		w.uses("b")
		if got, want := w.Stats(), (directory.Stats{Open: 2, Opened: 2, Failed: uint64(len(tries))}); got != want {
			t.Errorf("Stats: got %+v, want %+v", got, want)
		}
	})
}

// TestFailureIsShared: all who waited for an opening hear that it failed, and the
// place is free again.
func TestFailureIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{Most: 1}, "a", "b")
		w.onOpen(func(_ context.Context, d auth.Directory) error {
			if d.ID == "a" {
				time.Sleep(time.Second)
				return errBroken
			}
			return nil
		})
		errs := make(chan error)
		for range 10 {
			go func() { errs <- w.use(t.Context(), "a") }()
		}
		for range 10 {
			isUnavailable(t, <-errs, "User in a broken database")
		}
		if got := len(w.tries()); got != 1 {
			t.Errorf("tried %d times, want once", got)
		}
		w.uses("b")
	})
}

// TestFailureIsForgotten as soon as the database was opened.
func TestFailureIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{Most: 1}, "a", "b")
		w.breaks("b")
		isUnavailable(t, w.use(t.Context(), "b"), "User in a broken database")
		w.onOpen(nil)
		if err := w.Prepare(t.Context(), auth.Directory{ID: "b"}); err != nil {
			t.Errorf("Prepare: %v", err)
		}
		w.uses("a", "b") // it was closed in between
	})
}

// TestSlowOpenHoldsUpNoOther, and who gives up does not stop it for those who
// still wait.
func TestSlowOpenHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{}, "a", "b")
		done := make(chan struct{})
		w.onOpen(func(ctx context.Context, d auth.Directory) error {
			if d.ID != "a" {
				return nil
			}
			select {
			case <-done:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		patient := make(chan error, 1)
		first, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		gaveUp := make(chan error, 1)
		go func() { gaveUp <- w.use(first, "a") }()
		synctest.Wait()
		go func() { patient <- w.use(t.Context(), "a") }()
		w.uses("b", auth.DefaultDirectory)
		isUnavailable(t, <-gaveUp, "User while the database is being opened")
		close(done)
		if err := <-patient; err != nil {
			t.Errorf("User, by one who waited: %v", err)
		}
		if diff := cmp.Diff([]string{"a", "b"}, w.tries()); diff != "" {
			t.Errorf("opened (-want +got):\n%s", diff)
		}
	})
}

// TestOpeningEnds: one that hangs is given up after a minute.
func TestOpeningEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{}, "a")
		w.onOpen(func(ctx context.Context, _ auth.Directory) error {
			<-ctx.Done()
			return ctx.Err()
		})
		began := time.Now()
		isUnavailable(t, w.use(t.Context(), "a"), "User in a database that hangs")
		if got, want := time.Since(began), time.Minute; got != want {
			t.Errorf("given up after %v, want %v", got, want)
		}
	})
}
