package storetest_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenMoves() []broken {
	return []broken{
		{"counter starts again in another tenant", func(s auth.Store) auth.Store { return counterAgain{s} }, []string{"Moves/AMoveChangesThePlaceOnly"}},
		{"move makes longer", func(s auth.Store) auth.Store { return moveLengthens{s} }, []string{"Moves/AMoveOnlyShortens"}},
		{"idle end beyond the end", func(s auth.Store) auth.Store { return moveUncapped{s} }, []string{"Moves/AMoveOnlyShortens"}},
		{"anybody moves", func(s auth.Store) auth.Store { return anybodyMoves{s} }, []string{"Moves/OnlyTheLivingMove"}},
		{"expired sessions move", func(s auth.Store) auth.Store { return expiredMove{s} }, []string{"Moves/OnlyTheLivingMove"}},
		{"space of a move not looked at", func(s auth.Store) auth.Store { return spaceIgnored{s} }, []string{"Moves/AMoveNeedsTheSeat"}},
		{"move written over a rotation", func(s auth.Store) auth.Store { return &moveOver{Store: s} }, []string{"Moves/MovesAndRotationsBothHappen"}},
		{"move read, then written", func(s auth.Store) auth.Store { return moveRevives{s} }, []string{"Moves/EndBeatsMove"}},
		{"seat not asked for", func(s auth.Store) auth.Store { return seatIgnored{s} }, []string{"Sessions/ASessionNeedsItsSeat"}},
		{"every code verifies", func(s auth.Store) auth.Store { return everyCodeVerifies{s} }, []string{"Sessions/AMailedCodeVerifiesOnce"}},
		{"sessions of other tenants end", func(s auth.Store) auth.Store { return endsEverywhere{s} }, []string{"Sessions/EndingPassesOverTenants"}},
		{"mail of any directory", func(s auth.Store) auth.Store { return mailOfAny{s} }, []string{"Outbox/MailIsOfItsDirectory"}},
	}
}

// moved moves a session and then writes it as edit leaves it.
func moved(ctx context.Context, s auth.Store, m auth.Move, edit func(before auth.Session, v *auth.Session)) (auth.Session, error) {
	before, err := s.Session(ctx, m.Directory, m.Session)
	if err != nil {
		return before, err
	}
	v, err := s.MoveSession(ctx, m)
	if err != nil {
		return v, err
	}
	edit(before, &v)
	return v, put(ctx, s, v)
}

type counterAgain struct{ auth.Store }

func (b counterAgain) MoveSession(ctx context.Context, m auth.Move) (auth.Session, error) {
	return moved(ctx, b.Store, m, func(_ auth.Session, v *auth.Session) { v.Counter = 0 })
}

type moveLengthens struct{ auth.Store }

func (b moveLengthens) MoveSession(ctx context.Context, m auth.Move) (auth.Session, error) {
	return moved(ctx, b.Store, m, func(_ auth.Session, v *auth.Session) { v.ExpiresAt = m.ExpiresAt })
}

type moveUncapped struct{ auth.Store }

func (b moveUncapped) MoveSession(ctx context.Context, m auth.Move) (auth.Session, error) {
	return moved(ctx, b.Store, m, func(before auth.Session, v *auth.Session) { v.IdleUntil = before.IdleUntil })
}

type anybodyMoves struct{ auth.Store }

func (b anybodyMoves) MoveSession(ctx context.Context, m auth.Move) (auth.Session, error) {
	v, err := b.Session(ctx, m.Directory, m.Session)
	if err != nil {
		return auth.Session{}, err
	}
	m.User = v.User
	return b.Store.MoveSession(ctx, m)
}

type expiredMove struct{ auth.Store }

func (b expiredMove) MoveSession(ctx context.Context, m auth.Move) (auth.Session, error) {
	v, err := b.Session(ctx, m.Directory, m.Session)
	if err != nil {
		return auth.Session{}, err
	}
	m.At = v.CreatedAt
	return b.Store.MoveSession(ctx, m)
}

// spaceIgnored takes any seat in the tenant.
type spaceIgnored struct{ auth.Store }

func (b spaceIgnored) MoveSession(ctx context.Context, m auth.Move) (auth.Session, error) {
	a, err := b.Account(ctx, m.Directory, m.User)
	if err != nil {
		return auth.Session{}, err
	}
	if seat, ok := a.Seat(m.Tenant, ""); ok {
		m.Space = seat.Space
	}
	return b.Store.MoveSession(ctx, m)
}

// moveOver writes a session that it moves as it was before others rotated it.
type moveOver struct {
	auth.Store
	before sync.Map
}

func (b *moveOver) MoveSession(ctx context.Context, m auth.Move) (auth.Session, error) {
	v, err := b.Store.MoveSession(ctx, m)
	if err == nil {
		b.before.LoadOrStore(v.ID, v)
	}
	return v, err
}

func (b *moveOver) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	got, err := b.Store.Rotate(ctx, r)
	if v, ok := b.before.Load(r.Session); ok && err == nil {
		err = put(ctx, b.Store, v.(auth.Session))
	}
	return got, err
}

type moveRevives struct{ auth.Store }

func (b moveRevives) MoveSession(ctx context.Context, m auth.Move) (auth.Session, error) {
	v, err := b.Session(ctx, m.Directory, m.Session)
	if err != nil {
		return auth.Session{}, err
	}
	if !v.Lives(m.At) {
		return auth.Session{}, auth.ErrNoRecord
	}
	pause()
	v.Tenant, v.Space = m.Tenant, m.Space
	return v, put(ctx, b.Store, v)
}

// seatIgnored lets everybody in, at whatever seat they have.
type seatIgnored struct{ auth.Store }

func (b seatIgnored) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	a, err := b.Account(ctx, o.Session.Directory, o.Session.User)
	if err != nil {
		return nil, err
	}
	if seat, ok := a.MainSeat(); ok {
		o.Session.Tenant, o.Session.Space = seat.Tenant, seat.Space
	}
	return b.Store.CreateSession(ctx, o)
}

type everyCodeVerifies struct{ auth.Store }

func (b everyCodeVerifies) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	ids, err := b.Store.CreateSession(ctx, o)
	if err != nil || !o.Session.Coded {
		return ids, err
	}
	_, err = b.UpdateUser(ctx, o.Session.Directory, o.Session.User, func(u *auth.User) error {
		u.VerifiedAt = o.Session.CreatedAt
		return nil
	}, auth.Note{})
	return ids, err
}

type endsEverywhere struct{ auth.Store }

func (b endsEverywhere) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (auth.User, []string, error) {
	e.Tenant = ""
	return b.Store.Secure(ctx, e, change)
}

// mailOfAny takes the id of a mail for enough.
type mailOfAny struct{ auth.Store }

func (b mailOfAny) Sent(ctx context.Context, directory, id string, at time.Time) error {
	err := b.Store.Sent(ctx, directory, id, at)
	if directories := []string{"default", "there"}; errors.Is(err, auth.ErrNoRecord) && slices.Contains(directories, directory) {
		for _, d := range directories {
			if b.Store.Sent(ctx, d, id, at) == nil {
				return nil
			}
		}
	}
	return err
}
