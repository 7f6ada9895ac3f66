package storetest_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenRecords() []broken {
	return []broken{
		{"nickname dropped", func(s auth.Store) auth.Store { return nicknameDropped{s} }, []string{"Records/UsersComeBackWhole"}},
		{"hash in the account", func(s auth.Store) auth.Store { return hashShown{s} }, []string{"Records/UsersComeBackWhole"}},
		{"no username is a username", func(s auth.Store) auth.Store { return &emptyTaken{Store: s} }, []string{"Records/UsersMayLackNames"}},
		{"end of the lock dropped", func(s auth.Store) auth.Store { return lockEndDropped{s} }, []string{"Records/UpdatesComeBackWhole"}},
		{"user returned as the change left it", func(s auth.Store) auth.Store { return userAsLeft{s} }, []string{"Records/WhatAUserIsStaysFixed"}},
		{"first taken name only", func(s auth.Store) auth.Store { return firstTakenOnly{s} }, []string{"Records/TakenNamesAreNamed"}},
		{"names checked, then taken", func(s auth.Store) auth.Store { return namesChecked{s} },
			[]string{"Records/UniqueNamesUnderRace", "Records/UniqueNamesUnderRacingUpdates"}},
		{"note before the change", func(s auth.Store) auth.Store { return noteFirst{s} },
			[]string{"Records/ATakenNameChangesNothing", "Records/AChangeThatFailsChangesNothing", "Records/AFailedChangeLinksNothing"}},
		{"update lost", func(s auth.Store) auth.Store { return updateLost{s} }, []string{"Records/NoUpdateIsLost", "Records/ALoginDuringAnUpdateIsKept"}},
		{"failed change kept", func(s auth.Store) auth.Store { return failedKept{s} }, []string{"Records/AChangeThatFailsChangesNothing"}},
		{"directory ignored", func(s auth.Store) auth.Store { return directoryIgnored{s} },
			[]string{"Records/DirectoriesDoNotSeeEachOther", "Sessions/SessionsOfDirectoriesAreApart"}},
		{"mail dropped", func(s auth.Store) auth.Store { return mailDropped{s} }, []string{"Records/NotesComeWithTheirChange"}},
		{"events dropped", func(s auth.Store) auth.Store { return eventsDropped{s} },
			[]string{"Records/NotesComeWithTheirChange", "Records/EveryNoteIsLinked"}},
		{"epoch dropped", func(s auth.Store) auth.Store { return epochDropped{s} }, []string{"Records/UpdatesComeBackWhole"}},
		{"events oldest first", func(s auth.Store) auth.Store { return eventsReversed{s} }, []string{"Records/EventsComeNewestFirst"}},
		{"tenant ignored", func(s auth.Store) auth.Store { return tenantIgnored{s} }, []string{"Records/TenantsDoNotSeeEachOther"}},
	}
}

type nicknameDropped struct{ auth.Store }

func (b nicknameDropped) CreateUser(ctx context.Context, u auth.User, s auth.Seat, n auth.Note) error {
	u.Nickname = ""
	return b.Store.CreateUser(ctx, u, s, n)
}

type hashShown struct{ auth.Store }

func (b hashShown) Account(ctx context.Context, directory, id string) (auth.Account, error) {
	a, err := b.Store.Account(ctx, directory, id)
	if err == nil {
		a.User, err = b.User(ctx, directory, id)
	}
	return a, err
}

type emptyTaken struct {
	auth.Store
	taken atomic.Bool
}

func (b *emptyTaken) CreateUser(ctx context.Context, u auth.User, s auth.Seat, n auth.Note) error {
	if u.Username == "" && b.taken.Swap(true) {
		return &auth.TakenError{Fields: []string{"username"}}
	}
	return b.Store.CreateUser(ctx, u, s, n)
}

type lockEndDropped struct{ auth.Store }

func (b lockEndDropped) UpdateUser(ctx context.Context, directory, id string, change func(*auth.User) error, n auth.Note) (auth.User, error) {
	return b.Store.UpdateUser(ctx, directory, id, func(u *auth.User) error {
		err := change(u)
		u.LockedUntil = time.Time{}
		return err
	}, n)
}

type userAsLeft struct{ auth.Store }

func (b userAsLeft) UpdateUser(ctx context.Context, directory, id string, change func(*auth.User) error, n auth.Note) (auth.User, error) {
	var left auth.User
	_, err := b.Store.UpdateUser(ctx, directory, id, func(u *auth.User) error {
		err := change(u)
		left = *u
		return err
	}, n)
	return left, err
}

type firstTakenOnly struct{ auth.Store }

func (b firstTakenOnly) CreateUser(ctx context.Context, u auth.User, s auth.Seat, n auth.Note) error {
	err := b.Store.CreateUser(ctx, u, s, n)
	if e := (*auth.TakenError)(nil); errors.As(err, &e) {
		return &auth.TakenError{Fields: e.Fields[:1]}
	}
	return err
}

// namesChecked looks whether the names are free, and is not stopped by an index
// when they are taken in between.
type namesChecked struct{ auth.Store }

func (b namesChecked) CreateUser(ctx context.Context, u auth.User, s auth.Seat, n auth.Note) error {
	for _, name := range []auth.Name{{Kind: auth.NameEmail, Value: u.Email}, {Kind: auth.NameUsername, Value: u.Username}, {Kind: auth.NameMobile, Value: u.Mobile}} {
		if _, err := b.UserByName(ctx, u.Directory, name); err == nil {
			return &auth.TakenError{Fields: []string{string(name.Kind)}}
		}
	}
	pause()
	if err := b.Store.CreateUser(ctx, u, s, n); !errors.Is(err, auth.ErrTaken) {
		return err
	}
	return nil
}

func (b namesChecked) UpdateUser(ctx context.Context, directory, id string, change func(*auth.User) error, n auth.Note) (auth.User, error) {
	u, err := b.Store.UpdateUser(ctx, directory, id, change, n)
	if errors.Is(err, auth.ErrTaken) {
		return u, nil
	}
	return u, err
}

type noteFirst struct{ auth.Store }

func (b noteFirst) CreateUser(ctx context.Context, u auth.User, s auth.Seat, n auth.Note) error {
	if err := b.Write(ctx, n); err != nil {
		return err
	}
	return b.Store.CreateUser(ctx, u, s, auth.Note{})
}

func (b noteFirst) UpdateUser(ctx context.Context, directory, id string, change func(*auth.User) error, n auth.Note) (auth.User, error) {
	if err := b.Write(ctx, n); err != nil {
		return auth.User{}, err
	}
	return b.Store.UpdateUser(ctx, directory, id, change, auth.Note{})
}

type updateLost struct{ auth.Store }

func (b updateLost) UpdateUser(ctx context.Context, directory, id string, change func(*auth.User) error, n auth.Note) (auth.User, error) {
	u, err := b.User(ctx, directory, id)
	if err != nil {
		return u, err
	}
	if err := change(&u); err != nil {
		return u, err
	}
	return b.Store.UpdateUser(ctx, directory, id, func(v *auth.User) error { *v = u; return nil }, n)
}

type failedKept struct{ auth.Store }

func (b failedKept) UpdateUser(ctx context.Context, directory, id string, change func(*auth.User) error, n auth.Note) (auth.User, error) {
	var fault error
	u, err := b.Store.UpdateUser(ctx, directory, id, func(v *auth.User) error { fault = change(v); return nil }, auth.Note{})
	if fault != nil {
		return u, fault
	}
	return u, err
}

// directoryIgnored finds users and sessions of every directory.
type directoryIgnored struct{ auth.Store }

func (b directoryIgnored) User(ctx context.Context, _, id string) (u auth.User, err error) {
	for _, d := range []string{"default", "here", "there"} {
		if u, err = b.Store.User(ctx, d, id); err == nil {
			return u, nil
		}
	}
	return u, err
}

func (b directoryIgnored) Session(ctx context.Context, _, id string) (v auth.Session, err error) {
	for _, d := range []string{"default", "here", "there"} {
		if v, err = b.Store.Session(ctx, d, id); err == nil {
			return v, nil
		}
	}
	return v, err
}

type mailDropped struct{ auth.Store }

func (b mailDropped) EndSessions(ctx context.Context, e auth.Ending) ([]string, error) {
	e.Note.Mails = nil
	return b.Store.EndSessions(ctx, e)
}

type eventsDropped struct{ auth.Store }

func (b eventsDropped) AddKey(ctx context.Context, k auth.KeyRecord, newest string, n auth.Note) error {
	n.Events = nil
	return b.Store.AddKey(ctx, k, newest, n)
}

type epochDropped struct{ auth.Store }

func (b epochDropped) UpdateUser(ctx context.Context, directory, id string, change func(*auth.User) error, n auth.Note) (auth.User, error) {
	return b.Store.UpdateUser(ctx, directory, id, func(u *auth.User) error {
		was := u.Epoch
		err := change(u)
		u.Epoch = was
		return err
	}, n)
}

type eventsReversed struct{ auth.Store }

func (b eventsReversed) Events(ctx context.Context, q auth.EventQuery) ([]auth.Event, error) {
	events, err := b.Store.Events(ctx, q)
	slices.Reverse(events)
	return events, err
}

type tenantIgnored struct{ auth.Store }

func (b tenantIgnored) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	r.Tenant = ""
	return b.Store.Rotate(ctx, r)
}
