package mongo

import (
	"bytes"
	"context"
	"crypto/subtle"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

const tickets = "tickets"

type ticketDoc struct {
	ID        string    `bson:"_id"` // directory tenant kind id
	Rev       string    `bson:"rev"`
	User      string    `bson:"user,omitempty"`
	Proof     []byte    `bson:"proof,omitempty"`
	Tries     int       `bson:"tries"`
	Data      []byte    `bson:"data,omitempty"`
	CreatedAt time.Time `bson:"createdAt"`
	ExpiresAt time.Time `bson:"expiresAt"`
}

func ticketID(k auth.TicketKey) string { return key(k.Directory, k.Tenant, string(k.Kind), k.ID) }

func newTicket(t auth.Ticket) ticketDoc {
	return ticketDoc{
		ID: ticketID(t.TicketKey), Rev: newRev(), User: t.User, Proof: bytes.Clone(t.Proof), Tries: t.Tries,
		Data: bytes.Clone(t.Data), CreatedAt: stamp(t.CreatedAt), ExpiresAt: stamp(t.ExpiresAt),
	}
}

func (d ticketDoc) ticket(k auth.TicketKey) auth.Ticket {
	return auth.Ticket{
		TicketKey: k, User: d.User, Proof: d.Proof, Tries: d.Tries, Data: d.Data, CreatedAt: d.CreatedAt, ExpiresAt: d.ExpiresAt,
	}
}

func (d ticketDoc) lives(now time.Time) bool { return stamp(now).Before(d.ExpiresAt) }

// ticket reads a ticket that lives at now, else [auth.ErrNoRecord].
func (s *Store) ticket(ctx context.Context, k auth.TicketKey, now time.Time) (ticketDoc, error) {
	d, err := one[ticketDoc](ctx, s, tickets, byID(ticketID(k)))
	if err == nil && !d.lives(now) {
		err = auth.ErrNoRecord
	}
	return d, err
}

// Issue implements [auth.Tickets].
func (s *Store) Issue(ctx context.Context, t auth.Ticket) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("Issue", err)
	}
	next := newTicket(t)
	return s.fail("Issue", s.retry(ctx, tickets+next.ID, func() (bool, error) {
		done, err := s.put(ctx, tickets, next.ID, "", next.Rev, next)
		if err != nil || done {
			return done, err
		}
		old, err := one[ticketDoc](ctx, s, tickets, byID(next.ID))
		if err != nil {
			return false, ignoreAbsent(err) // it was there a moment ago
		}
		if old.lives(t.CreatedAt) {
			return false, auth.ErrTaken
		}
		return s.put(ctx, tickets, next.ID, old.Rev, next.Rev, next)
	}))
}

// Ticket implements [auth.Tickets].
func (s *Store) Ticket(ctx context.Context, k auth.TicketKey, now time.Time) (auth.Ticket, error) {
	if err := s.enter(ctx); err != nil {
		return auth.Ticket{}, s.fail("Ticket", err)
	}
	d, err := s.ticket(ctx, k, now)
	if err != nil {
		return auth.Ticket{}, s.fail("Ticket", err)
	}
	return d.ticket(k), nil
}

// Reissue implements [auth.Tickets].
func (s *Store) Reissue(ctx context.Context, t auth.Ticket, now time.Time) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("Reissue", err)
	}
	return s.fail("Reissue", s.retry(ctx, tickets+ticketID(t.TicketKey), func() (bool, error) {
		old, err := s.ticket(ctx, t.TicketKey, now)
		if err != nil {
			return false, err
		}
		next := old
		next.Rev, next.Proof, next.Tries, next.ExpiresAt = newRev(), t.Proof, t.Tries, stamp(t.ExpiresAt)
		return s.put(ctx, tickets, next.ID, old.Rev, next.Rev, next)
	}))
}

// Attempt implements [auth.Tickets]. Of callers who compare at the same time one
// is told; the others were never there, and compare again what is left.
func (s *Store) Attempt(ctx context.Context, k auth.TicketKey, proof []byte, now time.Time) (auth.Ticket, error) {
	if err := s.enter(ctx); err != nil {
		return auth.Ticket{}, s.fail("Attempt", err)
	}
	var out auth.Ticket
	right := false
	err := s.retry(ctx, tickets+ticketID(k), func() (bool, error) {
		d, err := s.ticket(ctx, k, now)
		if err == nil && d.Tries <= 0 {
			err = auth.ErrNoRecord
		}
		if err != nil {
			return false, err
		}
		if right = subtle.ConstantTimeCompare(d.Proof, proof) == 1; right {
			out = d.ticket(k)
			return s.spend(ctx, d)
		}
		d.Tries--
		out = d.ticket(k)
		return s.patch(ctx, tickets, d.ID, d.Rev, newRev(), set(bson.D{{Key: "tries", Value: d.Tries}}))
	})
	if err != nil {
		return auth.Ticket{}, s.fail("Attempt", err)
	}
	if !right {
		return out, auth.ErrWrongProof
	}
	return out, nil
}

// spend removes a ticket that is as it was read. When the answer is lost, the
// ticket is: it is not known who has it.
func (s *Store) spend(ctx context.Context, d ticketDoc) (bool, error) {
	gone := 0
	unsure, err := s.try(ctx, func(ctx context.Context) error {
		r, err := s.db.Collection(tickets).DeleteOne(ctx, as(d.ID, d.Rev))
		if err == nil {
			gone = int(r.DeletedCount)
		}
		return err
	})
	if err == nil && gone == 0 && unsure {
		err = errUnsure
	}
	return gone == 1, err
}

// Standing implements [auth.Tickets].
func (s *Store) Standing(ctx context.Context, q auth.TicketQuery, now time.Time) ([]auth.Ticket, error) {
	if err := s.enter(ctx); err != nil {
		return nil, s.fail("Standing", err)
	}
	prefix := key(q.Directory, q.Tenant, string(q.Kind), "")
	docs, err := all[ticketDoc](ctx, s, tickets, bson.D{
		{Key: "_id", Value: bson.D{{Key: "$gt", Value: prefix + q.After}, {Key: "$lt", Value: beyond(prefix)}}},
		{Key: "expiresAt", Value: bson.D{{Key: "$gt", Value: stamp(now)}}},
	}, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(q.Max)))
	if err != nil {
		return nil, s.fail("Standing", err)
	}
	found := make([]auth.Ticket, len(docs))
	for i, d := range docs {
		found[i] = d.ticket(auth.TicketKey{Directory: q.Directory, Tenant: q.Tenant, Kind: q.Kind, ID: strings.TrimPrefix(d.ID, prefix)})
	}
	return found, nil
}

// Void implements [auth.Tickets].
func (s *Store) Void(ctx context.Context, k auth.TicketKey) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("Void", err)
	}
	_, err := s.remove(ctx, tickets, byID(ticketID(k)))
	return s.fail("Void", err)
}
