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

// TestTells: each write to a directory's own database is flagged before the call
// returns; a read is not, nor what is written to the control database.
func TestTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{Tell: true}, "a", "b")
		note := func(directory string) auth.Note { return auth.Note{Events: []auth.Event{{Directory: directory}}} }
		w.uses("b", auth.DefaultDirectory)
		if err := w.Write(t.Context(), note(auth.DefaultDirectory)); err != nil {
			t.Errorf("Write to the shared directory: %v", err)
		}
		if err := w.Write(t.Context(), auth.Note{}); err != nil {
			t.Errorf("Write of nothing: %v", err)
		}
		if got := w.flagged(); len(got) != 0 {
			t.Errorf("flagged before the write: %v, want none", got)
		}
		if err := w.Write(t.Context(), note("a")); err != nil {
			t.Errorf("Write: %v", err)
		}
		if diff := cmp.Diff([]string{"a"}, w.flagged()); diff != "" {
			t.Errorf("flagged (-want +got):\n%s", diff)
		}
		w.base("b").broken = "Write" // nobody knows whether it has happened
		if err := w.Write(t.Context(), note("b")); err == nil {
			t.Error("Write to a broken database: got no error")
		}
		if diff := cmp.Diff([]string{"a", "b"}, w.flagged()); diff != "" {
			t.Errorf("flagged after a write that failed (-want +got):\n%s", diff)
		}
		w.control.broken = "FlagDirectory"
		isUnavailable(t, w.Write(t.Context(), note("a")), "Write of which the server does not hear")
	})
}

// TestTellsForWhoIsGone: that the caller hung up meanwhile changes nothing.
func TestTellsForWhoIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{Tell: true}, "a")
		ctx, cancel := context.WithCancel(t.Context())
		w.base("a").does(func(context.Context) error {
			cancel()
			return nil
		})
		w.control.does(func(ctx context.Context) error { return ctx.Err() })
		if err := w.Write(ctx, auth.Note{Events: []auth.Event{{Directory: "a"}}}); err != nil {
			t.Errorf("Write: %v", err)
		}
	})
}

// TestServerTellsNobody: without Tell nothing is flagged.
func TestServerTellsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{}, "a")
		if err := w.Sent(t.Context(), "a", "m", time.Now()); err != nil {
			t.Errorf("Sent: %v", err)
		}
		if got := w.flagged(); len(got) != 0 {
			t.Errorf("flagged: %v, want none", got)
		}
	})
}
