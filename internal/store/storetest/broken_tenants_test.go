package storetest_test

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenTenants() []broken {
	return []broken{
		{"tenants by slug, backwards", func(s auth.Store) auth.Store { return tenantsReversed{s} }, []string{"Tenants/TenantsComeBySlug"}},
		{"status of tenants not looked at", func(s auth.Store) auth.Store { return tenantStatusIgnored{s} }, []string{"Tenants/TenantsComeBySlug"}},
		{"the last tenant seen comes again", func(s auth.Store) auth.Store { return tenantsRepeat{s} },
			[]string{"Tenants/TenantsComeBySlug", "Tenants/TenantsComeInPages"}},
		{"tenant noted before it is made", func(s auth.Store) auth.Store { return tenantNotedFirst{s} },
			[]string{"Tenants/ARefusedTenantIsNotNoted", "Registry/ATenantChangeThatFailsChangesNothing"}},
		{"tenant without its note", func(s auth.Store) auth.Store { return tenantUnnoted{s} }, []string{"Records/NotesComeWithTheirChange"}},
		{"deleted tenant found by its id", func(s auth.Store) auth.Store { return &deletedFound{Store: s} }, []string{"Tenants/ADeletedTenantIsGone"}},
		{"slug of a deleted tenant used again", func(s auth.Store) auth.Store { return slugFreed{s} }, []string{"Tenants/ASlugIsNeverUsedAgain"}},
		{"tenant deleted twice", func(s auth.Store) auth.Store { return deletedTwice{s} }, []string{"Tenants/OneCallerDeletesATenant"}},
		{"picture lost with the next change", func(s auth.Store) auth.Store { return pictureLost{s} }, []string{"Tenants/APictureIsSetKeptAndRemoved"}},
		{"picture never removed", func(s auth.Store) auth.Store { return pictureKept{s} }, []string{"Tenants/APictureIsSetKeptAndRemoved"}},
		{"picture with the tenant", func(s auth.Store) auth.Store { return pictureShown{s} }, []string{"Tenants/APictureIsSetKeptAndRemoved"}},
		{"picture of a change that failed", func(s auth.Store) auth.Store { return pictureOfFailure{s} }, []string{"Tenants/AFailedChangeKeepsThePicture"}},
		{"origins remembered", func(s auth.Store) auth.Store { return &originsRemembered{Store: s} }, []string{"Tenants/OriginsAreKnownByThePolicy"}},
	}
}

type tenantChange = func(*auth.Tenant) error

type tenantsReversed struct{ auth.Store }

func (b tenantsReversed) Tenants(ctx context.Context, q auth.TenantQuery) ([]auth.Tenant, error) {
	found, err := b.Store.Tenants(ctx, q)
	slices.Reverse(found)
	return found, err
}

type tenantStatusIgnored struct{ auth.Store }

func (b tenantStatusIgnored) Tenants(ctx context.Context, q auth.TenantQuery) ([]auth.Tenant, error) {
	q.Status = ""
	return b.Store.Tenants(ctx, q)
}

type tenantsRepeat struct{ auth.Store }

func (b tenantsRepeat) Tenants(ctx context.Context, q auth.TenantQuery) ([]auth.Tenant, error) {
	if q.After != "" {
		q.After = q.After[:len(q.After)-1]
	}
	return b.Store.Tenants(ctx, q)
}

type tenantNotedFirst struct{ auth.Store }

func (b tenantNotedFirst) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, sp auth.Space, n auth.Note) error {
	if err := b.Write(ctx, n); err != nil {
		return err
	}
	return b.Store.CreateTenant(ctx, t, d, sp, auth.Note{})
}

func (b tenantNotedFirst) UpdateTenant(ctx context.Context, id string, change tenantChange, n auth.Note) (auth.Tenant, error) {
	if err := b.Write(ctx, n); err != nil {
		return auth.Tenant{}, err
	}
	return b.Store.UpdateTenant(ctx, id, change, auth.Note{})
}

type tenantUnnoted struct{ auth.Store }

func (b tenantUnnoted) UpdateTenant(ctx context.Context, id string, change tenantChange, _ auth.Note) (auth.Tenant, error) {
	return b.Store.UpdateTenant(ctx, id, change, auth.Note{})
}

// deletedFound still finds the tenants that it saw deleted.
type deletedFound struct {
	auth.Store
	gone sync.Map
}

func (b *deletedFound) UpdateTenant(ctx context.Context, id string, change tenantChange, n auth.Note) (auth.Tenant, error) {
	t, err := b.Store.UpdateTenant(ctx, id, change, n)
	if err == nil && !t.DeletedAt.IsZero() {
		b.gone.Store(id, t)
	}
	return t, err
}

func (b *deletedFound) TenantByID(ctx context.Context, id string) (auth.Tenant, error) {
	if t, ok := b.gone.Load(id); ok {
		return t.(auth.Tenant), nil
	}
	return b.Store.TenantByID(ctx, id)
}

type slugFreed struct{ auth.Store }

func (b slugFreed) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, sp auth.Space, n auth.Note) error {
	_, missing := b.Tenant(ctx, t.Slug)
	err := b.Store.CreateTenant(ctx, t, d, sp, n)
	if errors.Is(err, auth.ErrTaken) && missing != nil {
		return nil //nolint:nilerr // which is what is wrong with it
	}
	return err
}

type deletedTwice struct{ auth.Store }

func (b deletedTwice) UpdateTenant(ctx context.Context, id string, change tenantChange, n auth.Note) (auth.Tenant, error) {
	ran := false
	t, err := b.Store.UpdateTenant(ctx, id, func(t *auth.Tenant) error { ran = true; return change(t) }, n)
	if errors.Is(err, auth.ErrNoRecord) && ran {
		return t, nil
	}
	return t, err
}

// withLogo sets what a change has left as the picture.
func withLogo(ctx context.Context, s auth.Store, id string, change tenantChange, n auth.Note, logo func([]byte) []byte) (auth.Tenant, error) {
	return s.UpdateTenant(ctx, id, func(t *auth.Tenant) error {
		err := change(t)
		t.Logo = logo(t.Logo)
		return err
	}, n)
}

type pictureLost struct{ auth.Store }

func (b pictureLost) UpdateTenant(ctx context.Context, id string, change tenantChange, n auth.Note) (auth.Tenant, error) {
	return withLogo(ctx, b.Store, id, change, n, func(logo []byte) []byte { return append([]byte{}, logo...) })
}

type pictureKept struct{ auth.Store }

func (b pictureKept) UpdateTenant(ctx context.Context, id string, change tenantChange, n auth.Note) (auth.Tenant, error) {
	return withLogo(ctx, b.Store, id, change, n, func(logo []byte) []byte { return append([]byte(nil), logo...) })
}

type pictureShown struct{ auth.Store }

func (b pictureShown) TenantByID(ctx context.Context, id string) (auth.Tenant, error) {
	t, err := b.Store.TenantByID(ctx, id)
	if err == nil {
		if t.Logo, err = b.Logo(ctx, id); errors.Is(err, auth.ErrNoRecord) {
			err = nil
		}
	}
	return t, err
}

type pictureOfFailure struct{ auth.Store }

func (b pictureOfFailure) UpdateTenant(ctx context.Context, id string, change tenantChange, n auth.Note) (auth.Tenant, error) {
	var logo []byte
	t, err := b.Store.UpdateTenant(ctx, id, func(t *auth.Tenant) error {
		err := change(t)
		logo = t.Logo
		return err
	}, n)
	if err != nil && logo != nil {
		_, kept := b.Store.UpdateTenant(ctx, id, func(t *auth.Tenant) error { t.Logo = logo; return nil }, auth.Note{})
		return t, errors.Join(err, kept)
	}
	return t, err
}

// originsRemembered knows every origin that a policy ever had.
type originsRemembered struct {
	auth.Store
	known sync.Map
}

func (b *originsRemembered) UpdateTenant(ctx context.Context, id string, change tenantChange, n auth.Note) (auth.Tenant, error) {
	t, err := b.Store.UpdateTenant(ctx, id, change, n)
	for _, origin := range t.Policy.AllowedOrigins {
		b.known.Store(origin, true)
	}
	return t, err
}

func (b *originsRemembered) OriginKnown(ctx context.Context, origin string) (bool, error) {
	if _, ok := b.known.Load(origin); ok {
		return true, nil
	}
	return b.Store.OriginKnown(ctx, origin)
}
