package mongo

import (
	"bytes"
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

// founding is what a new tenant needs in other documents. It is written with the
// tenant; whoever reads the tenant before it has been made makes it.
type founding struct {
	Directory directoryDoc
	Space     *spaceDoc `bson:"space,omitempty"`
}

// CreateTenant implements [auth.TenantRegistry].
func (s *Store) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, defaultSpace auth.Space, n auth.Note) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("CreateTenant", err)
	}
	doc, err := newTenant(t)
	if err != nil {
		return err
	}
	if _, err := one[load](ctx, s, tenants, bson.D{{Key: "id", Value: t.ID}}, options.FindOne().SetProjection(bson.D{{Key: "rev", Value: 1}})); err == nil {
		return auth.ErrTaken
	} else if !absent(err) {
		return s.fail("CreateTenant", err)
	}
	doc.Founding = &founding{Directory: newDirectory(d)}
	if defaultSpace.ID != "" {
		sp := spaceDoc(defaultSpace)
		sp.CreatedAt = stamp(sp.CreatedAt)
		doc.Founding.Space = &sp
	}
	doc.Logo, doc.Parcels = bytes.Clone(t.Logo), s.pack(n).list()
	if err := taken(s.put(ctx, tenants, doc.Slug, "", doc.Rev, doc)); err != nil {
		return s.fail("CreateTenant", err)
	}
	aside, cancel := s.aside(ctx)
	defer cancel()
	if err := s.found(aside, &doc); err != nil {
		return s.fail("CreateTenant", err)
	}
	return s.fail("CreateTenant", s.deliver(ctx, tenants, &doc))
}

// found makes what a tenant was to be made with.
func (s *Store) found(ctx context.Context, t *tenantDoc) error {
	if t.Founding == nil {
		return nil
	}
	if err := s.addAll(ctx, directories, []any{t.Founding.Directory}); err != nil {
		return err
	}
	if sp := t.Founding.Space; sp != nil {
		if err := s.foundSpace(ctx, *sp); err != nil {
			return err
		}
	}
	t.Founding = nil
	_, err := s.update(ctx, tenants, byID(t.Slug), bson.D{{Key: "$unset", Value: bson.D{{Key: "founding", Value: ""}}}})
	return err
}

// foundSpace adds the first space of a tenant, unless it is there.
func (s *Store) foundSpace(ctx context.Context, sp spaceDoc) error {
	id := scopeID(sp.Directory, sp.Tenant)
	return s.retry(ctx, scopes+id, func() (bool, error) {
		c, err := s.scope(ctx, sp.Directory, sp.Tenant)
		if err != nil {
			return false, err
		}
		for _, other := range c.Spaces {
			if other.ID == sp.ID {
				return true, nil
			}
		}
		rev := newRev()
		c.Spaces = append(c.Spaces, sp)
		if c.Rev == "" {
			c.Rev = rev
			return s.put(ctx, scopes, id, "", rev, c)
		}
		return s.patch(ctx, scopes, id, c.Rev, rev, set(bson.D{{Key: "spaces", Value: c.Spaces}}))
	})
}
