package sql

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	bulletinInsert = "INSERT INTO bulletin (id, until, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
	bulletinAfter  = "SELECT id, until, body FROM bulletin WHERE id > $1 AND until > $2 ORDER BY id LIMIT $3"
)

// Announce implements [auth.Bulletin].
func (s *Store) Announce(ctx context.Context, lines []auth.Bulletined) error {
	add := func(t *tx) error {
		for _, l := range lines {
			if _, err := t.exec(bulletinInsert, l.ID, ms(l.Until), blob(l.Body)); err != nil {
				return err
			}
		}
		return nil
	}
	switch len(lines) {
	case 0:
		return nil
	case 1:
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
