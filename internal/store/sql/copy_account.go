package sql

import (
	"context"
	"fmt"

	"github.com/latchkey/latchkey/internal/auth"
)

// copiedUsers is the part of an account that others refer to. It has a version
// last, which scanUser reads and a copy counts anew.
var copiedUsers = copied{
	table: "users", key: []string{"directory", "id"}, columns: userColumns + ", version, termed",
	values: func(r auth.Row) ([]any, error) {
		a, err := r.Account()
		u := a.User
		return []any{u.Directory, u.ID, u.Name, u.Nickname, u.Email, u.Username, u.Mobile, u.PasswordHash.Reveal(), string(u.Status),
			ms(u.LockedUntil), u.Epoch, ms(u.CreatedAt), ms(u.UpdatedAt), ms(u.LastLoginAt), ms(u.VerifiedAt), 0, 1}, err
	},
}

const (
	usersAfter = "SELECT " + userColumns + ", version FROM users WHERE (directory, id) > ($1, $2) ORDER BY directory, id LIMIT $3"
	// What belongs to the users of a page.
	ofUsers       = " WHERE (directory, user_id) > ($1, $2) AND (directory, user_id) <= ($3, $4)"
	seatsOfUsers  = "SELECT directory, user_id, tenant_id, space_id, role, main FROM memberships" + ofUsers
	openedByUsers = "SELECT " + sessionColumns + " FROM sessions" + ofUsers
	heldByUsers   = "SELECT directory, user_id, id, generation, seen_at FROM devices" + ofUsers
)

// fewUsers is how many users are few.
const fewUsers = 1000

// tellOfUsers has PostgreSQL look at its users while there are few. It keeps the
// plan by which it looks for the user that a row refers to, and one made when it
// knew of none reads all users of a directory, for every row of the copy.
func tellOfUsers(t *tx) error {
	if t.dialect.hold == "" { // one writer: no such server
		return nil
	}
	var users int
	few := fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM users LIMIT %d) AS few", fewUsers)
	if err := t.one(few, func(row scanner) error { return row.Scan(&users) }); err != nil || users == fewUsers {
		return err
	}
	_, err := t.exec("ANALYZE users")
	return err
}

// holders removes the users that have the names which follow.
func holders(name string) string {
	return fmt.Sprintf("DELETE FROM users WHERE %s <> '' AND (directory, %s) IN (VALUES ", name, name)
}

// accountRows reads the users of a page and then what belongs to them. A server
// that writes meanwhile may come in between: the copy is verified afterwards.
func (s *Store) accountRows(ctx context.Context, after string, max int) ([]auth.Row, error) {
	from := auth.RowParts(after, 2)
	var users []userRow
	if err := s.readAll(ctx, "Rows", usersAfter, list(&users, scanUser), from[0], from[1], max); err != nil || len(users) == 0 {
		return nil, err
	}
	dossiers, place := make([]auth.Dossier, len(users)), map[[2]string]*auth.Dossier{}
	for i, u := range users {
		dossiers[i].User = u.User
		place[[2]string{u.Directory, u.ID}] = &dossiers[i]
	}
	if err := s.fillDossiers(ctx, place, from, users[len(users)-1].User); err != nil {
		return nil, err
	}
	rows := make([]auth.Row, len(dossiers))
	for i, d := range dossiers {
		var err error
		if rows[i], err = auth.AccountRow(d); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// fillDossiers reads seats, sessions and devices of the users after a place up
// to the last.
func (s *Store) fillDossiers(ctx context.Context, of map[[2]string]*auth.Dossier, after []string, last auth.User) error {
	args := []any{after[0], after[1], last.Directory, last.ID}
	err := s.readAll(ctx, "Rows", seatsOfUsers, func(row scanner) error {
		var user [2]string
		var seat auth.Seat
		var main int
		err := row.Scan(&user[0], &user[1], &seat.Tenant, &seat.Space, &seat.Role, &main)
		if d := of[user]; d != nil {
			seat.Main = main == 1
			d.Seats = append(d.Seats, seat)
		}
		return err
	}, args...)
	if err != nil {
		return err
	}
	err = s.readAll(ctx, "Rows", openedByUsers, func(row scanner) error {
		v, err := scanSession(row)
		if d := of[[2]string{v.Directory, v.User}]; d != nil {
			d.Sessions = append(d.Sessions, v)
		}
		return err
	}, args...)
	if err != nil {
		return err
	}
	return s.readAll(ctx, "Rows", heldByUsers, func(row scanner) error {
		v, err := scanDevice(row)
		if d := of[[2]string{v.Directory, v.User}]; d != nil {
			d.Devices = append(d.Devices, v)
		}
		return err
	}, args...)
}

// accountValues is what accounts become in the tables beside that of users.
type accountValues struct {
	emails, usernames, mobiles       [][]any
	seats, sessions, devices, termed [][]any
}

// putAccounts replaces accounts with all that is theirs. Those that have their
// names are removed first.
func (s *Store) putAccounts(ctx context.Context, rows []auth.Row) error {
	put, err := copiedUsers.putting(rows)
	if err != nil {
		return err
	}
	var v accountValues
	last := map[string]bool{}
	for i := len(rows) - 1; i >= 0; i-- { // of rows with one key the last one stays
		if last[rows[i].Key] {
			continue
		}
		last[rows[i].Key] = true
		a, err := rows[i].Account()
		if err != nil {
			return err
		}
		v.add(a)
	}
	return s.write(ctx, "PutRows", func(t *tx) error {
		for name, have := range map[string][][]any{"email": v.emails, "username": v.usernames, "mobile": v.mobiles} {
			if err := inBlocks(t, holders(name), ")", have); err != nil {
				return err
			}
		}
		if err := put(t); err != nil {
			return err
		}
		if err := tellOfUsers(t); err != nil {
			return err
		}
		for _, of := range []struct {
			table, columns string
			rows           [][]any
		}{
			{"memberships", "directory, user_id, tenant_id, space_id, role, main, status", v.seats},
			{"sessions", sessionColumns + ", sweep_at", v.sessions},
			{"devices", "directory, user_id, id, generation, seen_at", v.devices},
			{"user_terms", "directory, tenant_id, term, user_id", v.termed},
		} {
			if err := inBlocks(t, fmt.Sprintf("INSERT INTO %s (%s) VALUES ", of.table, of.columns), "", of.rows); err != nil {
				return err
			}
		}
		return nil
	})
}

func (v *accountValues) add(a auth.Dossier) {
	u := a.User
	v.emails = append(v.emails, []any{u.Directory, u.Email})
	if u.Username != "" {
		v.usernames = append(v.usernames, []any{u.Directory, u.Username})
	}
	if u.Mobile != "" {
		v.mobiles = append(v.mobiles, []any{u.Directory, u.Mobile})
	}
	tenants := map[string]bool{}
	for _, seat := range a.Seats {
		v.seats = append(v.seats, []any{u.Directory, u.ID, seat.Tenant, seat.Space, seat.Role, flag(seat.Main), string(u.Status)})
		if tenants[seat.Tenant] {
			continue
		}
		tenants[seat.Tenant] = true
		for _, term := range u.Terms() {
			v.termed = append(v.termed, []any{u.Directory, seat.Tenant, term, u.ID})
		}
	}
	for _, s := range a.Sessions {
		v.sessions = append(v.sessions, sessionValues(s))
	}
	for _, d := range a.Devices {
		v.devices = append(v.devices, []any{d.Directory, d.User, d.ID, d.Generation, ms(d.SeenAt)})
	}
}

// sessionValues is a session as insertSession writes it.
func sessionValues(v auth.Session) []any {
	sweep := min(ms(v.IdleUntil), ms(v.ExpiresAt))
	if v.Ended() {
		sweep = min(sweep, ms(v.EndedAt))
	}
	return []any{v.Directory, v.ID, v.User, v.Tenant, v.Space, v.Device, flag(v.Known), flag(v.Coded), v.DeviceName, v.IP, v.Agent,
		v.Counter, ms(v.CreatedAt), ms(v.RotatedAt), ms(v.LastSeen), ms(v.IdleUntil), ms(v.ExpiresAt), ms(v.EndedAt), string(v.EndReason), sweep}
}
