package directory

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// Issue implements [auth.Tickets].
func (p *Pool) Issue(ctx context.Context, t auth.Ticket) error {
	return p.write(ctx, t.Directory, func(s auth.Store) error { return s.Issue(ctx, t) })
}

// Ticket implements [auth.Tickets].
func (p *Pool) Ticket(ctx context.Context, k auth.TicketKey, now time.Time) (t auth.Ticket, err error) {
	err = p.read(ctx, k.Directory, func(s auth.Store) error {
		t, err = s.Ticket(ctx, k, now)
		return err
	})
	return t, err
}

// Reissue implements [auth.Tickets].
func (p *Pool) Reissue(ctx context.Context, t auth.Ticket, now time.Time) error {
	return p.write(ctx, t.Directory, func(s auth.Store) error { return s.Reissue(ctx, t, now) })
}

// Attempt implements [auth.Tickets].
func (p *Pool) Attempt(ctx context.Context, k auth.TicketKey, proof []byte, now time.Time) (t auth.Ticket, err error) {
	err = p.write(ctx, k.Directory, func(s auth.Store) error {
		t, err = s.Attempt(ctx, k, proof, now)
		return err
	})
	return t, err
}

// Standing implements [auth.Tickets].
func (p *Pool) Standing(ctx context.Context, q auth.TicketQuery, now time.Time) (found []auth.Ticket, err error) {
	err = p.read(ctx, q.Directory, func(s auth.Store) error {
		found, err = s.Standing(ctx, q, now)
		return err
	})
	return found, err
}

// Void implements [auth.Tickets].
func (p *Pool) Void(ctx context.Context, k auth.TicketKey) error {
	return p.write(ctx, k.Directory, func(s auth.Store) error { return s.Void(ctx, k) })
}

// Count implements [auth.Tickets]. All counts of a call are of one directory.
func (p *Pool) Count(ctx context.Context, counts ...auth.Count) (tallies []auth.Tally, err error) {
	if len(counts) == 0 {
		return nil, nil
	}
	err = p.write(ctx, counts[0].Directory, func(s auth.Store) error {
		tallies, err = s.Count(ctx, counts...)
		return err
	})
	return tallies, err
}
