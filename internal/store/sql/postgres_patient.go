package sql

import (
	"context"
	"time"
)

// patient reads again what could not be read because the connection was lost, as
// when a server is restarted or another takes its place, until the patience or
// the caller's ends.
type patient struct {
	statements
	patience time.Duration
}

func (p patient) one(ctx context.Context, query string, scan func(scanner) error, args ...any) error {
	return p.wait(ctx, func() error { return p.statements.one(ctx, query, scan, args...) })
}

// all hands on what was read of a result that broke off: a row that was scanned
// is not taken back.
func (p patient) all(ctx context.Context, query string, scan func(scanner) error, args ...any) error {
	begun := false
	return p.wait(ctx, func() error {
		err := p.statements.all(ctx, query, func(row scanner) error {
			begun = true
			return scan(row)
		}, args...)
		if begun && err != nil {
			return final{err}
		}
		return err
	})
}

// final is an error that another try does not mend.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

func (p patient) wait(ctx context.Context, read func() error) error {
	bound, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	for try := 0; ; try++ {
		err := read()
		if err == nil || absent(err) || !postgresDown(err) {
			return err
		}
		if _, over := err.(final); over || bound.Err() != nil { //nolint:errorlint // made above
			return err
		}
		pause(bound, 5*time.Millisecond<<min(try, 6))
	}
}
