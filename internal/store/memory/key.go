package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// Keys implements [auth.Registry].
func (s *Store) Keys(ctx context.Context) ([]auth.KeyRecord, error) {
	if err := s.begin(ctx, "Keys"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := slices.Clone(s.keys)
	for i := range out {
		out[i].Sealed = bytes.Clone(out[i].Sealed)
	}
	return out, nil
}

// AddKey implements [auth.Registry].
func (s *Store) AddKey(ctx context.Context, k auth.KeyRecord, newest string, n auth.Note) error {
	if err := s.begin(ctx, "AddKey"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	last := ""
	if have := len(s.keys); have > 0 {
		last = s.keys[have-1].ID
	}
	if last != newest {
		return auth.ErrTaken
	}
	k.Sealed = bytes.Clone(k.Sealed)
	k.CreatedAt, k.SignsFrom = stamp(k.CreatedAt), stamp(k.SignsFrom)
	s.keys = append(s.keys, k)
	slices.SortStableFunc(s.keys, func(a, b auth.KeyRecord) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	s.write(n)
	return nil
}

// RemoveKey implements [auth.Registry].
func (s *Store) RemoveKey(ctx context.Context, id string) error {
	if err := s.begin(ctx, "RemoveKey"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.keys = slices.DeleteFunc(s.keys, func(k auth.KeyRecord) bool { return k.ID == id })
	return nil
}
