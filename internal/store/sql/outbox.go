package sql

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	// Asked first and without a write, so that an idle worker costs nothing.
	mailIsDue = "SELECT 1 FROM outbox WHERE state = 'waiting' AND due_at <= $1 LIMIT 1"
	mailsDue  = `SELECT id, directory, tenant_id, user_id, kind, sealed, created_at, not_after, attempts FROM outbox
		WHERE id IN (SELECT id FROM outbox WHERE state = 'waiting' AND due_at <= $1 ORDER BY created_at, id LIMIT $2)
		ORDER BY created_at, id`
	mailLease = "UPDATE outbox SET attempts = attempts + 1, due_at = $2 WHERE id = $1 AND state = 'waiting'"
	mailEnd   = `UPDATE outbox SET state = $2, due_at = $3, problem = $4, sealed = CASE WHEN $2 = 'sent' THEN $5 ELSE sealed END
		WHERE id = $1 AND directory = $6 AND state = 'waiting'`
	mailPostpone = "UPDATE outbox SET due_at = $3, problem = $4 WHERE id = $1 AND directory = $2 AND state = 'waiting'"
	mailCount    = `SELECT (SELECT count(*) FROM outbox WHERE state = 'waiting'), (SELECT count(*) FROM outbox WHERE state = 'dead')`
)

func scanMail(row scanner) (m auth.Mail, err error) {
	var created, notAfter int64
	err = row.Scan(&m.ID, &m.Directory, &m.Tenant, &m.User, &m.Kind, &m.Sealed, &created, &notAfter, &m.Attempts)
	m.CreatedAt, m.NotAfter = at(created), at(notAfter)
	return m, err
}

// Lease implements [auth.Outbox].
func (s *Store) Lease(ctx context.Context, now time.Time, lease time.Duration, max int) ([]auth.Mail, error) {
	var due int
	err := s.readOne(ctx, "Lease", mailIsDue, func(row scanner) error { return row.Scan(&due) }, ms(now))
	if errors.Is(err, auth.ErrNoRecord) || max <= 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var mails []auth.Mail
	err = s.write(ctx, "Lease", func(t *tx) error {
		mails = nil
		query := strings.Replace(mailsDue, "LIMIT $2", "LIMIT $2"+t.dialect.leased, 1)
		for len(mails) < max {
			var due []auth.Mail
			if err := t.all(query, list(&due, scanMail), ms(now), max-len(mails)); err != nil {
				return err
			}
			if len(due) == 0 {
				break
			}
			living, err := leaseAll(t, due, at(ms(now)), now.Add(lease))
			if err != nil {
				return err
			}
			mails = append(mails, living...)
			if lease <= 0 { // they are due again
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return mails, nil
}

// leaseAll leases mails until the end of the lease and buries those that are
// too late.
func leaseAll(t *tx, due []auth.Mail, now, end time.Time) ([]auth.Mail, error) {
	var living []auth.Mail
	for _, m := range due {
		if !m.NotAfter.IsZero() && now.After(m.NotAfter) {
			if _, err := t.exec(mailEnd, m.ID, "dead", ms(now), "not sent in time", []byte{}, m.Directory); err != nil {
				return nil, err
			}
			continue
		}
		if _, err := t.exec(mailLease, m.ID, ms(end)); err != nil {
			return nil, err
		}
		m.Attempts++
		living = append(living, m)
	}
	return living, nil
}

// Sent implements [auth.Outbox]. What was in the mail is forgotten.
func (s *Store) Sent(ctx context.Context, directory, id string, at time.Time) error {
	return s.mail(ctx, "Sent", mailEnd, id, "sent", ms(at), "", []byte{}, directory)
}

// Postpone implements [auth.Outbox]; ErrNoRecord when the mail is not waiting.
func (s *Store) Postpone(ctx context.Context, directory, id string, next time.Time, problem string) error {
	return s.mail(ctx, "Postpone", mailPostpone, id, directory, ms(next), problem)
}

// Bury implements [auth.Outbox]; ErrNoRecord when the mail is not waiting.
func (s *Store) Bury(ctx context.Context, directory, id string, at time.Time, problem string) error {
	return s.mail(ctx, "Bury", mailEnd, id, "dead", ms(at), problem, []byte{}, directory)
}

// mail changes a mail that waits.
func (s *Store) mail(ctx context.Context, method, query string, args ...any) error {
	return s.writeOne(ctx, method, func(t *tx) error {
		n, err := t.exec(query, args...)
		if err == nil && n == 0 {
			err = auth.ErrNoRecord
		}
		return err
	})
}

// Waiting implements [auth.Outbox].
func (s *Store) Waiting(ctx context.Context) (queued, dead int, err error) {
	err = s.readOne(ctx, "Waiting", mailCount, func(row scanner) error { return row.Scan(&queued, &dead) })
	return queued, dead, err
}

// The states of a mail, each of which has a part of the index of its own.
var mailStates = []auth.MailState{auth.MailWaiting, auth.MailSent, auth.MailDead}

const (
	letters = `SELECT id, directory, tenant_id, user_id, kind, created_at, not_after, attempts, state, due_at, problem FROM outbox
		WHERE directory = $1 AND tenant_id = $2 AND state = $3 AND (created_at, id) < ($4, $5) ORDER BY created_at DESC, id DESC LIMIT $6`
	mailAgain = `UPDATE outbox SET state = 'waiting', due_at = $4, attempts = 0, problem = ''
		WHERE id = $1 AND directory = $2 AND tenant_id = $3 AND state <> 'sent' AND (not_after = 0 OR not_after >= $4)`
)

func scanLetter(row scanner) (l auth.Letter, err error) {
	var created, notAfter, due int64
	err = row.Scan(&l.ID, &l.Directory, &l.Tenant, &l.User, &l.Kind, &created, &notAfter, &l.Attempts, &l.State, &due, &l.Problem)
	l.CreatedAt, l.NotAfter, l.DueAt = at(created), at(notAfter), at(due)
	return l, err
}

// Letters implements [auth.Outbox].
func (s *Store) Letters(ctx context.Context, q auth.LetterQuery) ([]auth.Letter, error) {
	states := mailStates
	if q.State != "" {
		states = []auth.MailState{q.State}
	}
	before := int64(math.MaxInt64)
	if q.Before != (auth.EventPlace{}) {
		before = ms(q.Before.At)
	}
	var found []auth.Letter
	for _, state := range states {
		if err := s.readList(ctx, "Letters", letters, list(&found, scanLetter), q.Directory, q.Tenant, string(state), before, q.Before.ID, q.Max); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(found, func(a, b auth.Letter) int { return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID)) })
	return found[:min(q.Max, len(found))], nil
}

// Redeliver implements [auth.Outbox].
func (s *Store) Redeliver(ctx context.Context, directory, tenant, id string, now time.Time) error {
	return s.mail(ctx, "Redeliver", mailAgain, id, directory, tenant, ms(now))
}
