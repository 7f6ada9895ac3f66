package mongo

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// AddAPIKey implements [auth.APIKeys].
func (s *Store) AddAPIKey(ctx context.Context, k auth.APIKey, n auth.Note) error {
	k.Proof, k.Scopes = bytes.Clone(k.Proof), slices.Clone(k.Scopes)
	k.CreatedAt, k.ExpiresAt, k.UsedAt, k.RevokedAt = stamp(k.CreatedAt), stamp(k.ExpiresAt), stamp(k.UsedAt), stamp(k.RevokedAt)
	return s.fail("AddAPIKey", s.changeRegistry(ctx, func(r *registryDoc) (auth.Note, error) {
		for _, other := range r.APIKeys {
			if other.ID == k.ID || other.Kind == k.Kind && other.Tenant == k.Tenant && other.Name == k.Name && other.RevokedAt.IsZero() {
				return auth.Note{}, auth.ErrTaken
			}
		}
		r.APIKeys = append(r.APIKeys, apiKeyDoc(k))
		return n, nil
	}))
}

// apiKey returns a key of the registry, else nil.
func (r *registryDoc) apiKey(id string) *apiKeyDoc {
	for i := range r.APIKeys {
		if r.APIKeys[i].ID == id {
			return &r.APIKeys[i]
		}
	}
	return nil
}

// APIKey implements [auth.APIKeys].
func (s *Store) APIKey(ctx context.Context, id string) (auth.APIKey, error) {
	r, err := s.registry(ctx)
	if err != nil {
		return auth.APIKey{}, s.fail("APIKey", err)
	}
	k := r.apiKey(id)
	if k == nil {
		return auth.APIKey{}, auth.ErrNoRecord
	}
	return auth.APIKey(*k), nil
}

// APIKeys implements [auth.APIKeys].
func (s *Store) APIKeys(ctx context.Context, kind auth.KeyKind) ([]auth.APIKey, error) {
	r, err := s.registry(ctx)
	if err != nil {
		return nil, s.fail("APIKeys", err)
	}
	var out []auth.APIKey
	for _, k := range r.APIKeys {
		if k.Kind == kind {
			out = append(out, auth.APIKey(k))
		}
	}
	slices.SortFunc(out, func(a, b auth.APIKey) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// RevokeAPIKey implements [auth.APIKeys].
func (s *Store) RevokeAPIKey(ctx context.Context, id string, at time.Time, n auth.Note) error {
	return s.fail("RevokeAPIKey", s.changeRegistry(ctx, func(r *registryDoc) (auth.Note, error) {
		k := r.apiKey(id)
		if k == nil || !k.RevokedAt.IsZero() {
			return auth.Note{}, auth.ErrNoRecord
		}
		k.RevokedAt = stamp(at)
		return n, nil
	}))
}

// APIKeyUsed implements [auth.APIKeys].
func (s *Store) APIKeyUsed(ctx context.Context, id string, at time.Time) error {
	err := s.changeRegistry(ctx, func(r *registryDoc) (auth.Note, error) {
		k := r.apiKey(id)
		if k == nil || !stamp(at).After(k.UsedAt) {
			return auth.Note{}, errUnchanged
		}
		k.UsedAt = stamp(at)
		return auth.Note{}, nil
	})
	if errors.Is(err, errUnchanged) {
		err = nil
	}
	return s.fail("APIKeyUsed", err)
}
