package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// lock names the lock file.
func (c Config) lock() string { return c.Path + ".lock" }

// lockFile keeps other processes, and other Opens of this one, from opening the
// same database until unlock is called or the process ends. Migrations need it:
// two that start at once would both see the first one missing. The lock is an
// exclusive transaction on an empty database beside the other, so that it works
// wherever SQLite does and never keeps out a server that is running already.
func lockFile(ctx context.Context, c Config) (unlock func() error, err error) {
	c.Path = c.lock()
	if err := makeFile(c.Path); err != nil {
		return nil, fmt.Errorf("%w: %w", auth.ErrUnavailable, err)
	}
	patience := c.Patience
	if patience <= 0 {
		patience = 30 * time.Second
	}
	c.Patience = 50 * time.Millisecond // so that the contexts are looked at in between
	db, err := sql.Open("sqlite", dsn(c, 0, url.Values{}))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if err := waitForLock(ctx, db, patience); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db.Close, nil
}

func waitForLock(ctx context.Context, db *sql.DB, patience time.Duration) error {
	end, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		_, err := db.ExecContext(ctx, "BEGIN EXCLUSIVE")
		switch {
		case !sqliteBusy(err):
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case end.Err() != nil:
			return fmt.Errorf("another process is opening the database: %w", err)
		}
	}
}
