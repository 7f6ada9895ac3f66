package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// AddOperatorKey implements [auth.OperatorKeys].
func (s *Store) AddOperatorKey(ctx context.Context, k auth.OperatorKey, n auth.Note) error {
	if err := s.begin(ctx, "AddOperatorKey"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for _, other := range s.operators {
		if other.ID == k.ID || other.Name == k.Name && other.RevokedAt.IsZero() {
			return auth.ErrTaken
		}
	}
	s.operators[k.ID] = cleanOperator(k)
	s.write(n)
	return nil
}

// OperatorKey implements [auth.OperatorKeys].
func (s *Store) OperatorKey(ctx context.Context, id string) (auth.OperatorKey, error) {
	if err := s.begin(ctx, "OperatorKey"); err != nil {
		return auth.OperatorKey{}, err
	}
	defer s.mu.Unlock()
	k, ok := s.operators[id]
	if !ok {
		return auth.OperatorKey{}, auth.ErrNoRecord
	}
	return cleanOperator(k), nil
}

// OperatorKeys implements [auth.OperatorKeys].
func (s *Store) OperatorKeys(ctx context.Context) ([]auth.OperatorKey, error) {
	if err := s.begin(ctx, "OperatorKeys"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []auth.OperatorKey
	for _, k := range s.operators {
		out = append(out, cleanOperator(k))
	}
	slices.SortFunc(out, func(a, b auth.OperatorKey) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

// RevokeOperatorKey implements [auth.OperatorKeys].
func (s *Store) RevokeOperatorKey(ctx context.Context, id string, at time.Time, n auth.Note) error {
	if err := s.begin(ctx, "RevokeOperatorKey"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	k, ok := s.operators[id]
	if !ok || !k.RevokedAt.IsZero() {
		return auth.ErrNoRecord
	}
	k.RevokedAt = stamp(at)
	s.operators[id] = k
	s.write(n)
	return nil
}

// OperatorKeyUsed implements [auth.OperatorKeys].
func (s *Store) OperatorKeyUsed(ctx context.Context, id string, at time.Time) error {
	if err := s.begin(ctx, "OperatorKeyUsed"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if k, ok := s.operators[id]; ok && stamp(at).After(k.UsedAt) {
		k.UsedAt = stamp(at)
		s.operators[id] = k
	}
	return nil
}

func cleanOperator(k auth.OperatorKey) auth.OperatorKey {
	k.Proof = bytes.Clone(k.Proof)
	k.CreatedAt, k.ExpiresAt, k.UsedAt, k.RevokedAt = stamp(k.CreatedAt), stamp(k.ExpiresAt), stamp(k.UsedAt), stamp(k.RevokedAt)
	return k
}
