package storetest

import (
	"errors"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func registryPromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"TenantsComeBackWhole", tenantsComeBackWhole},
		{"AbsentTenantsAreNoRecord", absentTenantsAreNoRecord},
		{"ASlugIsTakenOnce", aSlugIsTakenOnce},
		{"OneTenantGetsTheSlug", oneTenantGetsTheSlug},
		{"NoTenantUpdateIsLost", noTenantUpdateIsLost},
		{"ATenantChangeThatFailsChangesNothing", aTenantChangeThatFailsChangesNothing},
		{"WhatATenantIsStaysFixed", whatATenantIsStaysFixed},
		{"KeysComeBackOldestFirst", keysComeBackOldestFirst},
		{"FirstKeyOnce", firstKeyOnce},
		{"OneKeyFollowsTheNewest", oneKeyFollowsTheNewest},
		{"RemovedKeysAreGone", removedKeysAreGone},
		{"AKeyComesWithItsNote", aKeyComesWithItsNote},
		{"SettingsAreCompared", settingsAreCompared},
		{"OneCallerNotesTheSettings", oneCallerNotesTheSettings},
	}
}

func tenantsComeBackWhole(t T, s auth.Store) {
	no := false
	for _, policy := range []auth.Policy{
		{},
		{OTP: auth.OTPEmail, SignUp: auth.SignUpClosed, Language: "ko"},
		{AllowedOrigins: []string{"https://a.example", "https://b.example:8443"}, BrowserTokens: &no},
		{AllowedOrigins: []string{}, LockAttempts: 3, AccessLife: auth.Span(90 * time.Minute), MailFrom: "Acme <no-reply@acme.example>"},
	} {
		want, space := newTenant("dir-" + newID())
		want.Name, want.Status, want.Policy = "Ünïcødé 회사 🗝 'quoted'", auth.TenantPending, policy
		want.UpdatedAt = start.Add(1234 * time.Millisecond)
		want.ContactEmail, want.Brand = "ops@example.com", auth.Brand{Color: "#1a2b3c", Logo: "image/png"}
		space.Name = "집"
		must(t, s.CreateTenant(bg, want, home(want), space, auth.Note{}), "CreateTenant")

		got, err := s.Tenant(bg, want.Slug)
		must(t, err, "Tenant")
		same(t, "Tenant", got, want)
		got, err = s.TenantByID(bg, want.ID)
		must(t, err, "TenantByID")
		same(t, "TenantByID", got, want)
		if origins := got.Policy.AllowedOrigins; (origins == nil) != (policy.AllowedOrigins == nil) {
			t.Errorf("a policy with the origins %#v came back with %#v", policy.AllowedOrigins, origins)
		}
		for _, ref := range []string{space.ID, auth.DefaultSpace} {
			got, err := s.Space(bg, want.Directory, want.ID, ref)
			must(t, err, "Space "+ref)
			same(t, "Space "+ref, got, space)
		}
	}
}

func absentTenantsAreNoRecord(t T, s auth.Store) {
	w := settle(t, s, "default")
	_, err := s.Tenant(bg, w.tenant.ID)
	refused(t, err, auth.ErrNoRecord, "Tenant by id")
	_, err = s.TenantByID(bg, w.tenant.Slug)
	refused(t, err, auth.ErrNoRecord, "TenantByID by slug")
	_, err = s.UpdateTenant(bg, newID(), func(*auth.Tenant) error {
		t.Errorf("change was run without a tenant")
		return nil
	}, w.note("absent", start))
	refused(t, err, auth.ErrNoRecord, "UpdateTenant")
	w.wrote("absent", 0)
	_, err = s.Space(bg, "default", w.tenant.ID, "other")
	refused(t, err, auth.ErrNoRecord, "Space")
}

func aSlugIsTakenOnce(t T, s auth.Store) {
	w := settle(t, s, "default")
	late, space := newTenant("other")
	late.Slug = w.tenant.Slug
	refused(t, s.CreateTenant(bg, late, home(late), space, auth.Note{}), auth.ErrTaken, "CreateTenant")

	got, err := s.Tenant(bg, w.tenant.Slug)
	must(t, err, "Tenant")
	same(t, "the first tenant", got, w.tenant)
	_, err = s.TenantByID(bg, late.ID)
	refused(t, err, auth.ErrNoRecord, "the second tenant")
	_, err = s.Space(bg, space.Directory, space.Tenant, space.ID)
	refused(t, err, auth.ErrNoRecord, "the second tenant's space")
}

func oneTenantGetsTheSlug(t T, s auth.Store) {
	for range rounds {
		slug := "s" + newID()
		errs := race(callers, func(int) error {
			v, space := newTenant("default")
			v.Slug = slug
			return s.CreateTenant(bg, v, home(v), space, auth.Note{})
		})
		if n := winners(t, errs, auth.ErrTaken, "CreateTenant"); n != 1 {
			t.Fatalf("%d tenants got the slug, want 1", n)
		}
	}
}

func noTenantUpdateIsLost(t T, s auth.Store) {
	for range rounds {
		w := settle(t, s, "default")
		const n = 8
		meet := meeting(n)
		errs := race(n, func(i int) error {
			first := true
			_, err := s.UpdateTenant(bg, w.tenant.ID, func(v *auth.Tenant) error {
				v.Name += string(rune('a' + i))
				if first {
					first = false
					meet()
				}
				return nil
			}, auth.Note{Events: w.note("renamed", start).Events})
			return err
		})
		must(t, errors.Join(errs...), "UpdateTenant")
		w.noted("renamed", n) // once each, however often it was tried
		got, err := s.TenantByID(bg, w.tenant.ID)
		must(t, err, "TenantByID")
		marks := []byte(got.Name[len(w.tenant.Name):])
		slices.Sort(marks)
		if string(marks) != "abcdefgh" {
			t.Fatalf("of %d updates %q are left", n, marks)
		}
	}
}

func aTenantChangeThatFailsChangesNothing(t T, s auth.Store) {
	w := settle(t, s, "default")
	fault := errors.New("changed my mind")
	_, err := s.UpdateTenant(bg, w.tenant.ID, func(v *auth.Tenant) error {
		v.Name, v.Status = "New", auth.TenantLocked
		return fault
	}, w.note("failed", start))
	if err != fault { //nolint:errorlint // as it is: not wrapped
		t.Errorf("UpdateTenant: got error %v, want that of the change as it is", err)
	}
	got, err := s.TenantByID(bg, w.tenant.ID)
	must(t, err, "TenantByID")
	same(t, "the tenant", got, w.tenant)
	w.wrote("failed", 0)
}

func whatATenantIsStaysFixed(t T, s auth.Store) {
	w := settle(t, s, "default")
	want := w.tenant
	yes := true
	want.Name, want.Status, want.UpdatedAt = "New", auth.TenantSuspended, start.Add(time.Minute)
	want.Policy = auth.Policy{OTP: auth.OTPOff, BrowserTokens: &yes}
	want.ContactEmail, want.Brand = "ops@example.com", auth.Brand{Color: "#1a2b3c"}
	got, err := s.UpdateTenant(bg, w.tenant.ID, func(v *auth.Tenant) error {
		*v = want
		v.ID, v.Slug, v.Directory, v.CreatedAt = newID(), "other", "other", start.Add(time.Hour)
		return nil
	}, auth.Note{})
	must(t, err, "UpdateTenant")
	same(t, "UpdateTenant", got, want)
	got, err = s.Tenant(bg, w.tenant.Slug)
	must(t, err, "Tenant")
	same(t, "Tenant", got, want)
}
