package sql

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const bulletinAfter = "SELECT id, until, body FROM bulletin WHERE id > $1 AND until > $2 ORDER BY id LIMIT $3"

// Announce implements [auth.Bulletin].
func (s *Store) Announce(ctx context.Context, lines []auth.Bulletined) error {
	values := make([][]any, 0, len(lines))
	for _, l := range lines {
		values = append(values, []any{l.ID, ms(l.Until), blob(l.Body)})
	}
	add := func(t *tx) error {
		return inBlocks(t, "INSERT INTO bulletin (id, until, body) VALUES ", " ON CONFLICT DO NOTHING", values)
	}
	switch len(lines) {
	case 0:
		return nil
	case 1: // one statement
		return s.writeOne(ctx, "Announce", add)
	}
	return s.write(ctx, "Announce", add)
}

// Announced implements [auth.Bulletin].
func (s *Store) Announced(ctx context.Context, after string, now time.Time, most int) ([]auth.Bulletined, error) {
	var lines []auth.Bulletined
	err := s.readAll(ctx, "Announced", bulletinAfter, list(&lines, func(row scanner) (l auth.Bulletined, err error) {
		var until int64
		err = row.Scan(&l.ID, &until, &l.Body)
		l.Until = at(until)
		return l, err
	}), after, ms(now), most)
	return lines, err
}
