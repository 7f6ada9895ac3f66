package redis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey/latchkey/internal/auth"
)

// fail gives an error the form that callers expect: with what was to be done,
// and with auth.ErrUnavailable when it is the server that cannot be used.
func (s *Store) fail(ctx context.Context, what string, err error) error {
	switch ended := over(ctx); {
	case err == nil:
		return nil
	case ended != nil: // the client tells it as a timeout of the network
		return fmt.Errorf("redis: %s: %w", what, ended)
	case errors.Is(err, auth.ErrUnavailable), bug(err):
		return fmt.Errorf("redis: %s: %w", what, err)
	}
	return fmt.Errorf("redis: %s: %w: %w", what, auth.ErrUnavailable, err)
}

// over is ctx.Err, and does not wait for the timer of ctx to fire: the connection
// has the same deadline and may be first.
func over(ctx context.Context) error {
	if end, ok := ctx.Deadline(); ok && !time.Now().Before(end) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// bug tells whether the server works and did not like what it was asked. All
// else that can happen (connections, timeouts, LOADING, READONLY, OOM, MISCONF,
// NOAUTH, NOPERM, MASTERDOWN, …) means that the server cannot be used.
func bug(err error) bool {
	return redis.HasErrorPrefix(err, "WRONGTYPE") ||
		redis.HasErrorPrefix(err, "ERR") && !redis.HasErrorPrefix(err, "ERR max number of clients")
}
