package sql

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

// tx is the transaction of a job. It runs without the caller's context: what has
// begun is finished.
type tx struct {
	on      statements
	ctx     context.Context //nolint:containedctx // the transaction's own, and gone with it
	dialect *dialect
	chain   auth.Chain
}

func (t *tx) exec(query string, args ...any) (int64, error) { return t.on.exec(t.ctx, query, args...) }

func (t *tx) one(query string, scan func(scanner) error, args ...any) error {
	return t.on.one(t.ctx, query, scan, args...)
}

func (t *tx) all(query string, scan func(scanner) error, args ...any) error {
	return t.on.all(t.ctx, query, scan, args...)
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
