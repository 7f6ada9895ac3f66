package storetest

import (
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func tenantPromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"TenantsComeBySlug", tenantsComeBySlug},
		{"TenantsComeInPages", tenantsComeInPages},
		{"ARefusedTenantIsNotNoted", aRefusedTenantIsNotNoted},
		{"ADeletedTenantIsGone", aDeletedTenantIsGone},
		{"ASlugIsNeverUsedAgain", aSlugIsNeverUsedAgain},
		{"OneCallerDeletesATenant", oneCallerDeletesATenant},
		{"APictureIsSetKeptAndRemoved", aPictureIsSetKeptAndRemoved},
		{"AFailedChangeKeepsThePicture", aFailedChangeKeepsThePicture},
		{"OriginsAreKnownByThePolicy", originsAreKnownByThePolicy},
	}
}

// named makes a tenant of that slug.
func (w world) named(slug string, status auth.TenantStatus) auth.Tenant {
	w.Helper()
	v, space := newTenant("default")
	v.Slug, v.Status = slug, status
	must(w, w.CreateTenant(bg, v, home(v), space, auth.Note{}), "CreateTenant")
	return v
}

// edits makes a change of a tenant that has to succeed.
func (w world) edits(id string, change func(*auth.Tenant)) auth.Tenant {
	w.Helper()
	v, err := w.UpdateTenant(bg, id, func(v *auth.Tenant) error { change(v); return nil }, auth.Note{})
	must(w, err, "UpdateTenant")
	return v
}

// tenants wants a query to find these tenants.
func (w world) tenants(q auth.TenantQuery, want ...auth.Tenant) {
	w.Helper()
	got, err := w.Tenants(bg, q)
	must(w, err, "Tenants")
	same(w, "Tenants", got, want)
}

func erase(v *auth.Tenant) { v.DeletedAt = start.Add(time.Hour) }

func tenantsComeBySlug(t T, s auth.Store) {
	w := world{T: t, Store: s}
	w.tenants(auth.TenantQuery{Max: 10})
	b, ab := w.named("b", auth.TenantActive), w.named("a-b", auth.TenantLocked)
	a, abc := w.named("a", auth.TenantActive), w.named("abc", auth.TenantActive)
	a1, gone := w.named("a1", auth.TenantLocked), w.named("a2", auth.TenantActive)
	w.edits(gone.ID, erase)
	full := w.edits(abc.ID, func(v *auth.Tenant) {
		v.Brand, v.ContactEmail = auth.Brand{Color: "#0a0b0c", Logo: "image/png"}, "ops@example.com"
		v.Policy.AllowedOrigins, v.Logo = []string{"https://a.example"}, []byte("picture")
	})
	for _, c := range []struct {
		q    auth.TenantQuery
		want []auth.Tenant
	}{
		{auth.TenantQuery{}, []auth.Tenant{a, ab, a1, full, b}},
		{auth.TenantQuery{Prefix: "a"}, []auth.Tenant{a, ab, a1, full}},
		{auth.TenantQuery{Prefix: "a2"}, nil},
		{auth.TenantQuery{Prefix: "abc"}, []auth.Tenant{full}},
		{auth.TenantQuery{Prefix: "c"}, nil},
		{auth.TenantQuery{Prefix: "A"}, nil},
		{auth.TenantQuery{Prefix: "%"}, nil},
		{auth.TenantQuery{Prefix: "_"}, nil},
		{auth.TenantQuery{Status: auth.TenantLocked}, []auth.Tenant{ab, a1}},
		{auth.TenantQuery{Status: auth.TenantActive, Prefix: "a"}, []auth.Tenant{a, full}},
		{auth.TenantQuery{Status: auth.TenantPending}, nil},
		{auth.TenantQuery{Prefix: "a", After: "a1"}, []auth.Tenant{full}},
		{auth.TenantQuery{Status: auth.TenantLocked, After: "a"}, []auth.Tenant{ab, a1}},
		{auth.TenantQuery{After: "b"}, nil},
	} {
		c.q.Max = 10
		w.tenants(c.q, c.want...)
	}
}

// tenantsComeInPages: whatever is asked for, the pages together are the list.
func tenantsComeInPages(t T, s auth.Store) {
	w := world{T: t, Store: s}
	for i := range 9 {
		w.named(string("ab"[i%2])+"-"+newID(), []auth.TenantStatus{auth.TenantActive, auth.TenantLocked, auth.TenantActive}[i%3])
	}
	for _, q := range []auth.TenantQuery{{}, {Prefix: "a-"}, {Status: auth.TenantActive}, {Prefix: "b", Status: auth.TenantActive}} {
		q.Max = 100
		want, err := s.Tenants(bg, q)
		must(t, err, "Tenants")
		for _, q.Max = range []int{1, 2, 3} {
			q.After = ""
			var got []auth.Tenant
			for range 20 {
				page, err := s.Tenants(bg, q)
				must(t, err, "Tenants")
				if len(page) > q.Max {
					t.Fatalf("got %d tenants on a page of %d", len(page), q.Max)
				}
				if len(page) == 0 {
					break
				}
				got = append(got, page...)
				q.After = page[len(page)-1].Slug
			}
			same(t, "the pages", got, want)
		}
	}
}

func aRefusedTenantIsNotNoted(t T, s auth.Store) {
	w := settle(t, s, "default")
	made := 0
	for range rounds {
		slug := "s" + newID()
		errs := race(callers, func(int) error {
			v, space := newTenant("default")
			v.Slug = slug
			return s.CreateTenant(bg, v, home(v), space, w.note("made", start))
		})
		if n := winners(t, errs, auth.ErrTaken, "CreateTenant"); n != 1 {
			t.Fatalf("%d tenants got the slug, want 1", n)
		}
		made++
		w.wrote("made", made)
	}
}
