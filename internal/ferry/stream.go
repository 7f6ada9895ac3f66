package ferry

import (
	"context"
	"fmt"

	"github.com/latchkey/latchkey/internal/auth"
)

// stream is the rows of a kind, one after the other.
type stream struct {
	of    auth.Rows
	kind  string
	page  int
	rows  []auth.Row // read and not yet taken
	after string
	ended bool
}

// head returns the next row, and whether there is one.
func (s *stream) head(ctx context.Context) (auth.Row, bool, error) {
	if len(s.rows) == 0 && !s.ended {
		rows, err := s.of.Rows(ctx, s.kind, s.after, s.page)
		if err != nil {
			return auth.Row{}, false, fmt.Errorf("read %s: %w", s.kind, err)
		}
		for _, r := range rows {
			if r.Key <= s.after { // the two sides could not be compared
				return auth.Row{}, false, fmt.Errorf("read %s: row %q comes after %q", s.kind, r.Key, s.after)
			}
			s.after = r.Key
		}
		s.rows, s.ended = rows, len(rows) < s.page
	}
	if len(s.rows) == 0 {
		return auth.Row{}, false, nil
	}
	return s.rows[0], true, nil
}

// next goes to the row after the head.
func (s *stream) next() { s.rows = s.rows[1:] }

// cargo is what the target is to be given.
type cargo struct {
	to   auth.Rows
	load *Load
	page int
	put  []auth.Row
	drop []string
}

// full unloads when there is a page of something.
func (c *cargo) full(ctx context.Context) error {
	if len(c.put) < c.page && len(c.drop) < c.page {
		return nil
	}
	return c.unload(ctx)
}

// unload drops before it puts, so that what is put finds its names free.
func (c *cargo) unload(ctx context.Context) error {
	if len(c.drop) > 0 {
		if err := c.to.DropRows(ctx, c.load.Kind, c.drop); err != nil {
			return fmt.Errorf("drop %s: %w", c.load.Kind, err)
		}
	}
	if len(c.put) > 0 {
		if err := c.to.PutRows(ctx, c.put); err != nil {
			return fmt.Errorf("put %s: %w", c.load.Kind, err)
		}
	}
	c.load.Dropped += int64(len(c.drop))
	c.load.Put += int64(len(c.put))
	c.drop, c.put = nil, nil
	return nil
}
