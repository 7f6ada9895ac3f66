package directory_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/directory"
)

// TestIdleCloses: after IdleAfter without a call, and not under one.
func TestIdleCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{IdleAfter: time.Minute}, "a", "b", "c")
		w.uses("a", "b")
		free := w.occupy("c")
		w.running()
		time.Sleep(50 * time.Second)
		w.uses("a")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{"a", "b", "c"}, w.opened()); diff != "" {
			t.Errorf("open after 55 seconds (-want +got):\n%s", diff)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{"a", "c"}, w.opened()); diff != "" {
			t.Errorf("open after 65 seconds (-want +got):\n%s", diff)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if diff := cmp.Diff([]string{"c"}, w.opened()); diff != "" {
			t.Errorf("open after an hour (-want +got):\n%s", diff)
		}
		free()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]string(nil), w.opened()); diff != "" {
			t.Errorf("open at the end (-want +got):\n%s", diff)
		}
		w.uses("b")
	})
}

// TestWhatIsLostIsClosed: a database that is no longer what was opened is closed
// as soon as nobody holds it, and the others stay open.
func TestWhatIsLostIsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{IdleAfter: time.Hour}, "a", "b")
		w.uses("a")
		free := w.occupy("b")
		w.running()
		for _, id := range []string{"a", "b"} {
			w.base(id).lose(errBroken)
			time.Sleep(2 * time.Second)
			synctest.Wait()
		}
		if diff := cmp.Diff([]string{"b"}, w.opened()); diff != "" {
			t.Errorf("open while it is in use (-want +got):\n%s", diff)
		}
		free()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string(nil), w.opened()); diff != "" {
			t.Errorf("open afterwards (-want +got):\n%s", diff)
		}
		w.base("a").lose(nil)
		w.uses("a")
	})
}

func (b *base) lose(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lost = err
}

// TestMailKeepsOpen: a database with queued mail is not idle; one whose mails
// are dead is.
func TestMailKeepsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{IdleAfter: time.Minute}, "a", "b")
		w.base("a").post("m")
		w.base("b").bury(3)
		w.uses("a", "b")
		w.running()
		time.Sleep(time.Hour)
		synctest.Wait()
		if diff := cmp.Diff([]string{"a"}, w.opened()); diff != "" {
			t.Errorf("open after an hour (-want +got):\n%s", diff)
		}
		if got := len(w.tries()); got != 2 {
			t.Errorf("opened %d times, want each once", got)
		}
		if err := w.Sent(t.Context(), "a", "m", time.Now()); err != nil {
			t.Fatalf("Sent: %v", err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got := w.opened(); len(got) != 0 {
			t.Errorf("open after the mail was sent: %v, want none", got)
		}
	})
}

// TestFreshMailIsSpared: when another must be closed, it is not the one with
// mail that Lease is about to see; one with older mail has to go all the same.
func TestFreshMailIsSpared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{Most: 2}, "a", "b", "c", "d")
		w.base("a").post("m")
		w.uses("a")
		time.Sleep(time.Second)
		w.uses("b")
		w.leases(10) // finds out who has mail
		time.Sleep(time.Second)
		w.uses("c")
		w.leases(10)
		if diff := cmp.Diff([]string{"a", "c"}, w.opened()); diff != "" {
			t.Errorf("open while the mail is fresh (-want +got):\n%s", diff)
		}
		time.Sleep(time.Minute)
		w.uses("c", "d")
		if diff := cmp.Diff([]string{"c", "d"}, w.opened()); diff != "" {
			t.Errorf("open when the mail is old (-want +got):\n%s", diff)
		}
	})
}

// TestCloseWaits for the calls under way, and refuses all that come later.
func TestCloseWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{Most: 1}, "a", "b")
		free := w.occupy("a")
		waiting := make(chan error, 1)
		go func() { waiting <- w.use(t.Context(), "b") }()
		synctest.Wait()
		closed := make(chan error, 1)
		go func() { closed <- w.Close() }()
		synctest.Wait()
		select {
		case err := <-closed:
			t.Fatalf("closed under a call, with error %v", err)
		default:
		}
		isUnavailable(t, <-waiting, "User, waiting for room while the pool is closed")
		isUnavailable(t, w.use(t.Context(), "a"), "User after Close")
		free()
		if err := <-closed; err != nil {
			t.Errorf("Close: %v", err)
		}
		if got := w.opened(); len(got) != 0 {
			t.Errorf("open after Close: %v", got)
		}
		w.uses(auth.DefaultDirectory) // the control database is its owner's
	})
}

// TestCloseStopsOpening: it does not wait for a database that hangs.
func TestCloseStopsOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{}, "a")
		w.onOpen(func(ctx context.Context, _ auth.Directory) error {
			<-ctx.Done()
			return ctx.Err()
		})
		waiting := make(chan error, 1)
		go func() { waiting <- w.use(t.Context(), "a") }()
		synctest.Wait()
		began := time.Now()
		if err := w.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("Close waited %v for a database that hangs", took)
		}
		isUnavailable(t, <-waiting, "User in a database that hangs")
	})
}
