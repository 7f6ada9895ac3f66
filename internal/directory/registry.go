package directory

import (
	"cmp"
	"context"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

// Prepare implements the method of [auth.Directories]: it opens the database of
// a directory, makes it where it is missing, or brings it up to date. It tries
// at once, whatever failed before.
func (p *Pool) Prepare(ctx context.Context, d auth.Directory) error {
	if d.ID == auth.DefaultDirectory {
		return nil
	}
	s, err := p.hold(ctx, want{directory: d.ID, create: &d})
	if err == nil {
		p.release(s, false)
	}
	return err
}

// CreateTenant implements [auth.TenantRegistry]. The space of a tenant that has
// another database is made there first, unless the slug is seen to be taken:
// where the tenant cannot be made all the same, or nobody knows, what is left is
// a space that no tenant has.
func (p *Pool) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, space auth.Space, n auth.Note) error {
	if d.ID == auth.DefaultDirectory {
		return p.config.Control.CreateTenant(ctx, t, d, space, n)
	}
	if _, err := p.config.Control.Tenant(ctx, t.Slug); !errors.Is(err, auth.ErrNoRecord) {
		return cmp.Or(err, auth.ErrTaken)
	}
	s, err := p.hold(ctx, want{directory: d.ID, create: &d})
	if err != nil {
		return err
	}
	defer p.release(s, false)
	if space != (auth.Space{}) {
		if err := makeSpace(ctx, s.db, space); err != nil {
			return err
		}
	}
	if err := p.config.Control.CreateTenant(ctx, t, d, auth.Space{}, n); err != nil {
		return err
	}
	return p.tell(ctx, d.ID)
}

// makeSpace adds a space that may be there from a try before.
func makeSpace(ctx context.Context, s auth.SpaceRecords, space auth.Space) error {
	err := s.CreateSpace(ctx, space, auth.Note{})
	if errors.Is(err, auth.ErrTaken) {
		if _, there := s.Space(ctx, space.Directory, space.Tenant, space.ID); there == nil {
			return nil
		}
	}
	return err
}
