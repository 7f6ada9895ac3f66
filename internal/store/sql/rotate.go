package sql

import (
	"context"
	"database/sql"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	rotateSet = `UPDATE sessions SET counter = counter + 1, rotated_at = $5,
			last_seen = CASE WHEN last_seen < $5 THEN $5 ELSE last_seen END,
			idle_until = CASE WHEN expires_at < $6 THEN expires_at ELSE $6 END,
			ip = CASE WHEN $7 = '' THEN ip ELSE $7 END`
	rotateWhere = ` WHERE directory = $1 AND id = $2 AND ($3 = '' OR tenant_id = $3)
		AND counter = $4 AND ended_at = 0 AND idle_until > $5 AND expires_at > $5`
	// Only what the caller cannot know: this is the hottest statement of all,
	// and each column costs.
	rotateBack = " RETURNING user_id, tenant_id, space_id, device, known, coded, device_name, ip, agent, created_at, last_seen, idle_until, expires_at"

	// The usual rotation touches no index.
	sessionRotate = rotateSet + rotateWhere + " AND sweep_at <= $6" + rotateBack
	// One that shortens the idle time below what the sweep knows of.
	sessionRotateBack = rotateSet + ", sweep_at = $6" + rotateWhere + rotateBack
)

// Rotate implements [auth.Sessions]: one statement when the counter is current,
// and only otherwise a look at the session, in the same transaction. The note
// of a reuse is made by the caller's goroutine, between two looks.
func (s *Store) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	r.Now = at(ms(r.Now))
	res, err := s.rotate(ctx, r)
	if err != nil || res.Outcome != auth.Reused {
		return res, err
	}
	// A token that is too old has been shown: the session ends, whether or not
	// who showed it waits for the answer.
	ctx = context.WithoutCancel(ctx)
	res.Session.EndedAt, res.Session.EndReason = r.Now, auth.EndReuse
	note, user := r.Reused(res.Session), res.Session.User
	err = s.write(ctx, "Rotate", func(t *tx) (err error) {
		if err := holdUser(t, r.Directory, user); err != nil {
			return err
		}
		if res, err = rotate(t, r); err != nil || res.Outcome != auth.Reused {
			return err // ended meanwhile
		}
		if res.Session, err = stop(t, res.Session, auth.EndReuse, ms(r.Now)); err != nil {
			return err
		}
		if err = forget(t, r.Directory, res.Session.User, res.Session.Device); err != nil {
			return err
		}
		return addNote(t, note)
	})
	return res, err
}

// rotate rotates or says why not: in a statement that it shares with others, where
// there is one, and else, or when that did nothing, in a transaction.
func (s *Store) rotate(ctx context.Context, r auth.Rotation) (res auth.RotationResult, err error) {
	if s.rotator != nil {
		res, err = s.rotator.rotate(ctx, r)
		if !absent(err) {
			return res, s.fail("Rotate", err)
		}
	}
	err = s.writeLast(ctx, "Rotate", func(t *tx) (err error) {
		res, err = rotate(t, r)
		return err
	})
	return res, err
}

// rotate rotates or says why not. It does not end a session.
func rotate(t *tx, r auth.Rotation) (auth.RotationResult, error) {
	res, err := swap(t, sessionRotate, r)
	if !errors.Is(err, sql.ErrNoRows) {
		return res, err
	}
	var v auth.Session
	if err := t.one(t.held(sessionByID), into(&v, scanSession), r.Directory, r.Session); err != nil {
		return auth.RotationResult{}, err
	}
	if r.Tenant != "" && r.Tenant != v.Tenant {
		return auth.RotationResult{}, auth.ErrNoRecord
	}
	outcome := r.Outcome(v)
	if outcome == auth.Rotated {
		return swap(t, sessionRotateBack, r)
	}
	return auth.RotationResult{Outcome: outcome, Session: v}, nil
}

// swap moves a living session on whose counter is the one presented; else
// [sql.ErrNoRows].
func swap(t *tx, query string, r auth.Rotation) (auth.RotationResult, error) {
	v := auth.Session{Directory: r.Directory, ID: r.Session, Counter: r.Counter + 1, RotatedAt: r.Now}
	var created, seen, idle, expires int64
	err := t.one(query, func(row scanner) error {
		return row.Scan(&v.User, &v.Tenant, &v.Space, &v.Device, &v.Known, &v.Coded, &v.DeviceName, &v.IP, &v.Agent, &created, &seen, &idle, &expires)
	}, r.Directory, r.Session, r.Tenant, r.Counter, ms(r.Now), ms(r.IdleUntil), r.IP)
	if err != nil {
		return auth.RotationResult{}, err
	}
	v.CreatedAt, v.LastSeen, v.IdleUntil, v.ExpiresAt = at(created), at(seen), at(idle), at(expires)
	return auth.RotationResult{Outcome: auth.Rotated, Session: v}, nil
}
