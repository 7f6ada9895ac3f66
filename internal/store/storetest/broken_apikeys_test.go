package storetest_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenAPIKeys() []broken {
	return []broken{
		{"operator keys newest first", func(s auth.Store) auth.Store { return apiKeysReversed{s} }, []string{"APIKeys/APIKeysComeOldestFirst"}},
		{"operator keys that are over are not there", func(s auth.Store) auth.Store { return overGone{s} }, []string{"APIKeys/APIKeysComeOldestFirst"}},
		{"name of an operator key given twice", func(s auth.Store) auth.Store { return keyNameTwice{s} }, []string{"APIKeys/OneKeyHasTheName"}},
		{"keys of every kind are listed", func(s auth.Store) auth.Store { return keysOfAnyKind{s} }, []string{"APIKeys/KeysOfKindsAndTenantsAreApart"}},
		{"name of a key taken in all tenants", func(s auth.Store) auth.Store { return keyNameAnywhere{s} }, []string{"APIKeys/KeysOfKindsAndTenantsAreApart"}},
		{"scopes of a key lost", func(s auth.Store) auth.Store { return scopesLost{s} }, []string{"APIKeys/KeysOfKindsAndTenantsAreApart"}},
		{"name of a revoked key taken", func(s auth.Store) auth.Store { return keyNameForever{s} }, []string{"APIKeys/ARevokedKeyFreesItsName"}},
		{"operator key revoked twice", func(s auth.Store) auth.Store { return revokedTwice{s} }, []string{"APIKeys/OneCallerRevokes"}},
		{"operator key noted before it is made", func(s auth.Store) auth.Store { return apiKeyNotedFirst{s} },
			[]string{"APIKeys/OneKeyHasTheName", "APIKeys/ARevokedKeyFreesItsName"}},
		{"use moves back", func(s auth.Store) auth.Store { return &useBack{Store: s} }, []string{"APIKeys/UseMovesForwardOnly"}},
		{"use dropped while another is written", func(s auth.Store) auth.Store { return &useDropped{Store: s} }, []string{"APIKeys/NoUseIsLost"}},
	}
}

type apiKeysReversed struct{ auth.Store }

func (b apiKeysReversed) APIKeys(ctx context.Context, kind auth.KeyKind) ([]auth.APIKey, error) {
	keys, err := b.Store.APIKeys(ctx, kind)
	slices.Reverse(keys)
	return keys, err
}

type overGone struct{ auth.Store }

func (b overGone) APIKey(ctx context.Context, id string) (auth.APIKey, error) {
	k, err := b.Store.APIKey(ctx, id)
	if err == nil && !k.ExpiresAt.IsZero() && k.ExpiresAt.Before(k.CreatedAt.Add(time.Hour)) {
		return auth.APIKey{}, auth.ErrNoRecord
	}
	return k, err
}

type keyNameTwice struct{ auth.Store }

func (b keyNameTwice) AddAPIKey(ctx context.Context, k auth.APIKey, n auth.Note) error {
	if err := b.Store.AddAPIKey(ctx, k, n); !errors.Is(err, auth.ErrTaken) {
		return err
	}
	return nil
}

type keyNameForever struct{ auth.Store }

func (b keyNameForever) AddAPIKey(ctx context.Context, k auth.APIKey, n auth.Note) error {
	keys, err := b.APIKeys(ctx, k.Kind)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(keys, func(o auth.APIKey) bool { return o.Name == k.Name }) {
		return auth.ErrTaken
	}
	return b.Store.AddAPIKey(ctx, k, n)
}

type revokedTwice struct{ auth.Store }

func (b revokedTwice) RevokeAPIKey(ctx context.Context, id string, at time.Time, n auth.Note) error {
	if err := b.Store.RevokeAPIKey(ctx, id, at, n); !errors.Is(err, auth.ErrNoRecord) {
		return err
	}
	return nil
}

type apiKeyNotedFirst struct{ auth.Store }

func (b apiKeyNotedFirst) AddAPIKey(ctx context.Context, k auth.APIKey, n auth.Note) error {
	if err := b.Write(ctx, n); err != nil {
		return err
	}
	return b.Store.AddAPIKey(ctx, k, auth.Note{})
}

// useBack keeps the last use that it is told, whenever that was.
type useBack struct {
	auth.Store
	used sync.Map
}

func (b *useBack) APIKeyUsed(_ context.Context, id string, at time.Time) error {
	b.used.Store(id, at)
	return nil
}

func (b *useBack) APIKeys(ctx context.Context, kind auth.KeyKind) ([]auth.APIKey, error) {
	keys, err := b.Store.APIKeys(ctx, kind)
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

func (b *useDropped) APIKeyUsed(ctx context.Context, id string, at time.Time) error {
	if !b.mu.TryLock() {
		return nil
	}
	defer b.mu.Unlock()
	pause()
	return b.Store.APIKeyUsed(ctx, id, at)
}

type keysOfAnyKind struct{ auth.Store }

func (b keysOfAnyKind) APIKeys(ctx context.Context, kind auth.KeyKind) ([]auth.APIKey, error) {
	keys, err := b.Store.APIKeys(ctx, kind)
	if err != nil || kind != auth.KeyOperator {
		return keys, err
	}
	more, err := b.Store.APIKeys(ctx, auth.KeyService)
	return append(keys, more...), err
}

// keyNameAnywhere lets one tenant have the name.
type keyNameAnywhere struct{ auth.Store }

func (b keyNameAnywhere) AddAPIKey(ctx context.Context, k auth.APIKey, n auth.Note) error {
	keys, err := b.APIKeys(ctx, k.Kind)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(keys, func(o auth.APIKey) bool { return o.Name == k.Name && o.RevokedAt.IsZero() }) {
		return auth.ErrTaken
	}
	return b.Store.AddAPIKey(ctx, k, n)
}

type scopesLost struct{ auth.Store }

func (b scopesLost) AddAPIKey(ctx context.Context, k auth.APIKey, n auth.Note) error {
	k.Scopes = nil
	return b.Store.AddAPIKey(ctx, k, n)
}
