package auth_test

import (
	"context"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/memory"
)

// shop is the reference store, with what no rule can do yet: memberships and
// spaces at will, and faults before or after the fact.
type shop struct {
	*memory.Store
	mu     sync.Mutex
	moved  map[string][]auth.Seat // by user, in place of the stored ones
	extra  []auth.Space
	calls  map[string]int
	issued []auth.TicketKey // every ticket that was ever put
	before func(method string) error
	after  func(method string) error
}

func newShop(chain *auth.Vault) *shop {
	s := &shop{Store: memory.New(chain.Chain), moved: map[string][]auth.Seat{}, calls: map[string]int{}}
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

func (s *shop) reseat(user string, seats []auth.Seat) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.moved[user] = seats
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

func (s *shop) Account(ctx context.Context, directory, id string) (auth.Account, error) {
	a, err := s.Store.Account(ctx, directory, id)
	s.mu.Lock()
	defer s.mu.Unlock()
	if seats, ok := s.moved[id]; ok {
		a.Seats = seats
	}
	return a, err
}

func (s *shop) Space(ctx context.Context, directory, tenant, ref string) (auth.Space, error) {
	for _, sp := range s.extra {
		if sp.Directory == directory && sp.Tenant == tenant && (sp.ID == ref || sp.Slug == ref) {
			return sp, nil
		}
	}
	return s.Store.Space(ctx, directory, tenant, ref)
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
