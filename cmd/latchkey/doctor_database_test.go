package main

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDoctorDatabase(t *testing.T) {
	put := func(content string) func(*testing.T, string) []string {
		return func(t *testing.T, dir string) []string {
			if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "data", "latchkey.db"), content)
			return nil
		}
	}
	diagnose(t, checkDatabase, []illness{
		{name: "none yet", bare: true, want: ok("there is none yet")},
		{name: "current", want: ok("which is this program's")},
		{name: "can be written", want: ok("the database can be written")},
		{name: "durable", want: ok("on disk before they are acknowledged")},
		{name: "whole", want: ok("nothing in the file is damaged")},
		{name: "empty", bare: true, prepare: put(""), want: warn("has schema version 0", "latchkey migrate")},
		{
			name: "older", prepare: altering("DELETE FROM goose_db_version WHERE version_id > 0"),
			want: warn("missing: 00001_start.sql", "run latchkey migrate"),
		},
		{
			name: "newer", prepare: altering("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)"),
			want: fail("has schema version 99", "this binary is too old"),
		},
		{name: "another's", bare: true, want: fail("another program's", "DATABASE_URL"), prepare: func(t *testing.T, dir string) []string {
			put("")(t, dir)
			return altering("CREATE TABLE theirs (x)")(t, dir)
		}},
		{name: "no database", bare: true, prepare: put("this is no database, but long enough to be looked at as if it were one"), want: fail("does not open", "DATABASE_URL")},
		{
			name: "damaged", want: fail("the file is damaged", "restore a backup"),
			prepare: func(t *testing.T, dir string) []string {
				patch(t, dir, func(file []byte) {
					for i := len(file) - 4096; i < len(file); i++ {
						file[i] ^= 0x5a
					}
				})
				return nil
			},
		},
		{
			name: "for reading only", want: fail("can only be read", "the right to write"),
			prepare: func(t *testing.T, dir string) []string {
				patch(t, dir, func(file []byte) { file[18] = 3 }) // a format that SQLite only reads; modes do not stop root
				return nil
			},
		},
		{
			name: "somebody writes without end", want: fail("another process has been writing", "fuser"),
			prepare: func(t *testing.T, dir string) []string {
				db, err := sql.Open("sqlite", filepath.Join(dir, "data", "latchkey.db"))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { db.Close() })
				db.SetMaxOpenConns(1)
				if _, err := db.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
					t.Fatal(err)
				}
				return nil
			},
		},
		{name: "another journal", prepare: altering("PRAGMA journal_mode = DELETE"), want: warn("journal's mode is delete", "latchkey migrate")},
		{name: "a folder", bare: true, environ: []string{"DATABASE_URL=sqlite:."}, want: fail("it is not a file", "DATABASE_URL")},
		{
			name: "a folder that is a file", bare: true, want: fail("does not open", "DATABASE_URL"),
			prepare: func(t *testing.T, dir string) []string {
				write(t, filepath.Join(dir, "x"), "")
				return []string{"DATABASE_URL=sqlite:x/latchkey.db"}
			},
		},
		{
			name: "a folder for reading only", bare: true, want: fail("nothing can be written in", "DATABASE_URL"),
			change: func(p *patient) { p.kernel.access = func(string) error { return errors.New("permission denied") } },
		},
	})
}

// patch changes the bytes of the database.
func patch(t *testing.T, dir string, change func([]byte)) {
	t.Helper()
	path := filepath.Join(dir, "data", "latchkey.db")
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	change(file)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDoctorChangesNothing(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, dir string){
		"before the first start": func(*testing.T, string) {},
		"after it":               func(t *testing.T, dir string) { establish(t, dir) },
		"before a migration": func(t *testing.T, dir string) {
			establish(t, dir)
			alter(t, dir, "DELETE FROM goose_db_version WHERE version_id > 0")
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			prepare(t, dir)
			want := contents(t, dir)
			p := admit(modeDev, nil, &console{Dir: dir, Environ: []string{"DATABASE_URL=sqlite:data/latchkey.db", "AUTH_SERVICE_HTTP_PORT=1"}})
			examine(t.Context(), p, checks())
			if diff := cmp.Diff(want, contents(t, dir)); diff != "" {
				t.Errorf("the folder has changed (-want +got):\n%s", diff)
			}
		})
	}
}

// contents is every file below a folder.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
