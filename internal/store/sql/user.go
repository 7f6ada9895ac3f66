package sql

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	userColumns = `directory, id, name, nickname, email, username, mobile, password_hash, status,
		locked_until, epoch, created_at, updated_at, last_login_at, verified_at`

	userByID       = "SELECT " + userColumns + ", version FROM users WHERE directory = $1 AND id = $2"
	userByEmail    = "SELECT " + userColumns + ", version FROM users WHERE directory = $1 AND email = $2"
	userByUsername = "SELECT " + userColumns + ", version FROM users WHERE directory = $1 AND username = $2 AND username <> ''"
	userByMobile   = "SELECT " + userColumns + ", version FROM users WHERE directory = $1 AND mobile = $2 AND mobile <> ''"

	userInsert = "INSERT INTO users (" + userColumns + `, termed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1) ON CONFLICT DO NOTHING`
	userTaken = `SELECT
		EXISTS (SELECT 1 FROM users WHERE directory = $1 AND email = $3 AND id <> $2),
		EXISTS (SELECT 1 FROM users WHERE directory = $1 AND username = $4 AND username <> '' AND id <> $2),
		EXISTS (SELECT 1 FROM users WHERE directory = $1 AND mobile = $5 AND mobile <> '' AND id <> $2)`
	userVersion = "SELECT version FROM users WHERE directory = $1 AND id = $2"
	userSwap    = `UPDATE users SET name = $4, nickname = $5, email = $6, username = $7, mobile = $8, password_hash = $9,
			status = $10, locked_until = $11, epoch = $12, updated_at = $13, last_login_at = $14, verified_at = $15, version = version + 1
		WHERE directory = $1 AND id = $2 AND version = $3 RETURNING ` + userColumns + ", version"
)

// userRow is a user and the number of its last update.
type userRow struct {
	auth.User
	version int64
}

func scanUser(row scanner) (u userRow, err error) {
	var hash string
	var locked, created, updated, login, verified int64
	err = row.Scan(&u.Directory, &u.ID, &u.Name, &u.Nickname, &u.Email, &u.Username, &u.Mobile, &hash, &u.Status,
		&locked, &u.Epoch, &created, &updated, &login, &verified, &u.version)
	u.PasswordHash = auth.Secret(hash)
	u.LockedUntil, u.CreatedAt, u.UpdatedAt, u.LastLoginAt, u.VerifiedAt = at(locked), at(created), at(updated), at(login), at(verified)
	return u, err
}

// User implements [auth.Records].
func (s *Store) User(ctx context.Context, directory, id string) (auth.User, error) {
	var u userRow
	err := s.readOne(ctx, "User", userByID, into(&u, scanUser), directory, id)
	return u.User, err
}

// UserByName implements [auth.Records].
func (s *Store) UserByName(ctx context.Context, directory string, name auth.Name) (auth.User, error) {
	if name.Value == "" { // it is what many accounts do not have
		return auth.User{}, auth.ErrNoRecord
	}
	var query string
	switch name.Kind {
	case auth.NameEmail:
		query = userByEmail
	case auth.NameUsername:
		query = userByUsername
	case auth.NameMobile:
		query = userByMobile
	default:
		return auth.User{}, auth.ErrNoRecord
	}
	var u userRow
	err := s.readOne(ctx, "UserByName", query, into(&u, scanUser), directory, name.Value)
	return u.User, err
}

// CreateUser implements [auth.Records].
func (s *Store) CreateUser(ctx context.Context, u auth.User, seat auth.Seat, n auth.Note) error {
	return s.write(ctx, "CreateUser", func(t *tx) error {
		added, err := t.exec(userInsert, u.Directory, u.ID, u.Name, u.Nickname, u.Email, u.Username, u.Mobile,
			u.PasswordHash.Reveal(), string(u.Status), ms(u.LockedUntil), u.Epoch, ms(u.CreatedAt), ms(u.UpdatedAt), ms(u.LastLoginAt),
			ms(u.VerifiedAt))
		if err != nil {
			return err
		}
		if added == 0 {
			return cmp.Or(taken(t, u), auth.ErrTaken) // without a field it is the id
		}
		if err := haveRoles(t, u.Directory, seat); err != nil {
			return err
		}
		if err := addSeat(t, u, seat); err != nil {
			return err
		}
		if err := addTerms(t, u); err != nil {
			return err
		}
		return addNote(t, n)
	})
}

// UpdateUser implements [auth.Records].
func (s *Store) UpdateUser(ctx context.Context, directory, id string, change func(*auth.User) error, n auth.Note) (auth.User, error) {
	return s.updateUser(ctx, "UpdateUser", directory, id, change, func(t *tx) error { return addNote(t, n) })
}

// updateUser changes a user and does what goes with it in the same transaction.
// The change runs outside of any, and again when another update was faster.
func (s *Store) updateUser(ctx context.Context, method, directory, id string, change func(*auth.User) error, with func(*tx) error) (auth.User, error) {
	for {
		var old userRow
		if err := s.readOne(ctx, method, userByID, into(&old, scanUser), directory, id); err != nil {
			return auth.User{}, err
		}
		next := old
		if err := change(&next.User); err != nil {
			return auth.User{}, err
		}
		next.Directory, next.ID = directory, id
		var stored userRow
		err := s.write(ctx, method, func(t *tx) (err error) {
			if stored, err = swapUser(t, next); err != nil {
				return err
			}
			if !slices.Equal(old.Terms(), next.Terms()) {
				if err := renewTerms(t, stored.User); err != nil {
					return err
				}
			}
			return with(t)
		})
		if err == nil {
			return stored.User, nil
		}
		if !errors.Is(err, errStale) {
			return auth.User{}, err
		}
	}
}

// errStale: the row was changed since it was read.
var errStale = errors.New("changed meanwhile")

// swapUser writes a user when the row still has the version that was read.
func swapUser(t *tx, u userRow) (stored userRow, err error) {
	var now int64
	if err := t.one(t.held(userVersion), func(row scanner) error { return row.Scan(&now) }, u.Directory, u.ID); err != nil {
		return stored, err
	}
	if now != u.version {
		return stored, errStale
	}
	if err := taken(t, u.User); err != nil {
		return stored, err
	}
	err = t.one(userSwap, into(&stored, scanUser), u.Directory, u.ID, u.version, u.Name, u.Nickname, u.Email, u.Username, u.Mobile,
		u.PasswordHash.Reveal(), string(u.Status), ms(u.LockedUntil), u.Epoch, ms(u.UpdatedAt), ms(u.LastLoginAt), ms(u.VerifiedAt))
	return stored, err
}

// taken says which of a user's names another account of the directory has.
func taken(t *tx, u auth.User) error {
	var have [3]bool
	scan := func(row scanner) error { return row.Scan(&have[0], &have[1], &have[2]) }
	if err := t.one(userTaken, scan, u.Directory, u.ID, u.Email, u.Username, u.Mobile); err != nil {
		return err
	}
	var fields []string
	for i, name := range []auth.NameKind{auth.NameEmail, auth.NameUsername, auth.NameMobile} {
		if have[i] {
			fields = append(fields, string(name))
		}
	}
	if fields == nil {
		return nil
	}
	return &auth.TakenError{Fields: fields}
}
