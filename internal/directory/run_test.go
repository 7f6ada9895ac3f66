package directory_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/directory"
)

// sending has all mail sent as the outbox worker does, for a while.
func (w *world) sending(d time.Duration) {
	w.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(5 * time.Second) {
		mails, err := w.Lease(w.t.Context(), time.Now(), time.Minute, 4)
		if err != nil {
			w.t.Errorf("Lease: %v", err)
		}
		for _, m := range mails {
			if err := w.Sent(w.t.Context(), m.Directory, m.ID, time.Now()); err != nil {
				w.t.Errorf("Sent: %v", err)
			}
		}
	}
}

func (w *world) flagged() []string {
	flags, err := w.control.FlaggedDirectories(w.t.Context())
	if err != nil {
		w.t.Errorf("FlaggedDirectories: %v", err)
	}
	return slices.Sorted(maps.Keys(flags))
}

func flag(w *world, id string) {
	w.t.Helper()
	if err := w.control.FlagDirectory(w.t.Context(), id, time.Now()); err != nil {
		w.t.Fatalf("FlagDirectory: %v", err)
	}
}

// TestFlaggedMailGoesOut: what another process has written is sent without any
// call, and the flag goes when the outbox is empty, not before.
func TestFlaggedMailGoesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{}, "a", "b", "c")
		w.running()
		time.Sleep(time.Minute) // the round is over
		w.base("a").post("m")
		w.base("b").bury(1)
		flag(w, "a")
		flag(w, "b")
		time.Sleep(time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{"a", "b"}, w.opened()); diff != "" {
			t.Errorf("open a second after the flags (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"a", "b"}, w.flagged()); diff != "" {
			t.Errorf("flagged a second later (-want +got):\n%s", diff)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]string{"a"}, w.flagged()); diff != "" {
			t.Errorf("flagged while the mail waits (-want +got):\n%s", diff)
		}
		w.sending(10 * time.Second)
		if got := w.base("a").left(); got != 0 {
			t.Errorf("%d mails are left, want 0", got)
		}
		if got := w.flagged(); len(got) != 0 {
			t.Errorf("flagged after the mail was sent: %v, want none", got)
		}
	})
}

// TestLook looks at once.
func TestLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{}, "a")
		w.running()
		time.Sleep(time.Minute + time.Second/2)
		flag(w, "a")
		synctest.Wait()
		if got := w.opened(); len(got) != 0 {
			t.Errorf("open without a look: %v", got)
		}
		w.Look()
		w.Look()
		synctest.Wait()
		if diff := cmp.Diff([]string{"a"}, w.opened()); diff != "" {
			t.Errorf("open after Look (-want +got):\n%s", diff)
		}
	})
}

// TestFlagsWaitForRoom: what was opened for its mail stays open until Lease has
// had time to come by.
func TestFlagsWaitForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{Most: 2}, "a", "b", "c", "d")
		w.running()
		time.Sleep(time.Minute)
		for _, id := range w.ids {
			w.base(id).post("m-" + id)
			flag(w, id)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{"a", "b"}, w.opened()); diff != "" {
			t.Errorf("open after ten seconds (-want +got):\n%s", diff)
		}
		if got := len(w.tries()); got != 4+2 {
			t.Errorf("opened %d databases, want 4 in the round and 2 since", got)
		}
		w.sending(2 * time.Minute)
		if got := w.flagged(); len(got) != 0 {
			t.Errorf("flagged at the end: %v, want none", got)
		}
	})
}

// TestFullRoundComesBack: a directory for which the round found no room is
// visited when there is some.
func TestFullRoundComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{Most: 1}, "a", "b")
		w.base("b").post("m")
		free := w.occupy("a")
		w.running()
		time.Sleep(time.Minute)
		free()
		w.sending(2 * time.Minute)
		if got := w.base("b").left(); got != 0 {
			t.Errorf("%d mails are left, want 0", got)
		}
	})
}

// TestManyFlags: more directories than may be open, some of them broken, are all
// looked at.
func TestManyFlags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ids []string
		for i := range 100 {
			ids = append(ids, fmt.Sprintf("d%02d", i))
		}
		w := newWorld(t, directory.Config{Most: 4}, ids...)
		w.running()
		time.Sleep(time.Minute)
		w.onOpen(func(_ context.Context, d auth.Directory) error {
			if d.ID < "d30" { // enough to fill every look
				return errBroken
			}
			return nil
		})
		for _, id := range ids {
			w.base(id).post("m-" + id)
			flag(w, id)
		}
		w.sending(10 * time.Minute)
		if diff := cmp.Diff(ids[:30], w.flagged()); diff != "" {
			t.Errorf("flagged (-want +got):\n%s", diff)
		}
		for _, id := range ids[30:] {
			if got := w.base(id).left(); got != 0 {
				t.Errorf("%s: %d mails are left, want 0", id, got)
			}
		}
		if w.most > 4 {
			t.Errorf("%d databases were open at once, want 4", w.most)
		}
	})
}

// TestOwedMailGoesOut: a database that had to be closed with mail in it is opened
// again.
func TestOwedMailGoesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{Most: 1}, "a", "b")
		w.running()
		time.Sleep(time.Minute)
		note := auth.Note{Mails: []auth.Mail{{ID: "m", Directory: "a"}}}
		if err := w.Write(t.Context(), note); err != nil {
			t.Fatalf("Write: %v", err)
		}
		w.uses("b")
		if diff := cmp.Diff([]string{"b"}, w.opened()); diff != "" {
			t.Errorf("open (-want +got):\n%s", diff)
		}
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]string{"b"}, w.opened()); diff != "" {
			t.Errorf("open soon after (-want +got):\n%s", diff)
		}
		w.sending(2 * time.Minute)
		if got := w.base("a").left(); got != 0 {
			t.Errorf("%d mails are left, want 0", got)
		}
	})
}

// TestRound: all that are not open are swept one after the other and closed, but
// those with mail; a broken one does not stop it; it comes again.
func TestRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sweep := func(ctx context.Context, s auth.Sweeper, now time.Time) error {
			_, err := s.Sweep(ctx, now, now, now)
			return err
		}
		w := newWorld(t, directory.Config{Sweep: sweep, Most: 3}, "a", "b", "c", "d", "e")
		w.breaks("b")
		w.base("c").post("m")
		w.base("d").broken = "Sweep"
		w.uses("e") // Sweep sees to it
		w.running()
		time.Sleep(time.Minute)
		synctest.Wait()
		swept := func() (all []int) {
			for _, id := range w.ids {
				all = append(all, len(w.base(id).called("Sweep")))
			}
			return all
		}
		if diff := cmp.Diff([]int{1, 0, 1, 1, 0}, swept()); diff != "" {
			t.Errorf("sweeps of each, after the first round (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"c", "e"}, w.opened()); diff != "" {
			t.Errorf("open after the first round (-want +got):\n%s", diff)
		}
		w.sending(10 * time.Minute)
		if got := w.opened(); len(got) != 0 {
			t.Errorf("open after the mail was sent: %v, want none", got)
		}
		w.onOpen(nil)
		time.Sleep(6 * time.Hour)
		synctest.Wait()
		if diff := cmp.Diff([]int{2, 1, 2, 2, 1}, swept()); diff != "" {
			t.Errorf("sweeps of each, after the second round (-want +got):\n%s", diff)
		}
	})
}

// TestRoundOfTenThousand: within about ten minutes, one at a time.
func TestRoundOfTenThousand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ids []string
		for i := range 10_000 {
			ids = append(ids, fmt.Sprintf("d%05d", i))
		}
		w := newWorld(t, directory.Config{}, ids...)
		w.onOpen(func(context.Context, auth.Directory) error {
			time.Sleep(20 * time.Millisecond)
			return nil
		})
		w.running()
		time.Sleep(11 * time.Minute)
		synctest.Wait()
		if got := w.Stats(); got.Opened != 10_000 || got.Open != 0 {
			t.Errorf("Stats: got %+v, want 10,000 opened and none open", got)
		}
	})
}

// TestRoundLeavesRoom: it takes one place at a time, and what requests use again
// and again stays open.
func TestRoundLeavesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ids []string
		for i := range 200 {
			ids = append(ids, fmt.Sprintf("d%03d", i))
		}
		w := newWorld(t, directory.Config{Most: 4}, ids...)
		w.uses("d100", "d101", "d102")
		w.running()
		for range 600 {
			time.Sleep(50 * time.Millisecond)
			w.uses("d100", "d101", "d102")
		}
		if got, want := w.Stats().Opened, uint64(200); got != want {
			t.Errorf("%d databases were opened, want each of the %d once", got, want)
		}
	})
}
