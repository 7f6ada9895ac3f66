package storetest_test

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenRoles() []broken {
	return []broken{
		{"description dropped", func(s auth.Store) auth.Store { return descriptionDropped{s} }, []string{"Roles/RolesComeBackWhole"}},
		{"role deleted in every tenant", func(s auth.Store) auth.Store { return &deletedEverywhere{Store: s} }, []string{"Roles/RolesAreOfTheirTenant"}},
		{"role made twice", func(s auth.Store) auth.Store { return roleTwice{s} }, []string{"Roles/ARoleIsMadeOnce"}},
		{"role returned as the change left it", func(s auth.Store) auth.Store { return roleAsLeft{s} }, []string{"Roles/WhatARoleIsStaysFixed"}},
		{"failed role change kept", func(s auth.Store) auth.Store { return failedRoleKept{s} }, []string{"Roles/ARoleChangeThatFailsChangesNothing"}},
		{"role update lost", func(s auth.Store) auth.Store { return roleUpdateLost{s} }, []string{"Roles/NoRoleUpdateIsLost"}},
		{"permissions held", func(s auth.Store) auth.Store { return &permissionsHeld{Store: s} }, []string{"Roles/PermissionsReachAccounts"}},
		{"role in use deleted", func(s auth.Store) auth.Store { return inUseDeleted{s} }, []string{"Roles/ARoleInUseStays"}},
		{"role checked, then given", func(s auth.Store) auth.Store { return roleChecked{s} }, []string{"Roles/NobodyKeepsADeletedRole"}},
		{"spaces newest first", func(s auth.Store) auth.Store { return spacesReversed{s} }, []string{"Spaces/SpacesComeOldestFirst"}},
		{"space made twice", func(s auth.Store) auth.Store { return spaceTwice{s} }, []string{"Spaces/ASpaceIsMadeOnce"}},
		{"spaces of any tenant", func(s auth.Store) auth.Store { return &spaceOfAny{Store: s} }, []string{"Spaces/SpacesAreOfTheirTenant"}},
	}
}

type roleChange = func(*auth.Role) error

type descriptionDropped struct{ auth.Store }

func (b descriptionDropped) CreateRole(ctx context.Context, r auth.Role, n auth.Note) error {
	r.Description = ""
	return b.Store.CreateRole(ctx, r, n)
}

type deletedEverywhere struct {
	auth.Store
	tenants sync.Map // directories, by tenant
}

func (b *deletedEverywhere) CreateRole(ctx context.Context, r auth.Role, n auth.Note) error {
	b.tenants.Store(r.Tenant, r.Directory)
	return b.Store.CreateRole(ctx, r, n)
}

func (b *deletedEverywhere) DeleteRole(ctx context.Context, directory, tenant, name string, n auth.Note) error {
	err := b.Store.DeleteRole(ctx, directory, tenant, name, n)
	b.tenants.Range(func(t, d any) bool {
		if other := b.Store.DeleteRole(ctx, d.(string), t.(string), name, auth.Note{}); !errors.Is(other, auth.ErrNoRecord) {
			err = errors.Join(err, other)
		}
		return true
	})
	return err
}

type roleTwice struct{ auth.Store }

func (b roleTwice) CreateRole(ctx context.Context, r auth.Role, n auth.Note) error {
	if err := b.Store.CreateRole(ctx, r, n); !errors.Is(err, auth.ErrTaken) {
		return err
	}
	return nil
}

type roleAsLeft struct{ auth.Store }

func (b roleAsLeft) UpdateRole(ctx context.Context, directory, tenant, name string, change roleChange, n auth.Note) (auth.Role, error) {
	var left auth.Role
	_, err := b.Store.UpdateRole(ctx, directory, tenant, name, func(r *auth.Role) error {
		err := change(r)
		left = *r
		return err
	}, n)
	return left, err
}

type failedRoleKept struct{ auth.Store }

func (b failedRoleKept) UpdateRole(ctx context.Context, directory, tenant, name string, change roleChange, n auth.Note) (auth.Role, error) {
	var fault error
	r, err := b.Store.UpdateRole(ctx, directory, tenant, name, func(r *auth.Role) error { fault = change(r); return nil }, n)
	if fault != nil {
		return r, fault
	}
	return r, err
}

type roleUpdateLost struct{ auth.Store }

func (b roleUpdateLost) UpdateRole(ctx context.Context, directory, tenant, name string, change roleChange, n auth.Note) (auth.Role, error) {
	roles, err := b.Roles(ctx, directory, tenant)
	if err != nil {
		return auth.Role{}, err
	}
	i := slices.IndexFunc(roles, func(r auth.Role) bool { return r.Name == name })
	if err := change(&roles[i]); err != nil {
		return auth.Role{}, err
	}
	return b.Store.UpdateRole(ctx, directory, tenant, name, func(r *auth.Role) error { *r = roles[i]; return nil }, n)
}

// permissionsHeld gives the account as it first was.
type permissionsHeld struct {
	auth.Store
	held sync.Map
}

func (b *permissionsHeld) Account(ctx context.Context, directory, id string) (auth.Account, error) {
	a, err := b.Store.Account(ctx, directory, id)
	if err != nil {
		return a, err
	}
	first, _ := b.held.LoadOrStore(id, a)
	return first.(auth.Account), nil
}

type inUseDeleted struct{ auth.Store }

func (b inUseDeleted) DeleteRole(ctx context.Context, directory, tenant, name string, n auth.Note) error {
	if err := b.Store.DeleteRole(ctx, directory, tenant, name, n); !errors.Is(err, auth.ErrInUse) {
		return err
	}
	return nil
}

// roleChecked gives a role that was there a moment ago.
type roleChecked struct{ auth.Store }

func (b roleChecked) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	a, err := b.Store.ChangeAccount(ctx, c)
	if errors.Is(err, auth.ErrNoRole) {
		return a, nil
	}
	return a, err
}

func (b roleChecked) CreateUser(ctx context.Context, u auth.User, s auth.Seat, n auth.Note) error {
	if err := b.Store.CreateUser(ctx, u, s, n); !errors.Is(err, auth.ErrNoRole) {
		return err
	}
	return nil
}

type spacesReversed struct{ auth.Store }

func (b spacesReversed) Spaces(ctx context.Context, directory, tenant string) ([]auth.Space, error) {
	spaces, err := b.Store.Spaces(ctx, directory, tenant)
	slices.Reverse(spaces)
	return spaces, err
}

type spaceTwice struct{ auth.Store }

func (b spaceTwice) CreateSpace(ctx context.Context, sp auth.Space, n auth.Note) error {
	if err := b.Store.CreateSpace(ctx, sp, n); !errors.Is(err, auth.ErrTaken) {
		return err
	}
	return nil
}

// spaceOfAny finds a space by its id, whosever it is.
type spaceOfAny struct {
	auth.Store
	spaces sync.Map
}

func (b *spaceOfAny) CreateSpace(ctx context.Context, sp auth.Space, n auth.Note) error {
	b.spaces.Store(sp.ID, sp)
	return b.Store.CreateSpace(ctx, sp, n)
}

func (b *spaceOfAny) Space(ctx context.Context, directory, tenant, ref string) (auth.Space, error) {
	if sp, ok := b.spaces.Load(ref); ok {
		return sp.(auth.Space), nil
	}
	return b.Store.Space(ctx, directory, tenant, ref)
}
