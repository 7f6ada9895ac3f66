package memory

import (
	"context"
	"maps"

	"github.com/latchkey/latchkey/internal/auth"
)

// deviceKey names a device: the same one may be that of several people.
type deviceKey struct{ directory, user, id string }

func deviceOf(v auth.Session) deviceKey { return deviceKey{v.Directory, v.User, v.Device} }

// Device implements [auth.Sessions].
func (s *Store) Device(ctx context.Context, directory, user, id string) (auth.Device, error) {
	if err := s.begin(ctx, "Device"); err != nil {
		return auth.Device{}, err
	}
	defer s.mu.Unlock()
	d, ok := s.devices[deviceKey{directory, user, id}]
	if !ok {
		return auth.Device{}, auth.ErrNoRecord
	}
	return d, nil
}

// remember keeps the device of a new session, if it has one; the caller holds
// the lock.
func (s *Store) remember(v auth.Session, generation int64) {
	if v.Device == "" {
		return
	}
	d := auth.Device{Directory: v.Directory, User: v.User, ID: v.Device, Generation: generation, SeenAt: v.CreatedAt}
	if old, ok := s.devices[deviceOf(v)]; ok {
		d.Generation = max(d.Generation, old.Generation)
		if old.SeenAt.After(d.SeenAt) {
			d.SeenAt = old.SeenAt
		}
	}
	s.devices[deviceOf(v)] = d
}

// forget removes a user's devices but that of the session that is kept; the
// caller holds the lock.
func (s *Store) forget(e auth.Ending) {
	kept := s.sessions[ref{e.Directory, e.Session}]
	maps.DeleteFunc(s.devices, func(k deviceKey, _ auth.Device) bool {
		return k.directory == e.Directory && k.user == e.User && k != deviceOf(kept)
	})
}
