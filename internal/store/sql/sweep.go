package sql

import (
	"context"
	"time"
)

// sweepRows bounds how many rows of a table go at once, so that nobody waits
// long behind a sweep.
const sweepRows = 500

// Each condition stands twice: what a sweep finds over may be renewed while it
// waits for whoever holds the row, and then only what is outside the inner SELECT
// is looked at again.
const (
	ticketSweep = `DELETE FROM tickets WHERE expires_at <= $1 AND (directory, tenant_id, kind, id) IN
		(SELECT directory, tenant_id, kind, id FROM tickets WHERE expires_at <= $1 LIMIT $2)`
	counterSweep = `DELETE FROM counters WHERE resets_at <= $1 AND (directory, name) IN
		(SELECT directory, name FROM counters WHERE resets_at <= $1 LIMIT $2)`
	mailSweep = `DELETE FROM outbox WHERE state IN ('sent', 'dead') AND due_at < $1 AND id IN
		(SELECT id FROM outbox WHERE state IN ('sent', 'dead') AND due_at < $1 LIMIT $2)`
	bulletinSweep = `DELETE FROM bulletin WHERE until <= $1 AND id IN (SELECT id FROM bulletin WHERE until <= $1 LIMIT $2)`
	deviceSweep   = `DELETE FROM devices WHERE seen_at < $1 AND (directory, user_id, id) IN
		(SELECT directory, user_id, id FROM devices WHERE seen_at < $1 LIMIT $2)`

	// Both look at the sessions whose time for a sweep came first. Those that
	// are not over, as they were rotated since, get another time.
	sessionFirst = "(directory, id) IN (SELECT directory, id FROM sessions WHERE sweep_at < $1 ORDER BY sweep_at LIMIT $2)"
	sessionOver  = "(ended_at <> 0 AND ended_at < $1 OR idle_until < $1 OR expires_at < $1)"
	sessionSpare = `UPDATE sessions SET sweep_at = CASE
			WHEN ended_at <> 0 AND ended_at < idle_until AND ended_at < expires_at THEN ended_at
			WHEN idle_until < expires_at THEN idle_until ELSE expires_at END
		WHERE ` + sessionFirst + " AND NOT " + sessionOver
	sessionSweep = "DELETE FROM sessions WHERE " + sessionFirst + " AND " + sessionOver
)

// Sweep implements [auth.Sweeper]: of each table at most 500 rows a call, each
// table in a transaction of its own that others share. First it chains what
// another release has written without a number, for only links are swept, and
// gives the users that it added their search terms.
func (s *Store) Sweep(ctx context.Context, now, keep, keepEvents time.Time) (int, error) {
	if err := s.gather(ctx); err != nil {
		return 0, err
	}
	if err := s.gatherTerms(ctx); err != nil {
		return 0, err
	}
	gone, err := s.sweepSessions(ctx, keep)
	if err != nil {
		return gone, err
	}
	for _, step := range []struct {
		query string
		until time.Time
	}{{ticketSweep, now}, {counterSweep, now}, {bulletinSweep, now}, {mailSweep, keep}, {deviceSweep, keepEvents}} {
		n, err := s.sweep(ctx, step.query, step.until)
		gone += n
		if err != nil {
			return gone, err
		}
	}
	if s.pool != nil {
		n, err := s.sweep(ctx, limitSweep, now)
		gone += n
		if err != nil {
			return gone, err
		}
	}
	n, err := s.sweepTrails(ctx, keepEvents)
	return gone + n, err
}

// sweepSessions removes some sessions, or finds none to remove.
func (s *Store) sweepSessions(ctx context.Context, keep time.Time) (int, error) {
	for {
		spared, err := s.sweep(ctx, sessionSpare, keep)
		if err != nil {
			return 0, err
		}
		gone, err := s.sweep(ctx, sessionSweep, keep)
		if err != nil || gone > 0 || spared == 0 {
			return gone, err
		}
	}
}

func (s *Store) sweep(ctx context.Context, query string, until time.Time) (int, error) {
	var n int64
	err := s.writeOne(ctx, "Sweep", func(t *tx) (err error) {
		n, err = t.exec(query, ms(until), sweepRows)
		return err
	})
	return int(n), err
}
