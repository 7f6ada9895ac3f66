package storetest

import (
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func spacePromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"SpacesComeOldestFirst", spacesComeOldestFirst},
		{"ASpaceIsMadeOnce", aSpaceIsMadeOnce},
		{"SpacesAreOfTheirTenant", spacesAreOfTheirTenant},
	}
}

// newSpace returns a space of the world's tenant that is not in the store.
func (w world) newSpace(slug string) auth.Space {
	return auth.Space{
		ID: newID(), Directory: w.tenant.Directory, Tenant: w.tenant.ID, Slug: slug, Name: "Space " + slug, CreatedAt: start,
	}
}

// hasSpaces wants the tenant to have exactly these spaces.
func (w world) hasSpaces(want ...auth.Space) {
	w.Helper()
	got, err := w.Spaces(bg, w.tenant.Directory, w.tenant.ID)
	must(w, err, "Spaces")
	same(w, "Spaces", got, want)
	for _, want := range want {
		for _, ref := range []string{want.ID, want.Slug} {
			got, err := w.Space(bg, want.Directory, want.Tenant, ref)
			must(w, err, "Space "+ref)
			same(w, "Space "+ref, got, want)
		}
	}
}

func spacesComeOldestFirst(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.hasSpaces(w.space)
	late, early, twin := w.newSpace("a"), w.newSpace("z"), w.newSpace("m")
	late.CreatedAt, early.CreatedAt = start.Add(time.Hour+time.Millisecond), start.Add(-time.Millisecond)
	late.Name = "Ünïcødé 공간 'quoted'"
	for _, sp := range []auth.Space{late, early, twin} {
		must(t, s.CreateSpace(bg, sp, auth.Note{}), "CreateSpace")
	}
	w.hasSpaces(early, w.space, twin, late)
}

func aSpaceIsMadeOnce(t T, s auth.Store) {
	w := settle(t, s, "default")
	for i := range rounds {
		slug := "s" + newID()
		errs := race(callers, func(int) error { return s.CreateSpace(bg, w.newSpace(slug), w.note("made", start)) })
		if n := winners(t, errs, auth.ErrTaken, "CreateSpace"); n != 1 {
			t.Fatalf("%d spaces got the slug, want 1", n)
		}
		w.wrote("made", i+1)
	}
	refused(t, s.CreateSpace(bg, w.newSpace(auth.DefaultSpace), w.note("late", start)), auth.ErrTaken, "CreateSpace with the default one's slug")
	spaces, err := s.Spaces(bg, "default", w.tenant.ID)
	must(t, err, "Spaces")
	if len(spaces) != 1+rounds {
		t.Errorf("got %d spaces, want %d", len(spaces), 1+rounds)
	}
	w.wrote("made", rounds)
}

func spacesAreOfTheirTenant(t T, s auth.Store) {
	w, elsewhere, there := settle(t, s, "default"), settle(t, s, "default"), settle(t, s, "there")
	annex := w.newSpace("annex")
	for _, w := range []world{w, elsewhere, there} {
		sp := w.newSpace("annex")
		if w.tenant.ID == annex.Tenant {
			sp = annex
		}
		must(t, s.CreateSpace(bg, sp, auth.Note{}), "CreateSpace")
	}
	far := annex // named by the tenant, in another directory
	far.Directory, far.Name = "there", "Far"
	must(t, s.CreateSpace(bg, far, auth.Note{}), "CreateSpace there")
	w.hasSpaces(w.space, annex)
	for _, ref := range []string{annex.ID, annex.Slug} {
		got, err := s.Space(bg, "there", w.tenant.ID, ref)
		must(t, err, "Space there")
		same(t, "Space there", got, far)
	}
	for _, ref := range []string{w.space.ID, w.space.Slug} {
		_, err := s.Space(bg, "there", w.tenant.ID, ref)
		refused(t, err, auth.ErrNoRecord, "Space of another directory")
	}
	_, err := s.Space(bg, "default", elsewhere.tenant.ID, annex.ID)
	refused(t, err, auth.ErrNoRecord, "Space of another tenant")
	got, err := s.Spaces(bg, "there", w.tenant.ID)
	must(t, err, "Spaces")
	same(t, "Spaces in another directory", got, []auth.Space{far})
}
