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

// TestFirstUseOpens: once, however many come at once, and for nobody before.
func TestFirstUseOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{}, "a", "b")
		w.onOpen(func(context.Context, auth.Directory) error {
			time.Sleep(time.Second)
			return nil
		})
		w.uses(auth.DefaultDirectory)
		if got := w.tries(); len(got) != 0 {
			t.Errorf("the shared directory opened %v, want nothing", got)
		}
		for range 20 {
			go w.uses("a")
		}
		synctest.Wait()
		w.uses("a", "a")
		if diff := cmp.Diff([]string{"a"}, w.tries()); diff != "" {
			t.Errorf("opened (-want +got):\n%s", diff)
		}
		if slices.Contains(w.creates, true) {
			t.Error("a call was allowed to make a database")
		}
	})
}

// TestMissingIsNotEmpty: of a directory that the registry does not have nobody
// learns that there is no such user.
func TestMissingIsNotEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{})
		isUnavailable(t, w.use(t.Context(), "nowhere"), "User in no directory")
		isUnavailable(t, w.Write(t.Context(), auth.Note{Mails: []auth.Mail{{Directory: "nowhere"}}}), "Write in no directory")
		if got := w.tries(); len(got) != 0 {
			t.Errorf("opened %v, want nothing", got)
		}
		w.bases["nowhere"] = &base{w: w, id: "nowhere"}
		w.uses("nowhere") // it was made since: at once
	})
}

// TestBound: never more than Most, and the one used least recently goes.
func TestBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{Most: 2}, "a", "b", "c")
		for i, step := range []struct {
			use  string
			want []string
		}{
			{"a", []string{"a"}},
			{"b", []string{"a", "b"}},
			{"a", []string{"a", "b"}},
			{"c", []string{"a", "c"}},
			{"b", []string{"b", "c"}},
		} {
			time.Sleep(time.Minute)
			w.uses(step.use)
			if diff := cmp.Diff(step.want, w.opened()); diff != "" {
				t.Errorf("open after call %d, of %s (-want +got):\n%s", i, step.use, diff)
			}
		}
		if w.most > 2 {
			t.Errorf("%d databases were open at once, want 2", w.most)
		}
		got, want := w.Stats(), directory.Stats{Open: 2, Opened: 4, Closed: 2}
		if got != want {
			t.Errorf("Stats: got %+v, want %+v", got, want)
		}
	})
}

// TestBoundUnderLoad: many callers of more directories than may be open.
func TestBoundUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
		w := newWorld(t, directory.Config{Most: 3}, ids...)
		done := make(chan struct{})
		for i := range 64 {
			go func() {
				for n := range 10 {
					w.uses(ids[(i*7+n*3)%len(ids)])
				}
				done <- struct{}{}
			}()
		}
		for range 64 {
			<-done
		}
		if w.most > 3 {
			t.Errorf("%d databases were open at once, want 3", w.most)
		}
		if got := w.Stats(); got.Waiting != 0 || got.Failed != 0 {
			t.Errorf("Stats: got %+v, want nobody waiting and nothing failed", got)
		}
	})
}

// TestInUseStays: a database is not closed under a call; who finds all in use
// waits, as long as it wants.
func TestInUseStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{Most: 2}, "a", "b", "c")
		freeA, freeB := w.occupy("a"), w.occupy("b")
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		isUnavailable(t, w.use(short, "c"), "User while all databases are in use")
		if got := w.Stats().Waiting; got != 0 {
			t.Errorf("%d callers wait after the only one gave up, want 0", got)
		}
		w.uses("a") // one that is open needs no room

		came := make(chan struct{})
		go func() {
			w.uses("c")
			close(came)
		}()
		synctest.Wait()
		if got := w.Stats().Waiting; got != 1 {
			t.Errorf("%d callers wait, want 1", got)
		}
		freeB()
		<-came
		if diff := cmp.Diff([]string{"a", "c"}, w.opened()); diff != "" {
			t.Errorf("open (-want +got):\n%s", diff)
		}
		freeA()
	})
}

// TestOneEvictionACaller: a caller that waits for room closes one database, not
// one each time that it is woken.
func TestOneEvictionACaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{Most: 3}, "a", "b", "c", "d")
		w.uses("a")
		time.Sleep(time.Second)
		w.uses("b", "c")
		slow := make(chan struct{})
		w.base("a").does(func(context.Context) error { // asked for the last time before it closes
			<-slow
			return nil
		})
		go w.uses("d")
		synctest.Wait()
		w.uses("b", "c") // wake it
		synctest.Wait()
		if diff := cmp.Diff([]string{"a", "b", "c"}, w.opened()); diff != "" {
			t.Errorf("open while one is being closed (-want +got):\n%s", diff)
		}
		close(slow)
		synctest.Wait()
		if diff := cmp.Diff([]string{"b", "c", "d"}, w.opened()); diff != "" {
			t.Errorf("open at the end (-want +got):\n%s", diff)
		}
	})
}
