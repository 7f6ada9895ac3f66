package memory

import (
	"context"
	"maps"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// SettingsInForce implements [auth.Registry].
func (s *Store) SettingsInForce(ctx context.Context, digests map[string]string, note func(changed []string) auth.Note) error {
	if err := s.begin(ctx, "SettingsInForce"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if changed := differing(s.settings, digests); len(s.settings) > 0 && len(changed) > 0 {
		s.write(note(changed))
	}
	s.settings = maps.Clone(digests)
	return nil
}

// differing returns the names that only one of the two has, or that differ,
// sorted.
func differing(a, b map[string]string) []string {
	both := maps.Clone(a)
	if both == nil {
		both = map[string]string{}
	}
	maps.Copy(both, b)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(both)), func(name string) bool {
		old, had := a[name]
		now, has := b[name]
		return had && has && old == now
	})
}
