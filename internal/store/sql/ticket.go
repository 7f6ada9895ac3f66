package sql

import (
	"context"
	"crypto/subtle"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	ticketColumns = "directory, tenant_id, kind, id, user_id, proof, tries, data, created_at, expires_at"
	ticketWhere   = " WHERE directory = $1 AND tenant_id = $2 AND kind = $3 AND id = $4"

	// A ticket that is over, but not swept yet, gives way.
	ticketIssue = "INSERT INTO tickets (" + ticketColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (directory, tenant_id, kind, id) DO UPDATE SET user_id = excluded.user_id, proof = excluded.proof,
			tries = excluded.tries, data = excluded.data, created_at = excluded.created_at, expires_at = excluded.expires_at
		WHERE tickets.expires_at <= excluded.created_at`
	ticketByKey   = "SELECT " + ticketColumns + " FROM tickets" + ticketWhere + " AND expires_at > $5"
	ticketsOfKind = "SELECT " + ticketColumns + " FROM tickets WHERE directory = $1 AND tenant_id = $2 AND kind = $3 AND id > $4 AND expires_at > $5 ORDER BY id LIMIT $6"
	ticketReissue = "UPDATE tickets SET proof = $6, tries = $7, expires_at = $8" + ticketWhere + " AND expires_at > $5"
	ticketTried   = "UPDATE tickets SET tries = tries - 1" + ticketWhere
	ticketDelete  = "DELETE FROM tickets" + ticketWhere
)

func scanTicket(row scanner) (v auth.Ticket, err error) {
	var created, expires int64
	err = row.Scan(&v.Directory, &v.Tenant, &v.Kind, &v.ID, &v.User, &v.Proof, &v.Tries, &v.Data, &created, &expires)
	v.CreatedAt, v.ExpiresAt = at(created), at(expires)
	return v, err
}

// Issue implements [auth.Tickets].
func (s *Store) Issue(ctx context.Context, v auth.Ticket) error {
	return s.writeOne(ctx, "Issue", func(t *tx) error {
		n, err := t.exec(ticketIssue, v.Directory, v.Tenant, string(v.Kind), v.ID, v.User, blob(v.Proof), v.Tries, blob(v.Data),
			ms(v.CreatedAt), ms(v.ExpiresAt))
		if err == nil && n == 0 {
			err = auth.ErrTaken
		}
		return err
	})
}

// Ticket implements [auth.Tickets].
func (s *Store) Ticket(ctx context.Context, k auth.TicketKey, now time.Time) (auth.Ticket, error) {
	var v auth.Ticket
	err := s.readOne(ctx, "Ticket", ticketByKey, into(&v, scanTicket), k.Directory, k.Tenant, string(k.Kind), k.ID, ms(now))
	return v, err
}

// Reissue implements [auth.Tickets].
func (s *Store) Reissue(ctx context.Context, v auth.Ticket, now time.Time) error {
	return s.writeOne(ctx, "Reissue", func(t *tx) error {
		n, err := t.exec(ticketReissue, v.Directory, v.Tenant, string(v.Kind), v.ID, ms(now), blob(v.Proof), v.Tries, ms(v.ExpiresAt))
		if err == nil && n == 0 {
			err = auth.ErrNoRecord
		}
		return err
	})
}

// Attempt implements [auth.Tickets]. A wrong proof is an outcome to commit, so
// it is not the job's error.
func (s *Store) Attempt(ctx context.Context, k auth.TicketKey, proof []byte, now time.Time) (auth.Ticket, error) {
	var v auth.Ticket
	var right bool
	key := []any{k.Directory, k.Tenant, string(k.Kind), k.ID}
	err := s.writeLast(ctx, "Attempt", func(t *tx) error {
		if err := t.one(t.held(ticketByKey), into(&v, scanTicket), append(key[:4:4], ms(now))...); err != nil {
			return err
		}
		if v.Tries <= 0 {
			return auth.ErrNoRecord
		}
		right = subtle.ConstantTimeCompare(v.Proof, proof) == 1
		query := ticketTried
		if right {
			query = ticketDelete
		}
		_, err := t.exec(query, key...)
		return err
	})
	switch {
	case err != nil:
		return auth.Ticket{}, err
	case right:
		return v, nil
	}
	v.Tries--
	return v, auth.ErrWrongProof
}

// Standing implements [auth.Tickets].
func (s *Store) Standing(ctx context.Context, q auth.TicketQuery, now time.Time) ([]auth.Ticket, error) {
	var found []auth.Ticket
	err := s.readAll(ctx, "Standing", ticketsOfKind, list(&found, scanTicket), q.Directory, q.Tenant, string(q.Kind), q.After, ms(now), q.Max)
	return found, err
}

// Void implements [auth.Tickets].
func (s *Store) Void(ctx context.Context, k auth.TicketKey) error {
	return s.writeOne(ctx, "Void", func(t *tx) error {
		_, err := t.exec(ticketDelete, k.Directory, k.Tenant, string(k.Kind), k.ID)
		return err
	})
}
