package memory

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/latchkey/latchkey/internal/auth"
)

// tenantRow is a tenant and the number of its last update, by which an update
// notices that another one came between.
type tenantRow struct {
	tenant  auth.Tenant
	version int
}

// Tenant implements [auth.Registry].
func (s *Store) Tenant(ctx context.Context, slug string) (auth.Tenant, error) {
	return s.tenant(ctx, "Tenant", func(t auth.Tenant) bool { return t.Slug == slug })
}

// TenantByID implements [auth.Registry].
func (s *Store) TenantByID(ctx context.Context, id string) (auth.Tenant, error) {
	return s.tenant(ctx, "TenantByID", func(t auth.Tenant) bool { return t.ID == id })
}

func (s *Store) tenant(ctx context.Context, method string, is func(auth.Tenant) bool) (auth.Tenant, error) {
	if err := s.begin(ctx, method); err != nil {
		return auth.Tenant{}, err
	}
	defer s.mu.Unlock()
	for _, row := range s.tenants {
		if is(row.tenant) {
			return cloneTenant(row.tenant)
		}
	}
	return auth.Tenant{}, auth.ErrNoRecord
}

// CreateTenant implements [auth.Registry]. Tenants are never removed, so a slug
// that is not in use never was.
func (s *Store) CreateTenant(ctx context.Context, t auth.Tenant, defaultSpace auth.Space) error {
	t, err := cloneTenant(t)
	if err != nil {
		return err
	}
	if err := s.begin(ctx, "CreateTenant"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for _, row := range s.tenants {
		if row.tenant.Slug == t.Slug || row.tenant.ID == t.ID {
			return auth.ErrTaken
		}
	}
	s.tenants[t.ID] = tenantRow{tenant: t}
	defaultSpace.CreatedAt = stamp(defaultSpace.CreatedAt)
	s.spaces = append(s.spaces, defaultSpace)
	return nil
}

// UpdateTenant implements [auth.Registry]. The change runs outside the lock and
// again when another update was faster, as in a database.
func (s *Store) UpdateTenant(ctx context.Context, id string, change func(*auth.Tenant) error) (auth.Tenant, error) {
	for {
		if err := s.begin(ctx, "UpdateTenant"); err != nil {
			return auth.Tenant{}, err
		}
		row, ok := s.tenants[id]
		s.mu.Unlock()
		if !ok {
			return auth.Tenant{}, auth.ErrNoRecord
		}
		next, err := cloneTenant(row.tenant)
		if err != nil {
			return auth.Tenant{}, err
		}
		if err := change(&next); err != nil {
			return auth.Tenant{}, err
		}
		old := row.tenant
		next.ID, next.Slug, next.Directory, next.CreatedAt = old.ID, old.Slug, old.Directory, old.CreatedAt
		if next, err = cloneTenant(next); err != nil {
			return auth.Tenant{}, err
		}
		if s.swapTenant(row.version, next) {
			return cloneTenant(next)
		}
	}
}

func (s *Store) swapTenant(version int, next auth.Tenant) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tenants[next.ID].version != version {
		return false
	}
	s.tenants[next.ID] = tenantRow{next, version + 1}
	return true
}

// cloneTenant copies a tenant as a database would return it: the policy goes
// through JSON.
func cloneTenant(t auth.Tenant) (auth.Tenant, error) {
	text, err := json.Marshal(t.Policy)
	if err != nil {
		return auth.Tenant{}, fmt.Errorf("write the policy of tenant %s: %w", t.Slug, err)
	}
	t.Policy = auth.Policy{}
	if err := json.Unmarshal(text, &t.Policy); err != nil {
		return auth.Tenant{}, fmt.Errorf("read the policy of tenant %s: %w", t.Slug, err)
	}
	t.CreatedAt, t.UpdatedAt = stamp(t.CreatedAt), stamp(t.UpdatedAt)
	return t, nil
}
