package sql

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	// The records whose oldest link is over, and not the newest too; each has
	// something to sweep.
	trailsOver = `SELECT directory FROM audit_heads WHERE (SELECT at FROM audit_events
			WHERE audit_events.directory = audit_heads.directory AND audit_events.number > 0
			AND audit_events.number < audit_heads.number ORDER BY audit_events.number LIMIT 1) < $1
		ORDER BY directory LIMIT $2`
	// The newest stays: without it nobody could tell a record that was swept from
	// one that somebody emptied.
	linksDelete = `DELETE FROM audit_events WHERE directory = $1 AND number > 0 AND number <= $2
		AND number < (SELECT number FROM audit_heads WHERE directory = $1)`
)

// sweepTrails removes the oldest links of records, some at a time.
func (s *Store) sweepTrails(ctx context.Context, keep time.Time) (int, error) {
	var directories []string
	if err := s.readAll(ctx, "Sweep", trailsOver, list(&directories, scanText), ms(keep), sweepRows); err != nil || directories == nil {
		return 0, err
	}
	gone := 0
	err := s.write(ctx, "Sweep", func(t *tx) error {
		gone = 0
		for _, directory := range directories {
			n, err := shorten(t, directory, at(ms(keep)), sweepRows-gone)
			if err != nil {
				return err
			}
			if gone += n; gone >= sweepRows {
				break
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return gone, nil
}

// shorten removes links of a record, at most max, up to the first that is not
// over: what is left has no gap.
func shorten(t *tx, directory string, keep time.Time, max int) (int, error) {
	var oldest []auth.Link
	if err := t.all(linksAfter, list(&oldest, scanLink), directory, 0, max); err != nil {
		return 0, err
	}
	var last int64
	for _, l := range oldest {
		if !l.At.Before(keep) {
			break
		}
		last = l.Number
	}
	n, err := t.exec(linksDelete, directory, last)
	return int(n), err
}
