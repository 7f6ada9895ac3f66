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
	outcome := rotation(v, r)
	if outcome == auth.Rotated {
		v = rotated(v, r)
		s.sessions[ref{v.Directory, v.ID}] = v
	}
	if outcome == auth.Reused {
		v = s.end(v, auth.EndReuse, r.Now)
		s.write(r.Reused(v))
	}
	return auth.RotationResult{Outcome: outcome, Session: v}, nil
}

// rotation says what becomes of a session to which a token is presented.
func rotation(v auth.Session, r auth.Rotation) auth.RotationOutcome {
	switch {
	case v.Ended():
		return auth.Ended
	case v.Expired(r.Now):
		return auth.Expired
	case r.Counter > v.Counter:
		return auth.Unknown
	case r.Counter == v.Counter:
		return auth.Rotated
	case r.Counter == v.Counter-1 && (r.Now.Before(v.RotatedAt) || r.Now.Sub(v.RotatedAt) < r.Grace):
		return auth.Repeated
	}
	return auth.Reused
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
