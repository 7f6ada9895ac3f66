package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2" //nolint:depguard // spreads tries; nothing that anyone gains by guessing
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// crew writes to a server that takes many transactions at once: each job has one
// of its own. Where another was in its way, or the connection was lost before
// anything could be committed, it is run again, until the patience ends.
type crew struct {
	db       *sql.DB
	dialect  *dialect
	chain    auth.Chain
	patience time.Duration

	mu      sync.RWMutex // held for reading while a job runs
	closed  bool
	release func() error
}

// do implements [committer].
func (c *crew) do(ctx context.Context, j *job) error {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.closed {
		return errClosed
	}
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.patience)
	defer cancel()
	for try := 0; ; try++ {
		if err := ctx.Err(); err != nil {
			return err // nothing of the tries before is left
		}
		err := c.try(ctx, bound, j)
		if j.panic != nil {
			panic(j.panic)
		}
		if !retriable(err) || bound.Err() != nil || postgresCode(err) == uniqueViolation && try >= uniqueTries {
			return late(bound, err)
		}
		pause(bound, time.Millisecond<<min(try, 6))
	}
}

// close waits for the jobs that run.
func (c *crew) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	return c.release()
}

// try runs a job once. The caller's context ends the wait for a connection; what
// has begun is bounded by the patience only.
func (c *crew) try(ctx, bound context.Context, j *job) error {
	conn, err := c.db.Conn(ctx)
	if err != nil {
		return again(err)
	}
	defer conn.Close() // back to the pool
	t := &tx{ctx: bound, dialect: c.dialect, chain: c.chain}
	if j.shape == single || j.shape == aside {
		t.on = plain{conn}
		return refused(j.attempt(t))
	}
	var options sql.TxOptions
	if j.shape == moment {
		options = sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	begun, err := conn.BeginTx(bound, &options)
	if err != nil {
		return again(err)
	}
	t.on = plain{begun}
	if err := j.attempt(t); err != nil {
		begun.Rollback() //nolint:errcheck // the server undoes what it is not told to commit
		return undone(err)
	}
	return refused(begun.Commit())
}

// A name that another transaction took is found by the next try; what is found
// there again and again is a row that is written twice.
const (
	uniqueViolation = "23505"
	uniqueTries     = 5
)

// errAgain is an error after which nothing was written, and which another try
// may not meet.
type errAgain struct{ error }

func (e errAgain) Unwrap() error { return e.error }

func retriable(err error) bool {
	var e errAgain
	return errors.As(err, &e)
}

func again(err error) error { return errAgain{err} }

// late says of an error that came because the patience had ended that it is the
// database's.
func late(bound context.Context, err error) error {
	if err == nil || bound.Err() == nil || sentinel(err) {
		return err
	}
	return fmt.Errorf("%w: %w", auth.ErrUnavailable, err)
}

// pause waits about as long as d, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d/2 + rand.N(d)) //nolint:gosec // see the import
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
