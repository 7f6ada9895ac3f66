package storetest

import (
	"github.com/latchkey/latchkey/internal/auth"
)

func aDeletedTenantIsGone(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.edits(w.tenant.ID, func(v *auth.Tenant) { v.Logo = []byte("picture") })
	got, err := s.UpdateTenant(bg, w.tenant.ID, func(v *auth.Tenant) error { erase(v); return nil }, w.note("gone", start))
	must(t, err, "UpdateTenant")
	want := w.tenant
	erase(&want)
	same(t, "UpdateTenant", got, want)
	w.wrote("gone", 1)
	_, err = s.Tenant(bg, w.tenant.Slug)
	refused(t, err, auth.ErrNoRecord, "Tenant")
	_, err = s.TenantByID(bg, w.tenant.ID)
	refused(t, err, auth.ErrNoRecord, "TenantByID")
	_, err = s.Logo(bg, w.tenant.ID)
	refused(t, err, auth.ErrNoRecord, "Logo")
	w.tenants(auth.TenantQuery{Max: 10})
	_, err = s.UpdateTenant(bg, w.tenant.ID, func(*auth.Tenant) error {
		t.Errorf("change was run without a tenant")
		return nil
	}, w.note("gone", start))
	refused(t, err, auth.ErrNoRecord, "UpdateTenant")
	w.wrote("gone", 1)
	w.holds(w.user) // what the directory holds stays
}

func aSlugIsNeverUsedAgain(t T, s auth.Store) {
	w := settle(t, s, "default")
	w.edits(w.tenant.ID, erase)
	late, space := newTenant("default")
	late.Slug = w.tenant.Slug
	refused(t, s.CreateTenant(bg, late, home(late), space, w.note("late", start)), auth.ErrTaken, "CreateTenant")
	_, err := s.Tenant(bg, w.tenant.Slug)
	refused(t, err, auth.ErrNoRecord, "Tenant")
	w.wrote("late", 0)
}

// oneCallerDeletesATenant: the others find none, also those who read it before.
func oneCallerDeletesATenant(t T, s auth.Store) {
	for i := range rounds {
		w := settle(t, s, auth.DefaultDirectory)
		const n = 4
		meet := meeting(n)
		errs := race(n, func(int) error {
			first := true
			_, err := s.UpdateTenant(bg, w.tenant.ID, func(v *auth.Tenant) error {
				erase(v)
				if first {
					first = false
					meet()
				}
				return nil
			}, auth.Note{Events: w.note("gone", start).Events})
			return err
		})
		if n := winners(t, errs, auth.ErrNoRecord, "UpdateTenant"); n != 1 {
			t.Fatalf("round %d: %d callers deleted the tenant, want 1", i, n)
		}
		w.noted("gone", 1)
	}
}
