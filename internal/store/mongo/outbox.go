package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

const outbox = "outbox"

// The states of a mail.
const (
	queued = string(auth.MailWaiting)
	sent   = string(auth.MailSent)
	dead   = string(auth.MailDead)
)

// waitingDoc is a mail and how far it has come.
type waitingDoc struct {
	ID      string `bson:"_id"`
	Rev     string
	State   string
	Due     time.Time // when it may be given out: next try, or end of the lease
	Over    time.Time `bson:"over,omitempty"` // when it was sent or buried
	Problem string    `bson:"problem,omitempty"`
	Mail    mailDoc   `bson:",inline"`
}

func newMail(m mailDoc) waitingDoc {
	return waitingDoc{ID: m.ID, Rev: newRev(), State: queued, Due: m.CreatedAt, Mail: m}
}

// Lease implements [auth.Outbox].
func (s *Store) Lease(ctx context.Context, now time.Time, lease time.Duration, max int) ([]auth.Mail, error) {
	if err := s.enter(ctx); err != nil {
		return nil, s.fail("Lease", err)
	}
	if err := s.recover(ctx); err != nil {
		return nil, s.fail("Lease", err)
	}
	now = stamp(now)
	var out []auth.Mail
	err := s.retry(ctx, outbox, func() (bool, error) {
		due, err := all[waitingDoc](ctx, s, outbox,
			bson.D{{Key: "state", Value: queued}, {Key: "due", Value: bson.D{{Key: "$lte", Value: now}}}},
			options.Find().SetSort(bson.D{{Key: "createdAt", Value: 1}, {Key: "_id", Value: 1}}).SetLimit(int64(max-len(out))))
		if err != nil {
			return false, err
		}
		for _, w := range due {
			given, err := s.lend(ctx, &w, now, lease)
			if err != nil {
				return false, err
			}
			if given {
				out = append(out, auth.Mail(w.Mail))
			}
		}
		return len(due) == 0 || len(out) >= max, nil
	})
	return out, s.fail("Lease", err)
}

// lend gives a mail out, or buries it when it is too late for it; false when
// somebody else was faster.
func (s *Store) lend(ctx context.Context, w *waitingDoc, now time.Time, lease time.Duration) (bool, error) {
	if end := w.Mail.NotAfter; !end.IsZero() && now.After(end) {
		_, err := s.patch(ctx, outbox, w.ID, w.Rev, newRev(), set(bson.D{
			{Key: "state", Value: dead}, {Key: "over", Value: now}, {Key: "problem", Value: "not sent in time"},
		}))
		return false, err
	}
	w.Mail.Attempts++
	return s.patch(ctx, outbox, w.ID, w.Rev, newRev(), set(bson.D{
		{Key: "due", Value: stamp(now.Add(lease))}, {Key: "attempts", Value: w.Mail.Attempts},
	}))
}

// Sent implements [auth.Outbox].
func (s *Store) Sent(ctx context.Context, directory, id string, at time.Time) error {
	return s.waiting(ctx, "Sent", directory, id, bson.D{{Key: "state", Value: sent}, {Key: "over", Value: stamp(at)}, {Key: "problem", Value: ""}})
}

// Postpone implements [auth.Outbox].
func (s *Store) Postpone(ctx context.Context, directory, id string, next time.Time, problem string) error {
	return s.waiting(ctx, "Postpone", directory, id, bson.D{{Key: "due", Value: stamp(next)}, {Key: "problem", Value: problem}})
}

// Bury implements [auth.Outbox].
func (s *Store) Bury(ctx context.Context, directory, id string, at time.Time, problem string) error {
	return s.waiting(ctx, "Bury", directory, id, bson.D{{Key: "state", Value: dead}, {Key: "over", Value: stamp(at)}, {Key: "problem", Value: problem}})
}

// waiting changes a mail that is neither sent nor buried.
func (s *Store) waiting(ctx context.Context, method, directory, id string, fields bson.D) error {
	if err := s.enter(ctx); err != nil {
		return s.fail(method, err)
	}
	return s.fail(method, s.retry(ctx, outbox+id, func() (bool, error) {
		w, err := one[waitingDoc](ctx, s, outbox, byID(id))
		if err != nil {
			return false, err
		}
		if w.Mail.Directory != directory || w.State != queued {
			return false, auth.ErrNoRecord
		}
		return s.patch(ctx, outbox, id, w.Rev, newRev(), set(fields))
	}))
}

// Waiting implements [auth.Outbox].
func (s *Store) Waiting(ctx context.Context) (inQueue, buried int, err error) {
	if err := s.enter(ctx); err != nil {
		return 0, 0, s.fail("Waiting", err)
	}
	for state, n := range map[string]*int{queued: &inQueue, dead: &buried} {
		_, err := s.try(ctx, func(ctx context.Context) error {
			count, err := s.db.Collection(outbox).CountDocuments(ctx, bson.D{{Key: "state", Value: state}})
			*n = int(count)
			return err
		})
		if err != nil {
			return 0, 0, s.fail("Waiting", err)
		}
	}
	return inQueue, buried, nil
}

// Letters implements [auth.Outbox].
func (s *Store) Letters(ctx context.Context, q auth.LetterQuery) ([]auth.Letter, error) {
	if err := s.enter(ctx); err != nil || q.Max <= 0 {
		return nil, s.fail("Letters", err)
	}
	filter := bson.D{{Key: "directory", Value: q.Directory}, {Key: "tenant", Value: q.Tenant}}
	if q.State != "" {
		filter = append(filter, bson.E{Key: "state", Value: string(q.State)})
	}
	if at := stamp(q.Before.At); q.Before != (auth.EventPlace{}) {
		filter = append(filter, bson.E{Key: "createdAt", Value: bson.D{{Key: "$lte", Value: at}}}, bson.E{Key: "$or", Value: bson.A{
			bson.D{{Key: "createdAt", Value: bson.D{{Key: "$lt", Value: at}}}},
			bson.D{{Key: "_id", Value: bson.D{{Key: "$lt", Value: q.Before.ID}}}},
		}})
	}
	found, err := all[waitingDoc](ctx, s, outbox, filter, options.Find().SetLimit(int64(q.Max)).
		SetSort(bson.D{{Key: "createdAt", Value: -1}, {Key: "_id", Value: -1}}).SetProjection(bson.D{{Key: "sealed", Value: 0}}))
	var out []auth.Letter
	for _, w := range found {
		l := auth.Letter{Mail: auth.Mail(w.Mail), State: auth.MailState(w.State), DueAt: w.Due, Problem: w.Problem}
		if w.State != queued {
			l.DueAt = w.Over
		}
		out = append(out, l)
	}
	return out, s.fail("Letters", err)
}

// Redeliver implements [auth.Outbox].
func (s *Store) Redeliver(ctx context.Context, directory, tenant, id string, now time.Time) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("Redeliver", err)
	}
	now = stamp(now)
	return s.fail("Redeliver", s.retry(ctx, outbox+id, func() (bool, error) {
		w, err := one[waitingDoc](ctx, s, outbox, byID(id))
		if err != nil {
			return false, err
		}
		late := !w.Mail.NotAfter.IsZero() && now.After(w.Mail.NotAfter)
		if w.Mail.Directory != directory || w.Mail.Tenant != tenant || w.State == sent || late {
			return false, auth.ErrNoRecord
		}
		return s.patch(ctx, outbox, id, w.Rev, newRev(), append(
			set(bson.D{{Key: "state", Value: queued}, {Key: "due", Value: now}, {Key: "attempts", Value: 0}}),
			bson.E{Key: "$unset", Value: bson.D{{Key: "over", Value: ""}, {Key: "problem", Value: ""}}}))
	}))
}
