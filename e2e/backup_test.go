package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/testserver"
)

// A vessel is a database that is backed up and restored as docs/operate.md says.
type vessel struct {
	env     env
	backup  func(t *testing.T)
	restore func(t *testing.T)           // while no server runs
	run     func(t *testing.T, s string) // a statement, likewise
}

// TestBackup: on a backup that was made beside a running server, restored in place
// of what was lost, everybody goes on who was logged in then; who was logged out
// since then lives again, until what the manual says is done.
func TestBackup(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		open func(t *testing.T, dir string) vessel
		end  string // fence of the statement in the manual that ends all sessions
	}{"SQLite": {onFile, "sqlite"}, "PostgreSQL": {onServer, "postgresql"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, smtp := openPost(t)
			dir := t.TempDir()
			v := c.open(t, dir)
			s := prepare(t, "serve", dir, quick().with(smtp).with(v.env).with(env{"LOGIN_OTP": "off"}))
			s.launch()
			s.await()
			ann, left := s.client().join(t)
			_, stays := s.client().join(t)
			stays = s.client().want(t, "TOKENS_REFRESHED", "POST", "/auth/refresh", stays.refresh()).grant(t)
			v.backup(t)
			bob, _ := s.client().join(t)
			s.client().want(t, "LOGGED_OUT", "POST", "/auth/logout", nil, left.bearer()...)
			s.stop()

			v.restore(t)
			s.launch()
			s.await()
			cl := s.client()
			stays = cl.want(t, "TOKENS_REFRESHED", "POST", "/auth/refresh", stays.refresh()).grant(t)
			s.verify(t, stays) // with the signing key that the master key opens
			cl.want(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, left.bearer()...)
			cl.want(t, "INVALID_CREDENTIALS", "POST", "/auth/login", bob.logIn())
			if out, _, code := latchkey(t, dir, s.env, "audit", "verify"); code != 0 {
				t.Errorf("audit verify: exit code %d\n%s", code, out)
			}
			s.stop()

			v.run(t, manual(t, c.end))
			s.launch()
			s.await()
			for _, g := range []grant{stays, left} {
				a := s.client().want(t, "SESSION_NOT_FOUND", "POST", "/auth/refresh", g.refresh())
				if a.Meta.Reason != "admin" {
					t.Errorf("refused for %q, want admin", a.Meta.Reason)
				}
				s.client().want(t, "SESSION_NOT_FOUND", "GET", "/auth/me", nil, g.bearer()...)
			}
			s.client().want(t, "LOGIN_SUCCESS", "POST", "/auth/login", ann.logIn())
		})
	}
}

// manual returns the statement of docs/operate.md that has a mark.
func manual(t *testing.T, mark string) string {
	t.Helper()
	text, err := os.ReadFile("../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```sql " + mark + "\n(.*?)```").FindSubmatch(text)
	if found == nil {
		t.Fatalf("docs/operate.md has no statement with the mark %s", mark)
	}
	return string(found[1])
}

// manualLine returns the command of docs/operate.md that begins so, as its words.
func manualLine(t *testing.T, begin string) []string {
	t.Helper()
	text, err := os.ReadFile("../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, begin) {
			return strings.Fields(line)
		}
	}
	t.Fatalf("docs/operate.md has no line that begins with %q", begin)
	return nil
}

func onFile(t *testing.T, dir string) vessel {
	path, backup := filepath.Join(dir, "latchkey.db"), filepath.Join(dir, "backup.db")
	if line := strings.Join(manualLine(t, "sqlite3 "), " "); line != `sqlite3 latchkey.db "VACUUM INTO 'backup.db'"` {
		t.Fatalf("the manual backs up with %s, the test with something else", line)
	}
	return vessel{
		backup: func(t *testing.T) { tamper(t, path, "VACUUM INTO '"+backup+"'") },
		restore: func(t *testing.T) {
			for _, beside := range []string{"", "-wal", "-shm"} {
				if err := os.RemoveAll(path + beside); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Rename(backup, path); err != nil {
				t.Fatal(err)
			}
		},
		run: func(t *testing.T, statement string) { tamper(t, path, statement) },
	}
}

func onServer(t *testing.T, dir string) vessel {
	database := testserver.Postgres(t)
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		t.Fatal(err)
	}
	master := base64.StdEncoding.EncodeToString(key)
	secret(master)
	fresh := testserver.Postgres(t) // what it is restored into, under the name of what was lost
	v := vessel{env: env{"DATABASE_URL": database, "LATCHKEY_SECRET": master}}
	v.backup = func(t *testing.T) {
		program(t, dir, manualLine(t, "pg_dump "), "$DATABASE_URL", database)
	}
	v.restore = func(t *testing.T) {
		program(t, dir, manualLine(t, "pg_restore "), "$NEW_DATABASE_URL", fresh)
		swap(t, database, fresh)
	}
	v.run = func(t *testing.T, statement string) {
		program(t, dir, []string{"psql", "-qv", "ON_ERROR_STOP=1", "URL", "-c", statement}, "URL", database)
	}
	return v
}

// swap gives the restored database the name of the lost one.
func swap(t *testing.T, lost, restored string) {
	t.Helper()
	name := func(text string) (string, string) {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(u.Path, "/")
		u.Path = "/postgres"
		return name, u.String()
	}
	old, server := name(lost)
	now, _ := name(restored)
	for _, statement := range []string{`ALTER DATABASE "` + old + `" RENAME TO "` + old + `_lost"`, `ALTER DATABASE "` + now + `" RENAME TO "` + old + `"`} {
		program(t, ".", []string{"psql", "-qv", "ON_ERROR_STOP=1", "URL", "-c", statement}, "URL", server)
	}
}

// program runs one of PostgreSQL's programs, with a value for a variable.
func program(t *testing.T, dir string, words []string, variable, value string) {
	t.Helper()
	words = slices.Clone(words)
	for i, w := range words {
		if strings.Contains(w, variable) {
			words[i] = strings.ReplaceAll(strings.ReplaceAll(w, `"`, ""), variable, value)
		}
	}
	// Debian's wrappers on the path choose another server's version.
	if found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + words[0]); err == nil && len(found) > 0 {
		words[0] = slices.Max(found)
	}
	cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(words[0]), err, said)
	}
}
