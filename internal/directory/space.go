package directory

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

// Space implements [auth.SpaceRecords].
func (p *Pool) Space(ctx context.Context, directory, tenant, ref string) (sp auth.Space, err error) {
	err = p.read(ctx, directory, func(s auth.Store) error {
		sp, err = s.Space(ctx, directory, tenant, ref)
		return err
	})
	return sp, err
}

// Spaces implements [auth.SpaceRecords].
func (p *Pool) Spaces(ctx context.Context, directory, tenant string) (all []auth.Space, err error) {
	err = p.read(ctx, directory, func(s auth.Store) error {
		all, err = s.Spaces(ctx, directory, tenant)
		return err
	})
	return all, err
}

// CreateSpace implements [auth.SpaceRecords].
func (p *Pool) CreateSpace(ctx context.Context, sp auth.Space, n auth.Note) error {
	return p.write(ctx, sp.Directory, func(s auth.Store) error { return s.CreateSpace(ctx, sp, n) })
}

// Roles implements [auth.RoleRecords].
func (p *Pool) Roles(ctx context.Context, directory, tenant string) (all []auth.Role, err error) {
	err = p.read(ctx, directory, func(s auth.Store) error {
		all, err = s.Roles(ctx, directory, tenant)
		return err
	})
	return all, err
}

// CreateRole implements [auth.RoleRecords].
func (p *Pool) CreateRole(ctx context.Context, r auth.Role, n auth.Note) error {
	return p.write(ctx, r.Directory, func(s auth.Store) error { return s.CreateRole(ctx, r, n) })
}

// UpdateRole implements [auth.RoleRecords].
func (p *Pool) UpdateRole(ctx context.Context, directory, tenant, name string, change func(*auth.Role) error, n auth.Note) (r auth.Role, err error) {
	err = p.write(ctx, directory, func(s auth.Store) error {
		r, err = s.UpdateRole(ctx, directory, tenant, name, change, n)
		return err
	})
	return r, err
}

// DeleteRole implements [auth.RoleRecords].
func (p *Pool) DeleteRole(ctx context.Context, directory, tenant, name string, n auth.Note) error {
	return p.write(ctx, directory, func(s auth.Store) error { return s.DeleteRole(ctx, directory, tenant, name, n) })
}
