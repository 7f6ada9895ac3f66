package sql

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	endSet   = "UPDATE sessions SET ended_at = $3, end_reason = $4, sweep_at = CASE WHEN sweep_at < $3 THEN sweep_at ELSE $3 END"
	endAlive = " AND ended_at = 0 AND idle_until > $3 AND expires_at > $3"

	sessionEnd  = endSet + " WHERE directory = $1 AND id = $2 AND user_id = $5" + endAlive + " RETURNING device"
	sessionStop = endSet + " WHERE directory = $1 AND id = $2 AND ended_at = 0"
	sessionsEnd = endSet + " WHERE directory = $1 AND user_id = $2 AND id <> $5 AND created_at >= $6 AND ($7 = 0 OR known = 0) AND ($8 = '' OR tenant_id = $8)" +
		endAlive + " RETURNING id, device"
	sessionLives = "SELECT id FROM sessions WHERE directory = $1 AND id = $2 AND user_id = $4" + endAlive
)

// stop ends a session that the caller has seen to be alive, in the same
// transaction, and returns it as it is then.
func stop(t *tx, v auth.Session, why auth.EndReason, now int64) (auth.Session, error) {
	v.EndedAt, v.EndReason = at(now), why
	_, err := t.exec(sessionStop, v.Directory, v.ID, now, string(why))
	return v, err
}

// EndSession implements [auth.Sessions].
func (s *Store) EndSession(ctx context.Context, e auth.Ending) error {
	return s.write(ctx, "EndSession", func(t *tx) error {
		if err := holdUser(t, e.Directory, e.User); err != nil {
			return err
		}
		var device string
		err := t.one(sessionEnd, into(&device, scanText), e.Directory, e.Session, ms(e.At), string(e.Reason), e.User)
		if err != nil {
			return err
		}
		if e.Forget {
			if err := forget(t, e.Directory, e.User, device); err != nil {
				return err
			}
		}
		return addNote(t, e.Note)
	})
}

// EndSessions implements [auth.Sessions]. The note is written also when no
// session was left to end.
func (s *Store) EndSessions(ctx context.Context, e auth.Ending) ([]string, error) {
	var ids []string
	err := s.write(ctx, "EndSessions", func(t *tx) (err error) {
		if err := holdUser(t, e.Directory, e.User); err != nil {
			return err
		}
		ids, err = endAll(t, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// Secure implements [auth.Sessions]. The change runs outside of any
// transaction, and again when another update was faster.
func (s *Store) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (auth.User, []string, error) {
	var ids []string
	u, err := s.updateUser(ctx, "Secure", e.Directory, e.User, change, func(t *tx) (err error) {
		if e.Session != "" {
			var kept string
			if err := t.one(t.held(sessionLives), into(&kept, scanText), e.Directory, e.Session, ms(e.At), e.User); err != nil {
				return err
			}
		}
		ids, err = endAll(t, e)
		return err
	})
	if err != nil {
		return auth.User{}, nil, err
	}
	return u, ids, nil
}

// endAll ends a user's sessions, forgets the devices and writes the note.
func endAll(t *tx, e auth.Ending) ([]string, error) {
	var over []ending
	err := t.all(sessionsEnd, list(&over, scanEnding), e.Directory, e.User, ms(e.At), string(e.Reason), e.Session, ms(e.From), flag(e.Strangers), e.Tenant)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, v := range over {
		ids = append(ids, v.id)
		if e.Forget && e.Strangers {
			if err := forget(t, e.Directory, e.User, v.device); err != nil {
				return nil, err
			}
		}
	}
	if e.Forget && !e.Strangers {
		if _, err := t.exec(devicesForget, e.Directory, e.User, e.Session); err != nil {
			return nil, err
		}
	}
	return ids, addNote(t, e.Note)
}

// ending is a session that was ended, and its device.
type ending struct{ id, device string }

func scanEnding(row scanner) (v ending, err error) {
	err = row.Scan(&v.id, &v.device)
	return v, err
}
