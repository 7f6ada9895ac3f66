package sql_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/limit"
	"github.com/latchkey/latchkey/internal/limit/limittest"
	"github.com/latchkey/latchkey/internal/live"
	"github.com/latchkey/latchkey/internal/live/livetest"
	"github.com/latchkey/latchkey/internal/store/sql"
	"github.com/latchkey/latchkey/internal/store/storetest"
	"github.com/latchkey/latchkey/internal/testserver"
)

// openPostgres opens a database on a server.
func openPostgres(t *testing.T, c sql.Config) *sql.Store {
	t.Helper()
	c.Chain = storetest.Chain
	s, err := sql.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	return s
}

func TestPostgresStore(t *testing.T) {
	fresh := newDatabase(t)
	storetest.Run(t, func(t *testing.T) auth.Store {
		return openPostgres(t, sql.Config{URL: testserver.PostgresLike(t, fresh)})
	})
}

// newDatabase is one in which there is nothing yet: see newFile.
func newDatabase(t *testing.T) string {
	t.Helper()
	url := testserver.Postgres(t)
	s, err := sql.Open(t.Context(), sql.Config{URL: url, Chain: storetest.Chain})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return url
}

func TestPostgresKeepsLimits(t *testing.T) {
	limittest.Run(t, func(t *testing.T) limit.Keeper {
		return openPostgres(t, sql.Config{URL: testserver.Postgres(t)})
	})
}

func TestPostgresIsABus(t *testing.T) {
	url := testserver.Postgres(t)
	livetest.Bus{
		Open: func(t *testing.T) live.Bus { return openPostgres(t, sql.Config{URL: url}) },
		Cut: func(t *testing.T) {
			ask(t, url, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
		},
	}.Run(t)
}

// ask runs a statement on a connection of its own.
func ask(t *testing.T, url, statement string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

// TestPostgresInstancesShareADatabase: several stores on one database are as
// one. Of all who show a refresh token, whichever they ask, one gets the next.
func TestPostgresInstancesShareADatabase(t *testing.T) {
	url := testserver.Postgres(t)
	stores := make([]*sql.Store, 3)
	for i := range stores {
		stores[i] = openPostgres(t, sql.Config{URL: url, Conns: 5})
	}
	u, seat := person("ann")
	if err := stores[0].CreateUser(t.Context(), u, seat, auth.Note{}); err != nil {
		t.Fatal(err)
	}
	v := session(u, "session")
	if _, err := stores[1].CreateSession(t.Context(), auth.Opening{Session: v}); err != nil {
		t.Fatal(err)
	}
	const tokens, callers = 20, 30
	for counter := range int64(tokens) {
		outcomes := make([]auth.RotationOutcome, callers)
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				r := auth.Rotation{Directory: v.Directory, Session: v.ID, Counter: counter, Now: now, Grace: time.Minute, IdleUntil: v.IdleUntil}
				res, err := stores[i%len(stores)].Rotate(t.Context(), r)
				if err != nil || res.Session.Counter != counter+1 {
					t.Errorf("got counter %d, %v; want %d", res.Session.Counter, err, counter+1)
				}
				outcomes[i] = res.Outcome
			})
		}
		wg.Wait()
		won := 0
		for _, o := range outcomes {
			if o == auth.Rotated {
				won++
			}
		}
		if won != 1 {
			t.Fatalf("token %d: %d callers got the next one, want 1", counter, won)
		}
	}
}

// TestPostgresBearsLostConnections: while the server throws everybody out again
// and again, nothing that was acknowledged is lost, nothing is done twice, and a
// write that was undone is tried again rather than refused.
func TestPostgresBearsLostConnections(t *testing.T) {
	url := testserver.Postgres(t)
	s := openPostgres(t, sql.Config{URL: url, Conns: 8})
	ctx, stop := context.WithCancel(t.Context())
	var thrower sync.WaitGroup
	thrower.Go(func() {
		for ctx.Err() == nil {
			ask(t, url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	const workers, each = 6, 40
	var mu sync.Mutex
	unknown := map[string]bool{}
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for n := range each {
				name := fmt.Sprintf("w%d-%d", worker, n)
				u, seat := person(name)
				event := auth.Event{ID: "event-" + name, Directory: u.Directory, Tenant: "tenant", At: now, Action: auth.ActionSignUp, User: u.ID}
				err := s.CreateUser(t.Context(), u, seat, auth.Note{Events: []auth.Event{event}})
				if err != nil && !errors.Is(err, auth.ErrUnavailable) && !errors.Is(err, auth.ErrTaken) {
					t.Errorf("%s: %v", name, err)
				}
				mu.Lock()
				unknown[name] = err != nil // the connection was lost when the commit was under way
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	stop()
	thrower.Wait()
	lost := 0
	for name, maybe := range unknown {
		if _, err := s.User(t.Context(), "directory", "user-"+name); err != nil && !maybe {
			t.Errorf("acknowledged sign-up of %s: %v", name, err)
		}
		if maybe {
			lost++
		}
	}
	if lost > workers*each/4 {
		t.Errorf("%d of %d writes were refused: most should have been tried again", lost, workers*each)
	}
	links, err := s.Trail(t.Context(), "directory", 0, 1000)
	if err != nil || len(links) < workers*each-lost {
		t.Errorf("got %d links, %v", len(links), err)
	}
	var before auth.Link
	for _, l := range links {
		if l.Number != before.Number+1 || string(l.Hash) != string(storetest.Chain(before.Hash, l.Number, l.Event)) {
			t.Fatalf("the record is broken at link %d", l.Number)
		}
		before = l
	}
}

// TestPostgresGivesUp: a server that does not come back is an error within the
// patience.
func TestPostgresGivesUp(t *testing.T) {
	s := openPostgres(t, sql.Config{URL: testserver.Postgres(t) + "&connect_timeout=1", Patience: 300 * time.Millisecond})
	u, seat := person("ann")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateUser(t.Context(), u, seat, auth.Note{}); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("closed: got %v, want ErrUnavailable", err)
	}
	_, err := sql.Open(t.Context(), sql.Config{URL: "postgres://l:c4n4ry@127.0.0.1:1/l?sslmode=disable", Chain: storetest.Chain, Patience: 300 * time.Millisecond})
	if !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("no server: got %v, want ErrUnavailable", err)
	}
}

// TestPostgresOpenRefuses: what is not this program's, not this directory's, or
// not there, is left alone.
func TestPostgresOpenRefuses(t *testing.T) {
	other := testserver.Postgres(t)
	ask(t, other, "CREATE TABLE invoices (id int)")
	newer := testserver.Postgres(t)
	openPostgres(t, sql.Config{URL: newer})
	ask(t, newer, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9000, true)")
	acme := testserver.Postgres(t)
	openPostgres(t, sql.Config{URL: acme, Directory: "acme"})
	for name, c := range map[string]struct {
		sql.Config
		unavailable bool
	}{
		"another program's":   {sql.Config{URL: other}, false},
		"a newer release's":   {sql.Config{URL: newer}, false},
		"another directory's": {sql.Config{URL: acme, Directory: "other"}, true},
		"empty and not new":   {sql.Config{URL: testserver.Postgres(t), Existing: true}, true},
		"no URL":              {sql.Config{URL: "postgres://u:c4n4ry@[/x"}, false},
		"missing":             {sql.Config{URL: testserver.Postgres(t) + "&dbname=none", Patience: time.Second}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c.Chain = storetest.Chain
			s, err := sql.Open(t.Context(), c.Config)
			if err == nil {
				s.Close()
			}
			if err == nil || errors.Is(err, auth.ErrUnavailable) != c.unavailable {
				t.Errorf("got %v, want an error, unavailable: %v", err, c.unavailable)
			}
		})
	}
}

// TestPostgresMakesDatabases: as often as is asked, and by several at once.
func TestPostgresMakesDatabases(t *testing.T) {
	server := testserver.Postgres(t)
	name := fmt.Sprintf(`odd "name" %d`, time.Now().UnixNano())
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := sql.CreateDatabase(t.Context(), server, name); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	ask(t, server, "DROP DATABASE "+pgx.Identifier{name}.Sanitize())
}

// TestPostgresAlarm: the number is another one for every store, and only then.
func TestPostgresAlarm(t *testing.T) {
	url := testserver.Postgres(t)
	mine, other := openPostgres(t, sql.Config{URL: url}), openPostgres(t, sql.Config{URL: url})
	number := func() int64 {
		t.Helper()
		n, err := mine.Changed(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := number()
	u, seat := person("ann")
	if err := other.CreateUser(t.Context(), u, seat, auth.Note{}); err != nil || number() != before {
		t.Errorf("after a write that is told by the bus: got %d, %v; want %d", number(), err, before)
	}
	if err := other.Alarm(t.Context()); err != nil || number() == before {
		t.Errorf("after an alarm: got %d again, %v", number(), err)
	}
}

// TestPostgresBehindAPooler: a proxy that gives every transaction another
// connection is noticed by nothing but Listen.
func TestPostgresBehindAPooler(t *testing.T) {
	s := openPostgres(t, sql.Config{URL: testserver.Pooler(t, testserver.Postgres(t))})
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			u, seat := person(fmt.Sprint("w", worker))
			event := auth.Event{ID: "event-" + u.ID, Directory: u.Directory, Tenant: "tenant", At: now, Action: auth.ActionSignUp, User: u.ID}
			if err := s.CreateUser(t.Context(), u, seat, auth.Note{Events: []auth.Event{event}}); err != nil {
				t.Error(err)
				return
			}
			v := session(u, "session-"+u.ID)
			if _, err := s.CreateSession(t.Context(), auth.Opening{Session: v}); err != nil {
				t.Error(err)
			}
			for counter := range int64(20) {
				r := auth.Rotation{Directory: v.Directory, Session: v.ID, Counter: counter, Now: now, Grace: time.Minute, IdleUntil: v.IdleUntil}
				if res, err := s.Rotate(t.Context(), r); err != nil || res.Outcome != auth.Rotated {
					t.Errorf("rotation %d: got %v, %v", counter, res.Outcome, err)
				}
				if _, err := s.Session(t.Context(), v.Directory, v.ID); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if links, err := s.Trail(t.Context(), "directory", 0, 100); err != nil || len(links) != 8 {
		t.Errorf("got %d links, %v; want 8", len(links), err)
	}
}

var now = time.Date(2126, 3, 4, 5, 6, 7, 0, time.UTC)

func person(name string) (auth.User, auth.Seat) {
	u := auth.User{
		ID: "user-" + name, Directory: "directory", Name: name, Nickname: name, Email: name + "@example.com",
		PasswordHash: "hash", Status: auth.UserActive, CreatedAt: now, UpdatedAt: now,
	}
	return u, auth.Seat{Tenant: "tenant", Space: "space", Role: auth.RoleUser, Main: true}
}

func session(u auth.User, id string) auth.Session {
	return auth.Session{
		Directory: u.Directory, ID: id, User: u.ID, Tenant: "tenant", Space: "space", CreatedAt: now, RotatedAt: now, LastSeen: now,
		IdleUntil: now.Add(time.Hour), ExpiresAt: now.Add(2 * time.Hour),
	}
}

// TestPostgresListsComeFromAReplica: and from the primary when that is away. What
// decides is never read there.
func TestPostgresListsComeFromAReplica(t *testing.T) {
	url := testserver.Postgres(t)
	openPostgres(t, sql.Config{URL: url}) // the schema
	replica, stop := testserver.Replica(t, url)
	s := openPostgres(t, sql.Config{URL: url, Replica: replica})
	u, seat := person("ann")
	if err := s.CreateUser(t.Context(), u, seat, auth.Note{}); err != nil {
		t.Fatal(err)
	}
	listed := func() int {
		t.Helper()
		found, err := s.Accounts(t.Context(), auth.AccountQuery{Directory: u.Directory, Tenant: seat.Tenant, Max: 10})
		if err != nil {
			t.Fatal(err)
		}
		return len(found)
	}
	for listed() != 1 { // until the replica has followed
		time.Sleep(5 * time.Millisecond)
	}
	ask(t, replica, "SELECT pg_wal_replay_pause()")
	u2, seat2 := person("bob")
	if err := s.CreateUser(t.Context(), u2, seat2, auth.Note{}); err != nil {
		t.Fatal(err)
	}
	if got := listed(); got != 1 {
		t.Errorf("while the replica stands still: got %d accounts, want the 1 that it has", got)
	}
	if _, err := s.User(t.Context(), u2.Directory, u2.ID); err != nil {
		t.Errorf("an account that the replica does not have: %v", err)
	}
	stop()
	if got := listed(); got != 2 {
		t.Errorf("without the replica: got %d accounts, want 2", got)
	}
}

// TestPostgresLimitsBearAClockThatWentBack: a debt is what it was, and shrinks.
func TestPostgresLimitsBearAClockThatWentBack(t *testing.T) {
	url := testserver.Postgres(t)
	s := openPostgres(t, sql.Config{URL: url})
	costs := []limit.Cost{{ID: [16]byte{1}, Interval: time.Second, Span: 10 * time.Second}}
	owed := func() time.Duration {
		t.Helper()
		got, err := s.Charge(t.Context(), costs)
		if err != nil {
			t.Fatal(err)
		}
		return got[0]
	}
	owed()
	ask(t, url, "UPDATE limits SET full_at = full_at + 3600000000000, seen_at = seen_at + 3600000000000") // an hour, and it is the clock's
	if got := owed(); got <= 0 || got > time.Second {
		t.Errorf("after the clock went back: owes %v, want up to a second", got)
	}
	before := owed() // three seconds are owed after it
	time.Sleep(50 * time.Millisecond)
	if got := owed(); got >= before+time.Second {
		t.Errorf("the debt stands still: %v, and with one more %v", before, got)
	}
}
