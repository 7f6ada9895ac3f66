package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func directoryPromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"ADirectoryIsMadeOnce", aDirectoryIsMadeOnce},
		{"OneTenantMakesTheDirectory", oneTenantMakesTheDirectory},
		{"ARefusedTenantMakesNoDirectory", aRefusedTenantMakesNoDirectory},
		{"DirectoriesComeInPages", directoriesComeInPages},
		{"FlagsAreSeen", flagsAreSeen},
		{"AFlagIsTakenByItsTime", aFlagIsTakenByItsTime},
	}
}

// settleIn makes a tenant in a directory, without a space of its own there.
func settleIn(t T, s auth.Store, d auth.Directory) auth.Tenant {
	t.Helper()
	v, _ := newTenant(d.ID)
	must(t, s.CreateTenant(bg, v, d, auth.Space{}, auth.Note{}), "CreateTenant")
	return v
}

// aDirectoryIsMadeOnce: with the first tenant that is in it. A tenant whose
// directory is another database has no space in this one.
func aDirectoryIsMadeOnce(t T, s auth.Store) {
	_, err := s.Directory(bg, "apart")
	refused(t, err, auth.ErrNoRecord, "Directory")
	want := auth.Directory{ID: newID(), Name: "acme", Sealed: []byte{0, 0xff, '\'', 0}, CreatedAt: start.Add(time.Millisecond)}
	first := settleIn(t, s, want)
	late := auth.Directory{ID: want.ID, Name: "late", Sealed: []byte("late"), CreatedAt: start.Add(time.Hour)}
	second := settleIn(t, s, late)
	bare := auth.Directory{ID: newID(), Name: "bare", CreatedAt: start}
	settleIn(t, s, bare)
	for _, want := range []auth.Directory{want, bare} {
		got, err := s.Directory(bg, want.ID)
		must(t, err, "Directory")
		same(t, "Directory", got, want)
	}
	nobodys, err := s.Spaces(bg, "", "")
	must(t, err, "Spaces")
	same(t, "Spaces of nobody", nobodys, []auth.Space(nil))
	for _, v := range []auth.Tenant{first, second} {
		got, err := s.TenantByID(bg, v.ID)
		must(t, err, "TenantByID")
		same(t, "TenantByID", got, v)
		spaces, err := s.Spaces(bg, v.Directory, v.ID)
		must(t, err, "Spaces")
		same(t, "Spaces", spaces, []auth.Space(nil))
		_, err = s.Space(bg, v.Directory, v.ID, "")
		refused(t, err, auth.ErrNoRecord, "Space of a tenant without one")
	}
}

func oneTenantMakesTheDirectory(t T, s auth.Store) {
	for range rounds {
		id := newID()
		errs := race(callers, func(int) error {
			v, space := newTenant(id)
			return s.CreateTenant(bg, v, home(v), space, auth.Note{})
		})
		must(t, errors.Join(errs...), "CreateTenant")
		got, err := s.Directory(bg, id)
		must(t, err, "Directory")
		if _, err := s.Tenant(bg, got.Name); err != nil {
			t.Errorf("the tenant %q that made the directory: %v", got.Name, err)
		}
	}
}

func aRefusedTenantMakesNoDirectory(t T, s auth.Store) {
	w := settle(t, s, "default")
	v, space := newTenant(newID())
	v.Slug = w.tenant.Slug
	refused(t, s.CreateTenant(bg, v, home(v), space, auth.Note{}), auth.ErrTaken, "CreateTenant")
	_, err := s.Directory(bg, v.Directory)
	refused(t, err, auth.ErrNoRecord, "Directory")
}

func directoriesComeInPages(t T, s auth.Store) {
	page := func(after string, max int) []auth.Directory {
		t.Helper()
		found, err := s.Directories(bg, after, max)
		must(t, err, "Directories")
		return found
	}
	same(t, "Directories of none", page("", 10), []auth.Directory(nil))
	all := []auth.Directory{{ID: "default", Name: "x", CreatedAt: start}}
	for range 5 {
		all = append(all, auth.Directory{ID: newID(), Name: "x", Sealed: []byte("url"), CreatedAt: start})
	}
	for _, i := range []int{3, 0, 5, 1, 4, 2} {
		settleIn(t, s, all[i])
	}
	slices.SortFunc(all, func(a, b auth.Directory) int { return slices.Compare([]byte(a.ID), []byte(b.ID)) })
	for _, c := range []struct {
		after string
		max   int
		want  []auth.Directory
	}{
		{"", 100, all}, {"", 6, all}, {"", 2, all[:2]}, {all[1].ID, 2, all[2:4]}, {all[4].ID, 2, all[5:]}, {all[5].ID, 2, nil}, {"~", 2, nil},
	} {
		same(t, "Directories", page(c.after, c.max), c.want)
	}
}
