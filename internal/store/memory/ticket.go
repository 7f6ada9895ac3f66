package memory

import (
	"bytes"
	"cmp"
	"context"
	"crypto/subtle"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// Issue implements [auth.Tickets].
func (s *Store) Issue(ctx context.Context, t auth.Ticket) error {
	if err := s.begin(ctx, "Issue"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if _, ok := s.ticket(t.TicketKey, t.CreatedAt); ok {
		return auth.ErrTaken
	}
	s.tickets[t.TicketKey] = cloneTicket(t)
	return nil
}

// Ticket implements [auth.Tickets].
func (s *Store) Ticket(ctx context.Context, k auth.TicketKey, now time.Time) (auth.Ticket, error) {
	if err := s.begin(ctx, "Ticket"); err != nil {
		return auth.Ticket{}, err
	}
	defer s.mu.Unlock()
	t, ok := s.ticket(k, now)
	if !ok {
		return auth.Ticket{}, auth.ErrNoRecord
	}
	return cloneTicket(t), nil
}

// ticket returns a ticket that lives at now; the caller holds the lock.
func (s *Store) ticket(k auth.TicketKey, now time.Time) (auth.Ticket, bool) {
	t, ok := s.tickets[k]
	return t, ok && stamp(now).Before(t.ExpiresAt)
}

// Reissue implements [auth.Tickets].
func (s *Store) Reissue(ctx context.Context, t auth.Ticket, now time.Time) error {
	if err := s.begin(ctx, "Reissue"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	old, ok := s.ticket(t.TicketKey, now)
	if !ok {
		return auth.ErrNoRecord
	}
	old.Proof, old.Tries, old.ExpiresAt = t.Proof, t.Tries, t.ExpiresAt
	s.tickets[t.TicketKey] = cloneTicket(old)
	return nil
}

// Attempt implements [auth.Tickets].
func (s *Store) Attempt(ctx context.Context, k auth.TicketKey, proof []byte, now time.Time) (auth.Ticket, error) {
	if err := s.begin(ctx, "Attempt"); err != nil {
		return auth.Ticket{}, err
	}
	defer s.mu.Unlock()
	t, ok := s.ticket(k, now)
	if !ok || t.Tries <= 0 {
		return auth.Ticket{}, auth.ErrNoRecord
	}
	if subtle.ConstantTimeCompare(t.Proof, proof) == 1 {
		delete(s.tickets, k)
		return cloneTicket(t), nil
	}
	t.Tries--
	s.tickets[k] = t
	return cloneTicket(t), auth.ErrWrongProof
}

// Standing implements [auth.Tickets].
func (s *Store) Standing(ctx context.Context, q auth.TicketQuery, now time.Time) ([]auth.Ticket, error) {
	if err := s.begin(ctx, "Standing"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var found []auth.Ticket
	for k := range s.tickets {
		if k.Directory != q.Directory || k.Tenant != q.Tenant || k.Kind != q.Kind || k.ID <= q.After {
			continue
		}
		if t, ok := s.ticket(k, now); ok {
			found = append(found, cloneTicket(t))
		}
	}
	slices.SortFunc(found, func(a, b auth.Ticket) int { return cmp.Compare(a.ID, b.ID) })
	return found[:min(len(found), q.Max)], nil
}

// Void implements [auth.Tickets].
func (s *Store) Void(ctx context.Context, k auth.TicketKey) error {
	if err := s.begin(ctx, "Void"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	delete(s.tickets, k)
	return nil
}

func cloneTicket(t auth.Ticket) auth.Ticket {
	t.Proof, t.Data = bytes.Clone(t.Proof), bytes.Clone(t.Data)
	t.CreatedAt, t.ExpiresAt = stamp(t.CreatedAt), stamp(t.ExpiresAt)
	return t
}
