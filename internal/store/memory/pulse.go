package memory

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

// Pulse implements [auth.PulseRecords].
func (s *Store) Pulse(ctx context.Context, q auth.PulseQuery) (auth.Pulse, error) {
	p := q.Empty()
	if err := s.begin(ctx, "Pulse"); err != nil {
		return p, err
	}
	defer s.mu.Unlock()
	q.From = stamp(q.From)
	for _, l := range s.trails[q.Directory].links {
		if l.Tenant == q.Tenant {
			p.AddEvents(l.Action, q.StepOf(l.At), 1)
		}
	}
	for k, v := range s.sessions {
		if k.directory == q.Directory && v.Tenant == q.Tenant {
			first, after := q.Span(v)
			p.AddSessions(first, after, 1)
		}
	}
	return p, nil
}
