package sql

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

var _ auth.Rows = (*Store)(nil)

// copied is how the rows of a kind lie in their table.
type copied struct {
	table   string
	key     []string // the columns that are the parts of a row's key
	number  bool     // the last of them is a number
	columns string   // of a row, in the order of values
	where   string   // what of the table is rows
	replace string   // the column by which a row that is referred to is changed where it stands; "": rows are removed and added
	scan    func(scanner) (auth.Row, error)
	values  func(auth.Row) ([]any, error)
}

// Rows implements [auth.Rows].
func (s *Store) Rows(ctx context.Context, kind, after string, max int) ([]auth.Row, error) {
	if kind == auth.RowAccounts {
		return s.accountRows(ctx, after, max)
	}
	c, err := copiedOf(kind)
	if err != nil {
		return nil, err
	}
	from, err := c.place(after)
	if err != nil {
		return nil, err
	}
	var rows []auth.Row
	err = s.readAll(ctx, "Rows", c.page(), list(&rows, c.scan), append(from, max)...)
	return rows, err
}

// page is the query for the rows after a key.
func (c copied) page() string {
	key := strings.Join(c.key, ", ")
	return fmt.Sprintf("SELECT %s FROM %s WHERE (%s) > (%s)%s ORDER BY %s LIMIT $%d",
		c.columns, c.table, key, params(1, len(c.key)), c.where, key, len(c.key)+1)
}

// place is what the columns of a key hold.
func (c copied) place(key string) ([]any, error) {
	parts := auth.RowParts(key, len(c.key))
	place := make([]any, len(parts))
	for i, part := range parts {
		place[i] = part
	}
	if !c.number {
		return place, nil
	}
	last := parts[len(parts)-1]
	if last == "" {
		last = "0"
	}
	n, err := strconv.ParseInt(last, 10, 64)
	if err != nil {
		return nil, fmt.Errorf("key %q of %s: its last part is no number", key, c.table)
	}
	place[len(place)-1] = n
	return place, nil
}

// DropRows implements [auth.Rows].
func (s *Store) DropRows(ctx context.Context, kind string, keys []string) error {
	c, err := copiedOf(kind)
	if err != nil {
		return err
	}
	places, err := c.places(keys)
	if err != nil {
		return err
	}
	return s.write(ctx, "DropRows", func(t *tx) error {
		if kind == auth.RowTenants {
			if err := inBlocks(t, "DELETE FROM tenant_origins WHERE tenant_id IN (VALUES ", ")", places); err != nil {
				return err
			}
		}
		return c.remove(t, places)
	})
}

func (c copied) places(keys []string) ([][]any, error) {
	places := make([][]any, len(keys))
	for i, key := range keys {
		place, err := c.place(key)
		if err != nil {
			return nil, err
		}
		places[i] = place
	}
	return places, nil
}

// remove removes rows that may be there.
func (c copied) remove(t *tx, places [][]any) error {
	head, tail := c.removal()
	return inBlocks(t, head, tail, places)
}

// removal is the statement that removes rows, around their keys.
func (c copied) removal() (head, tail string) {
	head, tail = fmt.Sprintf("DELETE FROM %s WHERE (%s) IN (", c.table, strings.Join(c.key, ", ")), ")"+c.where
	if !c.number {
		return head + "VALUES ", tail
	}
	// PostgreSQL takes values without a column to belong to for texts.
	return head + "SELECT column1, CAST(column2 AS BIGINT) FROM (VALUES ", ") AS wanted" + tail
}

// blocks are how many rows one statement takes: few enough that their parameters
// are not too many for any database, and few different statements.
var blocks = [...]int{100, 10, 1}

// inBlocks runs a statement for many rows of values at once.
func inBlocks(t *tx, head, tail string, rows [][]any) error {
	for _, size := range blocks {
		for len(rows) >= size {
			width := len(rows[0])
			var text strings.Builder
			var args []any
			for i, values := range rows[:size] {
				if i > 0 {
					text.WriteString(", ")
				}
				text.WriteString("(" + params(1+i*width, width) + ")")
				args = append(args, values...)
			}
			if _, err := t.exec(head+text.String()+tail, args...); err != nil {
				return err
			}
			rows = rows[size:]
		}
	}
	return nil
}

// params are n numbered parameters from the first.
func params(first, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = "$" + strconv.Itoa(first+i)
	}
	return strings.Join(all, ", ")
}
