package auth_test

import (
	"context"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/memory"
)

// shop is the reference store, with faults before or after the fact.
type shop struct {
	*memory.Store
	mu     sync.Mutex
	calls  map[string]int
	issued []auth.TicketKey // every ticket that was ever put
	before func(method string) error
	after  func(method string) error
}

func newShop(chain *auth.Vault) *shop {
	s := &shop{Store: memory.New(chain.Chain), calls: map[string]int{}}
	s.Fail = func(method string) error {
		s.mu.Lock()
		s.calls[method]++
		before := s.before
		s.mu.Unlock()
		if before != nil {
			return before(method)
		}
		return nil
	}
	return s
}

// breaks makes calls fail until it is mended: before they do anything, or after
// all was done.
func (s *shop) breaks(before, after func(method string) error) (mend func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before, s.after = before, after
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.before, s.after = nil, nil
	}
}

// count returns how many calls there were so far.
func (s *shop) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.calls {
		n += c
	}
	return n
}

// done is the answer of a call that was carried out.
func (s *shop) done(method string, err error) error {
	s.mu.Lock()
	after := s.after
	s.mu.Unlock()
	if err == nil && after != nil {
		return after(method)
	}
	return err
}

func (s *shop) CreateUser(ctx context.Context, u auth.User, seat auth.Seat, n auth.Note) error {
	return s.done("CreateUser", s.Store.CreateUser(ctx, u, seat, n))
}

func (s *shop) UpdateUser(ctx context.Context, directory, id string, change func(*auth.User) error, n auth.Note) (auth.User, error) {
	u, err := s.Store.UpdateUser(ctx, directory, id, change, n)
	if err = s.done("UpdateUser", err); err != nil {
		return auth.User{}, err
	}
	return u, nil
}

func (s *shop) CreateSession(ctx context.Context, o auth.Opening) ([]string, error) {
	ids, err := s.Store.CreateSession(ctx, o)
	if err = s.done("CreateSession", err); err != nil {
		return nil, err
	}
	return ids, nil
}

func (s *shop) Secure(ctx context.Context, e auth.Ending, change func(*auth.User) error) (auth.User, []string, error) {
	u, ids, err := s.Store.Secure(ctx, e, change)
	if err = s.done("Secure", err); err != nil {
		return auth.User{}, nil, err
	}
	return u, ids, nil
}

func (s *shop) Rotate(ctx context.Context, r auth.Rotation) (auth.RotationResult, error) {
	out, err := s.Store.Rotate(ctx, r)
	if err = s.done("Rotate", err); err != nil {
		return auth.RotationResult{}, err
	}
	return out, nil
}

func (s *shop) EndSession(ctx context.Context, e auth.Ending) error {
	return s.done("EndSession", s.Store.EndSession(ctx, e))
}

func (s *shop) EndSessions(ctx context.Context, e auth.Ending) ([]string, error) {
	ids, err := s.Store.EndSessions(ctx, e)
	if err = s.done("EndSessions", err); err != nil {
		return nil, err
	}
	return ids, nil
}

func (s *shop) Issue(ctx context.Context, t auth.Ticket) error {
	s.mu.Lock()
	s.issued = append(s.issued, t.TicketKey)
	s.mu.Unlock()
	return s.done("Issue", s.Store.Issue(ctx, t))
}

func (s *shop) Reissue(ctx context.Context, t auth.Ticket, now time.Time) error {
	return s.done("Reissue", s.Store.Reissue(ctx, t, now))
}

func (s *shop) Attempt(ctx context.Context, k auth.TicketKey, proof []byte, now time.Time) (auth.Ticket, error) {
	t, err := s.Store.Attempt(ctx, k, proof, now)
	if err == nil {
		if err = s.done("Attempt", nil); err != nil {
			return auth.Ticket{}, err
		}
	}
	return t, err
}

func (s *shop) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	a, err := s.Store.ChangeAccount(ctx, c)
	if err = s.done("ChangeAccount", err); err != nil {
		return auth.Account{}, err
	}
	return a, nil
}

func (s *shop) MoveSession(ctx context.Context, m auth.Move) (auth.Session, error) {
	v, err := s.Store.MoveSession(ctx, m)
	if err = s.done("MoveSession", err); err != nil {
		return auth.Session{}, err
	}
	return v, nil
}

func (s *shop) CreateTenant(ctx context.Context, t auth.Tenant, d auth.Directory, sp auth.Space, n auth.Note) error {
	return s.done("CreateTenant", s.Store.CreateTenant(ctx, t, d, sp, n))
}

func (s *shop) UpdateTenant(ctx context.Context, id string, change func(*auth.Tenant) error, n auth.Note) (auth.Tenant, error) {
	t, err := s.Store.UpdateTenant(ctx, id, change, n)
	if err = s.done("UpdateTenant", err); err != nil {
		return auth.Tenant{}, err
	}
	return t, nil
}

func (s *shop) CreateSpace(ctx context.Context, sp auth.Space, n auth.Note) error {
	return s.done("CreateSpace", s.Store.CreateSpace(ctx, sp, n))
}

func (s *shop) CreateRole(ctx context.Context, r auth.Role, n auth.Note) error {
	return s.done("CreateRole", s.Store.CreateRole(ctx, r, n))
}

func (s *shop) UpdateRole(
	ctx context.Context, directory, tenant, name string, change func(*auth.Role) error, n auth.Note,
) (auth.Role, error) {
	r, err := s.Store.UpdateRole(ctx, directory, tenant, name, change, n)
	if err = s.done("UpdateRole", err); err != nil {
		return auth.Role{}, err
	}
	return r, nil
}

func (s *shop) DeleteRole(ctx context.Context, directory, tenant, name string, n auth.Note) error {
	return s.done("DeleteRole", s.Store.DeleteRole(ctx, directory, tenant, name, n))
}

func (s *shop) AddAPIKey(ctx context.Context, k auth.APIKey, n auth.Note) error {
	return s.done("AddAPIKey", s.Store.AddAPIKey(ctx, k, n))
}

func (s *shop) RevokeAPIKey(ctx context.Context, id string, at time.Time, n auth.Note) error {
	return s.done("RevokeAPIKey", s.Store.RevokeAPIKey(ctx, id, at, n))
}

func (s *shop) Announce(ctx context.Context, lines []auth.Bulletined) error {
	return s.done("Announce", s.Store.Announce(ctx, lines))
}
