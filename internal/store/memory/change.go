package memory

import (
	"context"
	"slices"

	"github.com/latchkey/latchkey/internal/auth"
)

// ChangeAccount implements [auth.Records]. The change runs outside the lock and
// again when another update was faster, as in a database.
func (s *Store) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	k := ref{c.Directory, c.User}
	for {
		if err := s.begin(ctx, "ChangeAccount"); err != nil {
			return auth.Account{}, err
		}
		old, err := s.account(k)
		hash := s.users[k].PasswordHash
		s.mu.Unlock()
		if err != nil {
			return auth.Account{}, err
		}
		next := auth.Account{User: old.User, Seats: slices.Clone(old.Seats)}
		if err := c.Change(&next); err != nil {
			return auth.Account{}, err
		}
		next.User.ID, next.User.Directory, next.User.CreatedAt = old.User.ID, old.User.Directory, old.User.CreatedAt
		next.User = cleanUser(next.User)
		swapped, err := s.swapAccount(c, old, next, hash)
		if err != nil {
			return auth.Account{}, err
		}
		if swapped {
			return s.changed(k, next)
		}
	}
}

// changed returns an account as it was left.
func (s *Store) changed(k ref, next auth.Account) (auth.Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, seat := range next.Seats {
		next.Seats[i].Permissions = slices.Clone(s.roles[roleKey{k.directory, seat.Tenant, seat.Role}].Permissions)
	}
	next.User.PasswordHash = ""
	return next, nil
}

// swapAccount writes an account when it is still what it was.
func (s *Store) swapAccount(c auth.AccountChange, old, next auth.Account, hash auth.Secret) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := ref{c.Directory, c.User}
	was := old.User
	was.PasswordHash = hash
	if s.users[k] != was || !slices.EqualFunc(s.seats[k], old.Seats, sameSeat) {
		return false, nil
	}
	if err := s.taken(next.User); err != nil {
		return false, err
	}
	for _, seat := range next.Seats {
		if !s.hasRole(c.Directory, seat) {
			return false, auth.ErrNoRole
		}
	}
	if c.Guard != "" && s.admins(c.Directory, c.Guard, nil) > 0 && s.admins(c.Directory, c.Guard, &next) == 0 {
		return false, auth.ErrAdminless
	}
	s.write(c.Note)
	if len(next.Seats) == 0 {
		s.remove(k)
		return true, nil
	}
	next.User.PasswordHash = hash
	s.users[k], s.seats[k] = next.User, slices.Clone(next.Seats)
	return true, nil
}

// sameSeat leaves out the permissions, which are the role's.
func sameSeat(a, b auth.Seat) bool {
	return a.Tenant == b.Tenant && a.Space == b.Space && a.Role == b.Role && a.Main == b.Main
}

// admins counts the admins of a tenant; next stands for the account that it is
// of. The caller holds the lock.
func (s *Store) admins(directory, tenant string, next *auth.Account) (n int) {
	is := func(u auth.User, seats []auth.Seat) bool {
		return u.Usable() && slices.ContainsFunc(seats, func(s auth.Seat) bool { return s.Tenant == tenant && s.Role == auth.RoleAdmin })
	}
	for k, u := range s.users {
		seats := s.seats[k]
		if next != nil && k.id == next.User.ID {
			u, seats = next.User, next.Seats
		}
		if k.directory == directory && is(u, seats) {
			n++
		}
	}
	return n
}

// remove removes a user with all that is theirs; the caller holds the lock.
func (s *Store) remove(k ref) {
	delete(s.users, k)
	delete(s.seats, k)
	for id, v := range s.sessions {
		if id.directory == k.directory && v.User == k.id {
			delete(s.sessions, id)
		}
	}
	for id := range s.devices {
		if id.directory == k.directory && id.user == k.id {
			delete(s.devices, id)
		}
	}
}
