package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/latchkey/latchkey/internal/auth"
)

// Rotate implements [auth.Sessions]. What nearly always happens costs one read
// of the one session and one write of it.
func (s *Store) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	if err := s.enter(ctx); err != nil {
		return auth.RotationResult{}, s.fail("Rotate", err)
	}
	r.Now = stamp(r.Now)
	var out auth.RotationResult
	err := s.retry(ctx, accounts+r.Session, func() (bool, error) {
		a, err := s.ofSession(ctx, r.Directory, r.Session, onlySession(r.Session))
		if err != nil {
			return false, err
		}
		v, ok := a.session(r.Session)
		if !ok || r.Tenant != "" && r.Tenant != v.Tenant {
			return false, auth.ErrNoRecord
		}
		out = auth.RotationResult{Outcome: r.Outcome(v), Session: v}
		switch out.Outcome {
		case auth.Rotated:
			out.Session = rotated(v, r)
			return s.patch(ctx, accounts, a.ID, a.Rev, newRev(), set(bson.D{{Key: "sessions." + v.ID, Value: sessionDoc(out.Session)}}))
		case auth.Reused:
			out, err = s.reused(ctx, v, r)
			return err == nil, err
		default:
			return true, nil
		}
	})
	if err != nil {
		return auth.RotationResult{}, s.fail("Rotate", err)
	}
	return out, nil
}

// reused ends a session of which an old token was shown. By the time it gets to
// that the session may be another one, so it asks again.
func (s *Store) reused(ctx context.Context, v auth.Session, r auth.Rotation) (auth.RotationResult, error) {
	var out auth.RotationResult
	_, err := s.changeAccount(ctx, change{directory: v.Directory, user: v.User, edit: func(a *accountDoc) (auth.Note, error) {
		v, ok := a.session(r.Session)
		if !ok || r.Tenant != "" && r.Tenant != v.Tenant {
			return auth.Note{}, auth.ErrNoRecord
		}
		out = auth.RotationResult{Outcome: r.Outcome(v), Session: v}
		if out.Outcome != auth.Reused {
			return auth.Note{}, errUnchanged
		}
		v.EndedAt, v.EndReason = r.Now, auth.EndReuse
		a.setSession(v)
		a.forget(func(id string) bool { return id == v.Device })
		out.Session = v
		return r.Reused(v), nil
	}})
	if errors.Is(err, errUnchanged) {
		err = nil
	}
	return out, err
}

// rotated is the session with its next counter.
func rotated(v auth.Session, r auth.Rotation) auth.Session {
	v.Counter++
	v.RotatedAt = r.Now
	if r.Now.After(v.LastSeen) {
		v.LastSeen = r.Now
	}
	v.IdleUntil = stamp(r.IdleUntil)
	if v.IdleUntil.After(v.ExpiresAt) {
		v.IdleUntil = v.ExpiresAt
	}
	if r.IP != "" {
		v.IP = r.IP
	}
	return v
}
