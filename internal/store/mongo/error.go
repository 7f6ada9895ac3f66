package mongo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/latchkey/latchkey/internal/auth"
)

var (
	// errClosed is what a store answers after Close.
	errClosed = fmt.Errorf("%w: the store is closed", auth.ErrUnavailable)
	// errUnsure: a write was sent, its answer was lost, and by now others have
	// written.
	errUnsure = fmt.Errorf("%w: it is not known whether the change was written", auth.ErrUnavailable)
	// errUnchanged: a change that came to nothing, as it should.
	errUnchanged = errors.New("nothing to change")
	// errCrowded: others were always faster.
	errCrowded = fmt.Errorf("%w: too many change the same thing at once", auth.ErrUnavailable)
)

// fail gives an error the form that callers expect: the sentinels of auth as
// they are, all else with the method's name, and with auth.ErrUnavailable when
// it is the database that cannot be used.
func (s *Store) fail(method string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(ownError)):
		return errors.Unwrap(err)
	case answer(err):
		return err
	case absent(err):
		return auth.ErrNoRecord
	case errors.Is(err, auth.ErrUnavailable), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w", method, err)
	case s.closed.Load() || passing(err):
		return fmt.Errorf("%s: %w: %w", method, auth.ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", method, err)
}

// answer tells whether err is one of those with which a store answers.
func answer(err error) bool {
	return errors.Is(err, auth.ErrNoRecord) || errors.Is(err, auth.ErrTaken) || errors.Is(err, auth.ErrWrongProof) ||
		errors.Is(err, auth.ErrFull) || errors.Is(err, auth.ErrNoRole) || errors.Is(err, auth.ErrInUse) || errors.Is(err, auth.ErrAdminless)
}

// An ownError is what a caller's function said; the caller gets it as it is.
type ownError struct{ error }

func (e ownError) Unwrap() error { return e.error }

// own marks an error of a caller's function.
func own(err error) error {
	if err == nil {
		return nil
	}
	return ownError{err}
}

// failover are the codes of servers that are going, coming, no longer the
// primary, or without a majority in time.
var failover = []int{6, 7, 50, 64, 89, 91, 133, 189, 202, 262, 9001, 10107, 11600, 11602, 13435, 13436}

// passing tells whether err is of the connection or of a server that fails over:
// the same may work in a moment.
func passing(err error) bool {
	if driver.IsNetworkError(err) || driver.IsTimeout(err) {
		return true
	}
	var of driver.ServerError
	if errors.As(err, &of) {
		return of.HasErrorLabel("RetryableWriteError") || of.HasErrorLabel("NetworkError") || slices.ContainsFunc(failover, of.HasErrorCode)
	}
	return errors.Is(err, driver.ErrClientDisconnected)
}

// try runs something that may be run again, until it works, fails for good, or
// patience is over: then it is [auth.ErrUnavailable]. unsure says that a run
// failed in such a way that what it asked for may have been done.
func (s *Store) try(ctx context.Context, run func(context.Context) error) (unsure bool, err error) {
	end := time.Now().Add(s.patience)
	for wait := 5 * time.Millisecond; ; wait = min(2*wait, 500*time.Millisecond) {
		if err = run(ctx); err == nil || !passing(err) || ctx.Err() != nil {
			return unsure, err
		}
		if s.closed.Load() || time.Now().After(end) {
			return true, fmt.Errorf("%w: %w", auth.ErrUnavailable, err)
		}
		unsure = true
		if err := pause(ctx, wait); err != nil {
			return unsure, err
		}
	}
}
