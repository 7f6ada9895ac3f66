package sql

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pressly/goose/v3"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	oldUser = `INSERT INTO users (directory, id, name, nickname, email, username, mobile, password_hash, status,
		locked_until, created_at, updated_at, last_login_at) VALUES ('default', 'user-ann', 'ann', '', 'ann@example.com', 'ann', '', 'hash',
		'active', 0, 1893456000000, 1893456000000, 0)`
	oldSession = `INSERT INTO sessions (directory, id, user_id, tenant_id, space_id, device, device_name, ip, agent, counter,
		created_at, rotated_at, last_seen, idle_until, expires_at, ended_at, end_reason, sweep_at) VALUES ('default', 'session', 'user-ann',
		'tenant', 'space', '', '', '', '', 3, $1, $1, $1, $2, $2, 0, '', $2)`
	oldSeat = `INSERT INTO memberships (directory, user_id, tenant_id, space_id, role, main)
		VALUES ('default', 'user-ann', 'tenant', 'space', 'user', 1)`
	oldEvent = `INSERT INTO audit_events (directory, tenant_id, at, id, action, user_id, session_id, ip, agent, request_id, reason)
		VALUES ($1, $2, $3, $4, 'session.create', 'user-ann', '', '', '', '', '')`
)

// old is a connection as the first release has one: it knows only that schema.
func old(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", writerDSN(Config{Path: path}))
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func run(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// oldSchema makes an empty database of a schema from before.
func oldSchema(t *testing.T, path string, version int64) *sql.DB {
	t.Helper()
	db := old(t, path)
	d, err := sqliteDialect()
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(d.goose, db, d.migrations, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	return db
}

// oldDatabase makes a database of the first release in which a user has a
// session, and which has so many events in each of two directories, those of
// the first in two tenants and not in the order of their times.
func oldDatabase(t *testing.T, path string, events int) *sql.DB {
	t.Helper()
	db := oldSchema(t, path, 1)
	run(t, db, oldUser)
	run(t, db, oldSeat)
	run(t, db, oldSession, ms(epoch), ms(epoch.Add(time.Hour)))
	run(t, db, "BEGIN")
	for i := range events {
		at := ms(epoch.Add(time.Duration((i*7)%events) * time.Second))
		run(t, db, oldEvent, dir, fmt.Sprint("tenant-", i%2), at, fmt.Sprintf("%05d", (i*7)%events))
		run(t, db, oldEvent, "other", "tenant", at, fmt.Sprintf("%05d", i))
	}
	run(t, db, "COMMIT")
	return db
}

func TestAnOldDatabaseIsChained(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.db")
	const events = looseRows + 9 // 7 does not divide it
	oldDatabase(t, path, events)
	s := openPath(t, path)
	links := written(t, s, dir)
	byTime := func(a, b auth.Link) int { return a.At.Compare(b.At) }
	if len(links) != events || links[0].Number != 1 || !slices.IsSortedFunc(links, byTime) {
		t.Errorf("got a record of %d links, by time: %v; want %d by their time", len(links), slices.IsSortedFunc(links, byTime), events)
	}
	all := trail(t, s, dir)
	if last := all[len(all)-1]; last.Action != auth.ActionGathered || last.Reason != "9 events" || last.Number != events+2 {
		t.Errorf("the record ends with %+v, want what says that nine events were put into it", last)
	}
	if got := len(written(t, s, "other")); got != events {
		t.Errorf("the other directory: got %d links, want %d", got, events)
	}
	want := auth.Event{ID: "00000", Directory: dir, Tenant: "tenant-0", At: epoch, Action: auth.ActionLogin, User: "user-ann"}
	if diff := cmp.Diff(want, links[0].Event); diff != "" {
		t.Errorf("the first event (-want +got):\n%s", diff)
	}
	if err := s.Write(t.Context(), auth.Note{Events: []auth.Event{event(dir, "new", epoch)}}); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, s, dir); got[len(got)-1] != "new" {
		t.Errorf("the record ends with %s, want the new event", got[len(got)-1])
	}
}

func TestAnOldDatabaseGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "on.db")
	oldDatabase(t, path, 1)
	s := openPath(t, path)
	u, err := s.User(t.Context(), dir, "user-ann")
	if err != nil || u.Epoch != 0 || u.PasswordHash != "hash" {
		t.Errorf("user: got %v, %v", u, err)
	}
	res, err := s.Rotate(t.Context(), rotation("session", 3, epoch))
	if err != nil || res.Outcome != auth.Rotated || res.Session.Known {
		t.Errorf("rotation: got %+v, %v", res, err)
	}
	v := newSession(u, "new", epoch)
	v.Device = "device"
	if _, err := s.CreateSession(t.Context(), auth.Opening{Session: v, Generation: 1}); err != nil {
		t.Errorf("login: %v", err)
	}
	if _, err := s.Device(t.Context(), dir, u.ID, "device"); err != nil {
		t.Errorf("device: %v", err)
	}
}

// TestTheReleaseBeforeWritesBeside writes as that release does to a database
// that has been migrated under it.
func TestTheReleaseBeforeWritesBeside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "beside.db")
	before := oldDatabase(t, path, 1)
	s := openPath(t, path)
	for i := range 3 {
		run(t, before, oldEvent, dir, "tenant", ms(epoch)+int64(i), fmt.Sprint("beside-", i))
		id := fmt.Sprint("new-", i)
		if err := s.Write(t.Context(), auth.Note{Events: []auth.Event{event(dir, id, epoch)}}); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := named(written(t, s, dir)), []string{"00000", "new-0", "new-1", "new-2"}; !slices.Equal(got, want) {
		t.Errorf("before a sweep: got %v, want %v", got, want)
	}
	if n, err := s.Sweep(t.Context(), epoch, epoch, epoch); n != 0 || err != nil {
		t.Errorf("sweep: got %d rows, %v, want none", n, err)
	}
	want := []string{"00000", "new-0", "new-1", "new-2", "beside-0", "beside-1", "beside-2"}
	if got := named(written(t, s, dir)); !slices.Equal(got, want) {
		t.Errorf("after a sweep: got %v, want %v", got, want)
	}
	run(t, before, oldEvent, dir, "tenant", ms(epoch)+9, "last")
	if got := named(written(t, openPath(t, path), dir)); !slices.Equal(got, append(want, "last")) {
		t.Errorf("after the next Open: got %v, want %v and the last", got, want)
	}
	run(t, before, "UPDATE users SET name = 'x', version = version + 1 WHERE directory = 'default' AND id = 'user-ann'")
	run(t, before, "DELETE FROM audit_events WHERE (directory, tenant_id, at, id) IN (SELECT directory, tenant_id, at, id FROM audit_events WHERE at < $1 LIMIT 500)", ms(epoch)+1)
	run(t, before, "DELETE FROM sessions WHERE id = 'session'")
}

// TestChainingGoesOnWhereItWas stops between two batches.
func TestChainingGoesOnWhereItWas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "stopped.db")
	const events = looseRows + 3
	oldDatabase(t, path, events)
	s := openPath(t, path)
	want := trail(t, s, dir)[:400]
	// As it stands when a process was killed after its first batch.
	if err := aside1(s, "UPDATE audit_events SET number = 0, hash = x'' WHERE directory = 'default' AND number > 400"); err != nil {
		t.Fatal(err)
	}
	err := s.write(t.Context(), "test", func(t *tx) error {
		_, err := t.exec(headSet, dir, 400, want[399].Hash)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got := trail(t, openPath(t, path), dir)
	if diff := cmp.Diff(want, got[:400]); diff != "" {
		t.Errorf("the record (-want +got):\n%s", diff)
	}
	// What says that events were gathered had been written by then, and comes
	// again; no event is lost or chained twice.
	names := map[string]bool{}
	for _, l := range got {
		if l.Action != auth.ActionGathered {
			names[l.ID] = true
		}
	}
	if len(names) != events {
		t.Errorf("got %d events, want %d", len(names), events)
	}
}

// TestMigrationBesideAWriter migrates while the release before writes.
func TestMigrationBesideAWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "busy.db")
	const had, more = 10, 100
	before := oldDatabase(t, path, had)
	begun := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		for i := range more {
			if _, err := before.ExecContext(t.Context(), oldEvent, dir, "tenant", ms(epoch), fmt.Sprint("beside-", i)); err != nil {
				t.Error(err)
			}
			if i == 0 {
				close(begun)
			}
		}
	})
	<-begun
	s := openPath(t, path)
	wg.Wait()
	if _, err := s.Sweep(t.Context(), epoch, epoch, epoch); err != nil {
		t.Fatal(err)
	}
	if got := len(written(t, s, dir)); got != had+more {
		t.Errorf("got a record of %d events, want %d", got, had+more)
	}
}

// written is a record without what says that events were gathered into it.
func written(t *testing.T, s *Store, directory string) []auth.Link {
	t.Helper()
	return slices.DeleteFunc(trail(t, s, directory), func(l auth.Link) bool { return l.Action == auth.ActionGathered })
}

func named(links []auth.Link) (all []string) {
	for _, l := range links {
		all = append(all, l.ID)
	}
	return all
}
