package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/latchkey/latchkey/internal/store/mongo"
	"github.com/latchkey/latchkey/internal/store/sql"
	"github.com/latchkey/latchkey/internal/testserver"
)

// The master key of deployments on servers, and another.
var (
	serverKey = keyFrom("one")
	otherKey  = keyFrom("another")
)

func keyFrom(name string) string {
	sum := sha256.Sum256([]byte(name))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// onServer makes a deployment on a server and returns its settings.
func onServer(t *testing.T, url string) []string {
	t.Helper()
	environ := []string{"DATABASE_URL=" + url, "LATCHKEY_SECRET=" + serverKey}
	w := &console{Out: io.Discard, Err: io.Discard, Dir: t.TempDir(), Environ: environ}
	if err := (&migrateCmd{settingFlags: newSettingFlags(false, nil)}).Run(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	if err := (&keysRotateCmd{settingFlags: newSettingFlags(false, nil)}).Run(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	return environ
}

// told returns what the checks say of a deployment.
func told(t *testing.T, environ ...string) []finding {
	t.Helper()
	p := admit(modeDev, nil, &console{Dir: t.TempDir(), Environ: append(environ, "AUTH_SERVICE_HTTP_PORT=1")})
	if len(p.wrong) > 0 {
		t.Fatal(p.wrong)
	}
	var some []check
	for _, c := range checks() {
		if c.name == "database" || c.name == "redis" || c.name == "keys" || c.name == "tenants" || c.name == "disk" {
			some = append(some, c)
		}
	}
	found := examine(t.Context(), p, some)
	var out bytes.Buffer
	if err := report(&out, found, true); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "c4n4ry") || strings.Contains(out.String(), serverKey) {
		t.Errorf("a secret is in\n%s", out.String())
	}
	for _, f := range found {
		if (f.Mend == "") != (f.Status == fine) {
			t.Errorf("%+v: what is wrong has a mend, and nothing else", f)
		}
	}
	return found
}

func expect(t *testing.T, found []finding, want ...finding) {
	t.Helper()
	for _, w := range want {
		if !tells(found, w) {
			t.Errorf("%+v is missing in\n%+v", w, found)
		}
	}
}

// inDatabase runs statements, as an operator would.
func inDatabase(t *testing.T, url string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, s := range statements {
		if _, err := conn.Exec(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// as is the URL for another user, database or option.
func as(t *testing.T, address string, change func(*url.URL, url.Values)) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	change(u, q)
	u.RawQuery = q.Encode()
	return u.String()
}

func TestDoctorOnPostgres(t *testing.T) {
	server := testserver.Postgres(t)
	expect(t, told(t, "DATABASE_URL="+server, "LATCHKEY_SECRET="+serverKey), ok("is empty; the first start makes what is in it"))
	environ := onServer(t, server)
	found := told(t, environ...)
	for _, f := range found {
		if f.Status != fine {
			t.Errorf("%+v in a deployment that is well", f)
		}
	}
	expect(t, found,
		ok("and takes writes"), ok("has schema version 5, which is this program's"), ok("the user may do what is needed"),
		ok("on disk before they are acknowledged"), ok("instances hear each other over LISTEN"), ok("an instance takes at most 21: enough for"),
		ok("the server's clock is this one's"), ok("the master key opens the signing keys"), ok("the data is on a server"))
	t.Run("with another master key", func(t *testing.T) {
		expect(t, told(t, "DATABASE_URL="+server, "LATCHKEY_SECRET="+otherKey), fail("", "the master key that this database was made with"))
	})
	t.Run("behind a pooler", func(t *testing.T) {
		pooled := testserver.Pooler(t, server)
		expect(t, told(t, "DATABASE_URL="+pooled, "LATCHKEY_SECRET="+serverKey),
			warn("LISTEN is not answered through this URL", "set REDIS_URL"), ok("which the pooler shares out"))
		with := told(t, "DATABASE_URL="+pooled, "LATCHKEY_SECRET="+serverKey, "REDIS_URL="+testserver.Redis(t))
		if tells(with, warn("LISTEN", "")) {
			t.Errorf("with Redis nobody needs LISTEN: %+v", with)
		}
		expect(t, with, ok("instances hear each other over Redis"))
	})
	t.Run("commits that do not wait", func(t *testing.T) {
		loose := as(t, server, func(_ *url.URL, q url.Values) { q.Set("synchronous_commit", "off") })
		expect(t, told(t, "DATABASE_URL="+loose, "LATCHKEY_SECRET="+serverKey), fail("synchronous_commit is off", "set synchronous_commit to on"))
	})
	t.Run("for reading only", func(t *testing.T) {
		still := as(t, server, func(_ *url.URL, q url.Values) { q.Set("default_transaction_read_only", "on") })
		expect(t, told(t, "DATABASE_URL="+still, "LATCHKEY_SECRET="+serverKey), fail("for reading only", "name the primary"))
	})
	t.Run("a replica", func(t *testing.T) {
		replica, stop := testserver.Replica(t, server)
		expect(t, told(t, "DATABASE_URL="+replica, "LATCHKEY_SECRET="+serverKey), fail("the server is a replica", "name the primary"))
		expect(t, told(t, append(environ, "DATABASE_READ_URL="+replica)...), ok("lists come from a replica"))
		stop()
		expect(t, told(t, append(environ, "DATABASE_READ_URL="+replica)...), warn("the replica cannot be reached", "DATABASE_READ_URL"))
		expect(t, told(t, append(environ, "DATABASE_READ_URL="+server)...), warn("follows no other", "DATABASE_READ_URL"))
	})
	t.Run("nobody there", func(t *testing.T) {
		gone := as(t, server, func(u *url.URL, _ url.Values) { u.Host, u.User = "127.0.0.1:1", url.UserPassword("latchkey", "c4n4ry") })
		expect(t, told(t, "DATABASE_URL="+gone, "LATCHKEY_SECRET="+serverKey), fail("cannot be reached", "see that host and port"))
	})
	t.Run("no such database", func(t *testing.T) {
		gone := as(t, server, func(u *url.URL, _ url.Values) { u.Path = "/nowhere" })
		expect(t, told(t, "DATABASE_URL="+gone, "LATCHKEY_SECRET="+serverKey), fail("cannot be reached", "CREATE DATABASE"))
	})
	t.Run("newer", func(t *testing.T) { // the last: it stays so
		inDatabase(t, server, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)")
		expect(t, told(t, environ...), fail("has schema version 99", "this binary is too old"))
	})
}

// TestDoctorOnPostgresRights: a user who may not do what is needed hears it.
func TestDoctorOnPostgresRights(t *testing.T) {
	server := testserver.Postgres(t)
	onServer(t, server)
	user := "u" + strings.ReplaceAll(time.Now().Format("150405.000000000"), ".", "")
	inDatabase(t, server, "CREATE ROLE "+user+" LOGIN", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO "+user, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
	mine := "DATABASE_URL=" + as(t, server, func(u *url.URL, _ url.Values) { u.User = url.User(user) })
	expect(t, told(t, mine, "LATCHKEY_SECRET="+serverKey, "TENANT_ISOLATION=database"),
		fail("may not both read and write audit_events, goose_db_version, sessions and 2 more", "GRANT SELECT, INSERT"),
		fail("may not make tables", "GRANT CREATE ON SCHEMA"), warn("another user owns", "REASSIGN OWNED"),
		fail("TENANT_ISOLATION=database makes one", "CREATEDB"), ok("an instance takes at most 85"))
	inDatabase(t, server, "GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "+user, "GRANT CREATE ON SCHEMA public TO "+user)
	if found := told(t, mine, "LATCHKEY_SECRET="+serverKey); tells(found, fail("", "")) {
		t.Errorf("got %+v, want no failure", found)
	}
	inDatabase(t, server, "REASSIGN OWNED BY "+user+" TO CURRENT_USER", "DROP OWNED BY "+user, "DROP ROLE "+user)
}

// TestDoctorOnPostgresForeign: another program's database is left alone.
func TestDoctorOnPostgresForeign(t *testing.T) {
	server := testserver.Postgres(t)
	inDatabase(t, server, "CREATE TABLE invoices (id int)")
	expect(t, told(t, "DATABASE_URL="+server, "LATCHKEY_SECRET="+serverKey), fail("another program's tables", "search_path"))
}

// TestDoctorOnPostgresTenants: those with a database of their own are looked at.
func TestDoctorOnPostgresTenants(t *testing.T) {
	server := testserver.Postgres(t)
	environ := append(onServer(t, server), "TENANT_ISOLATION=database")
	w := &console{Out: io.Discard, Err: io.Discard, Dir: t.TempDir(), Environ: environ}
	for _, name := range []string{"acme", "globex"} {
		if code := command(t.Context(), []string{"tenant", "create", name}, w); code != 0 {
			t.Fatalf("tenant create: exit code %d", code)
		}
	}
	expect(t, told(t, environ...), ok("all 2 databases of tenants are there, and the 2 that were looked into can be used"))
	name := serverName(strings.TrimPrefix(as(t, server, func(u *url.URL, q url.Values) { *u = url.URL{Path: u.Path}; clear(q) }), "/"), "acme")
	inDatabase(t, server, "DROP DATABASE "+pgx.Identifier{name}.Sanitize())
	expect(t, told(t, environ...), fail("1 of 2 databases of tenants cannot be used: acme", "restore them"))
}

// TestDoctorConnections needs servers that are too small to start.
func TestDoctorConnections(t *testing.T) {
	p := &patient{}
	for _, c := range []struct {
		most int
		want finding
	}{
		{97, ok("enough for 4 instances")}, {41, warn("too few for the second one", "raise max_connections")}, {20, fail("an instance takes at most 21", "raise max_connections")},
	} {
		expect(t, checkConns(p, sql.Server{MaxConns: c.most}, true), c.want)
	}
	expect(t, clockOf(-6*time.Second), warn("the server's clock is 6s from this one", "set both clocks"))
	expect(t, checkDurable(sql.Server{Synchronous: "on"}), fail("fsync is off", "set fsync to on"))
	expect(t, checkRole(sql.Server{Version: "12.4", Number: 120004}), warn("PostgreSQL 12.4", "newer"))
}

func TestDoctorOnRedis(t *testing.T) {
	server := testserver.Redis(t)
	database := "DATABASE_URL=sqlite:latchkey.db"
	expect(t, told(t, database, "REDIS_URL="+server), ok("Redis answers, is a primary and takes writes"), ok("instances hear each other over Redis"))
	gone := as(t, server, func(u *url.URL, _ url.Values) { u.Host, u.User = "127.0.0.1:1", url.UserPassword("latchkey", "c4n4ry") })
	expect(t, told(t, database, "REDIS_URL="+gone), fail("cannot be used", "see that REDIS_URL names the server"))
	if found := told(t, database); tells(found, ok("over Redis")) {
		t.Errorf("got %+v, want nothing of Redis where there is none", found)
	}
}

func TestDoctorOnMongo(t *testing.T) {
	name := "doctor_" + strings.ReplaceAll(time.Now().Format("150405.000000000"), ".", "")
	server := as(t, testserver.Mongo(t), func(u *url.URL, _ url.Values) { u.Path = "/" + name })
	expect(t, told(t, "DATABASE_URL="+server, "LATCHKEY_SECRET="+serverKey), ok("is empty; the first start makes what is in it"))
	environ := onServer(t, server)
	expect(t, told(t, environ...), ok("and takes writes"), ok("has schema version 3, which is this program's"), ok("the server's clock is this one's"),
		ok("the master key opens the signing keys"), warn("without Redis", "set REDIS_URL"), ok("the data is on a server"))
	expect(t, told(t, "DATABASE_URL="+server, "LATCHKEY_SECRET="+otherKey), fail("", "the master key that this database was made with"))
	gone := as(t, server, func(u *url.URL, _ url.Values) { u.Host, u.User = "127.0.0.1:1", url.UserPassword("latchkey", "c4n4ry") })
	expect(t, told(t, "DATABASE_URL="+gone, "LATCHKEY_SECRET="+serverKey), fail("cannot be reached", "see that hosts"))
	expect(t, []finding{checkPrimary(mongo.Server{})}, fail("takes no writes", "name all members"))
}
