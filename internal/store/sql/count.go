package sql

import (
	"cmp"
	"context"
	"errors"
	"slices"

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

// counting is the statement of a count.
type counting struct {
	query string
	args  []any
}

func newCounting(c auth.Count) counting {
	window := []any{c.Directory, c.Key, ms(c.Now), ms(c.Now.Add(2 * c.Window))}
	switch {
	case c.Add == 0:
		return counting{counterByName, window}
	case c.Add < 0:
		return counting{counterTake, append(window, c.Add)}
	}
	return counting{counterAdd, append(window, c.Add, ms(c.Now.Add(c.Window)))}
}

// Count implements [auth.Tickets]. One counter is read without the writer;
// several are read in one transaction of it, so that they are of one moment.
func (s *Store) Count(ctx context.Context, counts ...auth.Count) ([]auth.Tally, error) {
	tallies, steps, writes := make([]auth.Tally, len(counts)), make([]counting, len(counts)), 0
	for i, c := range counts {
		steps[i] = newCounting(c)
		if c.Add != 0 {
			writes++
		}
	}
	order := make([]int, len(counts)) // the same for all, so that no two wait for each other
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(counts[a].Directory, counts[b].Directory), cmp.Compare(counts[a].Key, counts[b].Key))
	})
	run := func(t *tx) error {
		clear(tallies)
		for _, i := range order {
			c := steps[i]
			err := t.one(c.query, into(&tallies[i], scanTally), c.args...)
			if err != nil && !absent(err) { // without a row it stands at its start
				return err
			}
		}
		return nil
	}
	var err error
	switch {
	case writes > 1:
		err = s.write(ctx, "Count", run)
	case writes == 1 && len(counts) == 1:
		err = s.writeOne(ctx, "Count", run)
	case writes > 0:
		err = s.writeLast(ctx, "Count", run)
	case len(counts) != 1:
		err = s.fail("Count", s.writer.do(ctx, newJob(moment, run)))
	default:
		err = s.readOne(ctx, "Count", steps[0].query, into(&tallies[0], scanTally), steps[0].args...)
		if errors.Is(err, auth.ErrNoRecord) {
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	return tallies, nil
}
