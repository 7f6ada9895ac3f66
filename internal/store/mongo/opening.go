package mongo

import (
	"context"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// CreateSession implements [auth.Sessions].
func (s *Store) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	var ids []string
	_, err := s.changeAccount(ctx, change{directory: o.Session.Directory, user: o.Session.User, edit: func(a *accountDoc) (n auth.Note, err error) {
		ids, n, err = a.openSession(o)
		return n, err
	}})
	if err != nil {
		return nil, s.fail("CreateSession", err)
	}
	return ids, nil
}

func (a *accountDoc) openSession(o auth.Opening) ([]string, auth.Note, error) {
	v := auth.Session(cleanSession(o.Session))
	u := a.user()
	known := slices.ContainsFunc(a.Devices, func(d deviceDoc) bool { return d.ID == v.Device })
	if u.Epoch != o.Epoch || !u.MayLogIn(v.CreatedAt, v.Known) || !a.hasSeat(v.Tenant, v.Space) || v.Known && !known || !plain(v.ID) {
		return nil, auth.Note{}, auth.ErrNoRecord
	}
	var over []auth.Session
	if living := a.living(v.CreatedAt); o.Most > 0 && len(living) >= o.Most {
		over = living[o.Most-1:]
	}
	if len(over) > 0 && o.Refuse {
		return nil, auth.Note{}, auth.ErrFull
	}
	var ids []string
	var n auth.Note
	add := func(more auth.Note) {
		n.Events, n.Mails = append(n.Events, more.Events...), append(n.Mails, more.Mails...)
	}
	for _, old := range over {
		ids = append(ids, old.ID)
		old.EndedAt, old.EndReason = v.CreatedAt, auth.EndLimit
		a.setSession(old)
		if o.Ended != nil {
			add(o.Ended(old))
		}
	}
	u.LastLoginAt = v.CreatedAt
	if v.Coded && u.VerifiedAt.IsZero() {
		u.VerifiedAt = v.CreatedAt
	}
	a.setUser(u)
	a.setSession(v)
	a.remember(v, o.Generation)
	a.shed(v.CreatedAt)
	add(o.Note)
	return ids, n, nil
}

// remember keeps the device of a new session, if it has one.
func (a *accountDoc) remember(v auth.Session, generation int64) {
	if v.Device == "" {
		return
	}
	i := slices.IndexFunc(a.Devices, func(d deviceDoc) bool { return d.ID == v.Device })
	if i < 0 {
		a.Devices = append(a.Devices, deviceDoc{ID: v.Device, Generation: generation, SeenAt: v.CreatedAt})
		return
	}
	d := &a.Devices[i]
	d.Generation = max(d.Generation, generation)
	if v.CreatedAt.After(d.SeenAt) {
		d.SeenAt = v.CreatedAt
	}
}

// forget removes the devices that are meant.
func (a *accountDoc) forget(meant func(id string) bool) {
	a.Devices = slices.DeleteFunc(a.Devices, func(d deviceDoc) bool { return meant(d.ID) })
}

// MoveSession implements [auth.Sessions].
func (s *Store) MoveSession(ctx context.Context, m auth.Move) (auth.Session, error) {
	var moved auth.Session
	_, err := s.changeAccount(ctx, change{directory: m.Directory, user: m.User, edit: func(a *accountDoc) (auth.Note, error) {
		v, ok := a.session(m.Session)
		if !ok || !v.Lives(stamp(m.At)) || !a.hasSeat(m.Tenant, m.Space) {
			return auth.Note{}, auth.ErrNoRecord
		}
		v.Tenant, v.Space = m.Tenant, m.Space
		if end := stamp(m.ExpiresAt); end.Before(v.ExpiresAt) {
			v.ExpiresAt = end
		}
		if end := stamp(m.IdleUntil); end.Before(v.IdleUntil) {
			v.IdleUntil = end
		}
		if v.ExpiresAt.Before(v.IdleUntil) {
			v.IdleUntil = v.ExpiresAt
		}
		a.setSession(v)
		moved = v
		return m.Note, nil
	}})
	if err != nil {
		return auth.Session{}, s.fail("MoveSession", err)
	}
	return moved, nil
}
