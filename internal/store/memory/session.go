package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// CreateSession implements [auth.Sessions].
func (s *Store) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	if err := s.begin(ctx, "CreateSession"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	v := cleanSession(o.Session)
	u, ok := s.users[ref{v.Directory, v.User}]
	if !ok || u.Epoch != o.Epoch || !u.MayLogIn(v.CreatedAt, v.Known) {
		return nil, auth.ErrNoRecord
	}
	if !slices.ContainsFunc(s.seats[ref{v.Directory, v.User}], func(s auth.Seat) bool { return s.Tenant == v.Tenant && s.Space == v.Space }) {
		return nil, auth.ErrNoRecord
	}
	if _, ok := s.devices[deviceOf(v)]; v.Known && !ok {
		return nil, auth.ErrNoRecord
	}
	over := s.over(v, o.Most)
	if len(over) > 0 && o.Refuse {
		return nil, auth.ErrFull
	}
	var ids []string
	for _, old := range over {
		ids = append(ids, old.ID)
		old = s.end(old, auth.EndLimit, v.CreatedAt)
		if o.Ended != nil {
			s.write(o.Ended(old))
		}
	}
	u.LastLoginAt = v.CreatedAt
	if v.Coded && u.VerifiedAt.IsZero() {
		u.VerifiedAt = v.CreatedAt
	}
	s.users[ref{v.Directory, v.User}] = u
	s.sessions[ref{v.Directory, v.ID}] = v
	s.remember(v, o.Generation)
	s.write(o.Note)
	return ids, nil
}

// MoveSession implements [auth.Sessions].
func (s *Store) MoveSession(ctx context.Context, m auth.Move) (auth.Session, error) {
	if err := s.begin(ctx, "MoveSession"); err != nil {
		return auth.Session{}, err
	}
	defer s.mu.Unlock()
	k := ref{m.Directory, m.Session}
	v, ok := s.sessions[k]
	seat := func(s auth.Seat) bool { return s.Tenant == m.Tenant && s.Space == m.Space }
	if !ok || v.User != m.User || !v.Lives(stamp(m.At)) || !slices.ContainsFunc(s.seats[ref{m.Directory, m.User}], seat) {
		return auth.Session{}, auth.ErrNoRecord
	}
	v.Tenant, v.Space = m.Tenant, m.Space
	if end := stamp(m.ExpiresAt); end.Before(v.ExpiresAt) {
		v.ExpiresAt = end
	}
	if end := stamp(m.IdleUntil); end.Before(v.IdleUntil) {
		v.IdleUntil = end
	}
	if v.ExpiresAt.Before(v.IdleUntil) {
		v.IdleUntil = v.ExpiresAt
	}
	s.sessions[k] = v
	s.write(m.Note)
	return v, nil
}

// over returns the living sessions that have to go before v comes; the caller
// holds the lock.
func (s *Store) over(v auth.Session, most int) []auth.Session {
	living := s.living(v.Directory, v.User, v.CreatedAt)
	if most <= 0 || len(living) < most {
		return nil
	}
	return living[most-1:]
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

func cleanSession(v auth.Session) auth.Session {
	v.CreatedAt, v.RotatedAt, v.LastSeen = stamp(v.CreatedAt), stamp(v.RotatedAt), stamp(v.LastSeen)
	v.IdleUntil, v.ExpiresAt, v.EndedAt = stamp(v.IdleUntil), stamp(v.ExpiresAt), stamp(v.EndedAt)
	return v
}
