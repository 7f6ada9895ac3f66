package directory

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// leaseRest is how long the outbox of a database that failed is passed over.
const leaseRest = 10 * time.Second

// Sent implements [auth.Outbox].
func (p *Pool) Sent(ctx context.Context, directory, id string, at time.Time) error {
	return p.write(ctx, directory, func(s auth.Store) error { return s.Sent(ctx, directory, id, at) })
}

// Postpone implements [auth.Outbox].
func (p *Pool) Postpone(ctx context.Context, directory, id string, next time.Time, problem string) error {
	return p.write(ctx, directory, func(s auth.Store) error { return s.Postpone(ctx, directory, id, next, problem) })
}

// Bury implements [auth.Outbox].
func (p *Pool) Bury(ctx context.Context, directory, id string, at time.Time, problem string) error {
	return p.write(ctx, directory, func(s auth.Store) error { return s.Bury(ctx, directory, id, at, problem) })
}

// Letters implements [auth.Outbox].
func (p *Pool) Letters(ctx context.Context, q auth.LetterQuery) (all []auth.Letter, err error) {
	err = p.read(ctx, q.Directory, func(s auth.Store) error {
		all, err = s.Letters(ctx, q)
		return err
	})
	return all, err
}

// Redeliver implements [auth.Outbox].
func (p *Pool) Redeliver(ctx context.Context, directory, tenant, id string, now time.Time) error {
	return p.write(ctx, directory, func(s auth.Store) error { return s.Redeliver(ctx, directory, tenant, id, now) })
}

// Lease implements [auth.Outbox], with the mails of the control database and of
// every open one that may have some: the oldest of each. Each call begins
// with the next database, so that none keeps the others waiting for long;
// one that fails gets a rest. An error of the control database is returned when
// there is no mail at all.
func (p *Pool) Lease(ctx context.Context, now time.Time, lease time.Duration, max int) (mails []auth.Mail, err error) {
	began := p.config.Now()
	slots := p.open(func(s *slot) bool { return s.mail && began.Sub(s.resting) >= 0 })
	places := len(slots) + 1 // the last is that of the control database
	for i, first := 0, p.nextTurn(); i < places && len(mails) < max && ctx.Err() == nil; i++ {
		var some []auth.Mail
		if at := (first + i) % places; at < len(slots) {
			some = p.leaseFrom(ctx, slots[at], now, lease, max-len(mails))
		} else {
			some, err = p.config.Control.Lease(ctx, now, lease, max-len(mails))
		}
		mails = append(mails, some...)
	}
	if len(mails) > 0 {
		slices.SortFunc(mails, func(a, b auth.Mail) int {
			return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
		})
		return mails, nil
	}
	if err == nil {
		err = ctx.Err()
	}
	return nil, err
}

// nextTurn counts the calls of Lease.
func (p *Pool) nextTurn() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn++
	return p.turn & 0xffff
}

// leaseFrom leases mails of one database, and finds out whether it has more.
func (p *Pool) leaseFrom(ctx context.Context, s *slot, now time.Time, lease time.Duration, max int) []auth.Mail {
	if !p.keep(s) {
		return nil
	}
	defer p.release(s, true)
	limited, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	mails, err := s.db.Lease(limited, now, lease, max)
	if err != nil && ctx.Err() == nil {
		p.mu.Lock()
		s.resting = p.config.Now().Add(leaseRest)
		p.mu.Unlock()
		p.config.Log.Warn("outbox of a directory cannot be read, its mail waits", slog.String("directory", s.directory), slog.Any("error", err))
	}
	if err == nil && len(mails) < max {
		p.ask(ctx, s)
	}
	return mails
}

// Waiting implements [auth.Outbox]: it counts in the control database and in
// those that are open and answer.
func (p *Pool) Waiting(ctx context.Context) (queued, dead int, err error) {
	if queued, dead, err = p.config.Control.Waiting(ctx); err != nil {
		return 0, 0, err
	}
	for _, s := range p.open(func(*slot) bool { return true }) {
		if !p.keep(s) {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, askLimit)
		if q, d, err := s.db.Waiting(limited); err == nil {
			queued, dead = queued+q, dead+d
		}
		cancel()
		p.release(s, true)
	}
	return queued, dead, ctx.Err()
}
