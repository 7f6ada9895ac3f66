package mongo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

const tenants = "tenants"

// tenantDoc is a tenant. It stays when the tenant is deleted, so that the slug is
// never used again.
type tenantDoc struct {
	Slug         string `bson:"_id"`
	Rev          string `bson:"rev"`
	ID           string `bson:"id"`
	Name         string `bson:"name"`
	ContactEmail string `bson:"contactEmail,omitempty"`
	Directory    string `bson:"directory"`
	Status       auth.TenantStatus
	Policy       string    // JSON
	Origins      []string  `bson:"origins,omitempty"` // of the policy
	Brand        string    // JSON
	CreatedAt    time.Time `bson:"createdAt"`
	UpdatedAt    time.Time `bson:"updatedAt"`
	DeletedAt    time.Time `bson:"deletedAt"` // zero, not absent: it is looked for
	// Founding is what is made with the tenant and has not been yet.
	Founding *founding `bson:"founding,omitempty"`
	Logo     []byte    `bson:"logo,omitempty"`
	Parcels  []parcel  `bson:"parcels,omitempty"`
}

func (t *tenantDoc) carries() (id, rev string, parcels []parcel, gone bool) {
	return t.Slug, t.Rev, t.Parcels, false
}

// withoutLogo leaves the picture out: it is the one thing that is large.
var withoutLogo = bson.D{{Key: "logo", Value: 0}}

func newTenant(t auth.Tenant) (tenantDoc, error) {
	policy, err := json.Marshal(t.Policy)
	if err != nil {
		return tenantDoc{}, fmt.Errorf("write the policy of tenant %s: %w", t.Slug, err)
	}
	brand, err := json.Marshal(t.Brand)
	return tenantDoc{
		Slug: t.Slug, Rev: newRev(), ID: t.ID, Name: t.Name, ContactEmail: t.ContactEmail, Directory: t.Directory, Status: t.Status,
		Policy: string(policy), Origins: t.Policy.AllowedOrigins, Brand: string(brand),
		CreatedAt: stamp(t.CreatedAt), UpdatedAt: stamp(t.UpdatedAt), DeletedAt: stamp(t.DeletedAt),
	}, err
}

func (t *tenantDoc) tenant() (auth.Tenant, error) {
	out := auth.Tenant{
		ID: t.ID, Slug: t.Slug, Name: t.Name, ContactEmail: t.ContactEmail, Directory: t.Directory, Status: t.Status,
		CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, DeletedAt: t.DeletedAt,
	}
	if err := json.Unmarshal([]byte(t.Policy), &out.Policy); err != nil {
		return auth.Tenant{}, fmt.Errorf("read the policy of tenant %s: %w", t.Slug, err)
	}
	if err := json.Unmarshal([]byte(t.Brand), &out.Brand); err != nil {
		return auth.Tenant{}, fmt.Errorf("read the brand of tenant %s: %w", t.Slug, err)
	}
	return out, nil
}

// tenant reads a tenant that is not deleted.
func (s *Store) tenant(ctx context.Context, filter bson.D) (*tenantDoc, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	t, err := one[tenantDoc](ctx, s, tenants, filter, options.FindOne().SetProjection(withoutLogo))
	if err != nil {
		return nil, err
	}
	if !t.DeletedAt.IsZero() {
		return nil, auth.ErrNoRecord
	}
	return &t, s.found(ctx, &t)
}

// Tenant implements [auth.TenantRegistry].
func (s *Store) Tenant(ctx context.Context, slug string) (auth.Tenant, error) {
	t, err := s.tenant(ctx, byID(slug))
	if err != nil {
		return auth.Tenant{}, s.fail("Tenant", err)
	}
	return t.tenant()
}

// TenantByID implements [auth.TenantRegistry].
func (s *Store) TenantByID(ctx context.Context, id string) (auth.Tenant, error) {
	t, err := s.tenant(ctx, bson.D{{Key: "id", Value: id}})
	if err != nil {
		return auth.Tenant{}, s.fail("TenantByID", err)
	}
	return t.tenant()
}

// Logo implements [auth.TenantRegistry].
func (s *Store) Logo(ctx context.Context, id string) ([]byte, error) {
	if err := s.enter(ctx); err != nil {
		return nil, s.fail("Logo", err)
	}
	t, err := one[tenantDoc](ctx, s, tenants, bson.D{{Key: "id", Value: id}},
		options.FindOne().SetProjection(bson.D{{Key: "logo", Value: 1}, {Key: "deletedAt", Value: 1}}))
	if err == nil && (t.Logo == nil || !t.DeletedAt.IsZero()) {
		err = auth.ErrNoRecord
	}
	if err != nil {
		return nil, s.fail("Logo", err)
	}
	return t.Logo, nil
}

// Tenants implements [auth.TenantRegistry].
func (s *Store) Tenants(ctx context.Context, q auth.TenantQuery) ([]auth.Tenant, error) {
	if err := s.enter(ctx); err != nil || q.Max <= 0 {
		return nil, s.fail("Tenants", err)
	}
	filter := bson.D{
		{Key: "_id", Value: bson.D{{Key: "$gt", Value: q.After}, {Key: "$gte", Value: q.Prefix}, {Key: "$lt", Value: beyond(q.Prefix)}}},
		{Key: "deletedAt", Value: time.Time{}},
	}
	if q.Status != "" {
		filter = append(filter, bson.E{Key: "status", Value: q.Status})
	}
	found, err := all[tenantDoc](ctx, s, tenants, filter,
		options.Find().SetProjection(withoutLogo).SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(q.Max)))
	var out []auth.Tenant
	for i := range found {
		if err := s.found(ctx, &found[i]); err != nil {
			return nil, s.fail("Tenants", err)
		}
		t, err := found[i].tenant()
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, s.fail("Tenants", err)
}

// OriginKnown implements [auth.TenantRegistry].
func (s *Store) OriginKnown(ctx context.Context, origin string) (bool, error) {
	if err := s.enter(ctx); err != nil {
		return false, s.fail("OriginKnown", err)
	}
	_, err := one[load](ctx, s, tenants, bson.D{{Key: "origins", Value: origin}, {Key: "deletedAt", Value: time.Time{}}},
		options.FindOne().SetProjection(bson.D{{Key: "rev", Value: 1}}))
	if absent(err) {
		return false, nil
	}
	return err == nil, s.fail("OriginKnown", err)
}
