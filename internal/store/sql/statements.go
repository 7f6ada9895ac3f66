package sql

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// statements is where statements run: a connection, a pool of them, or a
// transaction.
type statements interface {
	// exec runs a statement and returns how many rows it changed.
	exec(ctx context.Context, query string, args ...any) (int64, error)
	// one reads a result of one row; [sql.ErrNoRows] when there is none.
	one(ctx context.Context, query string, scan func(scanner) error, args ...any) error
	// all reads a result row by row.
	all(ctx context.Context, query string, scan func(scanner) error, args ...any) error
}

// querier is what the database/sql package has of them.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// plain sends each statement as it is: nothing is left at the server, so that a
// proxy may give the next one another connection.
type plain struct{ on querier }

func (p plain) exec(ctx context.Context, query string, args ...any) (int64, error) {
	query, args = exact(query, args)
	return changed(p.on.ExecContext(ctx, query, args...))
}

func (p plain) one(ctx context.Context, query string, scan func(scanner) error, args ...any) error {
	query, args = exact(query, args)
	return scan(p.on.QueryRowContext(ctx, query, args...))
}

func (p plain) all(ctx context.Context, query string, scan func(scanner) error, args ...any) error {
	query, args = exact(query, args)
	rows, err := p.on.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	return each(rows, scan)
}

// preparer is a connection, or a pool of them.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// prepared prepares each statement once and keeps it, on a pool once for every
// connection that runs it: to prepare a short one costs more than to run it.
type prepared struct {
	on    preparer
	mu    sync.RWMutex
	stmts map[string]kept
}

// kept is a statement that whoever runs it does not close.
type kept struct{ *sql.Stmt }

func newPrepared(on preparer) *prepared { return &prepared{on: on, stmts: map[string]kept{}} }

func (p *prepared) stmt(ctx context.Context, query string) (kept, error) {
	p.mu.RLock()
	st, ok := p.stmts[query]
	p.mu.RUnlock()
	if ok {
		return st, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if st, ok := p.stmts[query]; ok {
		return st, nil
	}
	made, err := p.on.PrepareContext(ctx, query)
	if err != nil {
		return kept{}, err
	}
	p.stmts[query] = kept{made}
	return kept{made}, nil
}

func (p *prepared) exec(ctx context.Context, query string, args ...any) (int64, error) {
	st, err := p.stmt(ctx, query)
	if err != nil {
		return 0, err
	}
	return changed(st.ExecContext(ctx, args...))
}

func (p *prepared) one(ctx context.Context, query string, scan func(scanner) error, args ...any) error {
	st, err := p.stmt(ctx, query)
	if err != nil {
		return err
	}
	return scan(st.QueryRowContext(ctx, args...))
}

func (p *prepared) all(ctx context.Context, query string, scan func(scanner) error, args ...any) error {
	st, err := p.stmt(ctx, query)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	return each(rows, scan)
}

func (p *prepared) close() (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, st := range p.stmts {
		err = errors.Join(err, st.Close())
	}
	return err
}

func changed(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// each scans every row and closes the result.
func each(rows *sql.Rows, scan func(scanner) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
