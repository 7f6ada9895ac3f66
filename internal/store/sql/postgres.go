package sql

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/postgres/*.sql
var postgresMigrations embed.FS

func postgresDialect() (dialect, error) {
	migrations, err := fs.Sub(postgresMigrations, "migrations/postgres")
	return dialect{
		goose:      goose.DialectPostgres,
		migrations: migrations,
		changes:    "SELECT COALESCE(max(n), 0) FROM alarms",
		hold:       " FOR NO KEY UPDATE",
		share:      " FOR SHARE",
		holdName:   "SELECT pg_advisory_xact_lock(hashtextextended('latchkey/' || $1, 0))",
		leased:     " FOR UPDATE SKIP LOCKED",
		// A record that has no end yet gets one, so that there is a row to hold.
		head: `INSERT INTO audit_heads (directory, number, hash) VALUES ($1, 0, ''::bytea)
			ON CONFLICT (directory) DO UPDATE SET number = audit_heads.number RETURNING number, hash`,
		cross: "JOIN",
		down:  postgresDown,
	}, err
}

// postgresConfig reads a URL. Statements are sent as they are and nothing is kept
// at the server, unless the URL says otherwise, so that a proxy which gives each
// transaction another connection (PgBouncer's transaction mode) may stand between.
func postgresConfig(c Config) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(c.URL)
	if err != nil {
		return nil, errURL // the driver's error repeats the URL
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, errURL
	}
	given := u.Query()
	if !given.Has("default_query_exec_mode") {
		config.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	if !given.Has("pool_max_conns") {
		config.MaxConns = int32(c.Conns)
	}
	if c.Directory != "" { // there may be many, of which few are busy
		config.MaxConnIdleTime = 15 * time.Second
	}
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, fmt.Sprintf(abandon, (c.Patience+5*time.Second).Milliseconds()))
		return err
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "latchkey"
	}
	return config, nil
}

// abandon has the server undo a transaction whose process was frozen or cut off:
// else it would hold its rows, and everybody who waits for them, until the
// connection is known to be dead. It is said on the connection and not at its
// start, where a pooler would refuse it.
const abandon = "SET idle_in_transaction_session_timeout = %d"

var errURL = errors.New("the URL of the database is not one that PostgreSQL's drivers understand: postgres://USER:PASSWORD@HOST:PORT/NAME")

// postgresDown knows the errors that are the server's and not the statement's:
// those without a code (the connection was lost), and of those with one the
// classes of connections, resources, conflicts that went on, the operator's
// interventions, the system, a server that only reads, and one that does not let
// us in.
func postgresDown(err error) bool {
	code := postgresCode(err)
	if code == "" {
		var net interface{ Timeout() bool }
		var connect *pgconn.ConnectError
		return errors.As(err, &net) || errors.As(err, &connect) || lost(err)
	}
	if code == "08P01" { // the protocol was violated, by us
		return false
	}
	switch code[:2] {
	case "08", "28", "3D", "40", "53", "55", "57", "58", "XX":
		return true
	}
	return code == "25006"
}

// lost tells whether a connection ended under a statement.
func lost(err error) bool {
	text := err.Error() // pgx has no type for all of them
	for _, sign := range []string{"conn closed", "unexpected EOF", "connection reset", "broken pipe", "closed pool", "failed to connect"} {
		if strings.Contains(text, sign) {
			return true
		}
	}
	return false
}

// postgresCode is the SQLSTATE, "" when the error is not the server's.
func postgresCode(err error) string {
	var e *pgconn.PgError
	if !errors.As(err, &e) || len(e.Code) != 5 {
		return ""
	}
	return e.Code
}

// conflicts are the errors of transactions that were in each other's way: those
// of serialization and deadlocks, and a name that another transaction took
// between our look and our write, which the next look finds.
func conflicts(err error) bool {
	switch postgresCode(err) {
	case "40001", "40P01", "40003", uniqueViolation, "55P03":
		return true
	}
	return false
}

// undone says of the error of a transaction that was not committed whether to
// try again.
func undone(err error) error {
	if err == nil || sentinel(err) {
		return err
	}
	if conflicts(err) || postgresDown(err) {
		return again(err)
	}
	return err
}

// refused says the same of a statement, or a commit, that may have been done all
// the same when the connection was lost.
func refused(err error) error {
	if err == nil || sentinel(err) {
		return err
	}
	switch code := postgresCode(err); {
	case conflicts(err) && code != "40003", code == "57P03", code == "25006", strings.HasPrefix(code, "53"), pgconn.SafeToRetry(err):
		return again(err)
	}
	return err
}

// inPostgres connects to a server for one errand.
func inPostgres(ctx context.Context, config *pgx.ConnConfig, do func(*pgx.Conn) error) error {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	return errors.Join(do(conn), conn.Close(ctx))
}
