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
func (s *Store) Count(ctx context.Context, counts ...auth.Count) ([]auth.Tally, error) {
	if err := s.begin(ctx, "Count"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := make([]auth.Tally, len(counts))
	for i, c := range counts {
		out[i] = s.count(c)
	}
	return out, nil
}

// count adds to one counter; the caller holds the lock.
func (s *Store) count(c auth.Count) auth.Tally {
	k := ref{c.Directory, c.Key}
	row, ok := s.counters[k]
	if !ok || !stamp(c.Now).Before(row.resets) || row.resets.After(stamp(c.Now.Add(2*c.Window))) {
		if c.Add <= 0 {
			return auth.Tally{} // it stands at its start, and below it is nothing
		}
		row = tallyRow{resets: stamp(c.Now.Add(c.Window))}
	}
	row.n = max(row.n+c.Add, 0)
	s.counters[k] = row
	return auth.Tally{N: row.n, Resets: row.resets}
}
