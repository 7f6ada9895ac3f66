package sql

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed migrations/sqlite/*.sql
var sqliteMigrations embed.FS

// writerDSN is for the one connection that writes. synchronous=FULL makes a
// commit wait for the disk: an acknowledged write survives a power cut. A
// checkpoint every 16 MiB of log costs less than one every 4 MiB, the default.
func writerDSN(c Config) string {
	return dsn(c, 5*time.Second, url.Values{"_pragma": {
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "temp_store(MEMORY)",
		"cache_size(-4096)", "wal_autocheckpoint(4000)", "journal_size_limit(67108864)",
	}})
}

// readerDSN is for connections that cannot write, whatever the statement.
func readerDSN(c Config) string {
	return dsn(c, 5*time.Second, url.Values{
		"mode": {"ro"}, "_query_only": {"1"},
		"_pragma": {"temp_store(MEMORY)", "cache_size(-1024)"},
	})
}

// dsn escapes the path, so that a ?, # or % in it stays a part of it.
func dsn(c Config, patience time.Duration, v url.Values) string {
	if c.Patience > 0 {
		patience = c.Patience
	}
	v.Set("_busy_timeout", fmt.Sprint(patience.Milliseconds()))
	v.Set("_dqs", "0")
	v.Set("_error_rc", "1")
	path := filepath.ToSlash(c.Path)
	if !strings.HasPrefix(path, "/") { // a drive letter
		path = "/" + path
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: v.Encode()}
	return u.String()
}

func sqliteDialect() (dialect, error) {
	migrations, err := fs.Sub(sqliteMigrations, "migrations/sqlite")
	return dialect{
		goose:      goose.DialectSQLite3,
		migrations: migrations,
		begin:      "BEGIN IMMEDIATE",
		changes:    "PRAGMA data_version",
		head:       headByDirectory,
		cross:      "CROSS JOIN",
		hasten:     "PRAGMA synchronous = NORMAL",
		settle:     []string{"PRAGMA synchronous = FULL", "PRAGMA wal_checkpoint(TRUNCATE)"},
		down:       sqliteDown,
	}, err
}

// sqliteDown knows the result codes after which SQLite may have ended the
// transaction by itself, and those that mean that there is no database.
func sqliteDown(err error) bool {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
		sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM,
		sqlite3.SQLITE_AUTH, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_INTERRUPT:
		return true
	}
	return false
}

func sqliteBusy(err error) bool { return sqliteCode(err) == sqlite3.SQLITE_BUSY }

// sqliteCode is the primary result code, 0 when the error is not SQLite's.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return sqlite3.SQLITE_OK
	}
	return e.Code() & 0xff
}
