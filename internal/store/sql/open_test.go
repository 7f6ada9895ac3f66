package sql

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey/latchkey/internal/auth"
)

func TestReopenedStoreHasEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "reopen.db")
	s := openPath(t, path)
	u := addUser(t, s, "ann")
	addSession(t, s, u, "session", epoch)
	if _, err := s.Rotate(t.Context(), rotation("session", 0, epoch)); err != nil {
		t.Fatal(err)
	}
	want, err := s.Session(t.Context(), dir, "session")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openPath(t, path)
	got, err := s.Session(t.Context(), dir, "session")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("session after reopening: %v\n%s", err, diff)
	}
	if got, err := s.User(t.Context(), dir, u.ID); err != nil || got.PasswordHash != u.PasswordHash {
		t.Errorf("user after reopening: %v, %v", got, err)
	}
}

func TestPathsAreTakenLiterally(t *testing.T) {
	for _, name := range []string{"with space.db", "a?mode=memory", "b#c", "100%", "d%20e", "f&g=h;i", "ü.db", "it's \"q\".db"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "new "+name, name)
			s := openPath(t, path)
			addUser(t, s, "ann")
			for file, want := range map[string]os.FileMode{path: 0o600, path + "-wal": 0o600, filepath.Dir(path): 0o700} {
				info, err := os.Stat(file)
				if err != nil {
					t.Fatal(err)
				}
				if got := info.Mode().Perm(); got != want {
					t.Errorf("mode of %s: got %o, want %o", file, got, want)
				}
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	folder := t.TempDir()
	garbage := filepath.Join(folder, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{Path: filepath.Join(folder, "unchained.db")}); err == nil || !strings.Contains(err.Error(), "set Chain") {
		t.Errorf("without a chain: got %v, want an error that names it", err)
	}
	for name, c := range map[string]struct {
		path string
		down bool
	}{
		"no path":                 {"", false},
		"a folder":                {folder, true},
		"a file that is no store": {garbage, true},
		"a folder that is a file": {filepath.Join(garbage, "store.db"), true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(t.Context(), Config{Path: c.path, Chain: chain})
			if err == nil || errors.Is(err, auth.ErrUnavailable) != c.down {
				t.Errorf("got %v, want ErrUnavailable: %v", err, c.down)
			}
		})
	}
}

func TestManyOpenOneNewFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "together.db")
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			s, err := Open(t.Context(), Config{Path: path, Chain: chain})
			if err != nil {
				t.Error(err)
				return
			}
			u, seat := newUser(fmt.Sprint("n", i))
			if err := s.CreateUser(t.Context(), u, seat, auth.Note{}); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s := openPath(t, path)
	for i := range 12 {
		if _, err := s.User(t.Context(), dir, fmt.Sprint("user-n", i)); err != nil {
			t.Errorf("user %d: %v", i, err)
		}
	}
	var applied int
	row := s.pools[1].QueryRowContext(t.Context(), "SELECT count(*) FROM goose_db_version WHERE version_id = 3")
	if err := row.Scan(&applied); err != nil || applied != 1 {
		t.Errorf("the last migration was applied %d times, %v", applied, err)
	}
}

// TestProcessesStartTogether starts processes on one new file; each has to come
// up and write.
func TestProcessesStartTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "processes.db")
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() { killed(t, path, fmt.Sprint("together-", i)) })
	}
	wg.Wait()
	openPath(t, path)
}

func TestOpenWaitsForTheLock(t *testing.T) {
	c := Config{Path: filepath.Join(t.TempDir(), "locked.db"), Chain: chain, Patience: 1}
	unlock, err := lockFile(t.Context(), Config{Path: c.Path})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), c); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("while another has the lock: got %v, want ErrUnavailable", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	openPath(t, c.Path)
}

func TestNewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "newer.db")
	s := openPath(t, path)
	if err := aside1(s, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Config{Path: path, Chain: chain})
	if err == nil || !strings.Contains(err.Error(), "schema version 99") || errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("got %v, want a plain error that names both versions", err)
	}
}

func TestClosedStoreIsUnavailable(t *testing.T) {
	s := open(t, "closed.db")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, errRead := s.User(t.Context(), dir, "x")
	_, errList := s.Keys(t.Context())
	_, errWrite := s.Rotate(t.Context(), rotation("x", 0, epoch))
	_, errChanged := s.Changed(t.Context())
	for name, err := range map[string]error{"read": errRead, "list": errList, "write": errWrite, "Changed": errChanged} {
		if !errors.Is(err, auth.ErrUnavailable) {
			t.Errorf("%s: got %v, want ErrUnavailable", name, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}
