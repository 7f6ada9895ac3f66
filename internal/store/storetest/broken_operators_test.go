package storetest_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenOperators() []broken {
	return []broken{
		{"operator keys newest first", func(s auth.Store) auth.Store { return operatorsReversed{s} }, []string{"Operators/OperatorKeysComeOldestFirst"}},
		{"operator keys that are over are not there", func(s auth.Store) auth.Store { return overGone{s} }, []string{"Operators/OperatorKeysComeOldestFirst"}},
		{"name of an operator key given twice", func(s auth.Store) auth.Store { return keyNameTwice{s} }, []string{"Operators/OneOperatorKeyHasTheName"}},
		{"name of a revoked key taken", func(s auth.Store) auth.Store { return keyNameForever{s} }, []string{"Operators/ARevokedKeyFreesItsName"}},
		{"operator key revoked twice", func(s auth.Store) auth.Store { return revokedTwice{s} }, []string{"Operators/OneCallerRevokes"}},
		{"operator key noted before it is made", func(s auth.Store) auth.Store { return operatorNotedFirst{s} },
			[]string{"Operators/OneOperatorKeyHasTheName", "Operators/ARevokedKeyFreesItsName"}},
		{"use moves back", func(s auth.Store) auth.Store { return &useBack{Store: s} }, []string{"Operators/UseMovesForwardOnly"}},
		{"use dropped while another is written", func(s auth.Store) auth.Store { return &useDropped{Store: s} }, []string{"Operators/NoUseIsLost"}},
	}
}

type operatorsReversed struct{ auth.Store }

func (b operatorsReversed) OperatorKeys(ctx context.Context) ([]auth.OperatorKey, error) {
	keys, err := b.Store.OperatorKeys(ctx)
	slices.Reverse(keys)
	return keys, err
}

type overGone struct{ auth.Store }

func (b overGone) OperatorKey(ctx context.Context, id string) (auth.OperatorKey, error) {
	k, err := b.Store.OperatorKey(ctx, id)
	if err == nil && !k.ExpiresAt.IsZero() && k.ExpiresAt.Before(k.CreatedAt.Add(time.Hour)) {
		return auth.OperatorKey{}, auth.ErrNoRecord
	}
	return k, err
}

type keyNameTwice struct{ auth.Store }

func (b keyNameTwice) AddOperatorKey(ctx context.Context, k auth.OperatorKey, n auth.Note) error {
	if err := b.Store.AddOperatorKey(ctx, k, n); !errors.Is(err, auth.ErrTaken) {
		return err
	}
	return nil
}

type keyNameForever struct{ auth.Store }

func (b keyNameForever) AddOperatorKey(ctx context.Context, k auth.OperatorKey, n auth.Note) error {
	keys, err := b.OperatorKeys(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(keys, func(o auth.OperatorKey) bool { return o.Name == k.Name }) {
		return auth.ErrTaken
	}
	return b.Store.AddOperatorKey(ctx, k, n)
}

type revokedTwice struct{ auth.Store }

func (b revokedTwice) RevokeOperatorKey(ctx context.Context, id string, at time.Time, n auth.Note) error {
	if err := b.Store.RevokeOperatorKey(ctx, id, at, n); !errors.Is(err, auth.ErrNoRecord) {
		return err
	}
	return nil
}

type operatorNotedFirst struct{ auth.Store }

func (b operatorNotedFirst) AddOperatorKey(ctx context.Context, k auth.OperatorKey, n auth.Note) error {
	if err := b.Write(ctx, n); err != nil {
		return err
	}
	return b.Store.AddOperatorKey(ctx, k, auth.Note{})
}

// useBack keeps the last use that it is told, whenever that was.
type useBack struct {
	auth.Store
	used sync.Map
}

func (b *useBack) OperatorKeyUsed(_ context.Context, id string, at time.Time) error {
	b.used.Store(id, at)
	return nil
}

func (b *useBack) OperatorKeys(ctx context.Context) ([]auth.OperatorKey, error) {
	keys, err := b.Store.OperatorKeys(ctx)
	for i := range keys {
		if at, ok := b.used.Load(keys[i].ID); ok {
			keys[i].UsedAt = at.(time.Time)
		}
	}
	return keys, err
}

type useDropped struct {
	auth.Store
	mu sync.Mutex
}

func (b *useDropped) OperatorKeyUsed(ctx context.Context, id string, at time.Time) error {
	if !b.mu.TryLock() {
		return nil
	}
	defer b.mu.Unlock()
	pause()
	return b.Store.OperatorKeyUsed(ctx, id, at)
}
