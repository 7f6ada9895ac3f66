package sql

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

var postgresLooks = looks{
	tables: postgresTables,
	placed: "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass('directories') AND attname = 'sealed'",
	newest: "SELECT COALESCE(MAX(at), 0) FROM audit_events UNION ALL SELECT COALESCE(MAX(GREATEST(created_at, rotated_at, last_seen)), 0) FROM sessions",
}

// InspectServer connects to an existing database on a server. Errors are those of
// the connection and have no password in them.
func InspectServer(ctx context.Context, url string) (*Inspection, error) {
	d, err := postgresDialect()
	if err != nil {
		return nil, err
	}
	config, err := postgresConfig(Config{URL: url, Conns: 1})
	if err != nil {
		return nil, err
	}
	i := &Inspection{dialect: d, look: postgresLooks, server: config.ConnConfig, reads: stdlib.OpenDB(*config.ConnConfig)}
	i.reads.SetMaxOpenConns(1)
	if err := i.reads.PingContext(ctx); err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

// Server is what a PostgreSQL server says of itself, to the user and in the
// database that its URL names.
type Server struct {
	Version string // as people write it
	Number  int    // as programs compare it: 150013 is 15.13

	Replica  bool          // it follows another server and takes no writes
	ReadOnly bool          // transactions are for reading unless they say otherwise
	Behind   time.Duration // of a replica: how old what it shows is, at most
	Ahead    time.Duration // by which its clock is ahead of ours; half the way there and back is unknown

	Synchronous string // synchronous_commit of our connections: "off" loses what was acknowledged
	Fsync       bool   // it waits for its disk

	MaxConns int // those that a user who is no superuser may have, together with all others
	Conns    int // those that there are

	MayCreate  bool     // databases
	MayMigrate bool     // make tables in the schema
	Locked     []string // tables of ours that the user may not both read and write
	Foreign    []string // tables of ours that belong to a user who is not this one
}

// facts asks for everything that does not depend on our tables. Servers that only
// speak the protocol lack some of the settings.
const facts = `SELECT current_setting('server_version'), current_setting('server_version_num')::int,
	pg_is_in_recovery(), current_setting('default_transaction_read_only')::bool,
	COALESCE((extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::bigint, 0),
	(extract(epoch FROM clock_timestamp()) * 1000)::bigint,
	COALESCE(current_setting('synchronous_commit', true), ''), COALESCE(current_setting('fsync', true), 'on') = 'on',
	current_setting('max_connections')::int - COALESCE(current_setting('superuser_reserved_connections', true), '0')::int,
	(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
	(SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user),
	COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false)`

const (
	lockedTables = `SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = ANY($1)
		AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
			AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')) ORDER BY relname`
	foreignTables = `SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = ANY($1)
		AND NOT pg_has_role(relowner, 'USAGE') ORDER BY relname`
)

// Server asks a server about itself. Use it after [InspectServer] only.
func (i *Inspection) Server(ctx context.Context) (s Server, err error) {
	var behind, clock int64
	before := time.Now()
	err = i.reads.QueryRowContext(ctx, facts).Scan(&s.Version, &s.Number, &s.Replica, &s.ReadOnly, &behind, &clock,
		&s.Synchronous, &s.Fsync, &s.MaxConns, &s.Conns, &s.MayCreate, &s.MayMigrate)
	if err != nil {
		return s, err
	}
	s.Ahead = time.UnixMilli(clock).Sub(before.Add(time.Since(before) / 2))
	if s.Replica {
		s.Behind = time.Duration(behind) * time.Millisecond
	}
	if s.Locked, err = column[string](ctx, i.reads, lockedTables, ourTables); err != nil {
		return s, err
	}
	s.Foreign, err = column[string](ctx, i.reads, foreignTables, ourTables)
	return s, err
}

// Hears reports whether a connection that listens through the URL is told what is
// published: a proxy that gives every transaction another connection does not
// tell it. What is published is heard by nobody else.
func (i *Inspection) Hears(ctx context.Context) (heard bool, err error) {
	const patience = 2 * time.Second
	err = inPostgres(ctx, i.server, func(conn *pgx.Conn) error {
		name := pgx.Identifier{"latchkey_doctor_" + uuid.NewString()}.Sanitize()
		if _, err := conn.Exec(ctx, "LISTEN "+name); err != nil {
			return err
		}
		if _, err := i.reads.ExecContext(ctx, "NOTIFY "+name); err != nil {
			return err
		}
		limited, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		_, problem := conn.WaitForNotification(limited)
		heard = problem == nil
		if limited.Err() == nil { // the connection is lost, or all is well
			return problem
		}
		return ctx.Err()
	})
	return heard, err
}
