package sql

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	sessionColumns = `directory, id, user_id, tenant_id, space_id, device, known, coded, device_name, ip, agent, counter,
		created_at, rotated_at, last_seen, idle_until, expires_at, ended_at, end_reason`

	sessionByID    = "SELECT " + sessionColumns + " FROM sessions WHERE directory = $1 AND id = $2"
	sessionsLiving = "SELECT " + sessionColumns + ` FROM sessions
		WHERE directory = $1 AND user_id = $2 AND ended_at = 0 AND idle_until > $3 AND expires_at > $3
		ORDER BY created_at DESC, id DESC`
	sessionTouch = `UPDATE sessions SET last_seen = $3
		WHERE directory = $1 AND id = $2 AND ended_at = 0 AND idle_until > $3 AND expires_at > $3 AND last_seen < $3`
)

func scanSession(row scanner) (v auth.Session, err error) {
	var created, rotated, seen, idle, expires, ended int64
	err = row.Scan(&v.Directory, &v.ID, &v.User, &v.Tenant, &v.Space, &v.Device, &v.Known, &v.Coded, &v.DeviceName, &v.IP, &v.Agent, &v.Counter,
		&created, &rotated, &seen, &idle, &expires, &ended, &v.EndReason)
	v.CreatedAt, v.RotatedAt, v.LastSeen = at(created), at(rotated), at(seen)
	v.IdleUntil, v.ExpiresAt, v.EndedAt = at(idle), at(expires), at(ended)
	return v, err
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
	return s.writeLast(ctx, "Touch", func(t *tx) error {
		for _, id := range slices.Sorted(maps.Keys(seen)) { // neighbours share pages
			if _, err := t.exec(sessionTouch, directory, id, ms(seen[id])); err != nil {
				return err
			}
		}
		return nil
	})
}
