package storetest_test

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenSecures() []broken {
	return []broken{
		{"the old ends too", func(s auth.Store) auth.Store { return passesNothing{s} }, []string{"Sessions/EndingPassesOver"}},
		{"known devices pass for strangers", func(s auth.Store) auth.Store { return knownEnd{s} }, []string{"Sessions/EndingPassesOver"}},
		{"attack begins a moment later", func(s auth.Store) auth.Store { return fromExclusive{s} }, []string{"Sessions/EndingPassesOver"}},
		{"changed, then ended", func(s auth.Store) auth.Store { return changedFirst{s} }, []string{"Sessions/SecureHappensAtOnce"}},
		{"ended, then changed", func(s auth.Store) auth.Store { return endedFirst{s} },
			[]string{"Sessions/SecureHappensAtOnce", "Sessions/SecureFailsWhole", "Sessions/NoLoginOutlivesSecure"}},
		{"secured with two notes", func(s auth.Store) auth.Store { return noteTwice{s} }, []string{"Sessions/SecureChangesAndEnds"}},
		{"secured from what was read before", func(s auth.Store) auth.Store { return secureLost{s} }, []string{"Sessions/NoUpdateIsLostBySecure"}},
		{"secured user as the change left it", func(s auth.Store) auth.Store { return securedAsLeft{s} }, []string{"Sessions/SecureChangesAndEnds"}},
	}
}

type passesNothing struct{ auth.Store }

func (b passesNothing) EndSessions(ctx context.Context, e auth.Ending) ([]string, error) {
	e.From = time.Time{}
	return b.Store.EndSessions(ctx, e)
}

type knownEnd struct{ auth.Store }

func (b knownEnd) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (auth.User, []string, error) {
	e.Strangers = false
	return b.Store.Secure(ctx, e, change)
}

type fromExclusive struct{ auth.Store }

func (b fromExclusive) EndSessions(ctx context.Context, e auth.Ending) ([]string, error) {
	e.From = e.From.Add(time.Millisecond)
	return b.Store.EndSessions(ctx, e)
}

type changedFirst struct{ auth.Store }

func (b changedFirst) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (auth.User, []string, error) {
	u, err := b.UpdateUser(ctx, e.Directory, e.User, change, auth.Note{})
	if err != nil {
		return u, nil, err
	}
	pause()
	ids, err := b.EndSessions(ctx, e)
	return u, ids, err
}

type endedFirst struct{ auth.Store }

func (b endedFirst) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (auth.User, []string, error) {
	ids, err := b.EndSessions(ctx, e)
	if err != nil {
		return auth.User{}, ids, err
	}
	pause()
	u, err := b.UpdateUser(ctx, e.Directory, e.User, change, auth.Note{})
	return u, ids, err
}

type noteTwice struct{ auth.Store }

func (b noteTwice) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (auth.User, []string, error) {
	u, ids, err := b.Store.Secure(ctx, e, change)
	if err != nil {
		return u, ids, err
	}
	return u, ids, b.Write(ctx, auth.Note{Events: e.Note.Events})
}

type secureLost struct{ auth.Store }

func (b secureLost) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (auth.User, []string, error) {
	u, err := b.User(ctx, e.Directory, e.User)
	if err != nil {
		return u, nil, err
	}
	if err := change(&u); err != nil {
		return u, nil, err
	}
	return b.Store.Secure(ctx, e, func(v *auth.User) error { *v = u; return nil })
}

type securedAsLeft struct{ auth.Store }

func (b securedAsLeft) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (auth.User, []string, error) {
	var left auth.User
	_, ids, err := b.Store.Secure(ctx, e, func(u *auth.User) error {
		err := change(u)
		left = *u
		return err
	})
	return left, ids, err
}
