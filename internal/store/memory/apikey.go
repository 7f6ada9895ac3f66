package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// AddAPIKey implements [auth.APIKeys].
func (s *Store) AddAPIKey(ctx context.Context, k auth.APIKey, n auth.Note) error {
	if err := s.begin(ctx, "AddAPIKey"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for _, other := range s.apiKeys {
		if other.ID == k.ID || other.Kind == k.Kind && other.Tenant == k.Tenant && other.Name == k.Name && other.RevokedAt.IsZero() {
			return auth.ErrTaken
		}
	}
	s.apiKeys[k.ID] = cleanKey(k)
	s.write(n)
	return nil
}

// APIKey implements [auth.APIKeys].
func (s *Store) APIKey(ctx context.Context, id string) (auth.APIKey, error) {
	if err := s.begin(ctx, "APIKey"); err != nil {
		return auth.APIKey{}, err
	}
	defer s.mu.Unlock()
	k, ok := s.apiKeys[id]
	if !ok {
		return auth.APIKey{}, auth.ErrNoRecord
	}
	return cleanKey(k), nil
}

// APIKeys implements [auth.APIKeys].
func (s *Store) APIKeys(ctx context.Context, kind auth.KeyKind) ([]auth.APIKey, error) {
	if err := s.begin(ctx, "APIKeys"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []auth.APIKey
	for _, k := range s.apiKeys {
		if k.Kind == kind {
			out = append(out, cleanKey(k))
		}
	}
	slices.SortFunc(out, func(a, b auth.APIKey) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// RevokeAPIKey implements [auth.APIKeys].
func (s *Store) RevokeAPIKey(ctx context.Context, id string, at time.Time, n auth.Note) error {
	if err := s.begin(ctx, "RevokeAPIKey"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	k, ok := s.apiKeys[id]
	if !ok || !k.RevokedAt.IsZero() {
		return auth.ErrNoRecord
	}
	k.RevokedAt = stamp(at)
	s.apiKeys[id] = k
	s.write(n)
	return nil
}

// APIKeyUsed implements [auth.APIKeys].
func (s *Store) APIKeyUsed(ctx context.Context, id string, at time.Time) error {
	if err := s.begin(ctx, "APIKeyUsed"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if k, ok := s.apiKeys[id]; ok && stamp(at).After(k.UsedAt) {
		k.UsedAt = stamp(at)
		s.apiKeys[id] = k
	}
	return nil
}

func cleanKey(k auth.APIKey) auth.APIKey {
	k.Proof, k.Scopes = bytes.Clone(k.Proof), slices.Clone(k.Scopes)
	k.CreatedAt, k.ExpiresAt, k.UsedAt, k.RevokedAt = stamp(k.CreatedAt), stamp(k.ExpiresAt), stamp(k.UsedAt), stamp(k.RevokedAt)
	return k
}
