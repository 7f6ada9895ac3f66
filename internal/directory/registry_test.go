package directory_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/directory"
)

func (b *base) CreateSpace(ctx context.Context, sp auth.Space, _ auth.Note) error {
	err := b.call(ctx, "CreateSpace "+sp.ID)
	if len(b.called("CreateSpace "+sp.ID)) > 1 {
		return auth.ErrTaken
	}
	return err
}

func (b *base) Space(ctx context.Context, _, _, ref string) (auth.Space, error) {
	err := b.call(ctx, "Space")
	if len(b.called("CreateSpace "+ref)) == 0 {
		return auth.Space{}, auth.ErrNoRecord
	}
	return auth.Space{ID: ref}, err
}

func (b *base) Tenant(_ context.Context, slug string) (auth.Tenant, error) {
	if slug == "taken" {
		return auth.Tenant{}, nil
	}
	return auth.Tenant{}, auth.ErrNoRecord
}

// CreateTenant has the control database note with which space it was called.
func (b *base) CreateTenant(ctx context.Context, _ auth.Tenant, _ auth.Directory, sp auth.Space, _ auth.Note) error {
	return b.call(ctx, "CreateTenant "+sp.ID)
}

func create(w *world, directory string) error {
	return w.CreateTenant(w.t.Context(), auth.Tenant{ID: "t", Directory: directory}, auth.Directory{ID: directory, Name: "asked"},
		auth.Space{ID: "sp", Tenant: "t", Directory: directory}, auth.Note{})
}

// TestCreateTenant: its space is made where its users will be, and the database
// on the way.
func TestCreateTenant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{Tell: true}, "a")
		if err := create(w, auth.DefaultDirectory); err != nil {
			t.Errorf("CreateTenant in the shared directory: %v", err)
		}
		if err := create(w, "a"); err != nil {
			t.Errorf("CreateTenant in a directory of its own: %v", err)
		}
		want := []string{"CreateTenant sp", "CreateTenant ", "FlagDirectory"}
		if diff := cmp.Diff(want, w.control.called(want...)); diff != "" {
			t.Errorf("calls of the control database (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"CreateSpace sp"}, w.base("a").called("CreateSpace sp")); diff != "" {
			t.Errorf("calls of the other one (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]bool{true}, w.creates); diff != "" {
			t.Errorf("opened with create (-want +got):\n%s", diff)
		}
		if err := create(w, "a"); err != nil {
			t.Errorf("CreateTenant, again with the same space: %v", err)
		}
	})
}

// TestTakenSlugMakesNoDatabase: nor a space in one that is there.
func TestTakenSlugMakesNoDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{}, "a")
		err := w.CreateTenant(t.Context(), auth.Tenant{ID: "t", Slug: "taken"}, auth.Directory{ID: "a"}, auth.Space{ID: "sp"}, auth.Note{})
		if !errors.Is(err, auth.ErrTaken) {
			t.Errorf("CreateTenant: got error %v, want ErrTaken", err)
		}
		if got := w.tries(); len(got) != 0 {
			t.Errorf("opened %v, want nothing", got)
		}
	})
}

// TestPrepare makes a database that nobody else would: also of a directory that
// the registry does not have yet, and at once when it failed before.
func TestPrepare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{}, "a")
		var names []string
		missing := map[string]bool{"a": true}
		w.onOpen(func(_ context.Context, d auth.Directory) error {
			names = append(names, d.Name)
			if missing[d.ID] {
				return errBroken
			}
			return nil
		})
		prepare := func(id string) error { return w.Prepare(t.Context(), auth.Directory{ID: id, Name: "asked"}) }
		isUnavailable(t, w.use(t.Context(), "a"), "User in a missing database")
		isUnavailable(t, prepare("a"), "Prepare of a broken database")
		delete(missing, "a")
		isUnavailable(t, w.use(t.Context(), "a"), "User a moment later")
		for _, id := range []string{auth.DefaultDirectory, "a", "a"} {
			if err := prepare(id); err != nil {
				t.Errorf("Prepare of %s: %v", id, err)
			}
		}
		w.uses("a")
		if diff := cmp.Diff([]bool{false, true, true}, w.creates); diff != "" {
			t.Errorf("opened with create (-want +got):\n%s", diff)
		}
		if err := prepare("elsewhere"); err != nil {
			t.Errorf("Prepare of what the registry does not have: %v", err)
		}
		if diff := cmp.Diff([]string{"registered", "registered", "registered", "asked"}, names); diff != "" {
			t.Errorf("names of the directories opened (-want +got):\n%s", diff)
		}
	})
}

// TestPrepareAfterAnOpening: one that others began, and that must not make the
// database, does not count.
func TestPrepareAfterAnOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, directory.Config{}, "a")
		first := true
		w.onOpen(func(context.Context, auth.Directory) error {
			if first {
				first = false
				time.Sleep(time.Second)
				return errBroken
			}
			return nil
		})
		done := make(chan error, 1)
		go func() { done <- w.use(t.Context(), "a") }()
		synctest.Wait()
		if err := w.Prepare(t.Context(), auth.Directory{ID: "a"}); err != nil {
			t.Errorf("Prepare: %v", err)
		}
		isUnavailable(t, <-done, "User in a missing database")
		if diff := cmp.Diff([]bool{false, true}, w.creates); diff != "" {
			t.Errorf("opened with create (-want +got):\n%s", diff)
		}
	})
}
