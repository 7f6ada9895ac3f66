package storetest_test

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenSettings() []broken {
	return []broken{
		{"settings that went kept", func(s auth.Store) auth.Store { return &settingsPile{Store: s} }, []string{"Registry/SettingsAreCompared"}},
		{"first settings noted", func(s auth.Store) auth.Store { return firstNoted{s} },
			[]string{"Registry/SettingsAreCompared", "Registry/OneCallerNotesTheSettings"}},
		{"settings compared, then kept", func(s auth.Store) auth.Store { return &settingsChecked{Store: s} }, []string{"Registry/OneCallerNotesTheSettings"}},
	}
}

// settingsPile never lets go of a setting.
type settingsPile struct {
	auth.Store
	all map[string]string
}

func (b *settingsPile) SettingsInForce(ctx context.Context, digests map[string]string, note func([]string) auth.Note) error {
	if b.all == nil {
		b.all = map[string]string{}
	}
	maps.Copy(b.all, digests)
	return b.Store.SettingsInForce(ctx, b.all, note)
}

type firstNoted struct{ auth.Store }

func (b firstNoted) SettingsInForce(ctx context.Context, digests map[string]string, note func([]string) auth.Note) error {
	called := false
	if err := b.Store.SettingsInForce(ctx, digests, func(changed []string) auth.Note {
		called = true
		return note(changed)
	}); err != nil || called {
		return err
	}
	return b.Write(ctx, note(slices.Sorted(maps.Keys(digests))))
}

type settingsChecked struct {
	auth.Store
	mu   sync.Mutex
	kept map[string]string
}

func (b *settingsChecked) SettingsInForce(ctx context.Context, digests map[string]string, note func([]string) auth.Note) error {
	b.mu.Lock()
	was := b.kept
	b.mu.Unlock()
	pause()
	if was != nil && !maps.Equal(was, digests) {
		if err := b.Write(ctx, note(slices.Sorted(maps.Keys(digests)))); err != nil {
			return err
		}
	}
	b.mu.Lock()
	b.kept = maps.Clone(digests)
	b.mu.Unlock()
	return nil
}
