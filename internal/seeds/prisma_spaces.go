package seeds

import (
	"context"
	"fmt"
	"iter"

	"github.com/latchkey/latchkey/internal/auth"
)

// A space has no name of its own: that of its ground is what people read.
const spacesQuery = `
SELECT s.seq::bigint, s.id::text, s.removed_at IS NOT NULL, coalesce((
	SELECT g.name FROM grounds g WHERE g.space_id = s.id AND g.removed_at IS NULL ORDER BY g.seq LIMIT 1), '')
FROM spaces s WHERE s.seq > $1 ORDER BY s.seq LIMIT $2`

type spaceRow struct {
	Seq     int64
	ID      string
	Removed bool
	Ground  string
}

// Spaces reads the spaces. The name of each is its id in the seed, under which
// it is found here, too. What follows an error is nothing.
func (p *Prisma) Spaces(ctx context.Context) iter.Seq2[Row[auth.NewSpaceInput], error] {
	return paged(func(after int64) ([]spaceRow, error) {
		found, err := rows[spaceRow](ctx, p, spacesQuery, after, batch)
		if err != nil {
			return nil, fmt.Errorf("read spaces: %w", err)
		}
		return found, nil
	}, func(s spaceRow) int64 { return s.Seq }, func(all []spaceRow) ([]Row[auth.NewSpaceInput], error) {
		var out []Row[auth.NewSpaceInput]
		for _, s := range all {
			out = append(out, Row[auth.NewSpaceInput]{
				Origin: Origin{"spaces", s.ID}, Deleted: s.Removed, Value: auth.NewSpaceInput{Name: s.ID, Title: s.Ground},
			})
		}
		return out, nil
	})
}

// paged goes through a table by its sequence, a batch at a time.
func paged[R, T any](read func(after int64) ([]R, error), seq func(R) int64, become func([]R) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		for after := int64(-1); ; {
			found, err := read(after)
			var all []T
			if err == nil {
				all, err = become(found)
			}
			if err != nil {
				yield(none, err)
				return
			}
			for _, one := range all {
				if !yield(one, nil) {
					return
				}
			}
			if len(found) < batch {
				return
			}
			after = seq(found[len(found)-1])
		}
	}
}
