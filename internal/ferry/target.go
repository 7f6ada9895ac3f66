package ferry

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/latchkey/latchkey/internal/auth"
)

// Why a target takes nothing.
var (
	// ErrOther: the target holds what the source has never held.
	ErrOther = errors.New("the target holds something else than a copy of the source: name an empty database")
	// ErrUsed: the target's record goes on where the source's does not.
	ErrUsed = errors.New("the target has been used since it was copied, and what happened there would be lost: name an empty database")
)

// mayTake refuses a target that holds anything, unless it is a copy of the
// source, or the beginning of one, that nobody has used since. It needs no mark
// for that: tenants and directories have ids that no other deployment has, and
// the record of a copy is the beginning of the source's, link by link. Who uses
// a copy writes to its record: a server with its first start, for DATABASE_URL is
// another one.
func mayTake(ctx context.Context, from, to auth.Rows, page int) error {
	if empty, err := isEmpty(ctx, to); err != nil || empty {
		return err
	}
	for _, kind := range []string{auth.RowDirectories, auth.RowTenants} {
		if err := within(ctx, from, to, kind, page); err != nil {
			return err
		}
	}
	heads := &stream{of: to, kind: auth.RowHeads, page: page}
	for {
		r, ok, err := heads.head(ctx)
		if err != nil || !ok {
			return err
		}
		head, err := r.Head()
		if err != nil {
			return err
		}
		if err := begins(ctx, from, head); err != nil {
			return err
		}
		heads.next()
	}
}

// isEmpty reports whether a store holds nothing. The database of a directory has
// its own name from the start.
func isEmpty(ctx context.Context, of auth.Rows) (bool, error) {
	for _, kind := range auth.RowKinds() {
		if kind == auth.RowDirectories {
			continue
		}
		rows, err := of.Rows(ctx, kind, "", 1)
		if err != nil {
			return false, fmt.Errorf("look whether the target is empty: %w", err)
		}
		if len(rows) > 0 {
			return false, nil
		}
	}
	return true, nil
}

// within wants the source to have every key of a kind that the target has.
func within(ctx context.Context, from, to auth.Rows, kind string, page int) error {
	source, target := &stream{of: from, kind: kind, page: page}, &stream{of: to, kind: kind, page: page}
	for {
		there, ok, err := target.head(ctx)
		if err != nil || !ok {
			return err
		}
		have, ok, err := source.head(ctx)
		switch {
		case err != nil:
			return err
		case !ok || have.Key > there.Key:
			return ErrOther
		case have.Key == there.Key:
			target.next()
		}
		source.next()
	}
}

// begins wants the record that ends so to be the beginning of the source's.
func begins(ctx context.Context, from auth.Rows, end auth.Head) error {
	rows, err := from.Rows(ctx, auth.RowEvents, auth.RowKey(end.Directory, auth.RowNumber(end.Number-1)), 1)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return ErrUsed
	}
	l, err := rows[0].Link()
	if err != nil {
		return err
	}
	if l.Directory != end.Directory || l.Number != end.Number || !bytes.Equal(l.Hash, end.Hash) {
		return ErrUsed
	}
	return nil
}
