package memory

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// EndSession implements [auth.Sessions].
func (s *Store) EndSession(ctx context.Context, e auth.Ending) error {
	if err := s.begin(ctx, "EndSession"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	v, ok := s.sessions[ref{e.Directory, e.Session}]
	if !ok || v.User != e.User || !v.Lives(stamp(e.At)) {
		return auth.ErrNoRecord
	}
	s.end(v, e.Reason, e.At)
	if e.Forget {
		delete(s.devices, deviceOf(v))
	}
	s.write(e.Note)
	return nil
}

// EndSessions implements [auth.Sessions].
func (s *Store) EndSessions(ctx context.Context, e auth.Ending) ([]string, error) {
	if err := s.begin(ctx, "EndSessions"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return s.endAll(e), nil
}

// Secure implements [auth.Sessions].
func (s *Store) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (auth.User, []string, error) {
	var ids []string
	u, err := s.update(ctx, "Secure", ref{e.Directory, e.User}, change, func() error {
		if v, ok := s.sessions[ref{e.Directory, e.Session}]; e.Session != "" && (!ok || v.User != e.User || !v.Lives(stamp(e.At))) {
			return auth.ErrNoRecord
		}
		ids = s.endAll(e)
		return nil
	})
	return u, ids, err
}

// endAll ends a user's sessions and writes the note; the caller holds the lock.
func (s *Store) endAll(e auth.Ending) []string {
	var ids []string
	for _, v := range s.living(e.Directory, e.User, stamp(e.At)) {
		if v.ID == e.Session || e.Tenant != "" && v.Tenant != e.Tenant || v.CreatedAt.Before(stamp(e.From)) || e.Strangers && v.Known {
			continue
		}
		s.end(v, e.Reason, e.At)
		ids = append(ids, v.ID)
		if e.Forget && e.Strangers {
			delete(s.devices, deviceOf(v))
		}
	}
	if e.Forget && !e.Strangers {
		s.forget(e)
	}
	s.write(e.Note)
	return ids
}

// end marks a session as ended and returns it; the caller holds the lock.
func (s *Store) end(v auth.Session, why auth.EndReason, at time.Time) auth.Session {
	v.EndedAt, v.EndReason = stamp(at), why
	s.sessions[ref{v.Directory, v.ID}] = v
	return v
}
