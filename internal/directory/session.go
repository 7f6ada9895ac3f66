package directory

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// CreateSession implements [auth.Sessions].
func (p *Pool) CreateSession(ctx context.Context, o auth.Opening) (ended []string, err error) {
	err = p.write(ctx, o.Session.Directory, func(s auth.Store) error {
		ended, err = s.CreateSession(ctx, o)
		return err
	})
	return ended, err
}

// Device implements [auth.Sessions].
func (p *Pool) Device(ctx context.Context, directory, user, id string) (d auth.Device, err error) {
	err = p.read(ctx, directory, func(s auth.Store) error {
		d, err = s.Device(ctx, directory, user, id)
		return err
	})
	return d, err
}

// Session implements [auth.Sessions].
func (p *Pool) Session(ctx context.Context, directory, id string) (v auth.Session, err error) {
	err = p.read(ctx, directory, func(s auth.Store) error {
		v, err = s.Session(ctx, directory, id)
		return err
	})
	return v, err
}

// LivingSessions implements [auth.Sessions].
func (p *Pool) LivingSessions(ctx context.Context, directory, user string, now time.Time) (all []auth.Session, err error) {
	err = p.read(ctx, directory, func(s auth.Store) error {
		all, err = s.LivingSessions(ctx, directory, user, now)
		return err
	})
	return all, err
}

// MoveSession implements [auth.Sessions].
func (p *Pool) MoveSession(ctx context.Context, m auth.Move) (v auth.Session, err error) {
	err = p.write(ctx, m.Directory, func(s auth.Store) error {
		v, err = s.MoveSession(ctx, m)
		return err
	})
	return v, err
}

// Rotate implements [auth.Sessions].
func (p *Pool) Rotate(ctx context.Context, r auth.Rotation) (result auth.RotationResult, err error) {
	err = p.write(ctx, r.Directory, func(s auth.Store) error {
		result, err = s.Rotate(ctx, r)
		return err
	})
	return result, err
}

// Touch implements [auth.Sessions].
func (p *Pool) Touch(ctx context.Context, directory string, seen map[string]time.Time) error {
	return p.write(ctx, directory, func(s auth.Store) error { return s.Touch(ctx, directory, seen) })
}

// EndSession implements [auth.Sessions].
func (p *Pool) EndSession(ctx context.Context, e auth.Ending) error {
	return p.write(ctx, e.Directory, func(s auth.Store) error { return s.EndSession(ctx, e) })
}

// EndSessions implements [auth.Sessions].
func (p *Pool) EndSessions(ctx context.Context, e auth.Ending) (ended []string, err error) {
	err = p.write(ctx, e.Directory, func(s auth.Store) error {
		ended, err = s.EndSessions(ctx, e)
		return err
	})
	return ended, err
}

// Secure implements [auth.Sessions].
func (p *Pool) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (u auth.User, ended []string, err error) {
	err = p.write(ctx, e.Directory, func(s auth.Store) error {
		u, ended, err = s.Secure(ctx, e, change)
		return err
	})
	return u, ended, err
}
