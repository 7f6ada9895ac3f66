package sql

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestALostDatabaseIsNotReplaced: what a tenant had is not made anew, empty.
func TestALostDatabaseIsNotReplaced(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, path string){
		"the file is missing":   func(*testing.T, string) {},
		"the folder is missing": func(t *testing.T, path string) { remove(t, filepath.Dir(path)) },
		"the file is empty": func(t *testing.T, path string) {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tenants", "lost.db")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			prepare(t, path)
			want := tree(t, filepath.Dir(filepath.Dir(path)))
			_, err := Open(t.Context(), Config{Path: path, Chain: chain, Existing: true})
			if !errors.Is(err, auth.ErrUnavailable) {
				t.Errorf("got %v, want %v", err, auth.ErrUnavailable)
			}
			if diff := cmp.Diff(want, tree(t, filepath.Dir(filepath.Dir(path)))); diff != "" {
				t.Errorf("the folder has changed (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("it holds no tables", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "half.db")
		alter(t, path, "PRAGMA user_version = 1")
		if _, err := Open(t.Context(), Config{Path: path, Chain: chain, Existing: true}); !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("got %v, want %v", err, auth.ErrUnavailable)
		}
	})
	t.Run("it is there", func(t *testing.T) {
		s, err := Open(t.Context(), Config{Path: closed(t, nothing), Chain: chain, Existing: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// tree is what is in a folder and those in it, by name and size.
func tree(t *testing.T, folder string) map[string]int64 {
	t.Helper()
	files := map[string]int64{}
	err := filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			files[path] = info.Size()
		} else if err == nil {
			files[path] = 0
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestAnothersDatabaseIsLeftAlone: a path that names the wrong file.
func TestAnothersDatabaseIsLeftAlone(t *testing.T) {
	for name, statements := range map[string][]string{
		"another program's":            {"CREATE TABLE theirs (x)"},
		"in the journal mode of ours":  {"PRAGMA journal_mode = WAL", "CREATE TABLE theirs (x)"},
		"of one that migrates as ours": {"CREATE TABLE goose_db_version (id INTEGER, version_id INTEGER, is_applied INTEGER)", "CREATE TABLE users (x)"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "theirs.db")
			alter(t, path, statements...)
			want := state(t, filepath.Dir(path))
			for range 2 {
				if _, err := Open(t.Context(), Config{Path: path, Chain: chain}); !errors.Is(err, errForeign) || errors.Is(err, auth.ErrUnavailable) {
					t.Errorf("got %v, want %v", err, errForeign)
				}
			}
			if diff := cmp.Diff(want, state(t, filepath.Dir(path))); diff != "" {
				t.Errorf("the folder has changed (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTablesBesideOursAreNobodysBusiness: what copies a database to elsewhere
// keeps some of its own.
func TestTablesBesideOursAreNobodysBusiness(t *testing.T) {
	path := closed(t, nothing)
	alter(t, path, "CREATE TABLE _litestream_seq (id INTEGER)")
	openPath(t, path)
}

// TestACutOffStartGoesOn: only the table that counts migrations is there.
func TestACutOffStartGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cut.db")
	oldSchema(t, path, 1)
	alter(t, path, "DROP TABLE audit_events", "DROP TABLE memberships", "DROP TABLE sessions", "DROP TABLE users", "DROP TABLE roles",
		"DROP TABLE spaces", "DROP TABLE signing_keys", "DROP TABLE tenants", "DROP TABLE directories", "DROP TABLE tickets",
		"DROP TABLE counters", "DROP TABLE outbox", "DELETE FROM goose_db_version WHERE version_id = 1")
	addUser(t, openPath(t, path), "ann")
}
