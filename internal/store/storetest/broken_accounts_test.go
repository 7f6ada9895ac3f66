package storetest_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenAccounts() []broken {
	return []broken{
		{"proof of the address dropped", func(s auth.Store) auth.Store { return verifiedDropped{s} }, []string{"Accounts/ChangesComeBackWhole"}},
		{"seats only added", func(s auth.Store) auth.Store { return seatsAdded{s} }, []string{"Accounts/ChangesComeBackWhole"}},
		{"hash of the change kept", func(s auth.Store) auth.Store { return hashOfChange{s} }, []string{"Accounts/TheHashStays"}},
		{"account returned as the change left it", func(s auth.Store) auth.Store { return accountAsLeft{s} }, []string{"Accounts/WhatAnAccountIsStaysFixed"}},
		{"failed account change kept", func(s auth.Store) auth.Store { return failedAccountKept{s} }, []string{"Accounts/AnAccountChangeThatFailsChangesNothing"}},
		{"account noted before it is changed", func(s auth.Store) auth.Store { return accountNotedFirst{s} },
			[]string{"Accounts/AnAccountChangeThatFailsChangesNothing", "Accounts/AnAccountMayNotTakeNames", "Accounts/UnknownRolesAreNoRole", "Accounts/TheLastAdminStays"}},
		{"first taken name of an account only", func(s auth.Store) auth.Store { return firstTakenOfAccount{s} }, []string{"Accounts/AnAccountMayNotTakeNames"}},
		{"unknown role is a user", func(s auth.Store) auth.Store { return unknownIsUser{s} }, []string{"Accounts/UnknownRolesAreNoRole"}},
		{"account update lost", func(s auth.Store) auth.Store { return accountUpdateLost{s} },
			[]string{"Accounts/NoAccountChangeIsLost", "Accounts/ALoginDuringAnAccountChangeIsKept"}},
		{"noted at each try", func(s auth.Store) auth.Store { return notedEachTry{s} },
			[]string{"Accounts/NoAccountChangeIsLost", "Registry/NoTenantUpdateIsLost", "Roles/NoRoleUpdateIsLost"}},
		{"sessions of those who are gone", func(s auth.Store) auth.Store { return &sessionsStay{Store: s} },
			[]string{"Accounts/WithoutASeatThereIsNoUser", "Accounts/NoLoginOutlivesItsUser"}},
		{"devices of those who are gone", func(s auth.Store) auth.Store { return &devicesStay{Store: s} }, []string{"Accounts/WithoutASeatThereIsNoUser"}},
	}
}

// edited runs a change of an account and what the store does to it.
func edited(ctx context.Context, s auth.Store, c auth.AccountChange, edit func(before auth.Account, a *auth.Account)) (auth.Account, error) {
	change := c.Change
	c.Change = func(a *auth.Account) error {
		before := auth.Account{User: a.User, Seats: slices.Clone(a.Seats)}
		err := change(a)
		edit(before, a)
		return err
	}
	return s.ChangeAccount(ctx, c)
}

type verifiedDropped struct{ auth.Store }

func (b verifiedDropped) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	return edited(ctx, b.Store, c, func(_ auth.Account, a *auth.Account) { a.User.VerifiedAt = time.Time{} })
}

type seatsAdded struct{ auth.Store }

func (b seatsAdded) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	return edited(ctx, b.Store, c, func(before auth.Account, a *auth.Account) {
		for _, s := range before.Seats {
			if _, ok := a.Seat(s.Tenant, s.Space); !ok {
				s.Main = false
				a.Seats = append(a.Seats, s)
			}
		}
	})
}

type hashOfChange struct{ auth.Store }

func (b hashOfChange) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	var hash auth.Secret
	a, err := edited(ctx, b.Store, c, func(_ auth.Account, a *auth.Account) { hash = a.User.PasswordHash })
	if err == nil {
		_, err = b.UpdateUser(ctx, c.Directory, c.User, func(u *auth.User) error { u.PasswordHash = hash; return nil }, auth.Note{})
	}
	return a, err
}

type accountAsLeft struct{ auth.Store }

func (b accountAsLeft) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	var left auth.Account
	_, err := edited(ctx, b.Store, c, func(_ auth.Account, a *auth.Account) { left = *a })
	return left, err
}

type failedAccountKept struct{ auth.Store }

func (b failedAccountKept) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	var fault error
	change := c.Change
	c.Change = func(a *auth.Account) error {
		fault = change(a)
		a.Seats = a.Seats[:1]
		return nil
	}
	a, err := b.Store.ChangeAccount(ctx, c)
	if fault != nil {
		return a, fault
	}
	return a, err
}

type accountNotedFirst struct{ auth.Store }

func (b accountNotedFirst) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	if err := b.Write(ctx, c.Note); err != nil {
		return auth.Account{}, err
	}
	c.Note = auth.Note{}
	return b.Store.ChangeAccount(ctx, c)
}

type firstTakenOfAccount struct{ auth.Store }

func (b firstTakenOfAccount) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	a, err := b.Store.ChangeAccount(ctx, c)
	if e := (*auth.TakenError)(nil); errors.As(err, &e) {
		return a, &auth.TakenError{Fields: e.Fields[:1]}
	}
	return a, err
}

type unknownIsUser struct{ auth.Store }

func (b unknownIsUser) CreateUser(ctx context.Context, u auth.User, s auth.Seat, n auth.Note) error {
	err := b.Store.CreateUser(ctx, u, s, n)
	if errors.Is(err, auth.ErrNoRole) {
		s.Role = auth.RoleUser
		return b.Store.CreateUser(ctx, u, s, n)
	}
	return err
}

type accountUpdateLost struct{ auth.Store }

func (b accountUpdateLost) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	a, err := b.Account(ctx, c.Directory, c.User)
	if err != nil {
		return a, err
	}
	if err := c.Change(&a); err != nil {
		return a, err
	}
	c.Change = func(now *auth.Account) error { *now = a; return nil }
	return b.Store.ChangeAccount(ctx, c)
}

// sessionsStay finds sessions of users who are removed.
type sessionsStay struct {
	auth.Store
	opened sync.Map
}

func (b *sessionsStay) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	b.opened.Store(o.Session.ID, o.Session)
	return b.Store.CreateSession(ctx, o)
}

func (b *sessionsStay) Session(ctx context.Context, directory, id string) (auth.Session, error) {
	v, err := b.Store.Session(ctx, directory, id)
	if old, ok := b.opened.Load(id); ok && errors.Is(err, auth.ErrNoRecord) {
		return old.(auth.Session), nil
	}
	return v, err
}

// devicesStay finds their devices.
type devicesStay struct {
	auth.Store
	devices sync.Map
}

func (b *devicesStay) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	b.devices.Store(o.Session.User+o.Session.Device, true)
	return b.Store.CreateSession(ctx, o)
}

func (b *devicesStay) Device(ctx context.Context, directory, user, id string) (auth.Device, error) {
	d, err := b.Store.Device(ctx, directory, user, id)
	if _, ok := b.devices.Load(user + id); ok && errors.Is(err, auth.ErrNoRecord) {
		return auth.Device{Directory: directory, User: user, ID: id}, nil
	}
	return d, err
}

// notedEachTry writes the note whenever it tries, also in vain.
type notedEachTry struct{ auth.Store }

func (b notedEachTry) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	change, n := c.Change, c.Note
	c.Note = auth.Note{}
	c.Change = func(a *auth.Account) error { return errors.Join(change(a), b.Write(ctx, n)) }
	return b.Store.ChangeAccount(ctx, c)
}

func (b notedEachTry) UpdateTenant(ctx context.Context, id string, change tenantChange, n auth.Note) (auth.Tenant, error) {
	return b.Store.UpdateTenant(ctx, id, func(t *auth.Tenant) error { return errors.Join(change(t), b.Write(ctx, n)) }, auth.Note{})
}

func (b notedEachTry) UpdateRole(ctx context.Context, directory, tenant, name string, change roleChange, n auth.Note) (auth.Role, error) {
	return b.Store.UpdateRole(ctx, directory, tenant, name, func(r *auth.Role) error { return errors.Join(change(r), b.Write(ctx, n)) }, auth.Note{})
}
