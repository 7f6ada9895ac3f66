package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// mailRow is a mail and how far it has come.
type mailRow struct {
	mail   auth.Mail
	due    time.Time // when it may be given out: next try, or end of the lease
	over   time.Time // when it was sent or buried; zero while it waits
	buried bool
	why    string // it was put back or buried
}

// Lease implements [auth.Outbox].
func (s *Store) Lease(ctx context.Context, now time.Time, lease time.Duration, max int) ([]auth.Mail, error) {
	if err := s.begin(ctx, "Lease"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	now = stamp(now)
	var due []auth.Mail
	for id, row := range s.mails {
		if !row.over.IsZero() || now.Before(row.due) {
			continue
		}
		if end := row.mail.NotAfter; !end.IsZero() && now.After(end) {
			row.over, row.buried, row.why = now, true, "not sent in time"
			s.mails[id] = row
			continue
		}
		due = append(due, row.mail)
	}
	slices.SortFunc(due, func(a, b auth.Mail) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	due = due[:min(max, len(due))]
	for i := range due {
		due[i].Attempts++
		s.mails[due[i].ID] = mailRow{mail: due[i], due: stamp(now.Add(lease)), why: s.mails[due[i].ID].why}
		due[i].Sealed = bytes.Clone(due[i].Sealed)
	}
	return due, nil
}

// Sent implements [auth.Outbox].
func (s *Store) Sent(ctx context.Context, directory, id string, at time.Time) error {
	return s.waiting(ctx, "Sent", directory, id, func(row *mailRow) { row.over, row.why = stamp(at), "" })
}

// Postpone implements [auth.Outbox].
func (s *Store) Postpone(ctx context.Context, directory, id string, next time.Time, problem string) error {
	return s.waiting(ctx, "Postpone", directory, id, func(row *mailRow) { row.due, row.why = stamp(next), problem })
}

// Bury implements [auth.Outbox].
func (s *Store) Bury(ctx context.Context, directory, id string, at time.Time, problem string) error {
	return s.waiting(ctx, "Bury", directory, id, func(row *mailRow) { row.over, row.buried, row.why = stamp(at), true, problem })
}

// waiting changes a mail that is neither sent nor buried.
func (s *Store) waiting(ctx context.Context, method, directory, id string, change func(*mailRow)) error {
	if err := s.begin(ctx, method); err != nil {
		return err
	}
	defer s.mu.Unlock()
	row, ok := s.mails[id]
	if !ok || row.mail.Directory != directory || !row.over.IsZero() {
		return auth.ErrNoRecord
	}
	change(&row)
	s.mails[id] = row
	return nil
}

// Waiting implements [auth.Outbox].
func (s *Store) Waiting(ctx context.Context) (queued, dead int, err error) {
	if err := s.begin(ctx, "Waiting"); err != nil {
		return 0, 0, err
	}
	defer s.mu.Unlock()
	for _, row := range s.mails {
		switch {
		case row.buried:
			dead++
		case row.over.IsZero():
			queued++
		}
	}
	return queued, dead, nil
}

// Letters implements [auth.Outbox].
func (s *Store) Letters(ctx context.Context, q auth.LetterQuery) ([]auth.Letter, error) {
	if err := s.begin(ctx, "Letters"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var out []auth.Letter
	for _, row := range s.mails {
		l := row.letter()
		l.Sealed = nil
		place := auth.Event{At: l.CreatedAt, ID: l.ID}
		if l.Directory == q.Directory && l.Tenant == q.Tenant && (q.State == "" || l.State == q.State) && before(place, q.Before) {
			out = append(out, l)
		}
	}
	slices.SortFunc(out, func(a, b auth.Letter) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	return out[:min(q.Max, len(out))], nil
}

// Redeliver implements [auth.Outbox].
func (s *Store) Redeliver(ctx context.Context, directory, tenant, id string, now time.Time) error {
	if err := s.begin(ctx, "Redeliver"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	row, ok := s.mails[id]
	sent := !row.over.IsZero() && !row.buried
	late := !row.mail.NotAfter.IsZero() && stamp(now).After(row.mail.NotAfter)
	if !ok || row.mail.Directory != directory || row.mail.Tenant != tenant || sent || late {
		return auth.ErrNoRecord
	}
	row.mail.Attempts = 0
	s.mails[id] = mailRow{mail: row.mail, due: stamp(now)}
	return nil
}
