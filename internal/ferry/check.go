package ferry

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"sync"

	"github.com/latchkey/latchkey/internal/auth"
)

// Tally is how many rows of a kind there are, and what is in them.
type Tally struct {
	Rows int64
	Sum  Sum
}

// Sum is the SHA-256 of kind, key and data of all rows in the order of their
// keys, each with its length before it.
type Sum [sha256.Size]byte

// String is the sum in hexadecimal.
func (s Sum) String() string { return hex.EncodeToString(s[:]) }

// MarshalText is the sum in hexadecimal.
func (s Sum) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// check reads both sides again and compares them.
func check(ctx context.Context, from, to auth.Rows, c Config, loads []Load) error {
	differs := false
	for i := range loads {
		l := &loads[i]
		var wrong [2]error
		var both sync.WaitGroup
		both.Go(func() {
			l.From, wrong[0] = tally(ctx, from, l.Kind, c.Page, func(n int64) {
				c.Progress(Progress{Kind: l.Kind, Rows: n, Checked: true})
			})
		})
		both.Go(func() { l.To, wrong[1] = tally(ctx, to, l.Kind, c.Page, func(int64) {}) })
		both.Wait()
		if err := errors.Join(wrong[:]...); err != nil {
			return err
		}
		differs = differs || !l.Same()
	}
	if differs {
		return ErrDiffers
	}
	return nil
}

// tally reads all rows of a kind. see is called with how many there are so far,
// after every page and at the end.
func tally(ctx context.Context, of auth.Rows, kind string, page int, see func(int64)) (t Tally, err error) {
	rows, sum := &stream{of: of, kind: kind, page: page}, sha256.New()
	for {
		r, ok, err := rows.head(ctx)
		if err != nil {
			return t, err
		}
		if !ok {
			see(t.Rows)
			sum.Sum(t.Sum[:0])
			return t, nil
		}
		write(sum, []byte(r.Kind))
		write(sum, []byte(r.Key))
		write(sum, r.Data)
		rows.next()
		if t.Rows++; t.Rows%int64(page) == 0 {
			see(t.Rows)
		}
	}
}

// write adds bytes with their length before them. A hash never fails.
func write(h hash.Hash, b []byte) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(b)))
	h.Write(n[:])
	h.Write(b)
}
