package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/latchkey/latchkey/internal/store/sql"
)

// checkServer looks at a server and at the database on it: PostgreSQL, or what
// speaks its protocol, unless it is MongoDB.
func checkServer(ctx context.Context, p *patient) []finding {
	home, ok := p.settings.home().(postgres)
	switch {
	case !ok:
		return checkMongo(ctx, p, p.settings.home().(*mongodb))
	case p.dbErr != nil:
		return []finding{fail(fmt.Sprintf("%s cannot be reached: %v", home, p.dbErr), mendServer(p.dbErr))}
	}
	const patience = 15 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	server, err := p.db.Server(ctx)
	if err != nil {
		return []finding{fail("the server does not say what it is: "+err.Error(), "see that DATABASE_URL names PostgreSQL; what only speaks its protocol is not tested, see docs/operate.md")}
	}
	found := checkRole(server)
	found = append(found, checkServerSchema(ctx, p, home)...)
	found = append(found, checkRights(p, server)...)
	found = append(found, checkDurable(server)...)
	hears, more := checkHears(ctx, p)
	found = append(found, more...)
	found = append(found, checkConns(p, server, hears)...)
	found = append(found, clockOf(server.Ahead)...)
	return append(found, checkReplica(ctx, p)...)
}

func mendServer(err error) string {
	switch text := err.Error(); {
	case strings.Contains(text, "3D000"):
		return "make the database: CREATE DATABASE name; the first start makes what is in it"
	case strings.Contains(text, "28P01"), strings.Contains(text, "28000"):
		return "see that user and password in DATABASE_URL are the server's, and that its pg_hba.conf lets this machine in"
	case strings.Contains(text, "53300"):
		return "the server has no connection left: raise max_connections, or end what holds them"
	case strings.Contains(text, "tls"), strings.Contains(text, "SSL"), strings.Contains(text, "certificate"):
		return "see that the server speaks TLS, or say how to reach it with sslmode and sslrootcert in DATABASE_URL"
	}
	return "see that host and port in DATABASE_URL are the server's, that it runs, and that no firewall is between"
}

// oldest is the oldest release of PostgreSQL that the tests run against.
const oldest = 150000

// checkRole sees that it is a server that takes writes.
func checkRole(s sql.Server) []finding {
	switch {
	case s.Replica:
		return []finding{fail("the server is a replica, which takes no writes", "name the primary with DATABASE_URL, and the replica with DATABASE_READ_URL")}
	case s.ReadOnly:
		return []finding{fail("transactions are for reading only (default_transaction_read_only)", "name the primary with DATABASE_URL, or reset the setting for this user and database")}
	case s.Number < oldest:
		return []finding{warn(fmt.Sprintf("the server is PostgreSQL %s, and tests run against %d and later", s.Version, oldest/10000), "use a newer server")}
	}
	return []finding{ok("the server is PostgreSQL %s and takes writes", s.Version)}
}

func checkServerSchema(ctx context.Context, p *patient, home postgres) []finding {
	schema, err := p.db.Schema(ctx)
	switch {
	case err == nil && schema.Foreign:
		return []finding{fail("the database "+home.name()+" has another program's tables", "name another database with DATABASE_URL, or a schema of its own with ?search_path=NAME")}
	case err == nil && schema.Have == 0:
		return []finding{ok("the database %s is empty; the first start makes what is in it", home.name())}
	}
	return checkSchema("the database "+home.name(), schema, err)
}

// checkRights sees what the user may do.
func checkRights(p *patient, s sql.Server) (found []finding) {
	if len(s.Locked) > 0 {
		found = append(found, fail("the user may not both read and write "+some(s.Locked), "GRANT SELECT, INSERT, UPDATE, DELETE on all tables of the schema to the user of DATABASE_URL, or let it own them"))
	}
	if !s.MayMigrate {
		found = append(found, fail("the user may not make tables, which the first start and later releases do", "GRANT CREATE ON SCHEMA to the user of DATABASE_URL"))
	}
	if len(s.Foreign) > 0 {
		found = append(found, warn("another user owns "+some(s.Foreign)+": a later release could not change them", "REASSIGN OWNED to the user of DATABASE_URL"))
	}
	if p.settings.TenantIsolation == isolationDatabase && !s.MayCreate {
		found = append(found, fail("the user may not make databases, and TENANT_ISOLATION=database makes one for each new tenant", "ALTER USER … CREATEDB, or set TENANT_ISOLATION=shared"))
	}
	if found == nil {
		found = append(found, ok("the user may do what is needed"))
	}
	return found
}

// checkDurable sees that what was acknowledged survives a crash of the server.
func checkDurable(s sql.Server) (found []finding) {
	const lost = ": a crash of the server loses what was acknowledged, ended sessions among it"
	if s.Synchronous == "off" {
		found = append(found, fail("commits do not wait for the disk (synchronous_commit is off)"+lost, "set synchronous_commit to on for this user and database, or in postgresql.conf"))
	}
	if !s.Fsync {
		found = append(found, fail("the server does not wait for its disk (fsync is off)"+lost+", or damages all of it", "set fsync to on in postgresql.conf"))
	}
	if found == nil {
		found = append(found, ok("commits are on disk before they are acknowledged"))
	}
	return found
}

// checkHears sees whether what instances tell each other arrives. With Redis they
// do not need the database for that.
func checkHears(ctx context.Context, p *patient) (hears bool, found []finding) {
	if p.settings.Redis() != "" {
		return true, nil
	}
	hears, err := p.db.Hears(ctx)
	switch {
	case err != nil:
		return false, []finding{fail("nothing can be listened to: "+err.Error(), "set REDIS_URL, over which instances then tell each other what changed")}
	case !hears:
		return false, []finding{warn(
			"LISTEN is not answered through this URL, as by a pooler in transaction mode: what was ended at one instance can go on at another for two seconds",
			"set REDIS_URL, or let DATABASE_URL name the server itself or a pooler in session mode")}
	}
	return true, []finding{ok("instances hear each other over LISTEN")}
}

// checkConns compares what an instance takes with what the server gives.
func checkConns(p *patient, s sql.Server, direct bool) []finding {
	each := controlConns + 1 // which listens
	if p.settings.TenantIsolation == isolationDatabase {
		each += tenantsAtOnce * tenantConns
	}
	text := fmt.Sprintf("the server gives %d connections, of which %d are in use, and an instance takes at most %d", s.MaxConns, s.Conns, each)
	const mend = "raise max_connections, put a pooler between, or lower ?pool_max_conns= in DATABASE_URL"
	switch room := s.MaxConns / each; {
	case !direct:
		return []finding{ok("%s, which the pooler shares out", text)}
	case room < 1:
		return []finding{fail(text, mend)}
	case room < 2:
		return []finding{warn(text+": too few for the second one of a rolling restart", mend)}
	default:
		return []finding{ok("%s: enough for %d instances", text, room)}
	}
}

// checkReplica looks at the server that lists come from.
func checkReplica(ctx context.Context, p *patient) []finding {
	if p.settings.ReadURL == "" {
		return nil
	}
	const mend = "see that DATABASE_READ_URL names a replica of DATABASE_URL, and that it runs; or unset it"
	replica, err := sql.InspectServer(ctx, p.settings.ReadURL.Reveal())
	if err != nil {
		return []finding{warn("the replica cannot be reached, so lists come from the primary: "+err.Error(), mend)}
	}
	defer replica.Close() // nothing was written
	s, err := replica.Server(ctx)
	switch {
	case err != nil:
		return []finding{warn("the replica does not say what it is: "+err.Error(), mend)}
	case !s.Replica:
		return []finding{warn("DATABASE_READ_URL names a server that follows no other: lists may show something else than there is", mend)}
	case s.Behind > time.Minute:
		return []finding{warn(fmt.Sprintf("the replica has applied nothing for %s", s.Behind.Round(time.Second)), "look at its log and at pg_stat_replication of the primary; where nothing is written, this is nothing")}
	}
	return []finding{ok("lists come from a replica, which follows")}
}
