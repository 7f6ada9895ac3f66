package sql

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	roleColumns = "directory, tenant_id, name, description, permissions, created_at, updated_at"
	roleWhere   = " WHERE directory = $1 AND tenant_id = $2 AND name = $3"

	roleInsert  = "INSERT INTO roles (" + roleColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"
	roleByName  = "SELECT " + roleColumns + ", version FROM roles" + roleWhere
	rolesByName = "SELECT " + roleColumns + ", version FROM roles WHERE directory = $1 AND tenant_id = $2 ORDER BY name"
	roleSwap    = "UPDATE roles SET description = $5, permissions = $6, updated_at = $7, version = version + 1" + roleWhere +
		" AND version = $4 RETURNING " + roleColumns + ", version"
	roleDelete = "DELETE FROM roles" + roleWhere
	roleExists = "SELECT 1 FROM roles" + roleWhere
	roleIsHad  = "SELECT 1 FROM memberships WHERE directory = $1 AND tenant_id = $2 AND role = $3 LIMIT 1"
)

// roleRow is a role and the number of its last update.
type roleRow struct {
	auth.Role
	version int64
}

func scanRole(row scanner) (r roleRow, err error) {
	var permissions []byte
	var created, updated int64
	err = row.Scan(&r.Directory, &r.Tenant, &r.Name, &r.Description, &permissions, &created, &updated, &r.version)
	if err != nil {
		return r, err
	}
	if json.Unmarshal(permissions, &r.Permissions) != nil {
		return r, errPermissions
	}
	r.CreatedAt, r.UpdatedAt = at(created), at(updated)
	return r, nil
}

// permissionsJSON is a list of permissions as it is stored: never null.
func permissionsJSON(all []string) (string, error) {
	text, err := json.Marshal(append([]string{}, all...))
	if err != nil {
		return "", errPermissions
	}
	return string(text), nil
}

// Roles implements [auth.RoleRecords].
func (s *Store) Roles(ctx context.Context, directory, tenant string) ([]auth.Role, error) {
	var roles []auth.Role
	err := s.readAll(ctx, "Roles", rolesByName, list(&roles, func(row scanner) (auth.Role, error) {
		r, err := scanRole(row)
		return r.Role, err
	}), directory, tenant)
	return roles, err
}

// CreateRole implements [auth.RoleRecords].
func (s *Store) CreateRole(ctx context.Context, r auth.Role, n auth.Note) error {
	permissions, err := permissionsJSON(r.Permissions)
	if err != nil {
		return s.fail("CreateRole", err)
	}
	return s.write(ctx, "CreateRole", func(t *tx) error {
		added, err := t.exec(roleInsert, r.Directory, r.Tenant, r.Name, r.Description, permissions, ms(r.CreatedAt), ms(r.UpdatedAt))
		if err != nil {
			return err
		}
		if added == 0 {
			return auth.ErrTaken
		}
		return addNote(t, n)
	})
}

// UpdateRole implements [auth.RoleRecords]. The change runs outside of any
// transaction, and again when another update was faster.
func (s *Store) UpdateRole(ctx context.Context, directory, tenant, name string, change func(*auth.Role) error, n auth.Note) (auth.Role, error) {
	for {
		var old, stored roleRow
		if err := s.readOne(ctx, "UpdateRole", roleByName, into(&old, scanRole), directory, tenant, name); err != nil {
			return auth.Role{}, err
		}
		edited := old.Role
		edited.Permissions = slices.Clone(old.Permissions)
		if err := change(&edited); err != nil {
			return auth.Role{}, err
		}
		permissions, err := permissionsJSON(edited.Permissions)
		if err != nil {
			return auth.Role{}, s.fail("UpdateRole", err)
		}
		err = s.write(ctx, "UpdateRole", func(t *tx) error {
			err := t.one(roleSwap, into(&stored, scanRole), directory, tenant, name, old.version, edited.Description, permissions, ms(edited.UpdatedAt))
			if errors.Is(err, sql.ErrNoRows) {
				return errStale // or deleted, which the next look tells
			}
			if err != nil {
				return err
			}
			return addNote(t, n)
		})
		if err == nil {
			return stored.Role, nil
		}
		if !errors.Is(err, errStale) {
			return auth.Role{}, err
		}
	}
}

// DeleteRole implements [auth.RoleRecords].
func (s *Store) DeleteRole(ctx context.Context, directory, tenant, name string, n auth.Note) error {
	return s.write(ctx, "DeleteRole", func(t *tx) error {
		gone, err := t.exec(roleDelete, directory, tenant, name)
		if err != nil {
			return err
		}
		if gone == 0 {
			return auth.ErrNoRecord
		}
		if had, err := exists(t, roleIsHad, directory, tenant, name); err != nil {
			return err
		} else if had {
			return auth.ErrInUse
		}
		return addNote(t, n)
	})
}

// haveRoles answers [auth.ErrNoRole] when a seat has a role that is not built in
// and that its tenant does not have.
func haveRoles(t *tx, directory string, seats ...auth.Seat) error {
	for _, seat := range seats {
		if auth.BuiltIn(seat.Role) {
			continue
		}
		if there, err := exists(t, t.shared(roleExists), directory, seat.Tenant, seat.Role); err != nil {
			return err
		} else if !there {
			return auth.ErrNoRole
		}
	}
	return nil
}
