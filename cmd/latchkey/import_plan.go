package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"

	"github.com/latchkey/latchkey/internal/auth"
)

// plan is what a dry run would have written, as far as later rows have to do
// with it: some 300 bytes a user.
type plan struct {
	mu          sync.Mutex
	directories map[string]bool // that are not there yet
	tenants     []auth.Tenant
	spaces      map[string]auth.Space // by tenant and slug
	people      []auth.Account        // no more of them than rules look at
	names       map[[16]byte]int32    // who has a name
	ids         map[string]int32
}

// planWith gives the rules stores that answer as if all had been written, and
// write nothing.
func planWith(s *auth.Service) {
	p := &plan{directories: map[string]bool{}, spaces: map[string]auth.Space{}, names: map[[16]byte]int32{}, ids: map[string]int32{}}
	s.Registry, s.Records = planRegistry{s.Registry, p}, planRecords{s.Records, p}
	if s.Directories != nil {
		s.Directories = planDirectories{s.Directories}
	}
}

// planDirectories makes no database.
type planDirectories struct{ auth.Directories }

// Prepare implements [auth.Directories].
func (planDirectories) Prepare(context.Context, auth.Directory) error { return nil }

// planRegistry has the tenants that are planned.
type planRegistry struct {
	auth.Registry
	plan *plan
}

// Tenant implements [auth.TenantRegistry].
func (r planRegistry) Tenant(ctx context.Context, slug string) (auth.Tenant, error) {
	r.plan.mu.Lock()
	defer r.plan.mu.Unlock()
	if i := slices.IndexFunc(r.plan.tenants, func(t auth.Tenant) bool { return t.Slug == slug }); i >= 0 {
		return r.plan.tenants[i], nil
	}
	return r.Registry.Tenant(ctx, slug)
}

// CreateTenant implements [auth.TenantRegistry]. That a deleted tenant had the
// name is seen by nobody but the store, which is not asked.
func (r planRegistry) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, _ auth.Space, _ auth.Note) error {
	switch _, err := r.Tenant(ctx, t.Slug); {
	case err == nil:
		return auth.ErrTaken
	case !errors.Is(err, auth.ErrNoRecord):
		return err
	}
	_, err := r.Directory(ctx, d.ID)
	if err != nil && !errors.Is(err, auth.ErrNoRecord) {
		return err
	}
	r.plan.mu.Lock()
	defer r.plan.mu.Unlock()
	r.plan.directories[d.ID] = err != nil && d.ID != auth.DefaultDirectory
	r.plan.tenants = append(r.plan.tenants, t)
	r.plan.spaces[t.ID+" "+auth.DefaultSpace] = auth.Space{ID: t.ID, Directory: d.ID, Tenant: t.ID, Slug: auth.DefaultSpace}
	return nil
}

// planRecords has the accounts and spaces that are planned.
type planRecords struct {
	auth.Records
	plan *plan
}

// Space implements [auth.SpaceRecords].
func (r planRecords) Space(ctx context.Context, directory, tenant, ref string) (auth.Space, error) {
	r.plan.mu.Lock()
	found, ok := r.plan.spaces[tenant+" "+ref]
	whole := r.plan.directories[directory]
	r.plan.mu.Unlock()
	switch {
	case ok:
		return found, nil
	case whole:
		return auth.Space{}, auth.ErrNoRecord
	}
	return r.Records.Space(ctx, directory, tenant, ref)
}

// CreateSpace implements [auth.SpaceRecords].
func (r planRecords) CreateSpace(ctx context.Context, sp auth.Space, _ auth.Note) error {
	switch _, err := r.Space(ctx, sp.Directory, sp.Tenant, sp.Slug); {
	case err == nil:
		return auth.ErrTaken
	case !errors.Is(err, auth.ErrNoRecord):
		return err
	}
	r.plan.mu.Lock()
	defer r.plan.mu.Unlock()
	r.plan.spaces[sp.Tenant+" "+sp.Slug] = sp
	return nil
}

// nameKey is a name in a directory.
func nameKey(directory string, n auth.Name) [16]byte {
	sum := sha256.Sum256([]byte(directory + "\x00" + string(n.Kind) + "\x00" + n.Value))
	return [16]byte(sum[:])
}
