package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// CreateSession implements [auth.Sessions].
func (s *Store) CreateSession(ctx context.Context, v auth.Session, n auth.Note) error {
	if err := s.begin(ctx, "CreateSession"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	u, ok := s.users[ref{v.Directory, v.User}]
	if !ok || !u.MayLogIn(stamp(v.CreatedAt)) {
		return auth.ErrNoRecord
	}
	v = cleanSession(v)
	u.LastLoginAt = v.CreatedAt
	s.users[ref{v.Directory, v.User}] = u
	s.sessions[ref{v.Directory, v.ID}] = v
	s.write(n)
	return nil
}

// Session implements [auth.Sessions].
func (s *Store) Session(ctx context.Context, directory, id string) (auth.Session, error) {
	if err := s.begin(ctx, "Session"); err != nil {
		return auth.Session{}, err
	}
	defer s.mu.Unlock()
	v, ok := s.sessions[ref{directory, id}]
	if !ok {
		return auth.Session{}, auth.ErrNoRecord
	}
	return v, nil
}

// LivingSessions implements [auth.Sessions].
func (s *Store) LivingSessions(ctx context.Context, directory, user string, now time.Time) ([]auth.Session, error) {
	if err := s.begin(ctx, "LivingSessions"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return s.living(directory, user, stamp(now)), nil
}

// living returns what lives at now, newest first; the caller holds the lock.
func (s *Store) living(directory, user string, now time.Time) []auth.Session {
	var out []auth.Session
	for k, v := range s.sessions {
		if k.directory == directory && v.User == user && v.Lives(now) {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b auth.Session) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	return out
}

// Touch implements [auth.Sessions].
func (s *Store) Touch(ctx context.Context, directory string, seen map[string]time.Time) error {
	if err := s.begin(ctx, "Touch"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	for id, at := range seen {
		at = stamp(at)
		v, ok := s.sessions[ref{directory, id}]
		if ok && v.Lives(at) && at.After(v.LastSeen) {
			v.LastSeen = at
			s.sessions[ref{directory, id}] = v
		}
	}
	return nil
}

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
	s.write(e.Note)
	return nil
}

// EndSessions implements [auth.Sessions].
func (s *Store) EndSessions(ctx context.Context, e auth.Ending) ([]string, error) {
	if err := s.begin(ctx, "EndSessions"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var ids []string
	for _, v := range s.living(e.Directory, e.User, stamp(e.At)) {
		if v.ID != e.Session {
			s.end(v, e.Reason, e.At)
			ids = append(ids, v.ID)
		}
	}
	s.write(e.Note)
	return ids, nil
}

// end marks a session as ended and returns it; the caller holds the lock.
func (s *Store) end(v auth.Session, why auth.EndReason, at time.Time) auth.Session {
	v.EndedAt, v.EndReason = stamp(at), why
	s.sessions[ref{v.Directory, v.ID}] = v
	return v
}

func cleanSession(v auth.Session) auth.Session {
	v.CreatedAt, v.RotatedAt, v.LastSeen = stamp(v.CreatedAt), stamp(v.RotatedAt), stamp(v.LastSeen)
	v.IdleUntil, v.ExpiresAt, v.EndedAt = stamp(v.IdleUntil), stamp(v.ExpiresAt), stamp(v.EndedAt)
	return v
}
