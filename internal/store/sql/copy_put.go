package sql

import (
	"context"
	"fmt"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// PutRows implements [auth.Rows].
func (s *Store) PutRows(ctx context.Context, rows []auth.Row) error {
	if len(rows) == 0 {
		return nil
	}
	kind := rows[0].Kind
	for _, r := range rows {
		if r.Kind != kind {
			return fmt.Errorf("rows of the kinds %q and %q are not put together", kind, r.Kind)
		}
	}
	switch kind {
	case auth.RowAccounts:
		return s.putAccounts(ctx, rows)
	case auth.RowTenants:
		return s.putTenants(ctx, rows)
	}
	c, err := copiedOf(kind)
	if err != nil {
		return err
	}
	put, err := c.putting(rows)
	if err != nil {
		return err
	}
	return s.write(ctx, "PutRows", put)
}

// putting reads rows and returns what puts them. Of rows with one key the last
// one stays, as if they had come one after the other.
func (c copied) putting(rows []auth.Row) (func(*tx) error, error) {
	last := make(map[string]int, len(rows))
	for i, r := range rows {
		last[r.Key] = i
	}
	var keys []string
	var values [][]any
	for i, r := range rows {
		if last[r.Key] != i {
			continue
		}
		v, err := c.values(r)
		if err != nil {
			return nil, err
		}
		keys, values = append(keys, r.Key), append(values, v)
	}
	places, err := c.places(keys)
	if err != nil {
		return nil, err
	}
	return func(t *tx) error {
		if c.replace == "" {
			if err := c.remove(t, places); err != nil {
				return err
			}
		}
		return c.add(t, values)
	}, nil
}

// add adds rows, or changes them where they stand.
func (c copied) add(t *tx, values [][]any) error {
	tail := ""
	if c.replace != "" {
		var set []string
		for column := range strings.SplitSeq(c.columns, ", ") {
			if column != c.replace {
				set = append(set, column+" = excluded."+column)
			}
		}
		tail = " ON CONFLICT (" + c.replace + ") DO UPDATE SET " + strings.Join(set, ", ")
	}
	return inBlocks(t, "INSERT INTO "+c.table+" ("+c.columns+") VALUES ", tail, values)
}

// putTenants puts tenants, and their origins with them.
func (s *Store) putTenants(ctx context.Context, rows []auth.Row) error {
	tenants := make([]auth.Tenant, len(rows))
	for i, r := range rows {
		var err error
		if tenants[i], err = r.Tenant(); err != nil {
			return err
		}
	}
	put, err := copiedTenants.putting(rows)
	if err != nil {
		return err
	}
	return s.write(ctx, "PutRows", func(t *tx) error {
		if err := put(t); err != nil {
			return err
		}
		for _, v := range tenants {
			if err := keepOrigins(t, v); err != nil {
				return err
			}
		}
		return nil
	})
}
