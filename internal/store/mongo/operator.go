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

// AddOperatorKey implements [auth.OperatorKeys].
func (s *Store) AddOperatorKey(ctx context.Context, k auth.OperatorKey, n auth.Note) error {
	k.Proof = bytes.Clone(k.Proof)
	k.CreatedAt, k.ExpiresAt, k.UsedAt, k.RevokedAt = stamp(k.CreatedAt), stamp(k.ExpiresAt), stamp(k.UsedAt), stamp(k.RevokedAt)
	return s.fail("AddOperatorKey", s.changeRegistry(ctx, func(r *registryDoc) (auth.Note, error) {
		for _, other := range r.Operators {
			if other.ID == k.ID || other.Name == k.Name && other.RevokedAt.IsZero() {
				return auth.Note{}, auth.ErrTaken
			}
		}
		r.Operators = append(r.Operators, operatorDoc(k))
		return n, nil
	}))
}

// operator returns a key of the registry, else nil.
func (r *registryDoc) operator(id string) *operatorDoc {
	for i := range r.Operators {
		if r.Operators[i].ID == id {
			return &r.Operators[i]
		}
	}
	return nil
}

// OperatorKey implements [auth.OperatorKeys].
func (s *Store) OperatorKey(ctx context.Context, id string) (auth.OperatorKey, error) {
	r, err := s.registry(ctx)
	if err != nil {
		return auth.OperatorKey{}, s.fail("OperatorKey", err)
	}
	k := r.operator(id)
	if k == nil {
		return auth.OperatorKey{}, auth.ErrNoRecord
	}
	return auth.OperatorKey(*k), nil
}

// OperatorKeys implements [auth.OperatorKeys].
func (s *Store) OperatorKeys(ctx context.Context) ([]auth.OperatorKey, error) {
	r, err := s.registry(ctx)
	if err != nil {
		return nil, s.fail("OperatorKeys", err)
	}
	var out []auth.OperatorKey
	for _, k := range r.Operators {
		out = append(out, auth.OperatorKey(k))
	}
	slices.SortFunc(out, func(a, b auth.OperatorKey) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// RevokeOperatorKey implements [auth.OperatorKeys].
func (s *Store) RevokeOperatorKey(ctx context.Context, id string, at time.Time, n auth.Note) error {
	return s.fail("RevokeOperatorKey", s.changeRegistry(ctx, func(r *registryDoc) (auth.Note, error) {
		k := r.operator(id)
		if k == nil || !k.RevokedAt.IsZero() {
			return auth.Note{}, auth.ErrNoRecord
		}
		k.RevokedAt = stamp(at)
		return n, nil
	}))
}

// OperatorKeyUsed implements [auth.OperatorKeys].
func (s *Store) OperatorKeyUsed(ctx context.Context, id string, at time.Time) error {
	err := s.changeRegistry(ctx, func(r *registryDoc) (auth.Note, error) {
		k := r.operator(id)
		if k == nil || !stamp(at).After(k.UsedAt) {
			return auth.Note{}, errUnchanged
		}
		k.UsedAt = stamp(at)
		return auth.Note{}, nil
	})
	if errors.Is(err, errUnchanged) {
		err = nil
	}
	return s.fail("OperatorKeyUsed", err)
}
