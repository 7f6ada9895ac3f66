package storetest_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenDirectories() []broken {
	return []broken{
		{"directory written over", func(s auth.Store) auth.Store { return &directoryOver{Store: s} }, []string{"Directories/ADirectoryIsMadeOnce"}},
		{"a space for a directory elsewhere", func(s auth.Store) auth.Store { return spaceAnyway{s} }, []string{"Directories/ADirectoryIsMadeOnce"}},
		{"one tenant a directory", func(s auth.Store) auth.Store { return &directoryTaken{Store: s} }, []string{"Directories/OneTenantMakesTheDirectory"}},
		{"directory of a tenant that was refused", func(s auth.Store) auth.Store { return &directoryAnyway{Store: s} }, []string{"Directories/ARefusedTenantMakesNoDirectory"}},
		{"the last directory seen comes again", func(s auth.Store) auth.Store { return directoriesRepeat{s} }, []string{"Directories/DirectoriesComeInPages"}},
		{"first flag kept", func(s auth.Store) auth.Store { return firstFlagKept{s} }, []string{"Directories/FlagsAreSeen"}},
		{"any flag taken", func(s auth.Store) auth.Store { return anyFlagTaken{s} }, []string{"Directories/AFlagIsTakenByItsTime"}},
		{"flag by the clock", func(s auth.Store) auth.Store { return flagByClock{s} }, []string{"Directories/AFlagIsTakenByItsTime"}},
	}
}

// directoryOver keeps the directory as the last tenant had it.
type directoryOver struct {
	auth.Store
	last sync.Map
}

func (b *directoryOver) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, sp auth.Space, n auth.Note) error {
	b.last.Store(d.ID, d)
	return b.Store.CreateTenant(ctx, t, d, sp, n)
}

func (b *directoryOver) Directory(ctx context.Context, id string) (auth.Directory, error) {
	if d, ok := b.last.Load(id); ok {
		return d.(auth.Directory), nil
	}
	return b.Store.Directory(ctx, id)
}

type spaceAnyway struct{ auth.Store }

func (b spaceAnyway) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, sp auth.Space, n auth.Note) error {
	sp.Directory, sp.Tenant = t.Directory, t.ID
	if sp.ID == "" {
		sp.ID = t.ID
	}
	return b.Store.CreateTenant(ctx, t, d, sp, n)
}

type directoryTaken struct {
	auth.Store
	made sync.Map
}

func (b *directoryTaken) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, sp auth.Space, n auth.Note) error {
	if _, ok := b.made.LoadOrStore(d.ID, true); ok {
		return auth.ErrTaken
	}
	return b.Store.CreateTenant(ctx, t, d, sp, n)
}

// directoryAnyway makes the directory before it looks at the slug.
type directoryAnyway struct {
	auth.Store
	orphans sync.Map
}

func (b *directoryAnyway) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, sp auth.Space, n auth.Note) error {
	err := b.Store.CreateTenant(ctx, t, d, sp, n)
	if errors.Is(err, auth.ErrTaken) {
		b.orphans.Store(d.ID, d)
	}
	return err
}

func (b *directoryAnyway) Directory(ctx context.Context, id string) (auth.Directory, error) {
	if d, ok := b.orphans.Load(id); ok {
		return d.(auth.Directory), nil
	}
	return b.Store.Directory(ctx, id)
}

type directoriesRepeat struct{ auth.Store }

func (b directoriesRepeat) Directories(ctx context.Context, after string, max int) ([]auth.Directory, error) {
	if after != "" {
		after = after[:len(after)-1]
	}
	return b.Store.Directories(ctx, after, max)
}

type firstFlagKept struct{ auth.Store }

func (b firstFlagKept) FlagDirectory(ctx context.Context, id string, at time.Time) error {
	flags, err := b.FlaggedDirectories(ctx)
	if _, ok := flags[id]; ok || err != nil {
		return err
	}
	return b.Store.FlagDirectory(ctx, id, at)
}

type anyFlagTaken struct{ auth.Store }

func (b anyFlagTaken) UnflagDirectory(ctx context.Context, id string, _ time.Time) error {
	flags, err := b.FlaggedDirectories(ctx)
	if err != nil {
		return err
	}
	return b.Store.UnflagDirectory(ctx, id, flags[id])
}

// flagByClock flags with the time that it is given, though there is a flag of
// that time.
type flagByClock struct{ auth.Store }

func (b flagByClock) FlagDirectory(ctx context.Context, id string, at time.Time) error {
	if err := anyFlagTaken(b).UnflagDirectory(ctx, id, at); err != nil {
		return err
	}
	return b.Store.FlagDirectory(ctx, id, at)
}
