package sql

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	eventColumns = "directory, tenant_id, at, id, action, user_id, session_id, ip, agent, request_id, reason, actor"

	eventInsert = "INSERT INTO audit_events (" + linkColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
	mailInsert  = `INSERT INTO outbox (id, directory, tenant_id, user_id, kind, sealed, created_at, not_after, attempts, state, due_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', $7)`
)

// addNote writes what goes with a change, in the change's transaction.
func addNote(t *tx, n auth.Note) error {
	if err := extend(t, n.Events, func(l auth.Link) error { return addLink(t, l) }); err != nil {
		return err
	}
	for _, m := range n.Mails {
		_, err := t.exec(mailInsert, m.ID, m.Directory, m.Tenant, m.User, string(m.Kind), blob(m.Sealed),
			ms(m.CreatedAt), ms(m.NotAfter), m.Attempts)
		if err != nil {
			return err
		}
	}
	return nil
}

func addLink(t *tx, l auth.Link) error {
	_, err := t.exec(eventInsert, l.Directory, l.Tenant, ms(l.At), l.ID, string(l.Action), l.User, l.Session,
		l.IP, l.Agent, l.RequestID, l.Reason, l.Actor, l.Number, blob(l.Hash))
	return err
}

// Write implements [auth.Records].
func (s *Store) Write(ctx context.Context, n auth.Note) error {
	return s.write(ctx, "Write", func(t *tx) error { return addNote(t, n) })
}
