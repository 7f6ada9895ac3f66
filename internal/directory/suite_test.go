package directory_test

import (
	"context"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/directory"
	"github.com/latchkey/latchkey/internal/store/memory"
	"github.com/latchkey/latchkey/internal/store/storetest"
)

// pair is a pool over two stores: the control database, and one that holds every
// other directory, since the suite writes notes about two directories at once,
// and a note goes to one database. It has every directory that the suite asks
// for, with or without a tenant.
type pair struct {
	*directory.Pool
	control, other *memory.Store
}

// Waiting counts the mails of the other store once, not for each directory.
func (p pair) Waiting(ctx context.Context) (queued, dead int, err error) {
	for _, s := range []*memory.Store{p.control, p.other} {
		q, d, err := s.Waiting(ctx)
		if err != nil {
			return 0, 0, err
		}
		queued, dead = queued+q, dead+d
	}
	return queued, dead, nil
}

// Directory and Directories answer as the registry does.
func (p pair) Directory(ctx context.Context, id string) (auth.Directory, error) {
	return p.control.Directory(ctx, id)
}

func (p pair) Directories(ctx context.Context, after string, most int) ([]auth.Directory, error) {
	return p.control.Directories(ctx, after, most)
}

// registry is the control database of a pair as the pool sees it.
type registry struct {
	*memory.Store
	other *memory.Store
}

func (registry) Directory(_ context.Context, id string) (auth.Directory, error) {
	return auth.Directory{ID: id}, nil
}

func (r registry) Directories(ctx context.Context, after string, _ int) (all []auth.Directory, err error) {
	ids, err := r.other.Trails(ctx)
	for _, id := range ids {
		if id > after {
			all = append(all, auth.Directory{ID: id})
		}
	}
	return all, err
}

// TestStore: a pool over stores is a store.
func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) auth.Store {
		p := pair{control: memory.New(storetest.Chain), other: memory.New(storetest.Chain)}
		p.Pool = directory.New(directory.Config{
			Control: registry{p.control, p.other},
			Open: func(context.Context, auth.Directory, bool) (directory.Database, error) {
				return lasting{p.other}, nil
			},
		})
		t.Cleanup(func() {
			if err := p.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		return p
	})
}
