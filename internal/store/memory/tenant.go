package memory

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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
		if is(row.tenant) && row.tenant.DeletedAt.IsZero() {
			return cloneTenant(row.tenant)
		}
	}
	return auth.Tenant{}, auth.ErrNoRecord
}

// CreateTenant implements [auth.Registry]. Tenants are never removed, so a slug
// that is not in use never was.
func (s *Store) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, defaultSpace auth.Space, n auth.Note) error {
	logo := t.Logo
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
	s.setLogo(t.ID, logo)
	if _, ok := s.directories[d.ID]; !ok {
		s.directories[d.ID] = cleanDirectory(d)
	}
	if defaultSpace.ID != "" {
		s.addSpace(defaultSpace)
	}
	s.write(n)
	return nil
}

// UpdateTenant implements [auth.Registry]. The change runs outside the lock and
// again when another update was faster, as in a database.
func (s *Store) UpdateTenant(ctx context.Context, id string, change func(*auth.Tenant) error, n auth.Note) (auth.Tenant, error) {
	for {
		if err := s.begin(ctx, "UpdateTenant"); err != nil {
			return auth.Tenant{}, err
		}
		row, ok := s.tenants[id]
		s.mu.Unlock()
		if !ok || !row.tenant.DeletedAt.IsZero() {
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
		logo := next.Logo
		if next, err = cloneTenant(next); err != nil {
			return auth.Tenant{}, err
		}
		if s.swapTenant(row.version, next, logo, n) {
			return cloneTenant(next)
		}
	}
}

func (s *Store) swapTenant(version int, next auth.Tenant, logo []byte, n auth.Note) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tenants[next.ID].version != version {
		return false
	}
	s.tenants[next.ID] = tenantRow{next, version + 1}
	s.setLogo(next.ID, logo)
	s.write(n)
	return true
}

// setLogo replaces a picture, removes it when it is empty, and leaves it when it
// is nil; the caller holds the lock.
func (s *Store) setLogo(id string, logo []byte) {
	switch {
	case len(logo) > 0:
		s.logos[id] = bytes.Clone(logo)
	case logo != nil:
		delete(s.logos, id)
	}
}

// Logo implements [auth.TenantRegistry].
func (s *Store) Logo(ctx context.Context, id string) ([]byte, error) {
	if err := s.begin(ctx, "Logo"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	logo, ok := s.logos[id]
	if !ok || !s.tenants[id].tenant.DeletedAt.IsZero() {
		return nil, auth.ErrNoRecord
	}
	return bytes.Clone(logo), nil
}

// Tenants implements [auth.TenantRegistry].
func (s *Store) Tenants(ctx context.Context, q auth.TenantQuery) ([]auth.Tenant, error) {
	if err := s.begin(ctx, "Tenants"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []auth.Tenant
	for _, row := range s.tenants {
		t := row.tenant
		if !t.DeletedAt.IsZero() || !strings.HasPrefix(t.Slug, q.Prefix) || q.Status != "" && t.Status != q.Status || t.Slug <= q.After {
			continue
		}
		t, err := cloneTenant(t)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b auth.Tenant) int { return cmp.Compare(a.Slug, b.Slug) })
	return out[:min(q.Max, len(out))], nil
}

// OriginKnown implements [auth.TenantRegistry].
func (s *Store) OriginKnown(ctx context.Context, origin string) (bool, error) {
	if err := s.begin(ctx, "OriginKnown"); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	for _, row := range s.tenants {
		if row.tenant.DeletedAt.IsZero() && slices.Contains(row.tenant.Policy.AllowedOrigins, origin) {
			return true, nil
		}
	}
	return false, nil
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
	t.CreatedAt, t.UpdatedAt, t.DeletedAt = stamp(t.CreatedAt), stamp(t.UpdatedAt), stamp(t.DeletedAt)
	t.Logo = nil
	return t, nil
}
