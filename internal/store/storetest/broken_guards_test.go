package storetest_test

import (
	"context"
	"errors"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenGuards() []broken {
	return []broken{
		{"guard not looked at", func(s auth.Store) auth.Store { return guardIgnored{s} }, []string{"Accounts/TheLastAdminStays"}},
		{"admin of another tenant is one", func(s auth.Store) auth.Store { return adminOfAny{s} }, []string{"Accounts/AGuardIsForItsTenant"}},
		{"guard where there is no admin", func(s auth.Store) auth.Store { return guardAlways{s} }, []string{"Accounts/AGuardIsForItsTenant"}},
		{"disabled admin is one", func(s auth.Store) auth.Store { return disabledAdmins{s} }, []string{"Accounts/OnlyTheUsableAreAdmins"}},
		{"locked admin is none", func(s auth.Store) auth.Store { return lockedIsNone{s} }, []string{"Accounts/OnlyTheUsableAreAdmins"}},
		{"admins counted, then removed", func(s auth.Store) auth.Store { return adminsCounted{s} }, []string{"Accounts/AdminsCannotRemoveEachOther"}},
	}
}

// admins are the accounts with that role in the tenant that is guarded.
func admins(ctx context.Context, s auth.Store, c auth.AccountChange) ([]auth.FoundAccount, error) {
	return s.Accounts(ctx, auth.AccountQuery{Directory: c.Directory, Tenant: c.Guard, Role: auth.RoleAdmin, Max: 100})
}

type guardIgnored struct{ auth.Store }

func (b guardIgnored) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	c.Guard = ""
	return b.Store.ChangeAccount(ctx, c)
}

// adminOfAny leaves a tenant to somebody who is an admin elsewhere.
type adminOfAny struct{ auth.Store }

func (b adminOfAny) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	was, err := b.Account(ctx, c.Directory, c.User)
	if err != nil {
		return was, err
	}
	a, err := b.Store.ChangeAccount(ctx, c)
	elsewhere := func(s auth.Seat) bool { return s.Role == auth.RoleAdmin && s.Tenant != c.Guard }
	if errors.Is(err, auth.ErrAdminless) && slices.ContainsFunc(was.Seats, elsewhere) {
		return guardIgnored(b).ChangeAccount(ctx, c)
	}
	return a, err
}

type guardAlways struct{ auth.Store }

func (b guardAlways) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	if c.Guard != "" {
		if found, err := admins(ctx, b.Store, c); err != nil || len(found) == 0 {
			return auth.Account{}, errors.Join(err, auth.ErrAdminless)
		}
	}
	return b.Store.ChangeAccount(ctx, c)
}

// disabledAdmins counts them with the others.
type disabledAdmins struct{ auth.Store }

func (b disabledAdmins) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	a, err := b.Store.ChangeAccount(ctx, c)
	if !errors.Is(err, auth.ErrAdminless) {
		return a, err
	}
	if found, err := admins(ctx, b.Store, c); err != nil || len(found) < 2 {
		return a, errors.Join(err, auth.ErrAdminless)
	}
	return guardIgnored(b).ChangeAccount(ctx, c)
}

// lockedIsNone does not count admins who are locked.
type lockedIsNone struct{ auth.Store }

func (b lockedIsNone) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	found, err := admins(ctx, b.Store, c)
	if err != nil {
		return auth.Account{}, err
	}
	if slices.ContainsFunc(found, func(f auth.FoundAccount) bool { return f.User.Status == auth.UserLocked && f.User.ID != c.User }) {
		return auth.Account{}, auth.ErrAdminless
	}
	return b.Store.ChangeAccount(ctx, c)
}

// adminsCounted looks whether there is another admin, and does not look again.
type adminsCounted struct{ auth.Store }

func (b adminsCounted) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	if c.Guard != "" {
		if found, err := admins(ctx, b.Store, c); err != nil || len(found) < 2 {
			return auth.Account{}, errors.Join(err, auth.ErrAdminless)
		}
	}
	return guardIgnored(b).ChangeAccount(ctx, c)
}
