package sql

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

func inspect(t *testing.T, path string) *Inspection {
	t.Helper()
	i, err := Inspect(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	return i
}

// lookAtAll asks everything once.
func lookAtAll(t *testing.T, path string) {
	t.Helper()
	i, err := Inspect(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	wrong, err := i.QuickCheck(t.Context())
	if err != nil || wrong != nil {
		t.Errorf("QuickCheck: %q, %v", wrong, err)
	}
	if journal, durable, err := i.Modes(t.Context()); err != nil || journal != "wal" || !durable {
		t.Errorf("Modes: %q, %v, %v", journal, durable, err)
	}
	if err := i.TryWrite(t.Context()); err != nil {
		t.Errorf("TryWrite: %v", err)
	}
	if schema, err := i.Schema(t.Context()); err != nil || schema.Have != schema.Known || schema.Have == 0 || schema.Missing != nil || schema.Foreign {
		t.Errorf("Schema: %+v, %v", schema, err)
	}
	if err := i.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// state is what a folder holds: names with the hash of their content.
func state(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(e.Name(), "-shm") { // memory that processes share
			content = nil
		}
		files[e.Name()] = fmt.Sprintf("%x", sha256.Sum256(content))
	}
	return files
}

func TestInspectionChangesNothing(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, path string) string{
		"nobody uses it": func(t *testing.T, path string) string {
			s := openPath(t, path)
			addUser(t, s, "ann")
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			return path
		},
		"a server runs": func(t *testing.T, path string) string {
			addUser(t, openPath(t, path), "ann")
			return path
		},
		"a server was killed": func(t *testing.T, path string) string {
			addUser(t, openPath(t, path), "ann")
			folder := t.TempDir()
			for _, end := range []string{"", "-wal", "-shm"} { // as a crash leaves them
				content, err := os.ReadFile(path + end)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(folder, "store.db"+end), content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			return filepath.Join(folder, "store.db")
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := prepare(t, filepath.Join(t.TempDir(), "store.db"))
			want := state(t, filepath.Dir(path))
			lookAtAll(t, path)
			got := state(t, filepath.Dir(path))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the folder has changed (-want +got):\n%s", diff)
			}
			if got, err := openPath(t, path).User(t.Context(), dir, "user-ann"); err != nil || got.Name != "ann" {
				t.Errorf("user afterwards: %v, %v", got, err)
			}
		})
	}
}

func TestInspectionMakesNoDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	if _, err := Inspect(t.Context(), path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %v", err, fs.ErrNotExist)
	}
	if got := state(t, filepath.Dir(path)); len(got) != 0 {
		t.Errorf("it left %v", got)
	}
}

// alter runs statements on a file as another program would.
func alter(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(Config{Path: path}, 0, url.Values{}))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

// closed makes a store, changes it, closes it.
func closed(t *testing.T, change func(*Store)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store.db")
	s, err := Open(t.Context(), Config{Path: path, Chain: chain})
	if err != nil {
		t.Fatal(err)
	}
	change(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func nothing(*Store) {}

func TestSchemaIsCompared(t *testing.T) {
	known := func(t *testing.T) int64 {
		s, err := inspect(t, closed(t, nothing)).Schema(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s.Known
	}(t)
	for name, c := range map[string]struct {
		statements []string
		fresh      bool
		check      func(Schema) bool
	}{
		"newer":   {statements: []string{"INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)"}, check: func(s Schema) bool { return s.Have == 99 && s.Known == known && s.Missing == nil }},
		"older":   {statements: []string{"DELETE FROM goose_db_version WHERE version_id = 1"}, check: func(s Schema) bool { return len(s.Missing) == 1 && s.Missing[0] == "00001_start.sql" }},
		"empty":   {fresh: true, check: func(s Schema) bool { return s.Have == 0 && s.Known == known && len(s.Missing) > 0 && !s.Foreign }},
		"foreign": {fresh: true, statements: []string{"CREATE TABLE theirs (x)"}, check: func(s Schema) bool { return s.Foreign }},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "fresh.db")
			if c.fresh {
				if err := os.WriteFile(path, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			} else {
				path = closed(t, nothing)
			}
			alter(t, path, c.statements...)
			if got, err := inspect(t, path).Schema(t.Context()); err != nil || !c.check(got) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestModesAreRead(t *testing.T) {
	path := closed(t, nothing)
	alter(t, path, "PRAGMA journal_mode = DELETE")
	want := state(t, filepath.Dir(path))
	i, err := Inspect(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if journal, _, err := i.Modes(t.Context()); err != nil || journal != "delete" {
		t.Errorf("got %q, %v, want delete", journal, err)
	}
	if err := errors.Join(i.TryWrite(t.Context()), i.Close()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, state(t, filepath.Dir(path))); diff != "" {
		t.Errorf("the folder has changed (-want +got):\n%s", diff)
	}
}

func TestQuickCheckFindsDamage(t *testing.T) {
	path := closed(t, func(s *Store) { addUser(t, s, "ann") })
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(content) - 4096; i < len(content); i++ { // the last page
		content[i] ^= 0x5a
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if wrong, err := inspect(t, path).QuickCheck(t.Context()); len(wrong) == 0 || err != nil {
		t.Errorf("got %q, %v, want what is damaged", wrong, err)
	}
}

func TestQuickCheckIsBounded(t *testing.T) {
	i := inspect(t, closed(t, nothing))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := i.QuickCheck(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestTryWriteSees(t *testing.T) {
	t.Run("a file that is for reading only", func(t *testing.T) {
		path := closed(t, nothing)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		content[18] = 3 // a format that SQLite only reads; file modes do not stop root
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := inspect(t, path).TryWrite(t.Context()); err == nil || !strings.Contains(err.Error(), "readonly") {
			t.Errorf("got %v, want that it is readonly", err)
		}
	})
	t.Run("another who writes without end", func(t *testing.T) {
		path := closed(t, nothing)
		db, err := sql.Open("sqlite", dsn(Config{Path: path}, 0, url.Values{}))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		db.SetMaxOpenConns(1)
		if _, err := db.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
			t.Fatal(err)
		}
		if err := inspect(t, path).TryWrite(t.Context()); !sqliteBusy(err) {
			t.Errorf("got %v, want busy", err)
		}
	})
}

func TestInspectionReads(t *testing.T) {
	path := closed(t, func(s *Store) {
		event := func(n int, action auth.Action, ip string) auth.Event {
			at := epoch.Add(time.Duration(n-9) * time.Hour)
			return auth.Event{ID: fmt.Sprint("event-", n), Directory: dir, Tenant: "tenant", At: at, Action: action, IP: ip}
		}
		events := []auth.Event{
			event(1, auth.ActionLogin, "192.0.2.1"), event(2, auth.ActionLoginFailed, "192.0.2.2"), event(3, auth.ActionLogout, "192.0.2.3"),
		}
		if err := s.Write(t.Context(), auth.Note{Events: events}); err != nil {
			t.Fatal(err)
		}
		u := addUser(t, s, "ann")
		addSession(t, s, u, "session", epoch)
		tenant := auth.Tenant{ID: "tenant", Slug: "tenant", Directory: "apart", Status: auth.TenantActive}
		place := auth.Directory{ID: "apart", Name: "tenant", Sealed: []byte("sealed")}
		if err := s.CreateTenant(t.Context(), tenant, place, auth.Space{}, auth.Note{}); err != nil {
			t.Fatal(err)
		}
	})
	i := inspect(t, path)
	for most, want := range map[int][]string{9: {"192.0.2.2", "192.0.2.1"}, 1: {"192.0.2.2"}} {
		if got, err := i.LoginAddresses(t.Context(), most); err != nil || !cmp.Equal(got, want) {
			t.Errorf("LoginAddresses(%d): got %q, %v, want %q", most, got, err, want)
		}
	}
	if got, err := i.Newest(t.Context()); err != nil || !got.Equal(epoch) {
		t.Errorf("Newest: got %v, %v, want %v", got, err, epoch)
	}
	if got, err := i.Directories(t.Context()); err != nil || len(got) != 1 || got[0].Name != "tenant" || string(got[0].Sealed) != "sealed" {
		t.Errorf("Directories: got %+v, %v, want the one of the tenant", got, err)
	}
	if got, err := i.Keys(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("Keys: got %v, %v, want none", got, err)
	}
}

// TestInspectionReadsTheReleaseBefore: it looks before anything is migrated.
func TestInspectionReadsTheReleaseBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "second.db")
	secondDatabase(t, path, 1)
	i := inspect(t, path)
	if schema, err := i.Schema(t.Context()); err != nil || schema.Have != 2 || len(schema.Missing) != 3 || schema.Foreign {
		t.Errorf("Schema: got %+v, %v, want three migrations to be missing", schema, err)
	}
	got, err := i.Directories(t.Context())
	if want := []auth.Directory{{ID: dir, CreatedAt: at(1893456000000)}}; err != nil || !cmp.Equal(got, want) {
		t.Errorf("Directories: got %+v, %v, want %+v", got, err, want)
	}
}
