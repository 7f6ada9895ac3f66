package sql

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	pulseEvents = `SELECT action, (at - $3) / $4, count(*) FROM audit_events
		WHERE directory = $1 AND tenant_id = $2 AND at >= $3 AND at < $5 GROUP BY 1, 2`
	// By the steps at whose ends it lives: see [auth.PulseQuery.Span].
	pulseSessions = `SELECT CASE WHEN created_at < $3 THEN 0 ELSE (created_at - $3) / $4 END, CASE WHEN over >= $5 THEN $6 ELSE (over - 1 - $3) / $4 END, count(*)
		FROM (SELECT created_at, CASE WHEN ended_at > 0 AND ended_at < idle_until AND ended_at < expires_at THEN ended_at
			WHEN idle_until < expires_at THEN idle_until ELSE expires_at END AS over
			FROM sessions WHERE directory = $1 AND tenant_id = $2 AND created_at < $5) AS lives
		WHERE over > $3 GROUP BY 1, 2`
)

// Pulse implements [auth.PulseRecords].
func (s *Store) Pulse(ctx context.Context, q auth.PulseQuery) (auth.Pulse, error) {
	p := q.Empty()
	from, step, until := ms(q.From), q.Step.Milliseconds(), ms(q.Until())
	err := s.readList(ctx, "Pulse", pulseEvents, func(row scanner) error {
		var action auth.Action
		var at, n int
		err := row.Scan(&action, &at, &n)
		p.AddEvents(action, at, n)
		return err
	}, q.Directory, q.Tenant, from, step, until)
	if err != nil {
		return p, err
	}
	err = s.readList(ctx, "Pulse", pulseSessions, func(row scanner) error {
		var first, after, n int
		err := row.Scan(&first, &after, &n)
		p.AddSessions(first, after, n)
		return err
	}, q.Directory, q.Tenant, from, step, until, q.Steps)
	return p, err
}
