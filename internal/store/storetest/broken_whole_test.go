package storetest_test

import (
	"context"
	"slices"
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
		{"sweep takes any old link", func(s auth.Store) auth.Store { return &sweepsAnyLink{Store: s} }, []string{"Sweeper/SweepLeavesATrailWithoutGaps"}},
		{"the newest link swept", func(s auth.Store) auth.Store { return newestSwept{s} }, []string{"Sweeper/SweepLeavesATrailWithoutGaps"}},
		{"sweep keeps devices", func(s auth.Store) auth.Store { return sweepKeepsDevices{s} }, []string{"Sweeper/SweepForgetsDevices"}},
		{"sweep forgets devices with their sessions", func(s auth.Store) auth.Store { return sweepsDevices{s} }, []string{"Sweeper/SweepForgetsDevices"}},
		{"hashes shared", func(s auth.Store) auth.Store { return &hashesShared{Store: s} }, []string{"Store/ValuesAreCopies"}},
		{"tickets shared", func(s auth.Store) auth.Store { return &ticketsShared{Store: s} }, []string{"Store/ValuesAreCopies"}},
		{"roles shared", func(s auth.Store) auth.Store { return &rolesShared{Store: s} }, []string{"Store/ListsAreCopies"}},
		{"giving up a change of seats ignored", func(s auth.Store) auth.Store { return seatsNeverGiveUp{s} }, []string{"Store/ACancelledCallLeavesTheTenant"}},
		{"spaces of all tenants", func(s auth.Store) auth.Store { return spacesOfAll{s, map[string]auth.Space{}} }, []string{"Store/WhatIsAnothersIsNotThere"}},
		{"tickets of all tenants", func(s auth.Store) auth.Store { return ticketsOfAll{s, map[string]auth.TicketKey{}} }, []string{"Store/WhatIsAnothersIsNotThere"}},
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

// sweepsAnyLink takes links that are old out of the middle.
type sweepsAnyLink struct {
	auth.Store
	kept time.Time
}

func (b *sweepsAnyLink) Sweep(ctx context.Context, now, keep, keepEvents time.Time) (int, error) {
	b.kept = keepEvents
	return b.Store.Sweep(ctx, now, keep, keepEvents)
}

func (b *sweepsAnyLink) Trail(ctx context.Context, directory string, after int64, max int) ([]auth.Link, error) {
	links, err := b.Store.Trail(ctx, directory, after, max)
	return slices.DeleteFunc(links, func(l auth.Link) bool { return l.At.Before(b.kept) }), err
}

// newestSwept loses a trail of which only the newest link is left.
type newestSwept struct{ auth.Store }

func (b newestSwept) Trail(ctx context.Context, directory string, after int64, max int) ([]auth.Link, error) {
	links, err := b.Store.Trail(ctx, directory, after, max)
	if len(links) == 1 && links[0].Number > 1 && after == 0 {
		return nil, err
	}
	return links, err
}

type sweepKeepsDevices struct{ auth.Store }

func (b sweepKeepsDevices) Sweep(ctx context.Context, now, keep, _ time.Time) (int, error) {
	return b.Store.Sweep(ctx, now, keep, time.Time{})
}

type sweepsDevices struct{ auth.Store }

func (b sweepsDevices) Sweep(ctx context.Context, now, keep, keepEvents time.Time) (int, error) {
	return b.Store.Sweep(ctx, now, keep, keepEvents.Add(time.Hour))
}

// hashesShared gives everybody the very hash that it keeps.
type hashesShared struct {
	auth.Store
	hash []byte
}

func (b *hashesShared) TrailEnd(ctx context.Context, directory string) (int64, []byte, error) {
	number, hash, err := b.Store.TrailEnd(ctx, directory)
	if b.hash == nil {
		b.hash = hash
	}
	return number, b.hash, err
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

// rolesShared gives everybody the very list that it keeps.
type rolesShared struct {
	auth.Store
	roles sync.Map
}

func (b *rolesShared) Roles(ctx context.Context, directory, tenant string) ([]auth.Role, error) {
	roles, err := b.Store.Roles(ctx, directory, tenant)
	for i, r := range roles {
		kept, _ := b.roles.LoadOrStore(r.Tenant+r.Name, r)
		roles[i] = kept.(auth.Role)
	}
	return roles, err
}

type seatsNeverGiveUp struct{ auth.Store }

func (b seatsNeverGiveUp) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	return b.Store.ChangeAccount(context.WithoutCancel(ctx), c)
}

// spacesOfAll finds a space by its id, whosever it is.
type spacesOfAll struct {
	auth.Store
	all map[string]auth.Space
}

func (b spacesOfAll) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, sp auth.Space, n auth.Note) error {
	b.all[sp.ID] = sp
	return b.Store.CreateTenant(ctx, t, d, sp, n)
}

func (b spacesOfAll) Space(ctx context.Context, directory, tenant, ref string) (auth.Space, error) {
	if sp, ok := b.all[ref]; ok {
		return sp, nil
	}
	return b.Store.Space(ctx, directory, tenant, ref)
}

// ticketsOfAll spends a ticket by its id, whosever it is.
type ticketsOfAll struct {
	auth.Store
	all map[string]auth.TicketKey
}

func (b ticketsOfAll) Issue(ctx context.Context, t auth.Ticket) error {
	b.all[t.ID] = t.TicketKey
	return b.Store.Issue(ctx, t)
}

func (b ticketsOfAll) Void(ctx context.Context, k auth.TicketKey) error {
	if theirs, ok := b.all[k.ID]; ok {
		k = theirs
	}
	return b.Store.Void(ctx, k)
}
