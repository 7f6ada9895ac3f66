package sql

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	seatInsert = `INSERT INTO memberships (directory, user_id, tenant_id, space_id, role, main, status)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
	seatsDelete = "DELETE FROM memberships WHERE directory = $1 AND user_id = $2"

	// A user without a seat is one row, in which the seat is NULL.
	accountColumns = `u.directory, u.id, u.name, u.nickname, u.email, u.username, u.mobile, u.status,
			u.locked_until, u.epoch, u.created_at, u.updated_at, u.last_login_at, u.verified_at,
			m.tenant_id, m.space_id, m.role, m.main, r.permissions`
	accountSeats = `
		LEFT JOIN memberships m ON m.directory = u.directory AND m.user_id = u.id
		LEFT JOIN roles r ON r.directory = m.directory AND r.tenant_id = m.tenant_id AND r.name = m.role`

	// One statement, so that user, seats and permissions are of one moment.
	accountByID = "SELECT " + accountColumns + " FROM users u" + accountSeats + `
		WHERE u.directory = $1 AND u.id = $2 ORDER BY m.main DESC, m.tenant_id, m.space_id`
)

var errPermissions = errors.New("the role's permissions are not the JSON that they should be")

func addSeat(t *tx, u auth.User, seat auth.Seat) error {
	_, err := t.exec(seatInsert, u.Directory, u.ID, seat.Tenant, seat.Space, seat.Role, flag(seat.Main), string(u.Status))
	return err
}

// Account implements [auth.Records].
func (s *Store) Account(ctx context.Context, directory, id string) (auth.Account, error) {
	var found []auth.Account
	err := s.readAll(ctx, "Account", accountByID, gatherAccounts(&found), directory, id)
	return only(found, err)
}

// readAccount is Account inside a write.
func readAccount(t *tx, directory, id string) (auth.Account, error) {
	var found []auth.Account
	err := t.all(accountByID, gatherAccounts(&found), directory, id)
	return only(found, err)
}

// only returns the one account of a list, else [auth.ErrNoRecord].
func only(found []auth.Account, err error) (auth.Account, error) {
	if err == nil && len(found) == 0 {
		err = auth.ErrNoRecord
	}
	if err != nil {
		return auth.Account{}, err
	}
	return found[0], nil
}

// gatherAccounts collects accounts from rows of a seat each, in which those of
// an account follow each other. What a row has behind the account's columns is
// scanned into more.
func gatherAccounts(found *[]auth.Account, more ...any) func(scanner) error {
	return func(row scanner) error {
		var a auth.Account
		if err := scanAccount(row, &a, more...); err != nil {
			return err
		}
		if n := len(*found); n > 0 && (*found)[n-1].User.ID == a.User.ID {
			before := &(*found)[n-1]
			before.Seats = append(before.Seats, a.Seats...)
			return nil
		}
		*found = append(*found, a)
		return nil
	}
}

// scanAccount reads a user and one of the seats, if there is any.
func scanAccount(row scanner, a *auth.Account, more ...any) error {
	u := &a.User
	var locked, created, updated, login, verified int64
	var tenant, space, role, permissions sql.NullString
	var main sql.NullInt64
	err := row.Scan(append([]any{
		&u.Directory, &u.ID, &u.Name, &u.Nickname, &u.Email, &u.Username, &u.Mobile, &u.Status,
		&locked, &u.Epoch, &created, &updated, &login, &verified, &tenant, &space, &role, &main, &permissions,
	}, more...)...)
	if err != nil {
		return err
	}
	u.LockedUntil, u.CreatedAt, u.UpdatedAt, u.LastLoginAt, u.VerifiedAt = at(locked), at(created), at(updated), at(login), at(verified)
	if !tenant.Valid {
		return nil
	}
	seat := auth.Seat{Tenant: tenant.String, Space: space.String, Role: role.String, Main: main.Int64 == 1}
	if permissions.Valid && json.Unmarshal([]byte(permissions.String), &seat.Permissions) != nil {
		return errPermissions
	}
	a.Seats = append(a.Seats, seat)
	return nil
}
