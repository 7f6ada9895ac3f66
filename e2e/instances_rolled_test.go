package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// newerBuild is the next release: this one with a migration more, which adds a
// column. It is built once.
var newerBuild = sync.OnceValues(func() (path string, err error) {
	source, err := filepath.Abs("..")
	if err != nil {
		return "", err
	}
	dir := filepath.Dir(binary)
	replace := map[string]string{}
	for _, kind := range []string{"postgres", "sqlite"} {
		folder := filepath.Join(source, "internal", "store", "sql", "migrations", kind)
		last, err := filepath.Glob(filepath.Join(folder, "*.sql"))
		if err != nil || len(last) == 0 {
			return "", fmt.Errorf("no migrations in %s: %w", folder, err)
		}
		var number int
		if _, err := fmt.Sscanf(filepath.Base(last[len(last)-1]), "%05d_", &number); err != nil {
			return "", err
		}
		migration := filepath.Join(dir, kind+".sql")
		text := "-- +goose Up\nALTER TABLE sessions ADD COLUMN of_next_release TEXT NOT NULL DEFAULT 'none';\n"
		if err := os.WriteFile(migration, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(folder, fmt.Sprintf("%05d_next.sql", number+1))] = migration
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return "", err
	}
	path = filepath.Join(dir, "latchkey-next")
	return path, buildAs(path, "-overlay", file)
})

// rolledOver: the instances are replaced one after the other, by a release with a
// migration more where there are migrations, and no client notices.
func rolledOver(t *testing.T, f *fleet) {
	program := ""
	if f.schema != "" {
		var err error
		if program, err = newerBuild(); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range f.servers { // with the time that the load balancer needs
		s.stop()
		s.env["DRAIN_DELAY"] = "1s"
		s.launch()
		s.await()
	}
	f.wellAgain(t)
	sessions := f.crowd(t, f.hands, 1)
	defer f.probe()()
	failed, asked := f.failed.Load(), atomic.Int64{}
	var over atomic.Bool
	var all sync.WaitGroup
	for i := range sessions {
		all.Go(func() {
			for !over.Load() && !t.Failed() {
				sessions[i] = f.all.must(t, "TOKENS_REFRESHED", "POST", "/auth/refresh", sessions[i].refresh())
				f.all.must(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, sessions[i].bearer()...)
				f.all.joinNow(t)
				asked.Add(3)
			}
		})
	}
	enough := func() {
		before := asked.Load()
		eventually(t, "the clients are busy", func() bool { return asked.Load() > before+int64(60/f.less) || t.Failed() })
	}
	for _, s := range f.servers {
		enough()
		s.stop()
		s.program = program
		s.launch()
		s.await()
	}
	enough()
	over.Store(true)
	all.Wait()
	if got := f.failed.Load() - failed; got != 0 {
		t.Errorf("the proxy got no answer to %d of about %d requests", got, asked.Load())
	}
	f.warm(t, sessions)
	if f.schema != "" {
		f.migrated(t)
	}
	tell(t, "%s: rolling restart under %d requests: %d failed", f.name, asked.Load(), f.failed.Load()-failed)
}

// migrated checks that the next release has changed the schema.
func (f *fleet) migrated(t *testing.T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), f.schema)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var old, all int
	err = conn.QueryRow(t.Context(), "SELECT count(*) FILTER (WHERE of_next_release = 'none'), count(*) FROM sessions").Scan(&old, &all)
	if err != nil || old != all || all == 0 {
		t.Errorf("%d of %d sessions have the new column, %v", old, all, err)
	}
}
