package storetest

import (
	"cmp"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func accountPromises() []promise[auth.Store] {
	return []promise[auth.Store]{
		{"ChangesComeBackWhole", changesComeBackWhole},
		{"TheHashStays", theHashStays},
		{"WhatAnAccountIsStaysFixed", whatAnAccountIsStaysFixed},
		{"AnAccountChangeThatFailsChangesNothing", anAccountChangeThatFailsChangesNothing},
		{"AnAccountMayNotTakeNames", anAccountMayNotTakeNames},
		{"UnknownRolesAreNoRole", unknownRolesAreNoRole},
		{"NoAccountChangeIsLost", noAccountChangeIsLost},
		{"ALoginDuringAnAccountChangeIsKept", aLoginDuringAnAccountChangeIsKept},
		{"WithoutASeatThereIsNoUser", withoutASeatThereIsNoUser},
		{"NoLoginOutlivesItsUser", noLoginOutlivesItsUser},
		{"TheLastAdminStays", theLastAdminStays},
		{"AGuardIsForItsTenant", aGuardIsForItsTenant},
		{"OnlyTheUsableAreAdmins", onlyTheUsableAreAdmins},
		{"AdminsCannotRemoveEachOther", adminsCannotRemoveEachOther},
	}
}

// change asks to change an account of the world's directory.
func (w world) change(u auth.User, change func(*auth.Account) error) auth.AccountChange {
	return auth.AccountChange{Directory: u.Directory, User: u.ID, Change: change}
}

// changed makes a change that has to succeed.
func (w world) changed(u auth.User, change func(*auth.Account)) auth.Account {
	w.Helper()
	a, err := w.ChangeAccount(bg, w.change(u, func(a *auth.Account) error { change(a); return nil }))
	must(w, err, "ChangeAccount")
	return ordered(a)
}

// account reads an account that has to be there.
func (w world) account(u auth.User) auth.Account {
	w.Helper()
	a, err := w.Account(bg, u.Directory, u.ID)
	must(w, err, "Account")
	return ordered(a)
}

// ordered is an account with its seats in an order: which one they come in is
// the store's affair.
func ordered(a auth.Account) auth.Account {
	a.Seats = slices.Clone(a.Seats)
	slices.SortFunc(a.Seats, func(a, b auth.Seat) int {
		return cmp.Or(cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Space, b.Space))
	})
	return a
}

// as is a seat in the world's tenant that is not the main one.
func (w world) as(role string) auth.Seat {
	return auth.Seat{Tenant: w.tenant.ID, Space: w.space.ID, Role: role}
}

// joinAs adds another user with that role.
func (w world) joinAs(role string) auth.User {
	w.Helper()
	u, seat := w.newUser(), w.seat()
	seat.Role = role
	must(w, w.CreateUser(bg, u, seat, auth.Note{}), "CreateUser")
	return u
}

func changesComeBackWhole(t T, s auth.Store) {
	w, elsewhere := settle(t, s, "default"), settle(t, s, "default")
	annex := w.newSpace("annex")
	must(t, s.CreateSpace(bg, annex, auth.Note{}), "CreateSpace")
	full := w.fullUser()
	full.ID, full.CreatedAt, full.PasswordHash = w.user.ID, w.user.CreatedAt, ""
	bare := w.user
	bare.PasswordHash = ""
	other := w.account(w.join())
	there := elsewhere.as(auth.RoleAdmin)
	there.Main = true
	for _, want := range []auth.Account{
		{User: full, Seats: []auth.Seat{w.as(auth.RoleManager), {Tenant: w.tenant.ID, Space: annex.ID, Role: auth.RoleUser}, there}},
		{User: bare, Seats: []auth.Seat{there}},
		{User: bare, Seats: []auth.Seat{w.seat(), elsewhere.as(auth.RoleUser)}},
	} {
		got := w.changed(w.user, func(a *auth.Account) { *a = auth.Account{User: want.User, Seats: slices.Clone(want.Seats)} })
		same(t, "ChangeAccount", got, ordered(want))
		same(t, "Account", w.account(w.user), ordered(want))
		// a change that is asked for sees what there is
		w.changed(w.user, func(a *auth.Account) { same(t, "what is changed", ordered(*a), ordered(want)) })
	}
	same(t, "the other account", w.account(other.User), other)
}

func theHashStays(t T, s auth.Store) {
	w := settle(t, s, "default")
	got := w.changed(w.user, func(a *auth.Account) {
		if a.User.PasswordHash != "" {
			t.Errorf("the change was given the hash")
		}
		a.User.Name, a.User.PasswordHash = "New", "$another$"
	})
	if got.User.PasswordHash != "" {
		t.Errorf("ChangeAccount returned a hash")
	}
	w.user.Name = "New"
	w.holds(w.user)
}

func whatAnAccountIsStaysFixed(t T, s auth.Store) {
	w := settle(t, s, "default")
	want := w.account(w.user)
	want.User.Nickname = "new"
	got := w.changed(w.user, func(a *auth.Account) {
		a.User.ID, a.User.Directory, a.User.CreatedAt, a.User.Nickname = newID(), "other", start.Add(time.Hour), "new"
	})
	same(t, "ChangeAccount", got, want)
	same(t, "Account", w.account(w.user), want)
}
