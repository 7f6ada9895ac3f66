package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// Announce implements [auth.Bulletin].
func (s *Store) Announce(ctx context.Context, lines []auth.Bulletined) error {
	if err := s.begin(ctx, "Announce"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for _, l := range lines {
		if _, there := s.bulletin[l.ID]; !there {
			s.bulletin[l.ID] = cleanLine(l)
		}
	}
	return nil
}

// Announced implements [auth.Bulletin].
func (s *Store) Announced(ctx context.Context, after string, now time.Time, most int) ([]auth.Bulletined, error) {
	if err := s.begin(ctx, "Announced"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []auth.Bulletined
	for _, l := range s.bulletin {
		if l.ID > after && l.Until.After(stamp(now)) {
			out = append(out, cleanLine(l))
		}
	}
	slices.SortFunc(out, func(a, b auth.Bulletined) int { return cmp.Compare(a.ID, b.ID) })
	return out[:min(most, len(out))], nil
}

func cleanLine(l auth.Bulletined) auth.Bulletined {
	return auth.Bulletined{ID: l.ID, Until: stamp(l.Until), Body: bytes.Clone(l.Body)}
}
