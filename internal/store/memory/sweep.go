package memory

import (
	"context"
	"maps"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// Sweep implements [auth.Sweeper], in one batch.
func (s *Store) Sweep(ctx context.Context, now, keep, keepEvents time.Time) (int, error) {
	if err := s.begin(ctx, "Sweep"); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	before := s.rows()
	maps.DeleteFunc(s.tickets, func(_ auth.TicketKey, t auth.Ticket) bool { return !now.Before(t.ExpiresAt) })
	maps.DeleteFunc(s.counters, func(_ ref, row tallyRow) bool { return !now.Before(row.resets) })
	maps.DeleteFunc(s.bulletin, func(_ string, l auth.Bulletined) bool { return !now.Before(l.Until) })
	maps.DeleteFunc(s.sessions, func(_ ref, v auth.Session) bool {
		return v.Ended() && v.EndedAt.Before(keep) || v.IdleUntil.Before(keep) || v.ExpiresAt.Before(keep)
	})
	maps.DeleteFunc(s.mails, func(_ string, row mailRow) bool {
		return !row.over.IsZero() && row.over.Before(keep)
	})
	maps.DeleteFunc(s.devices, func(_ deviceKey, d auth.Device) bool { return d.SeenAt.Before(keepEvents) })
	s.sweepTrails(keepEvents)
	return before - s.rows(), nil
}

func (s *Store) rows() int {
	n := len(s.tickets) + len(s.counters) + len(s.bulletin) + len(s.sessions) + len(s.devices) + len(s.mails)
	for _, t := range s.trails {
		n += len(t.links)
	}
	return n
}
