package directory

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

// CreateUser implements [auth.Records].
func (p *Pool) CreateUser(ctx context.Context, u auth.User, seat auth.Seat, n auth.Note) error {
	return p.write(ctx, u.Directory, func(s auth.Store) error { return s.CreateUser(ctx, u, seat, n) })
}

// User implements [auth.Records].
func (p *Pool) User(ctx context.Context, directory, id string) (u auth.User, err error) {
	err = p.read(ctx, directory, func(s auth.Store) error {
		u, err = s.User(ctx, directory, id)
		return err
	})
	return u, err
}

// UserByName implements [auth.Records].
func (p *Pool) UserByName(ctx context.Context, directory string, name auth.Name) (u auth.User, err error) {
	err = p.read(ctx, directory, func(s auth.Store) error {
		u, err = s.UserByName(ctx, directory, name)
		return err
	})
	return u, err
}

// Account implements [auth.Records].
func (p *Pool) Account(ctx context.Context, directory, id string) (a auth.Account, err error) {
	err = p.read(ctx, directory, func(s auth.Store) error {
		a, err = s.Account(ctx, directory, id)
		return err
	})
	return a, err
}

// Accounts implements [auth.Records].
func (p *Pool) Accounts(ctx context.Context, q auth.AccountQuery) (all []auth.FoundAccount, err error) {
	err = p.read(ctx, q.Directory, func(s auth.Store) error {
		all, err = s.Accounts(ctx, q)
		return err
	})
	return all, err
}

// UpdateUser implements [auth.Records].
func (p *Pool) UpdateUser(ctx context.Context, directory, id string, change func(*auth.User) error, n auth.Note) (u auth.User, err error) {
	err = p.write(ctx, directory, func(s auth.Store) error {
		u, err = s.UpdateUser(ctx, directory, id, change, n)
		return err
	})
	return u, err
}

// ChangeAccount implements [auth.Records].
func (p *Pool) ChangeAccount(ctx context.Context, c auth.AccountChange) (a auth.Account, err error) {
	err = p.write(ctx, c.Directory, func(s auth.Store) error {
		a, err = s.ChangeAccount(ctx, c)
		return err
	})
	return a, err
}
