package password

import (
	"context"
	"fmt"
)

// slots bounds how many hashes are made at once: one argon2id hash holds 20 MB,
// so the bound is on memory as much as on cores. Waiters are served in the order
// they came (blocked senders of a channel are). How long the queue may grow is
// the caller's matter, through ctx.
type slots chan struct{}

func newSlots(n int) slots { return make(slots, n) }

// run calls work while it holds a slot. It does not call it when ctx ends
// before a slot is free. Work that has begun is finished whatever ctx does:
// neither algorithm can be stopped half-way.
func (s slots) run(ctx context.Context, work func() error) error {
	if err := ctx.Err(); err != nil { // select picks at random when both are ready
		return waited(err)
	}
	select {
	case s <- struct{}{}:
		defer func() { <-s }()
		return work()
	case <-ctx.Done():
		return waited(ctx.Err())
	}
}

func waited(err error) error { return fmt.Errorf("password: no free slot to hash in: %w", err) }
