package storetest_test

import (
	"context"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenWholes() []broken {
	return []broken{
		{"sweep takes living sessions", func(s auth.Store) auth.Store { return sweepsLiving{s} }, []string{"Sweeper/SweepTakesOnlyWhatIsOver"}},
		{"sweep is inclusive", func(s auth.Store) auth.Store { return sweepInclusive{s} }, []string{"Sweeper/SweepTakesOnlyWhatIsOver"}},
		{"sweep says it is done", func(s auth.Store) auth.Store { return sweepUntold{s} }, []string{"Sweeper/SweepLeavesNothingThatIsOver"}},
		{"sweep keeps tickets", func(s auth.Store) auth.Store { return sweepKeepsTickets{s} }, []string{"Sweeper/SweepTakesTicketsAndCounters"}},
		{"tickets shared", func(s auth.Store) auth.Store { return &ticketsShared{Store: s} }, []string{"Store/ValuesAreCopies"}},
		{"giving up ignored", func(s auth.Store) auth.Store { return neverGivesUp{s} }, []string{"Store/ACancelledCallDoesNothing"}},
	}
}

type sweepsLiving struct{ auth.Store }

func (b sweepsLiving) Sweep(ctx context.Context, now, keep, keepEvents time.Time) (int, error) {
	return b.Store.Sweep(ctx, now, keep.Add(2*time.Hour), keepEvents)
}

type sweepInclusive struct{ auth.Store }

func (b sweepInclusive) Sweep(ctx context.Context, now, keep, keepEvents time.Time) (int, error) {
	return b.Store.Sweep(ctx, now, keep.Add(time.Millisecond), keepEvents)
}

type sweepUntold struct{ auth.Store }

func (b sweepUntold) Sweep(context.Context, time.Time, time.Time, time.Time) (int, error) {
	return 0, nil
}

type sweepKeepsTickets struct{ auth.Store }

func (b sweepKeepsTickets) Sweep(ctx context.Context, _, keep, keepEvents time.Time) (int, error) {
	return b.Store.Sweep(ctx, keep, keep, keepEvents)
}

// ticketsShared gives everybody the very ticket that it was given.
type ticketsShared struct {
	auth.Store
	tickets sync.Map
}

func (b *ticketsShared) Issue(ctx context.Context, t auth.Ticket) error {
	b.tickets.Store(t.TicketKey, t)
	return b.Store.Issue(ctx, t)
}

func (b *ticketsShared) Ticket(ctx context.Context, k auth.TicketKey, now time.Time) (auth.Ticket, error) {
	if t, ok := b.tickets.Load(k); ok {
		return t.(auth.Ticket), nil
	}
	return b.Store.Ticket(ctx, k, now)
}

type neverGivesUp struct{ auth.Store }

func (b neverGivesUp) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	return b.Store.Rotate(context.WithoutCancel(ctx), r)
}
