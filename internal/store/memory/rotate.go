package memory

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

// Rotate implements [auth.Sessions].
func (s *Store) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	if err := s.begin(ctx, "Rotate"); err != nil {
		return auth.RotationResult{}, err
	}
	defer s.mu.Unlock()
	r.Now = stamp(r.Now)
	v, ok := s.sessions[ref{r.Directory, r.Session}]
	if !ok || r.Tenant != "" && r.Tenant != v.Tenant {
		return auth.RotationResult{}, auth.ErrNoRecord
	}
	outcome := r.Outcome(v)
	if outcome == auth.Rotated {
		v = rotated(v, r)
		s.sessions[ref{v.Directory, v.ID}] = v
	}
	if outcome == auth.Reused {
		v = s.end(v, auth.EndReuse, r.Now)
		delete(s.devices, deviceOf(v))
		s.write(r.Reused(v))
	}
	return auth.RotationResult{Outcome: outcome, Session: v}, nil
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
