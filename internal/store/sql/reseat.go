package sql

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	// An admin whose account is not disabled, as [auth.User.Usable] says.
	adminIsThere = `SELECT 1 FROM memberships WHERE directory = $1 AND tenant_id = $2 AND role = '` + auth.RoleAdmin + `'
		AND status IN ('active', 'locked') LIMIT 1`
	userDelete = "DELETE FROM users WHERE directory = $1 AND id = $2"
)

// ChangeAccount implements [auth.Records]. The change runs inside the write: it
// decides by the seats, which have no version of their own, and does nothing but
// decide.
func (s *Store) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	var a auth.Account
	var refused error
	err := s.write(ctx, "ChangeAccount", func(t *tx) (err error) {
		a, refused, err = changeAccount(t, c)
		if refused != nil {
			return refused
		}
		return err
	})
	if refused != nil {
		return auth.Account{}, refused
	}
	if err != nil {
		return auth.Account{}, err
	}
	return a, nil
}

// changeAccount changes an account; refused is the error of the change.
func changeAccount(t *tx, c auth.AccountChange) (a auth.Account, refused, err error) {
	var old userRow
	if err := t.one(t.held(userByID), into(&old, scanUser), c.Directory, c.User); err != nil {
		return a, nil, err
	}
	if a, err = readAccount(t, c.Directory, c.User); err != nil {
		return a, nil, err
	}
	if refused := c.Change(&a); refused != nil {
		return a, refused, nil
	}
	next := userRow{User: a.User, version: old.version}
	next.Directory, next.ID, next.CreatedAt, next.PasswordHash = old.Directory, old.ID, old.CreatedAt, old.PasswordHash
	guarded := false
	if c.Guard != "" {
		if err := holdName(t, "admins/"+c.Directory+"/"+c.Guard); err != nil {
			return a, nil, err
		}
		if guarded, err = exists(t, adminIsThere, c.Directory, c.Guard); err != nil {
			return a, nil, err
		}
	}
	if a, err = reseat(t, next, a.Seats); err != nil {
		return a, nil, err
	}
	if guarded {
		if left, err := exists(t, adminIsThere, c.Directory, c.Guard); err != nil {
			return a, nil, err
		} else if !left {
			return a, nil, auth.ErrAdminless
		}
	}
	return a, nil, addNote(t, c.Note)
}

// reseat writes a user with these seats and no others, or removes one without
// any, and returns the account as it is then.
func reseat(t *tx, u userRow, seats []auth.Seat) (auth.Account, error) {
	if len(seats) == 0 { // sessions, devices and all go with the row
		_, err := t.exec(userDelete, u.Directory, u.ID)
		u.PasswordHash = ""
		return auth.Account{User: u.User}, err
	}
	if _, err := swapUser(t, u); err != nil {
		return auth.Account{}, err
	}
	if err := haveRoles(t, u.Directory, seats...); err != nil {
		return auth.Account{}, err
	}
	if _, err := t.exec(seatsDelete, u.Directory, u.ID); err != nil {
		return auth.Account{}, err
	}
	for _, seat := range seats {
		if err := addSeat(t, u.User, seat); err != nil {
			return auth.Account{}, err
		}
	}
	if err := renewTerms(t, u.User); err != nil {
		return auth.Account{}, err
	}
	return readAccount(t, u.Directory, u.ID)
}
