package mongo

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

// CreateUser implements [auth.Records].
func (s *Store) CreateUser(ctx context.Context, u auth.User, seat auth.Seat, n auth.Note) error {
	_, err := s.changeAccount(ctx, change{directory: u.Directory, user: u.ID, absent: true, edit: func(next *accountDoc) (auth.Note, error) {
		next.setUser(u)
		next.setSeats([]auth.Seat{seat})
		return n, nil
	}})
	return s.fail("CreateUser", err)
}

// User implements [auth.Records].
func (s *Store) User(ctx context.Context, directory, id string) (auth.User, error) {
	if err := s.enter(ctx); err != nil {
		return auth.User{}, s.fail("User", err)
	}
	a, err := s.account(ctx, directory, id, bare)
	if err != nil {
		return auth.User{}, s.fail("User", err)
	}
	return a.user(), nil
}

// UserByName implements [auth.Records].
func (s *Store) UserByName(ctx context.Context, directory string, name auth.Name) (auth.User, error) {
	if err := s.enter(ctx); err != nil {
		return auth.User{}, s.fail("UserByName", err)
	}
	if name.Value == "" {
		return auth.User{}, auth.ErrNoRecord // it is what many accounts do not have
	}
	a, err := s.named(ctx, directory, name)
	if err != nil {
		return auth.User{}, s.fail("UserByName", err)
	}
	return a.user(), nil
}

// UpdateUser implements [auth.Records].
func (s *Store) UpdateUser(ctx context.Context, directory, id string, edit func(*auth.User) error, n auth.Note) (auth.User, error) {
	next, err := s.changeAccount(ctx, change{directory: directory, user: id, edit: func(next *accountDoc) (auth.Note, error) {
		return n, next.editUser(edit)
	}})
	if err != nil {
		return auth.User{}, s.fail("UpdateUser", err)
	}
	return next.user(), nil
}

// editUser lets a caller change the user.
func (a *accountDoc) editUser(edit func(*auth.User) error) error {
	u := a.user()
	if err := edit(&u); err != nil {
		return own(err)
	}
	a.setUser(u)
	return nil
}

// Account implements [auth.Records].
func (s *Store) Account(ctx context.Context, directory, id string) (auth.Account, error) {
	if err := s.enter(ctx); err != nil {
		return auth.Account{}, s.fail("Account", err)
	}
	a, err := s.account(ctx, directory, id, bare)
	if err != nil {
		return auth.Account{}, s.fail("Account", err)
	}
	permissions, err := s.permissions(ctx, directory, a)
	if err != nil {
		return auth.Account{}, s.fail("Account", err)
	}
	return a.account(permissions), nil
}

// ChangeAccount implements [auth.Records].
func (s *Store) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	var left auth.User // of an account that is removed nothing else is left
	next, err := s.changeAccount(ctx, change{directory: c.Directory, user: c.User, guard: c.Guard, edit: func(next *accountDoc) (auth.Note, error) {
		a := auth.Account{User: next.user(), Seats: next.seats()}
		hash := a.User.PasswordHash
		a.User.PasswordHash = ""
		if err := c.Change(&a); err != nil {
			return auth.Note{}, own(err)
		}
		a.User.PasswordHash = hash
		next.setUser(a.User)
		next.setSeats(a.Seats)
		left = next.user()
		return c.Note, nil
	}})
	if err != nil {
		return auth.Account{}, s.fail("ChangeAccount", err)
	}
	left.PasswordHash = ""
	if next.Gone {
		return auth.Account{User: left}, nil
	}
	permissions, err := s.permissions(ctx, c.Directory, next)
	if err != nil {
		return auth.Account{}, s.fail("ChangeAccount", err)
	}
	return next.account(permissions), nil
}

// account is the account without the hash, with what its roles allow.
func (a *accountDoc) account(permissions func(auth.Seat) []string) auth.Account {
	out := auth.Account{User: a.user(), Seats: a.seats()}
	out.User.PasswordHash = ""
	for i, seat := range out.Seats {
		out.Seats[i].Permissions = permissions(seat)
	}
	return out
}
