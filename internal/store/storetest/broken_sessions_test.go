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
		{"known device dropped", func(s auth.Store) auth.Store { return knownDropped{s} }, []string{"Sessions/SessionsComeBackWhole"}},
		{"login forgotten", func(s auth.Store) auth.Store { return loginForgotten{s} }, []string{"Sessions/ALoginIsRemembered"}},
		{"session of nobody", func(s auth.Store) auth.Store { return nobodyLogsIn{s} }, []string{"Sessions/ASessionNeedsItsUser"}},
		{"lock not looked at", func(s auth.Store) auth.Store { return lockIgnored{s} }, []string{"Sessions/ALockHoldsAgainstALogin"}},
		{"known devices locked out", func(s auth.Store) auth.Store { return ownersLocked{s} }, []string{"Sessions/ALockHoldsAgainstALogin"}},
		{"epoch not looked at", func(s auth.Store) auth.Store { return epochIgnored{s} },
			[]string{"Sessions/AnOldEpochIsNoRecord", "Sessions/NoLoginOutlivesSecure"}},
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

func (b agentDropped) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	o.Session.Agent = ""
	return b.Store.CreateSession(ctx, o)
}

type knownDropped struct{ auth.Store }

func (b knownDropped) Session(ctx context.Context, directory, id string) (auth.Session, error) {
	v, err := b.Store.Session(ctx, directory, id)
	v.Known = false
	return v, err
}

type loginForgotten struct{ auth.Store }

func (b loginForgotten) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	u, err := b.User(ctx, o.Session.Directory, o.Session.User)
	if err != nil {
		return nil, err
	}
	ids, err := b.Store.CreateSession(ctx, o)
	if err != nil {
		return ids, err
	}
	_, err = b.UpdateUser(ctx, u.Directory, u.ID, func(now *auth.User) error { *now = u; return nil }, auth.Note{})
	return ids, err
}

type nobodyLogsIn struct{ auth.Store }

func (b nobodyLogsIn) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	ids, err := b.Store.CreateSession(ctx, o)
	if errors.Is(err, auth.ErrNoRecord) {
		return ids, b.Write(ctx, o.Note)
	}
	return ids, err
}

// lockIgnored lets everybody in who has an account.
type lockIgnored struct{ auth.Store }

func (b lockIgnored) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	var was auth.User
	_, err := b.UpdateUser(ctx, o.Session.Directory, o.Session.User, func(u *auth.User) error {
		was = *u
		u.Status = auth.UserActive
		return nil
	}, auth.Note{})
	if err != nil {
		return nil, err
	}
	ids, err := b.Store.CreateSession(ctx, o)
	if err != nil {
		return nil, err
	}
	_, err = b.UpdateUser(ctx, was.Directory, was.ID, func(u *auth.User) error {
		u.Status = was.Status
		return nil
	}, auth.Note{})
	return ids, err
}

// ownersLocked locks the owner out with the strangers.
type ownersLocked struct{ auth.Store }

func (b ownersLocked) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	o.Session.Known = false
	return b.Store.CreateSession(ctx, o)
}

// epochIgnored takes whatever the epoch is for the right one.
type epochIgnored struct{ auth.Store }

func (b epochIgnored) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	u, err := b.User(ctx, o.Session.Directory, o.Session.User)
	if err != nil {
		return nil, err
	}
	o.Epoch = u.Epoch
	return b.Store.CreateSession(ctx, o)
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
