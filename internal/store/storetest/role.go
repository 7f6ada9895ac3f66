package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func rolePromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"RolesComeBackWhole", rolesComeBackWhole},
		{"RolesAreOfTheirTenant", rolesAreOfTheirTenant},
		{"ARoleIsMadeOnce", aRoleIsMadeOnce},
		{"WhatARoleIsStaysFixed", whatARoleIsStaysFixed},
		{"ARoleChangeThatFailsChangesNothing", aRoleChangeThatFailsChangesNothing},
		{"NoRoleUpdateIsLost", noRoleUpdateIsLost},
		{"PermissionsReachAccounts", permissionsReachAccounts},
		{"ARoleInUseStays", aRoleInUseStays},
		{"NobodyKeepsADeletedRole", nobodyKeepsADeletedRole},
	}
}

// role is a role of the world's tenant that is not in the store.
func (w world) role(name string) auth.Role {
	return auth.Role{
		Directory: w.tenant.Directory, Tenant: w.tenant.ID, Name: name, Description: "For " + name,
		Permissions: []string{"orders:read", "orders:write"}, CreatedAt: start, UpdatedAt: start,
	}
}

// roled adds roles of those names.
func (w world) roled(names ...string) {
	w.Helper()
	for _, name := range names {
		must(w, w.CreateRole(bg, w.role(name), auth.Note{}), "CreateRole")
	}
}

// hasRoles wants the tenant to have exactly these roles.
func (w world) hasRoles(want ...auth.Role) {
	w.Helper()
	got, err := w.Roles(bg, w.tenant.Directory, w.tenant.ID)
	must(w, err, "Roles")
	same(w, "Roles", got, want)
}

// regrant changes the permissions of the role editor.
func (w world) regrant(permissions ...string) (auth.Role, error) {
	return w.UpdateRole(bg, w.tenant.Directory, w.tenant.ID, "editor", func(r *auth.Role) error {
		r.Permissions = permissions
		return nil
	}, auth.Note{})
}

func (w world) dropRole(name string) error {
	return w.DeleteRole(bg, w.tenant.Directory, w.tenant.ID, name, w.note("drop", start))
}

func rolesComeBackWhole(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.hasRoles()
	full, none := w.role("m-full"), w.role("none")
	full.Description, full.Permissions = "Ünïcødé 역할 'quoted'", []string{"a:b.c", "a:b:*", "orders:read"}
	full.CreatedAt, full.UpdatedAt = start.Add(time.Millisecond), start.Add(2*time.Millisecond)
	none.Description, none.Permissions = "", nil
	for _, r := range []auth.Role{none, full, w.role("a_first")} {
		must(t, s.CreateRole(bg, r, auth.Note{}), "CreateRole")
	}
	w.hasRoles(w.role("a_first"), full, none)
	full.Description, full.Permissions, full.UpdatedAt = "", nil, start.Add(time.Hour)
	got, err := s.UpdateRole(bg, "default", w.tenant.ID, "m-full", func(r *auth.Role) error { *r = full; return nil }, auth.Note{})
	must(t, err, "UpdateRole")
	same(t, "UpdateRole", got, full)
	w.hasRoles(w.role("a_first"), full, none)
	must(t, w.dropRole("a_first"), "DeleteRole")
	w.hasRoles(full, none)
}

// rolesAreOfTheirTenant: another tenant, and another directory, has its own.
func rolesAreOfTheirTenant(t T, s auth.Store) {
	w, elsewhere, there := settle(t, s, "default"), settle(t, s, "default"), settle(t, s, "there")
	for _, w := range []world{w, elsewhere, there} {
		w.roled("editor")
	}
	far := w.role("editor") // named by the tenant, in another directory
	far.Directory = "there"
	must(t, s.CreateRole(bg, far, auth.Note{}), "CreateRole there")
	got, err := w.regrant("x:y")
	must(t, err, "UpdateRole")
	w.hasRoles(got)
	must(t, w.dropRole("editor"), "DeleteRole")
	w.hasRoles()
	elsewhere.hasRoles(elsewhere.role("editor"))
	there.hasRoles(there.role("editor"))
	_, err = w.regrant()
	refused(t, err, auth.ErrNoRecord, "UpdateRole of another tenant's")
	refused(t, w.dropRole("editor"), auth.ErrNoRecord, "DeleteRole of another tenant's")
}

func aRoleIsMadeOnce(t T, s auth.Store) {
	w := settle(t, s, "default")
	made := 0
	for range rounds {
		name := "r" + newID()
		errs := race(callers, func(int) error { return s.CreateRole(bg, w.role(name), w.note("made", start)) })
		if n := winners(t, errs, auth.ErrTaken, "CreateRole"); n != 1 {
			t.Fatalf("%d callers made the role, want 1", n)
		}
		made++
		late := w.role(name)
		late.Description = "late"
		refused(t, s.CreateRole(bg, late, w.note("made", start)), auth.ErrTaken, "CreateRole again")
	}
	roles, err := s.Roles(bg, "default", w.tenant.ID)
	must(t, err, "Roles")
	for _, r := range roles {
		same(t, "the role", r, w.role(r.Name))
	}
	w.wrote("made", made)
}

func whatARoleIsStaysFixed(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.roled("editor", "other")
	want := w.role("editor")
	want.Description, want.Permissions, want.UpdatedAt = "new", []string{"a:b"}, start.Add(time.Minute)
	got, err := s.UpdateRole(bg, "default", w.tenant.ID, "editor", func(r *auth.Role) error {
		*r = want
		r.Directory, r.Tenant, r.Name, r.CreatedAt = "there", newID(), "another", start.Add(time.Hour)
		return nil
	}, auth.Note{})
	must(t, err, "UpdateRole")
	same(t, "UpdateRole", got, want)
	w.hasRoles(want, w.role("other"))
}

func aRoleChangeThatFailsChangesNothing(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.roled("editor")
	fault := errors.New("changed my mind")
	_, err := s.UpdateRole(bg, "default", w.tenant.ID, "editor", func(r *auth.Role) error {
		r.Description, r.Permissions[0] = "new", "all:all"
		return fault
	}, w.note("failed", start))
	if err != fault { //nolint:errorlint // as it is: not wrapped
		t.Errorf("UpdateRole: got error %v, want that of the change as it is", err)
	}
	for _, name := range []string{"nothing", auth.RoleAdmin} {
		_, err = s.UpdateRole(bg, "default", w.tenant.ID, name, func(*auth.Role) error {
			t.Errorf("change was run without a role")
			return nil
		}, w.note("failed", start))
		refused(t, err, auth.ErrNoRecord, "UpdateRole of none")
		refused(t, w.dropRole(name), auth.ErrNoRecord, "DeleteRole of none")
	}
	w.hasRoles(w.role("editor"))
	w.wrote("failed", 0)
	w.wrote("drop", 0)
}

func noRoleUpdateIsLost(t T, s auth.Store) {
	w := settle(t, s, "default")
	for round := range rounds {
		const n = 8
		role := w.role("r" + newID())
		role.Permissions = nil
		must(t, s.CreateRole(bg, role, auth.Note{}), "CreateRole")
		meet := meeting(n)
		errs := race(n, func(i int) error {
			first := true
			_, err := s.UpdateRole(bg, "default", w.tenant.ID, role.Name, func(r *auth.Role) error {
				r.Permissions = append(r.Permissions, "p:"+string(rune('a'+i)))
				if first {
					first = false
					meet()
				}
				return nil
			}, w.note("regrant", start))
			return err
		})
		must(t, errors.Join(errs...), "UpdateRole")
		w.wrote("regrant", (round+1)*n) // once each, however often it was tried
		roles, err := s.Roles(bg, "default", w.tenant.ID)
		must(t, err, "Roles")
		i := slices.IndexFunc(roles, func(r auth.Role) bool { return r.Name == role.Name })
		if got := len(roles[i].Permissions); got != n {
			t.Fatalf("of %d updates %d are left", n, got)
		}
	}
}
