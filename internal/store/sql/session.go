package sql

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	sessionColumns = `directory, id, user_id, tenant_id, space_id, device, device_name, ip, agent, counter,
		created_at, rotated_at, last_seen, idle_until, expires_at, ended_at, end_reason`

	sessionInsert = "INSERT INTO sessions (" + sessionColumns + `, sweep_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`
	sessionLogin = `UPDATE users SET last_login_at = $3, version = version + 1 WHERE directory = $1 AND id = $2
		AND (status = 'active' OR status = 'locked' AND locked_until > 0 AND locked_until <= $3)` // User.MayLogIn
	sessionByID    = "SELECT " + sessionColumns + " FROM sessions WHERE directory = $1 AND id = $2"
	sessionsLiving = "SELECT " + sessionColumns + ` FROM sessions
		WHERE directory = $1 AND user_id = $2 AND ended_at = 0 AND idle_until > $3 AND expires_at > $3
		ORDER BY created_at DESC, id DESC`
	sessionTouch = `UPDATE sessions SET last_seen = $3
		WHERE directory = $1 AND id = $2 AND ended_at = 0 AND idle_until > $3 AND expires_at > $3 AND last_seen < $3`

	endSet   = "UPDATE sessions SET ended_at = $3, end_reason = $4, sweep_at = CASE WHEN sweep_at < $3 THEN sweep_at ELSE $3 END"
	endAlive = " AND ended_at = 0 AND idle_until > $3 AND expires_at > $3"

	sessionEnd  = endSet + " WHERE directory = $1 AND id = $2 AND user_id = $5" + endAlive
	sessionsEnd = endSet + " WHERE directory = $1 AND user_id = $2 AND id <> $5" + endAlive + " RETURNING id"
)

func scanSession(row scanner) (v auth.Session, err error) {
	var created, rotated, seen, idle, expires, ended int64
	err = row.Scan(&v.Directory, &v.ID, &v.User, &v.Tenant, &v.Space, &v.Device, &v.DeviceName, &v.IP, &v.Agent, &v.Counter,
		&created, &rotated, &seen, &idle, &expires, &ended, &v.EndReason)
	v.CreatedAt, v.RotatedAt, v.LastSeen = at(created), at(rotated), at(seen)
	v.IdleUntil, v.ExpiresAt, v.EndedAt = at(idle), at(expires), at(ended)
	return v, err
}

// CreateSession implements [auth.Sessions].
func (s *Store) CreateSession(ctx context.Context, v auth.Session, n auth.Note) error {
	sweep := min(ms(v.IdleUntil), ms(v.ExpiresAt))
	if v.Ended() {
		sweep = min(sweep, ms(v.EndedAt))
	}
	return s.write(ctx, "CreateSession", func(t *tx) error {
		users, err := t.exec(sessionLogin, v.Directory, v.User, ms(v.CreatedAt))
		if err != nil {
			return err
		}
		if users == 0 {
			return auth.ErrNoRecord
		}
		_, err = t.exec(sessionInsert, v.Directory, v.ID, v.User, v.Tenant, v.Space, v.Device, v.DeviceName, v.IP, v.Agent, v.Counter,
			ms(v.CreatedAt), ms(v.RotatedAt), ms(v.LastSeen), ms(v.IdleUntil), ms(v.ExpiresAt), ms(v.EndedAt), string(v.EndReason), sweep)
		if err != nil {
			return err
		}
		return addNote(t, n)
	})
}

// Session implements [auth.Sessions].
func (s *Store) Session(ctx context.Context, directory, id string) (auth.Session, error) {
	var v auth.Session
	err := s.readOne(ctx, "Session", sessionByID, into(&v, scanSession), directory, id)
	return v, err
}

// LivingSessions implements [auth.Sessions].
func (s *Store) LivingSessions(ctx context.Context, directory, user string, now time.Time) ([]auth.Session, error) {
	var living []auth.Session
	err := s.readAll(ctx, "LivingSessions", sessionsLiving, list(&living, scanSession), directory, user, ms(now))
	return living, err
}

// Touch implements [auth.Sessions]. Each line is one statement that only fails
// when the database does, and then the whole transaction is undone.
func (s *Store) Touch(ctx context.Context, directory string, seen map[string]time.Time) error {
	if len(seen) == 0 {
		return nil
	}
	return s.writeOne(ctx, "Touch", func(t *tx) error {
		for _, id := range slices.Sorted(maps.Keys(seen)) { // neighbours share pages
			if _, err := t.exec(sessionTouch, directory, id, ms(seen[id])); err != nil {
				return err
			}
		}
		return nil
	})
}

// EndSession implements [auth.Sessions].
func (s *Store) EndSession(ctx context.Context, e auth.Ending) error {
	return s.write(ctx, "EndSession", func(t *tx) error {
		n, err := t.exec(sessionEnd, e.Directory, e.Session, ms(e.At), string(e.Reason), e.User)
		if err != nil {
			return err
		}
		if n == 0 {
			return auth.ErrNoRecord
		}
		return addNote(t, e.Note)
	})
}

// EndSessions implements [auth.Sessions]. The note is written also when no
// session was left to end.
func (s *Store) EndSessions(ctx context.Context, e auth.Ending) ([]string, error) {
	var ids []string
	err := s.write(ctx, "EndSessions", func(t *tx) error {
		ids = nil
		scan := func(row scanner) (id string, err error) {
			err = row.Scan(&id)
			return id, err
		}
		err := t.all(sessionsEnd, list(&ids, scan), e.Directory, e.User, ms(e.At), string(e.Reason), e.Session)
		if err != nil {
			return err
		}
		return addNote(t, e.Note)
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}
