package mongo

import (
	"context"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

// EndSession implements [auth.Sessions].
func (s *Store) EndSession(ctx context.Context, e auth.Ending) error {
	_, err := s.changeAccount(ctx, change{directory: e.Directory, user: e.User, edit: func(a *accountDoc) (auth.Note, error) {
		v, ok := a.session(e.Session)
		if !ok || !v.Lives(stamp(e.At)) {
			return auth.Note{}, auth.ErrNoRecord
		}
		a.end(v, e)
		if e.Forget {
			a.forget(func(id string) bool { return id == v.Device })
		}
		return e.Note, nil
	}})
	return s.fail("EndSession", err)
}

// EndSessions implements [auth.Sessions]. Of somebody who is not there it ends
// none, and the note is written.
func (s *Store) EndSessions(ctx context.Context, e auth.Ending) ([]string, error) {
	var ids []string
	_, err := s.changeAccount(ctx, change{directory: e.Directory, user: e.User, edit: func(a *accountDoc) (auth.Note, error) {
		ids = a.endAll(e)
		return e.Note, nil
	}})
	if errors.Is(err, auth.ErrNoRecord) {
		return nil, s.Write(ctx, e.Note)
	}
	if err != nil {
		return nil, s.fail("EndSessions", err)
	}
	return ids, nil
}

// Secure implements [auth.Sessions].
func (s *Store) Secure(ctx context.Context, e auth.Ending, edit func(*auth.User) error) (auth.User, []string, error) {
	var ids []string
	next, err := s.changeAccount(ctx, change{directory: e.Directory, user: e.User, edit: func(a *accountDoc) (auth.Note, error) {
		if err := a.editUser(edit); err != nil {
			return auth.Note{}, err
		}
		if v, ok := a.session(e.Session); e.Session != "" && (!ok || !v.Lives(stamp(e.At))) {
			return auth.Note{}, auth.ErrNoRecord
		}
		ids = a.endAll(e)
		return e.Note, nil
	}})
	if err != nil {
		return auth.User{}, nil, s.fail("Secure", err)
	}
	return next.user(), ids, nil
}

// endAll ends the sessions that are meant and returns their ids.
func (a *accountDoc) endAll(e auth.Ending) []string {
	var ids []string
	for _, v := range a.living(stamp(e.At)) {
		if v.ID == e.Session || e.Tenant != "" && v.Tenant != e.Tenant || v.CreatedAt.Before(stamp(e.From)) || e.Strangers && v.Known {
			continue
		}
		a.end(v, e)
		ids = append(ids, v.ID)
		if e.Forget && e.Strangers {
			a.forget(func(id string) bool { return id == v.Device })
		}
	}
	if e.Forget && !e.Strangers {
		kept, ok := a.session(e.Session)
		a.forget(func(id string) bool { return !ok || id != kept.Device })
	}
	return ids
}

// end marks a session as ended.
func (a *accountDoc) end(v auth.Session, e auth.Ending) {
	v.EndedAt, v.EndReason = stamp(e.At), e.Reason
	a.setSession(v)
}
