package memory

import (
	"context"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// Account implements [auth.Records].
func (s *Store) Account(ctx context.Context, directory, id string) (auth.Account, error) {
	if err := s.begin(ctx, "Account"); err != nil {
		return auth.Account{}, err
	}
	defer s.mu.Unlock()
	return s.account(ref{directory, id})
}

// account returns an account as it is; the caller holds the lock.
func (s *Store) account(k ref) (auth.Account, error) {
	u, ok := s.users[k]
	if !ok {
		return auth.Account{}, auth.ErrNoRecord
	}
	u.PasswordHash = ""
	seats := slices.Clone(s.seats[k])
	for i, seat := range seats {
		seats[i].Permissions = slices.Clone(s.roles[roleKey{k.directory, seat.Tenant, seat.Role}].Permissions)
	}
	return auth.Account{User: u, Seats: seats}, nil
}
