package sql

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	tenantColumns = "id, slug, name, directory, status, policy, created_at, updated_at"

	tenantBySlug = "SELECT " + tenantColumns + ", version FROM tenants WHERE slug = $1 AND deleted_at = 0"
	tenantByID   = "SELECT " + tenantColumns + ", version FROM tenants WHERE id = $1 AND deleted_at = 0"

	tenantInsert = "INSERT INTO tenants (" + tenantColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"
	tenantSwap   = `UPDATE tenants SET name = $3, status = $4, policy = $5, updated_at = $6, version = version + 1
		WHERE id = $1 AND version = $2 AND deleted_at = 0 RETURNING ` + tenantColumns + ", version"

	directoryInsert = "INSERT INTO directories (id, created_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
)

// tenantRow is a tenant and the number of its last update.
type tenantRow struct {
	auth.Tenant
	version int64
}

var errPolicy = errors.New("the tenant's policy is not the JSON that it should be")

func scanTenant(row scanner) (t tenantRow, err error) {
	var policy []byte
	var created, updated int64
	err = row.Scan(&t.ID, &t.Slug, &t.Name, &t.Directory, &t.Status, &policy, &created, &updated, &t.version)
	if err != nil {
		return t, err
	}
	if json.Unmarshal(policy, &t.Policy) != nil {
		return t, errPolicy
	}
	t.CreatedAt, t.UpdatedAt = at(created), at(updated)
	return t, nil
}

// Tenant implements [auth.Registry].
func (s *Store) Tenant(ctx context.Context, slug string) (auth.Tenant, error) {
	var t tenantRow
	err := s.readOne(ctx, "Tenant", tenantBySlug, into(&t, scanTenant), slug)
	return t.Tenant, err
}

// TenantByID implements [auth.Registry].
func (s *Store) TenantByID(ctx context.Context, id string) (auth.Tenant, error) {
	var t tenantRow
	err := s.readOne(ctx, "TenantByID", tenantByID, into(&t, scanTenant), id)
	return t.Tenant, err
}

// CreateTenant implements [auth.Registry].
func (s *Store) CreateTenant(ctx context.Context, v auth.Tenant, space auth.Space) error {
	policy, err := json.Marshal(v.Policy)
	if err != nil {
		return s.fail("CreateTenant", errPolicy)
	}
	return s.write(ctx, "CreateTenant", func(t *tx) error {
		if _, err := t.exec(directoryInsert, v.Directory, ms(v.CreatedAt)); err != nil {
			return err
		}
		n, err := t.exec(tenantInsert, v.ID, v.Slug, v.Name, v.Directory, string(v.Status), string(policy), ms(v.CreatedAt), ms(v.UpdatedAt))
		if err != nil {
			return err
		}
		if n == 0 {
			return auth.ErrTaken
		}
		_, err = t.exec(spaceInsert, space.Directory, space.Tenant, space.ID, space.Slug, space.Name, ms(space.CreatedAt))
		return err
	})
}

// UpdateTenant implements [auth.Registry]. The change runs outside of any
// transaction, and again when another update was faster.
func (s *Store) UpdateTenant(ctx context.Context, id string, change func(*auth.Tenant) error) (auth.Tenant, error) {
	for {
		var old, next tenantRow
		if err := s.readOne(ctx, "UpdateTenant", tenantByID, into(&old, scanTenant), id); err != nil {
			return auth.Tenant{}, err
		}
		v := old.Tenant
		if err := change(&v); err != nil {
			return auth.Tenant{}, err
		}
		policy, err := json.Marshal(v.Policy)
		if err != nil {
			return auth.Tenant{}, s.fail("UpdateTenant", errPolicy)
		}
		err = s.writeOne(ctx, "UpdateTenant", func(t *tx) error {
			return t.one(tenantSwap, into(&next, scanTenant), id, old.version, v.Name, string(v.Status), string(policy), ms(v.UpdatedAt))
		})
		if err == nil {
			return next.Tenant, nil
		}
		if !errors.Is(err, auth.ErrNoRecord) {
			return auth.Tenant{}, err
		}
	}
}
