package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// roleKey names a role.
type roleKey struct{ directory, tenant, name string }

// Roles implements [auth.RoleRecords].
func (s *Store) Roles(ctx context.Context, directory, tenant string) ([]auth.Role, error) {
	if err := s.begin(ctx, "Roles"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []auth.Role
	for k, r := range s.roles {
		if k.directory == directory && k.tenant == tenant {
			out = append(out, cleanRole(r))
		}
	}
	slices.SortFunc(out, func(a, b auth.Role) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// CreateRole implements [auth.RoleRecords].
func (s *Store) CreateRole(ctx context.Context, r auth.Role, n auth.Note) error {
	if err := s.begin(ctx, "CreateRole"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	k := roleKey{r.Directory, r.Tenant, r.Name}
	if _, ok := s.roles[k]; ok {
		return auth.ErrTaken
	}
	s.roles[k] = cleanRole(r)
	s.write(n)
	return nil
}

// UpdateRole implements [auth.RoleRecords]. The change runs outside the lock and
// again when another update was faster, as in a database.
func (s *Store) UpdateRole(ctx context.Context, directory, tenant, name string, change func(*auth.Role) error, n auth.Note) (auth.Role, error) {
	k := roleKey{directory, tenant, name}
	for {
		if err := s.begin(ctx, "UpdateRole"); err != nil {
			return auth.Role{}, err
		}
		old, ok := s.roles[k]
		s.mu.Unlock()
		if !ok {
			return auth.Role{}, auth.ErrNoRecord
		}
		edited := cleanRole(old)
		if err := change(&edited); err != nil {
			return auth.Role{}, err
		}
		next := old
		next.Permissions, next.Description, next.UpdatedAt = edited.Permissions, edited.Description, edited.UpdatedAt
		next = cleanRole(next)
		if s.swapRole(k, old, next, n) {
			return cleanRole(next), nil
		}
	}
}

func (s *Store) swapRole(k roleKey, old, next auth.Role, n auth.Note) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, ok := s.roles[k]
	if !ok || now.Description != old.Description || !now.UpdatedAt.Equal(old.UpdatedAt) || !slices.Equal(now.Permissions, old.Permissions) {
		return false
	}
	s.roles[k] = next
	s.write(n)
	return true
}

// DeleteRole implements [auth.RoleRecords].
func (s *Store) DeleteRole(ctx context.Context, directory, tenant, name string, n auth.Note) error {
	if err := s.begin(ctx, "DeleteRole"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	k := roleKey{directory, tenant, name}
	if _, ok := s.roles[k]; !ok {
		return auth.ErrNoRecord
	}
	for user, seats := range s.seats {
		if user.directory == directory && slices.ContainsFunc(seats, func(s auth.Seat) bool { return s.Tenant == tenant && s.Role == name }) {
			return auth.ErrInUse
		}
	}
	delete(s.roles, k)
	s.write(n)
	return nil
}

// hasRole reports whether there is the role of a seat; the caller holds the lock.
func (s *Store) hasRole(directory string, seat auth.Seat) bool {
	_, own := s.roles[roleKey{directory, seat.Tenant, seat.Role}]
	return own || auth.BuiltIn(seat.Role)
}

func cleanRole(r auth.Role) auth.Role {
	r.Permissions = slices.Clone(r.Permissions)
	r.CreatedAt, r.UpdatedAt = stamp(r.CreatedAt), stamp(r.UpdatedAt)
	return r
}
