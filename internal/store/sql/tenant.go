package sql

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	tenantColumns = "id, slug, name, contact_email, directory, status, policy, branding, created_at, updated_at, deleted_at"

	tenantBySlug = "SELECT " + tenantColumns + ", version FROM tenants WHERE slug = $1 AND deleted_at = 0"
	tenantByID   = "SELECT " + tenantColumns + ", version FROM tenants WHERE id = $1 AND deleted_at = 0"
	tenantLogo   = "SELECT logo FROM tenants WHERE id = $1 AND deleted_at = 0 AND length(logo) > 0"

	tenantsBySlug   = "SELECT " + tenantColumns + ", version FROM tenants WHERE slug >= $1 AND slug < $2 AND deleted_at = 0 ORDER BY slug LIMIT $3"
	tenantsByStatus = "SELECT " + tenantColumns + `, version FROM tenants
		WHERE status = $4 AND slug >= $1 AND slug < $2 AND deleted_at = 0 ORDER BY slug LIMIT $3`
)

// tenantRow is a tenant and the number of its last update.
type tenantRow struct {
	auth.Tenant
	version int64
}

var (
	errPolicy = errors.New("the tenant's policy is not the JSON that it should be")
	errBrand  = errors.New("the tenant's branding is not the JSON that it should be")
)

func scanTenant(row scanner) (t tenantRow, err error) {
	var policy, brand []byte
	var created, updated, deleted int64
	err = row.Scan(&t.ID, &t.Slug, &t.Name, &t.ContactEmail, &t.Directory, &t.Status, &policy, &brand, &created, &updated, &deleted, &t.version)
	if err != nil {
		return t, err
	}
	if json.Unmarshal(policy, &t.Policy) != nil {
		return t, errPolicy
	}
	if json.Unmarshal(brand, &t.Brand) != nil {
		return t, errBrand
	}
	t.CreatedAt, t.UpdatedAt, t.DeletedAt = at(created), at(updated), at(deleted)
	return t, nil
}

// Tenant implements [auth.TenantRegistry].
func (s *Store) Tenant(ctx context.Context, slug string) (auth.Tenant, error) {
	var t tenantRow
	err := s.readOne(ctx, "Tenant", tenantBySlug, into(&t, scanTenant), slug)
	return t.Tenant, err
}

// TenantByID implements [auth.TenantRegistry].
func (s *Store) TenantByID(ctx context.Context, id string) (auth.Tenant, error) {
	var t tenantRow
	err := s.readOne(ctx, "TenantByID", tenantByID, into(&t, scanTenant), id)
	return t.Tenant, err
}

// Tenants implements [auth.TenantRegistry].
func (s *Store) Tenants(ctx context.Context, q auth.TenantQuery) ([]auth.Tenant, error) {
	from := q.Prefix
	if q.After != "" {
		from = max(from, behind(q.After))
	}
	query, args := tenantsBySlug, []any{from, beyond(q.Prefix), q.Max}
	if q.Status != "" {
		query, args = tenantsByStatus, append(args, string(q.Status))
	}
	var found []auth.Tenant
	err := s.readList(ctx, "Tenants", query, list(&found, func(row scanner) (auth.Tenant, error) {
		t, err := scanTenant(row)
		return t.Tenant, err
	}), args...)
	return found, err
}

// Logo implements [auth.TenantRegistry].
func (s *Store) Logo(ctx context.Context, id string) ([]byte, error) {
	var logo []byte
	err := s.readOne(ctx, "Logo", tenantLogo, func(row scanner) error { return row.Scan(&logo) }, id)
	return logo, err
}
