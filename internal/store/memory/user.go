package memory

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

// CreateUser implements [auth.Records].
func (s *Store) CreateUser(ctx context.Context, u auth.User, seat auth.Seat, n auth.Note) error {
	if err := s.begin(ctx, "CreateUser"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if err := s.taken(u); err != nil {
		return err
	}
	if !s.hasRole(u.Directory, seat) {
		return auth.ErrNoRole
	}
	k := ref{u.Directory, u.ID}
	s.users[k] = cleanUser(u)
	s.seats[k] = []auth.Seat{seat}
	s.write(n)
	return nil
}

// taken says which of u's names another account of its directory has.
func (s *Store) taken(u auth.User) error {
	var email, username, mobile bool
	for k, other := range s.users {
		if k.directory != u.Directory || k.id == u.ID {
			continue
		}
		email = email || other.Email == u.Email
		username = username || u.Username != "" && other.Username == u.Username
		mobile = mobile || u.Mobile != "" && other.Mobile == u.Mobile
	}
	var fields []string
	for _, f := range []struct {
		name  auth.NameKind
		taken bool
	}{{auth.NameEmail, email}, {auth.NameUsername, username}, {auth.NameMobile, mobile}} {
		if f.taken {
			fields = append(fields, string(f.name))
		}
	}
	if fields == nil {
		return nil
	}
	return &auth.TakenError{Fields: fields}
}

// User implements [auth.Records].
func (s *Store) User(ctx context.Context, directory, id string) (auth.User, error) {
	if err := s.begin(ctx, "User"); err != nil {
		return auth.User{}, err
	}
	defer s.mu.Unlock()
	u, ok := s.users[ref{directory, id}]
	if !ok {
		return auth.User{}, auth.ErrNoRecord
	}
	return u, nil
}

// UserByName implements [auth.Records].
func (s *Store) UserByName(ctx context.Context, directory string, name auth.Name) (auth.User, error) {
	if err := s.begin(ctx, "UserByName"); err != nil {
		return auth.User{}, err
	}
	defer s.mu.Unlock()
	if name.Value == "" {
		return auth.User{}, auth.ErrNoRecord // it is what many accounts do not have
	}
	for k, u := range s.users {
		have := map[auth.NameKind]string{
			auth.NameEmail: u.Email, auth.NameUsername: u.Username, auth.NameMobile: u.Mobile,
		}
		if k.directory == directory && have[name.Kind] == name.Value {
			return u, nil
		}
	}
	return auth.User{}, auth.ErrNoRecord
}

// UpdateUser implements [auth.Records].
func (s *Store) UpdateUser(ctx context.Context, directory, id string, change func(*auth.User) error, n auth.Note) (auth.User, error) {
	return s.update(ctx, "UpdateUser", ref{directory, id}, change, func() error {
		s.write(n)
		return nil
	})
}

// update changes a user and does what goes with it in the same step. The change
// runs outside the lock and again when another update was faster, as in a
// database.
func (s *Store) update(ctx context.Context, method string, k ref, change func(*auth.User) error, with func() error) (auth.User, error) {
	for {
		if err := s.begin(ctx, method); err != nil {
			return auth.User{}, err
		}
		old, ok := s.users[k]
		s.mu.Unlock()
		if !ok {
			return auth.User{}, auth.ErrNoRecord
		}
		next := old
		if err := change(&next); err != nil {
			return auth.User{}, err
		}
		next.ID, next.Directory, next.CreatedAt = old.ID, old.Directory, old.CreatedAt
		next = cleanUser(next)
		swapped, err := s.swapUser(old, next, with)
		if err != nil {
			return auth.User{}, err
		}
		if swapped {
			return next, nil
		}
	}
}

// swapUser writes next and does what goes with it when the user is still what it
// was.
func (s *Store) swapUser(old, next auth.User, with func() error) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := ref{old.Directory, old.ID}
	if s.users[k] != old {
		return false, nil
	}
	if err := s.taken(next); err != nil {
		return false, err
	}
	if err := with(); err != nil {
		return false, err
	}
	s.users[k] = next
	return true, nil
}

func cleanUser(u auth.User) auth.User {
	u.LockedUntil, u.CreatedAt = stamp(u.LockedUntil), stamp(u.CreatedAt)
	u.UpdatedAt, u.LastLoginAt, u.VerifiedAt = stamp(u.UpdatedAt), stamp(u.LastLoginAt), stamp(u.VerifiedAt)
	return u
}
