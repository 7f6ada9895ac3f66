package storetest_test

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func brokenSessions() []broken {
	return []broken{
		{"agent dropped", func(s auth.Store) auth.Store { return agentDropped{s} }, []string{"Sessions/SessionsComeBackWhole"}},
		{"login forgotten", func(s auth.Store) auth.Store { return loginForgotten{s} }, []string{"Sessions/ALoginIsRemembered"}},
		{"session of nobody", func(s auth.Store) auth.Store { return nobodyLogsIn{s} }, []string{"Sessions/ASessionNeedsItsUser"}},
		{"lock not looked at", func(s auth.Store) auth.Store { return lockIgnored{s} }, []string{"Sessions/ALockHoldsAgainstALogin"}},
		{"idle sessions live", func(s auth.Store) auth.Store { return idleLives{s} }, []string{"Sessions/LivingSessionsComeNewestFirst"}},
		{"touch moves back", func(s auth.Store) auth.Store { return touchBack{s} },
			[]string{"Sessions/TouchMovesForwardOnly", "Sessions/NoTouchIsLost"}},
		{"end without a note", func(s auth.Store) auth.Store { return endUnnoted{s} }, []string{"Sessions/EndingEndsOne"}},
		{"end checked, then done", func(s auth.Store) auth.Store { return endChecked{s} }, []string{"Sessions/OneCallerEnds"}},
		{"anybody ends", func(s auth.Store) auth.Store { return anybodyEnds{s} }, []string{"Sessions/OthersCannotEnd"}},
		{"the kept one ends", func(s auth.Store) auth.Store { return keepsNone{s} }, []string{"Sessions/EndingAllKeepsOne"}},
		{"ends listed, then done", func(s auth.Store) auth.Store { return endsListed{s} }, []string{"Sessions/EachEndIsToldOnce"}},
	}
}

type agentDropped struct{ auth.Store }

func (b agentDropped) CreateSession(ctx context.Context, v auth.Session, n auth.Note) error {
	v.Agent = ""
	return b.Store.CreateSession(ctx, v, n)
}

type loginForgotten struct{ auth.Store }

func (b loginForgotten) CreateSession(ctx context.Context, v auth.Session, n auth.Note) error {
	u, err := b.User(ctx, v.Directory, v.User)
	if err != nil {
		return err
	}
	if err := b.Store.CreateSession(ctx, v, n); err != nil {
		return err
	}
	_, err = b.UpdateUser(ctx, v.Directory, v.User, func(now *auth.User) error { *now = u; return nil }, auth.Note{})
	return err
}

type nobodyLogsIn struct{ auth.Store }

func (b nobodyLogsIn) CreateSession(ctx context.Context, v auth.Session, n auth.Note) error {
	err := b.Store.CreateSession(ctx, v, n)
	if errors.Is(err, auth.ErrNoRecord) {
		return b.Write(ctx, n)
	}
	return err
}

// lockIgnored lets everybody in who has an account.
type lockIgnored struct{ auth.Store }

func (b lockIgnored) CreateSession(ctx context.Context, v auth.Session, n auth.Note) error {
	var was auth.User
	_, err := b.UpdateUser(ctx, v.Directory, v.User, func(u *auth.User) error {
		was = *u
		u.Status = auth.UserActive
		return nil
	}, auth.Note{})
	if err != nil {
		return err
	}
	if err := b.Store.CreateSession(ctx, v, n); err != nil {
		return err
	}
	_, err = b.UpdateUser(ctx, v.Directory, v.User, func(u *auth.User) error {
		u.Status = was.Status
		return nil
	}, auth.Note{})
	return err
}

type idleLives struct{ auth.Store }

func (b idleLives) LivingSessions(ctx context.Context, directory, user string, now time.Time) ([]auth.Session, error) {
	return b.Store.LivingSessions(ctx, directory, user, now.Add(-time.Millisecond))
}

type touchBack struct{ auth.Store }

func (b touchBack) Touch(ctx context.Context, directory string, seen map[string]time.Time) error {
	for id, at := range seen {
		v, err := b.Session(ctx, directory, id)
		if errors.Is(err, auth.ErrNoRecord) || v.Ended() {
			continue
		}
		if err != nil {
			return err
		}
		pause()
		v.LastSeen = at
		if err := put(ctx, b.Store, v); err != nil {
			return err
		}
	}
	return nil
}

type endUnnoted struct{ auth.Store }

func (b endUnnoted) EndSession(ctx context.Context, e auth.Ending) error {
	e.Note = auth.Note{}
	return b.Store.EndSession(ctx, e)
}

type endChecked struct{ auth.Store }

func (b endChecked) EndSession(ctx context.Context, e auth.Ending) error {
	v, err := b.Session(ctx, e.Directory, e.Session)
	if err != nil {
		return err
	}
	if v.User != e.User || !v.Lives(e.At) {
		return auth.ErrNoRecord
	}
	pause()
	v.EndedAt, v.EndReason = e.At, e.Reason
	if err := put(ctx, b.Store, v); err != nil {
		return err
	}
	return b.Write(ctx, e.Note)
}

type anybodyEnds struct{ auth.Store }

func (b anybodyEnds) EndSession(ctx context.Context, e auth.Ending) error {
	v, err := b.Session(ctx, e.Directory, e.Session)
	if err != nil {
		return err
	}
	e.User = v.User
	return b.Store.EndSession(ctx, e)
}

type keepsNone struct{ auth.Store }

func (b keepsNone) EndSessions(ctx context.Context, e auth.Ending) ([]string, error) {
	e.Session = ""
	return b.Store.EndSessions(ctx, e)
}

type endsListed struct{ auth.Store }

func (b endsListed) EndSessions(ctx context.Context, e auth.Ending) ([]string, error) {
	living, err := b.LivingSessions(ctx, e.Directory, e.User, e.At)
	if err != nil {
		return nil, err
	}
	pause()
	if _, err := b.Store.EndSessions(ctx, e); err != nil {
		return nil, err
	}
	var ids []string
	for _, v := range slices.Backward(living) {
		if v.ID != e.Session {
			ids = append(ids, v.ID)
		}
	}
	return ids, nil
}
