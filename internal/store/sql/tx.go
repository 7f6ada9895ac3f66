package sql

import (
	"context"
	"database/sql"

	"github.com/latchkey/latchkey/internal/auth"
)

// prepared is a statement that is kept: tx and reader close theirs, who runs one
// does not.
type prepared struct{ *sql.Stmt }

// tx is the writer's connection, as a job sees it. Statements are prepared once
// and kept. They run without the callers' contexts: what has begun is finished.
type tx struct {
	conn  *sql.Conn
	chain auth.Chain
	stmts map[string]prepared
}

func (t *tx) stmt(query string) (prepared, error) {
	if st, ok := t.stmts[query]; ok {
		return st, nil
	}
	made, err := t.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return prepared{}, err
	}
	t.stmts[query] = prepared{made}
	return prepared{made}, nil
}

// exec runs a statement and returns how many rows it changed.
func (t *tx) exec(query string, args ...any) (int64, error) {
	st, err := t.stmt(query)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// one reads a result of one row; [sql.ErrNoRows] when there is none.
func (t *tx) one(query string, scan func(scanner) error, args ...any) error {
	st, err := t.stmt(query)
	if err != nil {
		return err
	}
	return scan(st.QueryRowContext(context.Background(), args...))
}

// exists tells whether a result has a row.
func exists(t *tx, query string, args ...any) (bool, error) {
	var one int
	err := t.one(query, func(row scanner) error { return row.Scan(&one) }, args...)
	if absent(err) {
		return false, nil
	}
	return err == nil, err
}

// all reads a result row by row.
func (t *tx) all(query string, scan func(scanner) error, args ...any) error {
	st, err := t.stmt(query)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(context.Background(), args...)
	if err != nil {
		return err
	}
	return each(rows, scan)
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

func (t *tx) close() error {
	for _, st := range t.stmts {
		if err := st.Close(); err != nil {
			return err
		}
	}
	return t.conn.Close()
}
