package sql

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// reader is the pool of connections that read. Each statement is prepared once
// and then on every connection that runs it.
type reader struct {
	db    *sql.DB
	mu    sync.RWMutex
	stmts map[string]prepared
}

func newReader(db *sql.DB) *reader { return &reader{db: db, stmts: map[string]prepared{}} }

func (r *reader) stmt(ctx context.Context, query string) (prepared, error) {
	r.mu.RLock()
	st, ok := r.stmts[query]
	r.mu.RUnlock()
	if ok {
		return st, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if st, ok := r.stmts[query]; ok {
		return st, nil
	}
	made, err := r.db.PrepareContext(ctx, query)
	if err != nil {
		return prepared{}, err
	}
	r.stmts[query] = prepared{made}
	return prepared{made}, nil
}

func (r *reader) one(ctx context.Context, query string, scan func(scanner) error, args ...any) error {
	st, err := r.stmt(ctx, query)
	if err != nil {
		return err
	}
	return scan(st.QueryRowContext(ctx, args...))
}

func (r *reader) all(ctx context.Context, query string, scan func(scanner) error, args ...any) error {
	st, err := r.stmt(ctx, query)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	return each(rows, scan)
}

func (r *reader) close() (err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, st := range r.stmts {
		err = errors.Join(err, st.Close())
	}
	return err
}
