package memory

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// tallyRow is a counter that has been added to.
type tallyRow struct {
	n      int
	resets time.Time
}

// Count implements [auth.Tickets].
func (s *Store) Count(ctx context.Context, c auth.Count) (auth.Tally, error) {
	if err := s.begin(ctx, "Count"); err != nil {
		return auth.Tally{}, err
	}
	defer s.mu.Unlock()
	k := ref{c.Directory, c.Key}
	row, ok := s.counters[k]
	if !ok || !stamp(c.Now).Before(row.resets) || row.resets.After(stamp(c.Now.Add(2*c.Window))) {
		if c.Add <= 0 {
			return auth.Tally{}, nil // it stands at its start, and below it is nothing
		}
		row = tallyRow{resets: stamp(c.Now.Add(c.Window))}
	}
	row.n = max(row.n+c.Add, 0)
	s.counters[k] = row
	return auth.Tally{N: row.n, Resets: row.resets}, nil
}
