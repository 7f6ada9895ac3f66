package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/latchkey/latchkey/internal/auth"
)

// Inspection looks at a database and leaves it as it was: it makes no file,
// migrates nothing and commits nothing, and may be used beside running servers.
// Make it with [Inspect] or [InspectServer].
type Inspection struct {
	dialect dialect
	look    looks
	reads   *sql.DB
	writes  *sql.DB         // for TryWrite, and to clear away what reading put beside the file
	logged  bool            // somebody's write-ahead log was there already
	server  *pgx.ConnConfig // nil: it is a file
}

// looks are the questions that each kind of database is asked in its own words:
// the names of its tables, whether directories have places of their own, and the
// latest moments.
type looks struct{ tables, placed, newest string }

var sqliteLooks = looks{
	tables: "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'",
	placed: "SELECT name FROM pragma_table_info('directories') WHERE name = 'sealed'",
	newest: "SELECT COALESCE(MAX(at), 0) FROM audit_events UNION ALL SELECT COALESCE(MAX(MAX(created_at, rotated_at, last_seen)), 0) FROM sessions",
}

// Inspect opens an existing database file. Errors are those of SQLite and of
// the file system.
func Inspect(ctx context.Context, path string) (*Inspection, error) {
	c, err := Config{Path: path, Patience: time.Second}.withDefaults()
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(c.Path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a file")
	}
	d, err := sqliteDialect()
	if err != nil {
		return nil, err
	}
	return inspectFile(ctx, c, d)
}

// inspectFile opens a file that is there.
func inspectFile(ctx context.Context, c Config, d dialect) (*Inspection, error) {
	_, err := os.Stat(c.Path + "-wal")
	i := &Inspection{dialect: d, look: sqliteLooks, logged: err == nil}
	err = i.open(ctx, c)
	if err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

func (i *Inspection) open(ctx context.Context, c Config) (err error) {
	asWriter, err := tamed(writerDSN(c))
	if err != nil {
		return err
	}
	for _, p := range []struct {
		pool **sql.DB
		dsn  string
	}{{&i.reads, readerDSN(c)}, {&i.writes, asWriter}} {
		if *p.pool, err = sql.Open("sqlite", p.dsn); err != nil {
			return err
		}
		(*p.pool).SetMaxOpenConns(1)
		var tables int
		if err := (*p.pool).QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
			return err
		}
	}
	return nil
}

// tamed makes the writer's data source one that creates no file and does not
// change the journal's mode, which is kept in the file.
func tamed(dsn string) (string, error) {
	u, err := url.Parse(dsn)
	if err != nil {
		return "", err
	}
	v := u.Query()
	v.Set("mode", "rw")
	var pragmas []string
	for _, pragma := range v["_pragma"] {
		if !strings.HasPrefix(pragma, "journal_mode") {
			pragmas = append(pragmas, pragma)
		}
	}
	v["_pragma"] = pragmas
	u.RawQuery = v.Encode()
	return u.String(), nil
}

// Close ends the inspection. The last connection to a database writes the log
// into it and removes the log's files: when they were there before, the last is
// the one that cannot; when not, it is the one that can.
func (i *Inspection) Close() (err error) {
	pools := []*sql.DB{i.reads, i.writes}
	if i.logged {
		pools[0], pools[1] = pools[1], pools[0]
	}
	for _, pool := range pools {
		if pool != nil {
			err = errors.Join(err, pool.Close())
		}
	}
	return err
}

// QuickCheck returns what SQLite finds wrong with the file, at most ten lines,
// none of which holds what is stored. It reads the whole file: bound it by ctx.
func (i *Inspection) QuickCheck(ctx context.Context) ([]string, error) {
	wrong, err := column[string](ctx, i.reads, "PRAGMA quick_check(10)")
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	switch {
	case err == nil && len(wrong) == 1 && wrong[0] == "ok":
		return nil, nil
	case len(wrong) > 0: // after bad damage SQLite ends its list with an error
		return wrong, nil
	}
	return nil, err
}

// Modes returns the journal's mode, which is kept in the file and should be
// "wal", and whether a commit of our writer waits for the disk (FULL or more).
func (i *Inspection) Modes(ctx context.Context) (journal string, durable bool, err error) {
	var synchronous int
	err = errors.Join(
		i.reads.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&journal),
		i.writes.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous),
	)
	return journal, synchronous >= 2, err
}

// TryWrite writes what is there already into the file's head and takes it back.
// Of a running server it delays a write by as long as that takes.
func (i *Inspection) TryWrite(ctx context.Context) (err error) {
	conn, err := i.writes.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, i.dialect.begin); err != nil {
		return err
	}
	defer func() {
		_, undo := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		err = errors.Join(err, undo)
	}()
	var version int
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version))
	return err
}

// Directories returns the directories that the registry knows, by id; of a schema
// from before they had names and places of their own, only the ids.
func (i *Inspection) Directories(ctx context.Context) (found []auth.Directory, err error) {
	columns, err := column[string](ctx, i.reads, i.look.placed)
	if err != nil {
		return nil, err
	}
	query := "SELECT id, '', x'', created_at FROM directories ORDER BY id"
	if len(columns) > 0 {
		query = "SELECT " + directoryColumns + " FROM directories ORDER BY id"
	}
	rows, err := i.reads.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	err = each(rows, list(&found, scanDirectory))
	return found, err
}

// Keys returns the signing keys, sealed, oldest first.
func (i *Inspection) Keys(ctx context.Context) (keys []auth.KeyRecord, err error) {
	rows, err := i.reads.QueryContext(ctx, keysByAge)
	if err != nil {
		return nil, err
	}
	err = each(rows, list(&keys, scanKey))
	return keys, err
}

// LoginAddresses returns the addresses of the newest logins and failed logins,
// newest first, at most max.
func (i *Inspection) LoginAddresses(ctx context.Context, max int) ([]string, error) {
	return column[string](ctx, i.reads, "SELECT ip FROM audit_events WHERE action IN ($1, $2) ORDER BY at DESC LIMIT $3",
		string(auth.ActionLogin), string(auth.ActionLoginFailed), max)
}

// Newest returns the latest moment that the record and the sessions tell of;
// the zero time when there is none.
func (i *Inspection) Newest(ctx context.Context) (time.Time, error) {
	moments, err := column[int64](ctx, i.reads, i.look.newest)
	var newest int64
	for _, m := range moments {
		newest = max(newest, m)
	}
	return at(newest), err
}

// column reads the one column of a result.
func column[T any](ctx context.Context, db *sql.DB, query string, args ...any) (all []T, err error) {
	rows, err := db.QueryContext(ctx, query, args...) //nolint:gosec // all of them are written in this package
	if err != nil {
		return nil, err
	}
	err = each(rows, list(&all, func(row scanner) (v T, err error) {
		err = row.Scan(&v)
		return v, err
	}))
	return all, err
}
