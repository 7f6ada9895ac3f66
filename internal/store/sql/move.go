package sql

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

// $8 is the earlier one of the two ends. Both only come nearer, and the sweep's
// look at the session with them.
const sessionMove = `UPDATE sessions SET tenant_id = $5, space_id = $6,
		expires_at = CASE WHEN expires_at < $7 THEN expires_at ELSE $7 END,
		idle_until = CASE WHEN idle_until < $8 AND idle_until < expires_at THEN idle_until WHEN $8 < expires_at THEN $8 ELSE expires_at END,
		sweep_at = CASE WHEN sweep_at < $8 THEN sweep_at ELSE $8 END
	WHERE directory = $1 AND id = $2 AND user_id = $3 AND ended_at = 0 AND idle_until > $4 AND expires_at > $4
		AND EXISTS (SELECT 1 FROM memberships WHERE directory = $1 AND user_id = $3 AND tenant_id = $5 AND space_id = $6)
	RETURNING ` + sessionColumns

// MoveSession implements [auth.Sessions].
func (s *Store) MoveSession(ctx context.Context, m auth.Move) (auth.Session, error) {
	var v auth.Session
	err := s.write(ctx, "MoveSession", func(t *tx) error {
		if err := holdUser(t, m.Directory, m.User); err != nil {
			return err
		}
		err := t.one(sessionMove, into(&v, scanSession), m.Directory, m.Session, m.User, ms(m.At), m.Tenant, m.Space,
			ms(m.ExpiresAt), min(ms(m.IdleUntil), ms(m.ExpiresAt)))
		if err != nil {
			return err
		}
		return addNote(t, m.Note)
	})
	if err != nil {
		return auth.Session{}, err
	}
	return v, nil
}
