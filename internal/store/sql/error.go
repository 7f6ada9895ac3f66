package sql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/latchkey/latchkey/internal/auth"
)

// errClosed is what a store answers after Close.
var errClosed = fmt.Errorf("%w: the store is closed", auth.ErrUnavailable)

// fail gives an error the form that callers expect: the sentinels of auth as
// they are, all else with the method's name, and with auth.ErrUnavailable when
// it is the database that cannot be used.
func (s *Store) fail(method string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return auth.ErrNoRecord
	case answer(err):
		return err
	case errors.Is(err, auth.ErrUnavailable):
		return fmt.Errorf("%s: %w", method, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w", method, err)
	case s.closed.Load() || down(s.dialect, err):
		return fmt.Errorf("%s: %w: %w", method, auth.ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", method, err)
}

// answer tells whether err is one of those with which a store answers.
func answer(err error) bool {
	return errors.Is(err, auth.ErrNoRecord) || errors.Is(err, auth.ErrTaken) || errors.Is(err, auth.ErrWrongProof) ||
		errors.Is(err, auth.ErrFull) || errors.Is(err, auth.ErrNoRole) || errors.Is(err, auth.ErrInUse) || errors.Is(err, auth.ErrAdminless)
}

// sentinel tells whether err is an outcome of a job rather than trouble with the
// database.
func sentinel(err error) bool { return answer(err) || absent(err) || errors.Is(err, errStale) }

// down tells whether err means that the database cannot be used.
func down(d dialect, err error) bool {
	return errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn) || d.down(err)
}
