package auth

import (
	"context"
	"errors"
)

// device is what a login comes from. The zero device is one that has not logged
// in to the account before.
type device struct {
	id         string
	generation int64
	known      bool
}

// device returns the device of the first of the tokens that is the newest of a
// device from which the account has been logged in to, and that has not been
// forgotten since.
func (s *Service) device(ctx context.Context, u User, tokens ...Secret) (device, error) {
	for _, t := range tokens {
		id, generation, ok := s.Vault.readDeviceToken(u.Directory, u.ID, t)
		if !ok {
			continue
		}
		d, err := s.recall(ctx, u, id, generation)
		if err != nil || d.known {
			return d, err
		}
	}
	return device{}, nil
}

// recall looks a device up. One that holds an older token than its newest may
// be a copy: it is not known. A device that never got the answer to its last
// login is a stranger too, once: its owner gets a mail about a new device.
func (s *Service) recall(ctx context.Context, u User, id string, generation int64) (device, error) {
	d, err := s.Sessions.Device(ctx, u.Directory, u.ID, id)
	if errors.Is(err, ErrNoRecord) || err == nil && d.Generation != generation {
		return device{}, nil
	}
	return device{id: id, generation: generation, known: true}, err
}
