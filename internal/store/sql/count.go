package sql

import (
	"context"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	// A window runs when it is neither over ($3 is now) nor ends more than two
	// windows from now ($4), as after a clock that went ahead and came back.
	counterByName = "SELECT n, resets_at FROM counters WHERE directory = $1 AND name = $2 AND resets_at > $3 AND resets_at <= $4"

	// An addition begins a window or goes on with the one that runs.
	counterAdd = `INSERT INTO counters (directory, name, n, resets_at) VALUES ($1, $2, $5, $6)
		ON CONFLICT (directory, name) DO UPDATE SET
			n = CASE WHEN counters.resets_at > $3 AND counters.resets_at <= $4 THEN counters.n + excluded.n ELSE excluded.n END,
			resets_at = CASE WHEN counters.resets_at > $3 AND counters.resets_at <= $4 THEN counters.resets_at ELSE excluded.resets_at END
		RETURNING n, resets_at`
	// A subtraction stops at zero and begins nothing.
	counterTake = `UPDATE counters SET n = CASE WHEN n + $5 > 0 THEN n + $5 ELSE 0 END
		WHERE directory = $1 AND name = $2 AND resets_at > $3 AND resets_at <= $4 RETURNING n, resets_at`
)

func scanTally(row scanner) (v auth.Tally, err error) {
	var resets int64
	err = row.Scan(&v.N, &resets)
	v.Resets = at(resets)
	return v, err
}

// Count implements [auth.Tickets].
func (s *Store) Count(ctx context.Context, c auth.Count) (auth.Tally, error) {
	var v auth.Tally
	var err error
	window := []any{c.Directory, c.Key, ms(c.Now), ms(c.Now.Add(2 * c.Window))}
	switch scan := into(&v, scanTally); {
	case c.Add == 0:
		err = s.readOne(ctx, "Count", counterByName, scan, window...)
	case c.Add < 0:
		err = s.writeOne(ctx, "Count", func(t *tx) error { return t.one(counterTake, scan, append(window, c.Add)...) })
	default:
		err = s.writeOne(ctx, "Count", func(t *tx) error { return t.one(counterAdd, scan, append(window, c.Add, ms(c.Now.Add(c.Window)))...) })
	}
	if errors.Is(err, auth.ErrNoRecord) { // it stands at its start
		return auth.Tally{}, nil
	}
	return v, err
}
