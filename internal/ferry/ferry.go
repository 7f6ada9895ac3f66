// Package ferry carries what one store holds into another, and proves that it
// arrived: `latchkey store copy` is it with two databases at its ends.
//
// It compares both sides row by row in the order of keys, puts what the target
// lacks or has otherwise, and drops what the source has no more. So it keeps no
// place of its own: a copy that was interrupted goes on where it was when it is
// run again, and one that was made while servers wrote to the source catches up.
// It knows neither databases nor what is in the rows, and opens nothing. The
// bulletin is in no row and is not carried: its lines are of use for as long as an
// access token lives and a little more.
package ferry

import (
	"bytes"
	"context"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

// page is how many rows are read and put at once, unless [Config] says how many.
const page = 200

// Config says how a copy is made. The zero value is usable.
type Config struct {
	// Page is how many rows are read and put at once. 0: 200.
	Page int
	// Progress is called after every page, not at the same time. May be nil.
	Progress func(Progress)
}

// Progress is how far a copy is with a kind of rows.
type Progress struct {
	Kind    string
	Rows    int64 // compared so far, or read again so far
	Checked bool  // they are read again
}

// Load is what came of a kind of rows.
type Load struct {
	Kind    string
	Put     int64 // rows that the target lacked, or had otherwise
	Dropped int64 // rows that only the target had
	From    Tally // what the source holds, read after everything was put
	To      Tally // what the target holds
}

// Same reports whether both sides hold the same.
func (l Load) Same() bool { return l.From == l.To }

// ErrDiffers says that source and target were read again and are not the same.
var ErrDiffers = errors.New("source and target differ: somebody wrote to one of them meanwhile; stop all servers and commands that use them, and copy again, which takes over only what differs")

// Copy makes the target a copy of the source, and returns what came of each kind
// of rows, in the order of [auth.RowKinds]. A target that holds anything must be
// a copy of the same source that nobody has used since ([ErrOther], [ErrUsed]),
// else nothing is written to it. At the end both sides are read again and
// compared by count and checksum: ErrDiffers, with all loads, when they are not
// the same.
//
// The source is only read. Servers may go on writing to it, but what they write
// behind the place where the copy is arrives with the next copy only: the last
// one has to be made while nobody writes. Nobody may write to the target.
func Copy(ctx context.Context, from, to auth.Rows, c Config) ([]Load, error) {
	if c.Page <= 0 {
		c.Page = page
	}
	if c.Progress == nil {
		c.Progress = func(Progress) {}
	}
	if err := mayTake(ctx, from, to, c.Page); err != nil {
		return nil, err
	}
	kinds := auth.RowKinds()
	loads := make([]Load, len(kinds))
	for i, kind := range kinds {
		loads[i].Kind = kind
		if err := carry(ctx, from, to, c, &loads[i]); err != nil {
			return loads, err
		}
	}
	return loads, check(ctx, from, to, c, loads)
}

// carry makes the target's rows of a kind those of the source.
func carry(ctx context.Context, from, to auth.Rows, c Config, l *Load) error {
	source, target := &stream{of: from, kind: l.Kind, page: c.Page}, &stream{of: to, kind: l.Kind, page: c.Page}
	cargo := cargo{to: to, load: l, page: c.Page}
	for seen := int64(0); ; {
		have, haveAny, err := source.head(ctx)
		if err != nil {
			return err
		}
		there, thereAny, err := target.head(ctx)
		if err != nil {
			return err
		}
		switch {
		case !haveAny && !thereAny:
			c.Progress(Progress{Kind: l.Kind, Rows: seen})
			return cargo.unload(ctx)
		case thereAny && (!haveAny || there.Key < have.Key):
			cargo.drop = append(cargo.drop, there.Key)
			target.next()
		default:
			if !thereAny || have.Key < there.Key {
				cargo.put = append(cargo.put, have)
			} else {
				if !bytes.Equal(have.Data, there.Data) {
					cargo.put = append(cargo.put, have)
				}
				target.next()
			}
			source.next()
			if seen++; seen%int64(c.Page) == 0 {
				c.Progress(Progress{Kind: l.Kind, Rows: seen})
			}
		}
		if err := cargo.full(ctx); err != nil {
			return err
		}
	}
}
