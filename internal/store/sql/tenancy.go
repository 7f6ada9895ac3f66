package sql

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	tenantInsert = "INSERT INTO tenants (" + tenantColumns + `, logo)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING`
	tenantSwap = `UPDATE tenants SET name = $3, contact_email = $4, status = $5, policy = $6, branding = $7, updated_at = $8, deleted_at = $9,
			logo = CASE WHEN $10 = 1 THEN $11 ELSE logo END, version = version + 1
		WHERE id = $1 AND version = $2 AND deleted_at = 0 RETURNING ` + tenantColumns + ", version"

	originKnown   = "SELECT 1 FROM tenant_origins WHERE origin = $1 LIMIT 1"
	originInsert  = "INSERT INTO tenant_origins (origin, tenant_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
	originsDelete = "DELETE FROM tenant_origins WHERE tenant_id = $1"
)

// inJSON writes what a tenant keeps as JSON.
func inJSON(v auth.Tenant) (policy, brand string, err error) {
	p, err := json.Marshal(v.Policy)
	if err != nil {
		return "", "", errPolicy
	}
	b, err := json.Marshal(v.Brand)
	if err != nil {
		return "", "", errBrand
	}
	return string(p), string(b), nil
}

// CreateTenant implements [auth.TenantRegistry].
func (s *Store) CreateTenant(ctx context.Context, v auth.Tenant, d auth.Directory, space auth.Space, n auth.Note) error {
	policy, brand, err := inJSON(v)
	if err != nil {
		return s.fail("CreateTenant", err)
	}
	return s.write(ctx, "CreateTenant", func(t *tx) error {
		if err := addDirectory(t, d); err != nil {
			return err
		}
		added, err := t.exec(tenantInsert, v.ID, v.Slug, v.Name, v.ContactEmail, v.Directory, string(v.Status), policy, brand,
			ms(v.CreatedAt), ms(v.UpdatedAt), ms(v.DeletedAt), blob(v.Logo))
		if err != nil {
			return err
		}
		if added == 0 {
			return auth.ErrTaken
		}
		if err := keepOrigins(t, v); err != nil {
			return err
		}
		if space != (auth.Space{}) {
			if _, err := addSpace(t, space); err != nil {
				return err
			}
		}
		return addNote(t, n)
	})
}

// keepOrigins makes the origins of a tenant those of its policy.
func keepOrigins(t *tx, v auth.Tenant) error {
	if _, err := t.exec(originsDelete, v.ID); err != nil || !v.DeletedAt.IsZero() {
		return err
	}
	for _, origin := range v.Policy.AllowedOrigins {
		if _, err := t.exec(originInsert, origin, v.ID); err != nil {
			return err
		}
	}
	return nil
}

// UpdateTenant implements [auth.TenantRegistry]. The change runs outside of any
// transaction, and again when another update was faster.
func (s *Store) UpdateTenant(ctx context.Context, id string, change func(*auth.Tenant) error, n auth.Note) (auth.Tenant, error) {
	for {
		var old tenantRow
		if err := s.readOne(ctx, "UpdateTenant", tenantByID, into(&old, scanTenant), id); err != nil {
			return auth.Tenant{}, err
		}
		edited := old
		if err := change(&edited.Tenant); err != nil {
			return auth.Tenant{}, err
		}
		edited.ID = id
		var stored tenantRow
		err := s.write(ctx, "UpdateTenant", func(t *tx) (err error) {
			if stored, err = swapTenant(t, edited); err != nil {
				return err
			}
			if err := keepOrigins(t, stored.Tenant); err != nil {
				return err
			}
			return addNote(t, n)
		})
		if err == nil {
			return stored.Tenant, nil
		}
		if !errors.Is(err, errStale) {
			return auth.Tenant{}, err
		}
	}
}

// swapTenant writes a tenant when the row still has the version that was read.
func swapTenant(t *tx, v tenantRow) (stored tenantRow, err error) {
	policy, brand, err := inJSON(v.Tenant)
	if err != nil {
		return stored, err
	}
	err = t.one(tenantSwap, into(&stored, scanTenant), v.ID, v.version, v.Name, v.ContactEmail, string(v.Status), policy, brand,
		ms(v.UpdatedAt), ms(v.DeletedAt), flag(v.Logo != nil), blob(v.Logo))
	if errors.Is(err, sql.ErrNoRows) {
		return stored, errStale // or deleted, which the next look tells
	}
	return stored, err
}

// OriginKnown implements [auth.TenantRegistry].
func (s *Store) OriginKnown(ctx context.Context, origin string) (bool, error) {
	var one int
	err := s.readOne(ctx, "OriginKnown", originKnown, func(row scanner) error { return row.Scan(&one) }, origin)
	if errors.Is(err, auth.ErrNoRecord) {
		return false, nil
	}
	return err == nil, err
}
