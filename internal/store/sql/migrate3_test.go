package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	secondUser = `INSERT INTO users (directory, id, name, nickname, email, username, mobile, password_hash, status,
		locked_until, epoch, created_at, updated_at, last_login_at)
		VALUES ('default', $1, $2, '', $3, '', '', 'hash', $4, 0, 7, 1893456000000, 1893456000000, 0)`
	secondSeat   = "INSERT INTO memberships (directory, user_id, tenant_id, space_id, role, main) VALUES ('default', $1, $2, 'space', 'user', 1)"
	secondTenant = `INSERT INTO tenants (id, slug, name, directory, status, policy, created_at, updated_at, deleted_at)
		VALUES ($1, $1, 'Old', 'default', 'ACTIVE', $2, 1893456000000, 1893456000000, $3)`
)

// signUp adds a user as the second release does.
func signUp(t *testing.T, db *sql.DB, name, status string) {
	t.Helper()
	run(t, db, secondUser, "user-"+name, "Name of "+name, name+"@example.com", status)
	run(t, db, secondSeat, "user-"+name, "tenant")
}

// secondDatabase makes a database of the second release with so many users, of
// whom the first is disabled, and two tenants, one of them deleted.
func secondDatabase(t *testing.T, path string, users int) *sql.DB {
	t.Helper()
	db := oldSchema(t, path, 2)
	run(t, db, "INSERT INTO directories (id, created_at) VALUES ('default', 1893456000000)")
	run(t, db, secondTenant, "tenant", `{"allowedOrigins":["https://a.example","https://b.example","https://a.example"]}`, 0)
	run(t, db, secondTenant, "plain", `{}`, 0)
	run(t, db, secondTenant, "gone", `{"allowedOrigins":["https://gone.example"]}`, 1)
	run(t, db, "BEGIN")
	for i := range users {
		status := "active"
		if i == 0 {
			status = "disabled"
		}
		signUp(t, db, fmt.Sprintf("%04d", i), status)
	}
	run(t, db, "COMMIT")
	return db
}

// found returns the ids of all accounts that a query leads to, in pages.
func found(t *testing.T, s *Store, q auth.AccountQuery) (all []string) {
	t.Helper()
	return foundBy(t, q, s.Accounts)
}

func foundBy(t *testing.T, q auth.AccountQuery, read func(context.Context, auth.AccountQuery) ([]auth.FoundAccount, error)) (all []string) {
	t.Helper()
	q.Directory, q.Tenant, q.Max = dir, "tenant", 47
	for {
		page, err := read(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		for _, f := range page {
			if f.Place.ID != f.User.ID {
				t.Errorf("the place of %s is that of %s", f.User.ID, f.Place.ID)
			}
			all = append(all, f.User.ID)
		}
		q.After = page[len(page)-1].Place
	}
}

func TestUsersOfTheReleaseBeforeAreFound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "second.db")
	const users = 2*termlessRows + 9
	before := secondDatabase(t, path, users)
	s := openPath(t, path)
	for name, c := range map[string]struct {
		q    auth.AccountQuery
		want int
	}{
		"all of them":         {auth.AccountQuery{}, users},
		"by a word":           {auth.AccountQuery{Prefix: "name of"}, users},
		"by the last word":    {auth.AccountQuery{Prefix: "0007"}, 1},
		"the disabled":        {auth.AccountQuery{Status: auth.UserDisabled}, 1},
		"the active":          {auth.AccountQuery{Status: auth.UserActive}, users - 1},
		"the disabled by all": {auth.AccountQuery{Prefix: "name", Role: auth.RoleUser, Status: auth.UserDisabled}, 1},
	} {
		if got := found(t, s, c.q); len(got) != c.want {
			t.Errorf("%s: got %d accounts, want %d", name, len(got), c.want)
		}
	}
	a, err := s.Account(t.Context(), dir, "user-0000")
	if err != nil || !a.User.VerifiedAt.IsZero() || a.User.Epoch != 7 || len(a.Seats) != 1 {
		t.Errorf("account: got %+v, %v", a, err)
	}

	// It runs on beside us.
	signUp(t, before, "beside", "active")
	run(t, before, "UPDATE users SET status = 'locked', version = version + 1 WHERE id = 'user-0003'")
	if got := found(t, s, auth.AccountQuery{Status: auth.UserLocked}); !slices.Equal(got, []string{"user-0003"}) {
		t.Errorf("those that it locked: got %v", got)
	}
	if _, err := s.Sweep(t.Context(), epoch, epoch, epoch); err != nil {
		t.Fatal(err)
	}
	if got := found(t, s, auth.AccountQuery{Prefix: "beside"}); !slices.Equal(got, []string{"user-beside"}) {
		t.Errorf("after a sweep: got %v, want the user that it added", got)
	}
	signUp(t, before, "last", "active")
	if got := found(t, openPath(t, path), auth.AccountQuery{Prefix: "last"}); !slices.Equal(got, []string{"user-last"}) {
		t.Errorf("after the next Open: got %v, want the user that it added", got)
	}
}

func TestTenantsOfTheReleaseBeforeHaveTheirOrigins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "origins.db")
	before := secondDatabase(t, path, 1)
	s := openPath(t, path)
	for origin, want := range map[string]bool{"https://a.example": true, "https://b.example": true, "https://gone.example": false} {
		if got, err := s.OriginKnown(t.Context(), origin); got != want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", origin, got, err, want)
		}
	}
	v, err := s.UpdateTenant(t.Context(), "tenant", func(v *auth.Tenant) error { v.Brand.Color = "#123456"; return nil }, auth.Note{})
	if err != nil || v.Brand.Color != "#123456" || len(v.Policy.AllowedOrigins) != 3 {
		t.Errorf("update: got %+v, %v", v, err)
	}
	if _, err := s.Logo(t.Context(), "tenant"); !errors.Is(err, auth.ErrNoRecord) {
		t.Errorf("logo: got %v, want %v", err, auth.ErrNoRecord)
	}
	run(t, before, secondTenant, "beside", `{}`, 0)
	if _, err := s.Tenant(t.Context(), "beside"); err != nil {
		t.Errorf("a tenant that it adds: %v", err)
	}
	d, err := s.Directory(t.Context(), dir)
	if err != nil || d.Sealed != nil || d.Name != "" {
		t.Errorf("directory: got %+v, %v", d, err)
	}
}
