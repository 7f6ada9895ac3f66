package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/latchkey/latchkey/internal/auth"
)

// Store is an [auth.Store] on one database. Make it with [Open].
type Store struct {
	dialect dialect
	writer  committer
	reader  statements
	lists   statements // of a replica; nil: there is none
	closed  atomic.Bool
	close   sync.Once
	pool    *pgxpool.Pool // nil: SQLite
	replica *pgxpool.Pool // nil: there is none
	rotator *rotator      // likewise
	pools   []*sql.DB
	path    string
	file    os.FileInfo // as it was opened
}

var _ auth.Store = (*Store)(nil)

// Close finishes the writes that wait and closes the database. Afterwards every
// method answers [auth.ErrUnavailable]; closing again does nothing.
func (s *Store) Close() (err error) {
	s.close.Do(func() {
		s.closed.Store(true)
		if s.writer != nil { // else Open failed half-way
			err = s.writer.close()
		}
		// Last the one that may write: whoever closes last clears the log away.
		for _, db := range slices.Backward(s.pools) {
			err = errors.Join(err, db.Close())
		}
		for _, pool := range []*pgxpool.Pool{s.replica, s.pool} {
			if pool != nil {
				pool.Close()
			}
		}
	})
	return err
}

// Intact returns an error when the file is no longer the one that was opened:
// somebody removed it, or put another in its place. It costs a look at the
// folder.
func (s *Store) Intact() error {
	if s.pool != nil { // its server sees to that
		return nil
	}
	now, err := os.Stat(s.path)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", s.path, err)
	case !os.SameFile(now, s.file):
		return fmt.Errorf("%s: another file is in its place", s.path)
	}
	return nil
}

// Changed returns a number that is another one after another process, or
// another Store, has committed to the database, and the same after commits of
// this Store. It costs no disk access.
func (s *Store) Changed(ctx context.Context) (int64, error) {
	var n int64
	err := s.writer.do(ctx, newJob(aside, func(t *tx) error {
		return t.one(s.dialect.changes, func(row scanner) error { return row.Scan(&n) })
	}))
	return n, s.fail("Changed", err)
}

// write runs several statements that are undone together when one fails.
func (s *Store) write(ctx context.Context, method string, run func(*tx) error) error {
	return s.fail(method, s.writer.do(ctx, newJob(whole, run)))
}

// writeOne runs one statement that changes something; see [single].
func (s *Store) writeOne(ctx context.Context, method string, run func(*tx) error) error {
	return s.fail(method, s.writer.do(ctx, newJob(single, run)))
}

// writeLast runs several statements of which none fails unless the database does.
func (s *Store) writeLast(ctx context.Context, method string, run func(*tx) error) error {
	return s.fail(method, s.writer.do(ctx, newJob(last, run)))
}

// readOne reads one row; [auth.ErrNoRecord] when there is none.
func (s *Store) readOne(ctx context.Context, method, query string, scan func(scanner) error, args ...any) error {
	if s.closed.Load() {
		return s.fail(method, errClosed)
	}
	return s.fail(method, s.reader.one(ctx, query, scan, args...))
}

// readAll reads rows.
func (s *Store) readAll(ctx context.Context, method, query string, scan func(scanner) error, args ...any) error {
	if s.closed.Load() {
		return s.fail(method, errClosed)
	}
	return s.fail(method, s.reader.all(ctx, query, scan, args...))
}
