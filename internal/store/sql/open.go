package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// Config says where a database is and how it is used. Path and Chain must be
// set.
type Config struct {
	// Path names the file. It is made with mode 0600 when it is missing, and
	// its folder with 0700. SQLite keeps files of its own beside it, and Open a
	// lock file.
	Path string
	// Chain links the record. It must be the same one at every Open, runs while
	// others wait to write, and must not use the store.
	Chain auth.Chain
	// Readers bounds the connections that read. 0: one per CPU, four at least.
	Readers int
	// Patience is how long a write waits for another process that writes, and
	// Open for another process that migrates. 0: 5 s, and 30 s for Open.
	Patience time.Duration
}

func (c Config) withDefaults() (Config, error) {
	if c.Path == "" {
		return c, errors.New("the path of the database file is empty: name a file")
	}
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return c, fmt.Errorf("find the database file: %w", err)
	}
	c.Path = path
	if c.Readers <= 0 {
		c.Readers = max(4, runtime.NumCPU())
	}
	return c, nil
}

// Open opens a database, makes it when there is none, brings its schema up to
// date, and chains the events that are not in the chain yet. It may be called by several processes at once. Errors that mean that
// the file cannot be used are [auth.ErrUnavailable]; a schema that is newer
// than the program is another error.
func Open(ctx context.Context, c Config) (*Store, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	if c.Chain == nil {
		return nil, errors.New("the function that chains the record is missing: set Chain")
	}
	d, err := sqliteDialect()
	if err != nil {
		return nil, err
	}
	s := &Store{dialect: d}
	if err := s.open(ctx, c); err != nil {
		err = s.fail("open database "+c.Path, err)
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, c Config) error {
	if err := makeFile(c.Path); err != nil {
		return fmt.Errorf("%w: %w", auth.ErrUnavailable, err)
	}
	unlock, err := lockFile(ctx, c)
	if err != nil {
		return err
	}
	err = s.openLocked(ctx, c)
	return errors.Join(err, unlock())
}

func (s *Store) openLocked(ctx context.Context, c Config) error {
	writes, err := s.pool(writerDSN(c), 1)
	if err != nil {
		return err
	}
	if err := migrate(ctx, writes, s.dialect); err != nil {
		return err
	}
	reads, err := s.pool(readerDSN(c), c.Readers)
	if err != nil {
		return err
	}
	if err := reads.PingContext(ctx); err != nil {
		return err
	}
	conn, err := writes.Conn(ctx)
	if err != nil {
		return err
	}
	s.reader = newReader(reads)
	s.writer = newWriter(&tx{conn: conn, chain: c.Chain, stmts: map[string]prepared{}}, s.dialect)
	return s.gather(ctx)
}

// pool opens size connections that stay open once they were needed.
func (s *Store) pool(dsn string, size int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	s.pools = append(s.pools, db)
	return db, nil
}

// makeFile makes the file before SQLite does, which would let others read it.
// What SQLite puts beside it gets the same mode.
func makeFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}
