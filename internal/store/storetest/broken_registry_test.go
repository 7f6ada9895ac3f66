package storetest_test

import (
	"context"
	"errors"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenRegistries() []broken {
	return []broken{
		{"policy dropped", func(s auth.Store) auth.Store { return policyDropped{s} }, []string{"Registry/TenantsComeBackWhole"}},
		{"slug taken for an id", func(s auth.Store) auth.Store { return slugAsID{s} }, []string{"Registry/AbsentTenantsAreNoRecord"}},
		{"taken slug said to be made", func(s auth.Store) auth.Store { return slugTwice{s} }, []string{"Registry/ASlugIsTakenOnce"}},
		{"slug checked, then made", func(s auth.Store) auth.Store { return slugChecked{s} }, []string{"Registry/OneTenantGetsTheSlug"}},
		{"tenant update lost", func(s auth.Store) auth.Store { return tenantUpdateLost{s} }, []string{"Registry/NoTenantUpdateIsLost"}},
		{"failed tenant change kept", func(s auth.Store) auth.Store { return failedTenantKept{s} }, []string{"Registry/ATenantChangeThatFailsChangesNothing"}},
		{"tenant returned as the change left it", func(s auth.Store) auth.Store { return tenantAsLeft{s} }, []string{"Registry/WhatATenantIsStaysFixed"}},
		{"keys newest first", func(s auth.Store) auth.Store { return keysReversed{s} }, []string{"Registry/KeysComeBackOldestFirst"}},
		{"newest key checked, then added", func(s auth.Store) auth.Store { return keyChecked{s} }, []string{"Registry/FirstKeyOnce", "Registry/OneKeyFollowsTheNewest"}},
		{"key kept", func(s auth.Store) auth.Store { return keyKept{s} }, []string{"Registry/RemovedKeysAreGone"}},
		{"key noted before it is added", func(s auth.Store) auth.Store { return keyNotedFirst{s} },
			[]string{"Registry/AKeyComesWithItsNote", "Records/AFailedChangeLinksNothing"}},
	}
}

type policyDropped struct{ auth.Store }

func (b policyDropped) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, sp auth.Space, n auth.Note) error {
	t.Policy.BrowserTokens = nil
	return b.Store.CreateTenant(ctx, t, d, sp, n)
}

type slugAsID struct{ auth.Store }

func (b slugAsID) TenantByID(ctx context.Context, id string) (auth.Tenant, error) {
	t, err := b.Store.TenantByID(ctx, id)
	if errors.Is(err, auth.ErrNoRecord) {
		return b.Tenant(ctx, id)
	}
	return t, err
}

type slugTwice struct{ auth.Store }

func (b slugTwice) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, sp auth.Space, n auth.Note) error {
	if err := b.Store.CreateTenant(ctx, t, d, sp, n); !errors.Is(err, auth.ErrTaken) {
		return err
	}
	return nil
}

type slugChecked struct{ auth.Store }

func (b slugChecked) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, sp auth.Space, n auth.Note) error {
	if _, err := b.Tenant(ctx, t.Slug); err == nil {
		return auth.ErrTaken
	}
	pause()
	return slugTwice(b).CreateTenant(ctx, t, d, sp, n)
}

type tenantUpdateLost struct{ auth.Store }

func (b tenantUpdateLost) UpdateTenant(ctx context.Context, id string, change func(*auth.Tenant) error, n auth.Note) (auth.Tenant, error) {
	t, err := b.TenantByID(ctx, id)
	if err != nil {
		return t, err
	}
	if err := change(&t); err != nil {
		return t, err
	}
	return b.Store.UpdateTenant(ctx, id, func(v *auth.Tenant) error { *v = t; return nil }, n)
}

type failedTenantKept struct{ auth.Store }

func (b failedTenantKept) UpdateTenant(ctx context.Context, id string, change func(*auth.Tenant) error, n auth.Note) (auth.Tenant, error) {
	var fault error
	t, err := b.Store.UpdateTenant(ctx, id, func(v *auth.Tenant) error { fault = change(v); return nil }, n)
	return t, errors.Join(err, fault)
}

type tenantAsLeft struct{ auth.Store }

func (b tenantAsLeft) UpdateTenant(ctx context.Context, id string, change func(*auth.Tenant) error, n auth.Note) (auth.Tenant, error) {
	var left auth.Tenant
	_, err := b.Store.UpdateTenant(ctx, id, func(v *auth.Tenant) error {
		err := change(v)
		left = *v
		return err
	}, n)
	return left, err
}

type keysReversed struct{ auth.Store }

func (b keysReversed) Keys(ctx context.Context) ([]auth.KeyRecord, error) {
	keys, err := b.Store.Keys(ctx)
	slices.Reverse(keys)
	return keys, err
}

type keyChecked struct{ auth.Store }

func (b keyChecked) AddKey(ctx context.Context, k auth.KeyRecord, newest string, n auth.Note) error {
	keys, err := b.Keys(ctx)
	if err != nil {
		return err
	}
	if n := len(keys); n > 0 && keys[n-1].ID != newest || n == 0 && newest != "" {
		return auth.ErrTaken
	}
	pause()
	for { // whatever is the newest by now
		if err = b.Store.AddKey(ctx, k, newest, n); !errors.Is(err, auth.ErrTaken) {
			return err
		}
		if keys, err = b.Keys(ctx); err != nil {
			return err
		}
		newest = keys[len(keys)-1].ID
	}
}

type keyNotedFirst struct{ auth.Store }

func (b keyNotedFirst) AddKey(ctx context.Context, k auth.KeyRecord, newest string, n auth.Note) error {
	if err := b.Write(ctx, n); err != nil {
		return err
	}
	return b.Store.AddKey(ctx, k, newest, auth.Note{})
}

type keyKept struct{ auth.Store }

func (keyKept) RemoveKey(context.Context, string) error { return nil }
