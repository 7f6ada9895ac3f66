package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// Space implements [auth.SpaceRecords].
func (s *Store) Space(ctx context.Context, directory, tenant, name string) (auth.Space, error) {
	if err := s.begin(ctx, "Space"); err != nil {
		return auth.Space{}, err
	}
	defer s.mu.Unlock()
	bySlug := auth.Space{}
	for _, sp := range s.spaces {
		if sp.Directory != directory || sp.Tenant != tenant {
			continue
		}
		if sp.ID == name {
			return sp, nil
		}
		if sp.Slug == name {
			bySlug = sp
		}
	}
	if bySlug.ID == "" {
		return auth.Space{}, auth.ErrNoRecord
	}
	return bySlug, nil
}

// Spaces implements [auth.SpaceRecords].
func (s *Store) Spaces(ctx context.Context, directory, tenant string) ([]auth.Space, error) {
	if err := s.begin(ctx, "Spaces"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []auth.Space
	for _, sp := range s.spaces {
		if sp.Directory == directory && sp.Tenant == tenant {
			out = append(out, sp)
		}
	}
	slices.SortFunc(out, func(a, b auth.Space) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// CreateSpace implements [auth.SpaceRecords].
func (s *Store) CreateSpace(ctx context.Context, sp auth.Space, n auth.Note) error {
	if err := s.begin(ctx, "CreateSpace"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for _, other := range s.spaces {
		if other.Directory == sp.Directory && other.Tenant == sp.Tenant && (other.Slug == sp.Slug || other.ID == sp.ID) {
			return auth.ErrTaken
		}
	}
	s.addSpace(sp)
	s.write(n)
	return nil
}

// addSpace adds a space; the caller holds the lock.
func (s *Store) addSpace(sp auth.Space) {
	sp.CreatedAt = stamp(sp.CreatedAt)
	s.spaces = append(s.spaces, sp)
}
