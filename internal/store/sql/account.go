package sql

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	seatInsert = "INSERT INTO memberships (directory, user_id, tenant_id, space_id, role, main) VALUES ($1, $2, $3, $4, $5, $6)"

	// One statement, so that user, seats and permissions are of one moment. A
	// user without a seat is one row, in which the seat is NULL.
	accountByID = `SELECT u.directory, u.id, u.name, u.nickname, u.email, u.username, u.mobile, u.status,
			u.locked_until, u.epoch, u.created_at, u.updated_at, u.last_login_at,
			m.tenant_id, m.space_id, m.role, m.main, r.permissions
		FROM users u
		LEFT JOIN memberships m ON m.directory = u.directory AND m.user_id = u.id
		LEFT JOIN roles r ON r.directory = m.directory AND r.tenant_id = m.tenant_id AND r.name = m.role
		WHERE u.directory = $1 AND u.id = $2
		ORDER BY m.main DESC, m.tenant_id, m.space_id`
)

var errPermissions = errors.New("the role's permissions are not the JSON that they should be")

func addSeat(t *tx, directory, user string, seat auth.Seat) error {
	_, err := t.exec(seatInsert, directory, user, seat.Tenant, seat.Space, seat.Role, flag(seat.Main))
	return err
}

// Account implements [auth.Records].
func (s *Store) Account(ctx context.Context, directory, id string) (auth.Account, error) {
	var a auth.Account
	err := s.readAll(ctx, "Account", accountByID, func(row scanner) error { return scanAccount(row, &a) }, directory, id)
	if err != nil {
		return auth.Account{}, err
	}
	if a.User.ID == "" {
		return auth.Account{}, auth.ErrNoRecord
	}
	return a, nil
}

// scanAccount reads the user, which is the same in each row, and adds a seat.
func scanAccount(row scanner, a *auth.Account) error {
	u := &a.User
	var locked, created, updated, login int64
	var tenant, space, role, permissions sql.NullString
	var main sql.NullInt64
	err := row.Scan(&u.Directory, &u.ID, &u.Name, &u.Nickname, &u.Email, &u.Username, &u.Mobile, &u.Status,
		&locked, &u.Epoch, &created, &updated, &login, &tenant, &space, &role, &main, &permissions)
	if err != nil {
		return err
	}
	u.LockedUntil, u.CreatedAt, u.UpdatedAt, u.LastLoginAt = at(locked), at(created), at(updated), at(login)
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
