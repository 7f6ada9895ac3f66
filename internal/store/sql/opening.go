package sql

import (
	"context"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	sessionInsert = "INSERT INTO sessions (" + sessionColumns + `, sweep_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`
	sessionLogin = `UPDATE users SET last_login_at = $3, version = version + 1,
			verified_at = CASE WHEN $7 = 1 AND verified_at = 0 THEN $3 ELSE verified_at END
		WHERE directory = $1 AND id = $2 AND epoch = $4
		AND (status = 'active' OR status = 'locked' AND locked_until > 0 AND (locked_until <= $3 OR $5 = 1)) -- User.MayLogIn
		AND ($5 = 0 OR EXISTS (SELECT 1 FROM devices WHERE directory = $1 AND user_id = $2 AND id = $6))
		AND EXISTS (SELECT 1 FROM memberships WHERE directory = $1 AND user_id = $2 AND tenant_id = $8 AND space_id = $9)`
)

// CreateSession implements [auth.Sessions].
func (s *Store) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	var ended []string
	err := s.write(ctx, "CreateSession", func(t *tx) error {
		v := o.Session
		if err := holdUser(t, v.Directory, v.User); err != nil {
			return err
		}
		users, err := t.exec(sessionLogin, v.Directory, v.User, ms(v.CreatedAt), o.Epoch, flag(v.Known), v.Device,
			flag(v.Coded), v.Tenant, v.Space)
		if err != nil {
			return err
		}
		if users == 0 {
			return auth.ErrNoRecord
		}
		if ended, err = makeRoom(t, o); err != nil {
			return err
		}
		if err := insertSession(t, v); err != nil {
			return err
		}
		if err := remember(t, v, o.Generation); err != nil {
			return err
		}
		return addNote(t, o.Note)
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}

// makeRoom ends as many of the user's oldest sessions as have to go before one
// more comes, and returns their ids; [auth.ErrFull] when it must not.
func makeRoom(t *tx, o auth.Opening) (ended []string, err error) {
	if o.Most <= 0 {
		return nil, nil
	}
	v := o.Session
	var living []auth.Session
	if err := t.all(t.held(sessionsLiving), list(&living, scanSession), v.Directory, v.User, ms(v.CreatedAt)); err != nil {
		return nil, err
	}
	if len(living) < o.Most {
		return nil, nil
	}
	if o.Refuse {
		return nil, auth.ErrFull
	}
	for _, old := range slices.Backward(living[o.Most-1:]) {
		old, err := stop(t, old, auth.EndLimit, ms(v.CreatedAt))
		if err != nil {
			return nil, err
		}
		ended = append(ended, old.ID)
		if o.Ended == nil {
			continue
		}
		if err := addNote(t, o.Ended(old)); err != nil {
			return nil, err
		}
	}
	return ended, nil
}

func insertSession(t *tx, v auth.Session) error {
	sweep := min(ms(v.IdleUntil), ms(v.ExpiresAt))
	if v.Ended() {
		sweep = min(sweep, ms(v.EndedAt))
	}
	_, err := t.exec(sessionInsert, v.Directory, v.ID, v.User, v.Tenant, v.Space, v.Device, flag(v.Known), flag(v.Coded), v.DeviceName, v.IP, v.Agent,
		v.Counter, ms(v.CreatedAt), ms(v.RotatedAt), ms(v.LastSeen), ms(v.IdleUntil), ms(v.ExpiresAt), ms(v.EndedAt), string(v.EndReason), sweep)
	return err
}
