package limit

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"time"
)

// Keeper counts the charges of several limiters together, so that instances of
// one deployment hold their limits in sum: Redis does, or a database. It is safe
// for concurrent use.
//
// All that it has to keep of a key is the moment at which the key owes nothing
// any more; what is owed at any other time is the time until then. A charge adds
// an interval to it. A key that owes nothing can be forgotten.
type Keeper interface {
	// Charge adds the interval of each cost to what its key owes, if afterwards no
	// key owes more than its span; else it adds nothing to any. It returns what
	// each key owed before, in the order of the costs, never more than its span.
	// Debts shrink with the time that passes by the keeper's own clock, which is
	// one for all; a clock that goes back neither adds to a debt nor stops it. However
	// many call at once, it is as if they had called one after the other. The ids
	// of the costs are different. An error means that nothing may be known of the
	// charge. Charge returns soon after ctx ends.
	Charge(ctx context.Context, costs []Cost) (owed []time.Duration, err error)
}

// Cost is a charge as a keeper counts it.
type Cost struct {
	// ID stands for the key and the name of its rate. Neither can be read from it,
	// and without Config.Secret they cannot be guessed either.
	ID [16]byte
	// Interval is what one event adds to the debt of its key, at least 1 ns.
	Interval time.Duration
	// Span is the most that a key may owe: the interval times the burst.
	Span time.Duration
}

// Fits reports whether a key that owes so much can be charged once more. A
// keeper counts an event exactly when all of its costs fit.
func (c Cost) Fits(owed time.Duration) bool { return max(owed, 0)+c.Interval <= c.Span }

// cost is a charge as the keeper is told of it. The length keeps a name that
// ends as a key begins from being another one.
func (c Charge) cost(secret []byte, p pace) Cost {
	h := hmac.New(sha256.New, secret)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(c.Rate.Name))))
	io.WriteString(h, c.Rate.Name) //nolint:errcheck // a hash never fails
	io.WriteString(h, c.Key)       //nolint:errcheck // the same
	return Cost{ID: [16]byte(h.Sum(nil)), Interval: p.interval, Span: p.span}
}
