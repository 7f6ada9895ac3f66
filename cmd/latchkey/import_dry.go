package main

import (
	"context"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

// dryRecords answers as the records would, and writes nothing.
type dryRecords struct{ auth.Records }

// CreateUser implements [auth.Records].
func (d dryRecords) CreateUser(ctx context.Context, u auth.User, _ auth.Seat, _ auth.Note) error {
	var taken []string
	for _, name := range []auth.Name{{Kind: auth.NameEmail, Value: u.Email}, {Kind: auth.NameUsername, Value: u.Username}, {Kind: auth.NameMobile, Value: u.Mobile}} {
		if name.Value == "" {
			continue
		}
		_, err := d.UserByName(ctx, u.Directory, name)
		if errors.Is(err, auth.ErrNoRecord) {
			continue
		}
		if err != nil {
			return err
		}
		taken = append(taken, string(name.Kind))
	}
	if len(taken) > 0 {
		return &auth.TakenError{Fields: taken}
	}
	return nil
}

// ChangeAccount implements [auth.Records].
func (d dryRecords) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	a, err := d.Account(ctx, c.Directory, c.User)
	if err != nil {
		return auth.Account{}, err
	}
	return a, c.Change(&a)
}
