package storetest_test

import (
	"context"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenKeeps() []broken {
	return []broken{
		{"the dead kept", func(s auth.Store) auth.Store { return deadKept{s} }, []string{"Sessions/SecureKeepsOnlyTheLiving"}},
		{"all forgotten for one stranger", func(s auth.Store) auth.Store { return allForgotten{s} }, []string{"Sessions/StrangersAreForgotten"}},
		{"strangers remembered", func(s auth.Store) auth.Store { return strangersRemembered{s} }, []string{"Sessions/StrangersAreForgotten"}},
	}
}

// deadKept secures also for a session that has ended.
type deadKept struct{ auth.Store }

func (b deadKept) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (auth.User, []string, error) {
	u, ids, err := b.Store.Secure(ctx, e, change)
	if errors.Is(err, auth.ErrNoRecord) && e.Session != "" {
		e.Session = ""
		return b.Store.Secure(ctx, e, change)
	}
	return u, ids, err
}

// allForgotten forgets every device when strangers are thrown out.
type allForgotten struct{ auth.Store }

func (b allForgotten) EndSessions(ctx context.Context, e auth.Ending) ([]string, error) {
	ids, err := b.Store.EndSessions(ctx, e)
	if err == nil && e.Forget && e.Strangers {
		_, err = b.Store.EndSessions(ctx, auth.Ending{Directory: e.Directory, User: e.User, At: e.At, From: e.At.AddDate(1, 0, 0), Forget: true})
	}
	return ids, err
}

// strangersRemembered ends their sessions and no more.
type strangersRemembered struct{ auth.Store }

func (b strangersRemembered) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (auth.User, []string, error) {
	e.Forget = e.Forget && !e.Strangers
	return b.Store.Secure(ctx, e, change)
}
