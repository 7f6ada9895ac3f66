package directory_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/directory"
)

// leases leases mails and returns their ids, sorted.
func (w *world) leases(most int) []string {
	w.t.Helper()
	mails, err := w.Lease(w.t.Context(), time.Now(), time.Minute, most)
	if err != nil {
		w.t.Errorf("Lease: %v", err)
	}
	var ids []string
	for _, m := range mails {
		ids = append(ids, m.ID)
	}
	slices.Sort(ids)
	return ids
}

// TestLeaseAsksAll that are open, and no database twice that had nothing the
// first time, unless it was written to.
func TestLeaseAsksAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{}, "a", "b", "c")
		w.control.post("m0")
		w.base("a").post("m1", "m2")
		w.base("c").post("m9")
		w.uses("a", "b")
		for range 3 {
			if diff := cmp.Diff([]string{"m0", "m1", "m2"}, w.leases(10)); diff != "" {
				t.Errorf("leased (-want +got):\n%s", diff)
			}
		}
		if got := len(w.base("b").called("Lease")); got != 1 {
			t.Errorf("an empty outbox was asked %d times, want once", got)
		}
		if err := w.Write(t.Context(), auth.Note{Mails: []auth.Mail{{ID: "m3", Directory: "b"}}}); err != nil {
			t.Fatalf("Write: %v", err)
		}
		if diff := cmp.Diff([]string{"m0", "m1", "m2", "m3"}, w.leases(10)); diff != "" {
			t.Errorf("leased after a write (-want +got):\n%s", diff)
		}
		queued, dead, err := w.Waiting(t.Context())
		if queued != 4 || dead != 0 || err != nil {
			t.Errorf("Waiting: got %d, %d and error %v, want 4 queued", queued, dead, err)
		}
	})
}

// TestLeaseTakesTurns: at most max, and whoever has a thousand mails does not
// keep the others waiting.
func TestLeaseTakesTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{}, "a", "b")
		w.control.post("c1", "c2", "c3")
		w.base("a").post("a1", "a2", "a3")
		w.base("b").post("b1", "b2", "b3")
		w.uses("a", "b")
		for range 3 {
			if ids := w.leases(4); len(ids) != 4 {
				t.Errorf("leased %v, want 4", ids)
			}
		}
		seen := map[string]bool{}
		for range 3 {
			ids := w.leases(2)
			if len(ids) != 2 {
				t.Errorf("leased %v, want 2", ids)
			}
			for _, id := range ids {
				seen[id] = true
			}
		}
		for _, id := range []string{"a1", "a2", "b1", "b2", "c1", "c2"} {
			if !seen[id] {
				t.Errorf("%s did not get its turn in three leases", id)
			}
		}
	})
}

// TestLeasePassesOverTheBroken and the slow, which get a rest.
func TestLeasePassesOverTheBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{}, "a", "b", "c")
		w.uses("a", "b", "c")
		w.base("a").broken = "Lease"
		w.base("b").does(func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		w.base("c").post("m")
		began := time.Now()
		for range 9 {
			if diff := cmp.Diff([]string{"m"}, w.leases(10)); diff != "" {
				t.Errorf("leased (-want +got):\n%s", diff)
			}
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("nine leases took %v, want one wait for the slow one", took)
		}
		if got := len(w.base("a").called("Lease")); got != 1 {
			t.Errorf("the broken one was asked %d times, want once", got)
		}
		time.Sleep(time.Minute)
		w.base("a").broken = ""
		w.base("a").post("n")
		if diff := cmp.Diff([]string{"m", "n"}, w.leases(10)); diff != "" {
			t.Errorf("leased when one is whole again (-want +got):\n%s", diff)
		}
	})
}

// TestLeaseOfBrokenControl: its error is told when there is no mail to give out.
func TestLeaseOfBrokenControl(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{}, "a")
		w.control.broken = "Lease"
		if mails, err := w.Lease(t.Context(), time.Now(), time.Minute, 10); err == nil {
			t.Errorf("Lease: got %v and no error", mails)
		}
		w.base("a").post("m")
		w.uses("a")
		if diff := cmp.Diff([]string{"m"}, w.leases(10)); diff != "" {
			t.Errorf("leased (-want +got):\n%s", diff)
		}
	})
}

// TestSweepsTheOpen and the control database, whichever fails.
func TestSweepsTheOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{}, "a", "b", "c")
		w.uses("a", "b")
		w.base("a").broken = "Sweep"
		n, err := w.Sweep(t.Context(), time.Now(), time.Now(), time.Now())
		if n != 3 || err != nil {
			t.Errorf("Sweep: got %d and error %v, want 3: those that the fake counts in a, b and the control database", n, err)
		}
		if got := w.tries(); len(got) != 2 {
			t.Errorf("opened %v, want only what was used", got)
		}
	})
}
