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

// Config says where a database is and how it is used. Path or URL, and Chain,
// must be set.
type Config struct {
	// URL names a database on a PostgreSQL server, or one that speaks its protocol:
	// postgres://USER:PASSWORD@HOST:PORT/NAME, with the parameters of pgx behind it.
	URL string
	// Replica names the same database on a server that only reads, from which lists
	// of accounts, events and tenants are taken: they may be a moment old. Where it
	// does not answer, they come from the other. "": there is none.
	Replica string
	// Conns bounds the connections to a server. 0: 20.
	Conns int
	// Path names the file. It is made with mode 0600 when it is missing, and
	// its folder with 0700. SQLite keeps files of its own beside it, and Open a
	// lock file.
	Path string
	// Chain links the record. It must be the same one at every Open, runs while
	// others wait to write, and must not use the store.
	Chain auth.Chain
	// Existing makes Open refuse a file that is missing or holds nothing, instead
	// of making a database: one that was lost must not be replaced by an empty one.
	Existing bool
	// Directory is the id of the directory whose own database it is; "" for the
	// control database. A database that is another's is refused.
	Directory string
	// Readers bounds the connections that read. 0: one per CPU, four at least.
	Readers int
	// Patience is how long a write waits for another process that writes, and
	// Open for another process that migrates. 0: 5 s, and 30 s for Open.
	Patience time.Duration
}

func (c Config) withDefaults() (Config, error) {
	if c.Conns <= 0 {
		c.Conns = 20
	}
	if c.URL != "" {
		if c.Patience <= 0 {
			c.Patience = 5 * time.Second
		}
		return c, nil
	}
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
// date, chains the events that are not in the chain yet, and gives users their
// search terms. It may be called by several processes at once. Errors that mean
// that the file cannot be used are [auth.ErrUnavailable]; a schema that is newer
// than the program, and a database of another program, which is left as it is,
// are other errors.
func Open(ctx context.Context, c Config) (*Store, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	if c.Chain == nil {
		return nil, errors.New("the function that chains the record is missing: set Chain")
	}
	d, open, name := sqliteDialect, (*Store).open, "open database "+c.Path
	if c.URL != "" {
		d, open, name = postgresDialect, (*Store).openPostgres, "open database"
	}
	s := &Store{}
	if s.dialect, err = d(); err != nil {
		return nil, err
	}
	if err := open(s, ctx, c); err != nil {
		err = s.fail(name, err)
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, c Config) error {
	if c.Existing && !filled(c.Path) {
		return errLost
	}
	if err := makeFile(c.Path); err != nil {
		return fmt.Errorf("%w: %w", auth.ErrUnavailable, err)
	}
	strange := !there(c.lock()) // no Open of ours has seen the file
	unlock, err := lockFile(ctx, c)
	if err != nil {
		return err
	}
	err = s.openLocked(ctx, c)
	err = errors.Join(err, unlock())
	if strange && errors.Is(err, errForeign) {
		err = errors.Join(err, os.Remove(c.lock())) // #nosec G703 -- the operator names the path
	}
	return err
}

func (s *Store) openLocked(ctx context.Context, c Config) error {
	fresh, err := s.look(ctx, c)
	if err != nil {
		return err
	}
	writes, err := s.connect(writerDSN(c), 1)
	if err != nil {
		return err
	}
	if err := migrate(ctx, writes, s.dialect, fresh); err != nil {
		return err
	}
	reads, err := s.connect(readerDSN(c), c.Readers)
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
	reader, writer := newPrepared(reads), newPrepared(conn)
	s.reader = reader
	s.writer = newWriter(&tx{on: writer, ctx: context.Background(), dialect: &s.dialect, chain: c.Chain}, s.dialect, func() error {
		return errors.Join(writer.close(), conn.Close(), reader.close())
	})
	if err := s.identify(ctx, c); err != nil {
		return err
	}
	if s.file, err = os.Stat(c.Path); err != nil {
		return err
	}
	s.path = c.Path
	return errors.Join(s.gather(ctx), s.gatherTerms(ctx))
}

// connect opens size connections that stay open once they were needed.
func (s *Store) connect(dsn string, size int) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	s.pools = append(s.pools, db)
	return db, nil
}
