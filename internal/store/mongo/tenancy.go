package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/latchkey/latchkey/internal/auth"
)

// UpdateTenant implements [auth.TenantRegistry].
func (s *Store) UpdateTenant(ctx context.Context, id string, change func(*auth.Tenant) error, n auth.Note) (auth.Tenant, error) {
	var out auth.Tenant
	err := s.retry(ctx, tenants+id, func() (bool, error) {
		old, err := s.tenant(ctx, bson.D{{Key: "id", Value: id}})
		if err != nil {
			return false, err
		}
		if err := s.settle(ctx, old); err != nil {
			return false, err
		}
		was, err := old.tenant()
		if err != nil {
			return false, err
		}
		v := was
		if err := change(&v); err != nil {
			return false, own(err)
		}
		v.ID, v.Slug, v.Directory, v.CreatedAt = was.ID, was.Slug, was.Directory, was.CreatedAt
		next, err := newTenant(v)
		if err != nil {
			return false, err
		}
		next.Parcels = s.pack(n).list()
		done, err := s.patch(ctx, tenants, next.Slug, old.Rev, next.Rev, next.change(v.Logo))
		if err != nil || !done {
			return false, err
		}
		if err := s.deliver(ctx, tenants, &next); err != nil {
			return false, err
		}
		out, err = next.tenant()
		return true, err
	})
	if err != nil {
		return auth.Tenant{}, s.fail("UpdateTenant", err)
	}
	return out, nil
}

// change is the update that makes a tenant what it is now. The picture stays when
// it is nil.
func (t *tenantDoc) change(logo []byte) bson.D {
	fields := bson.D{
		{Key: "name", Value: t.Name}, {Key: "contactEmail", Value: t.ContactEmail}, {Key: "status", Value: t.Status},
		{Key: "policy", Value: t.Policy}, {Key: "origins", Value: append([]string{}, t.Origins...)}, {Key: "brand", Value: t.Brand},
		{Key: "updatedAt", Value: t.UpdatedAt}, {Key: "deletedAt", Value: t.DeletedAt},
		{Key: "parcels", Value: append([]parcel{}, t.Parcels...)},
	}
	if len(logo) > 0 {
		fields = append(fields, bson.E{Key: "logo", Value: logo})
	}
	change := set(fields)
	if logo != nil && len(logo) == 0 {
		change = append(change, bson.E{Key: "$unset", Value: bson.D{{Key: "logo", Value: ""}}})
	}
	return change
}
