package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

// Pulse implements [auth.PulseRecords]. It goes through the tenant's events of
// the time and through the sessions of all its accounts, one by one: what is not
// asked for often need not be kept counted.
func (s *Store) Pulse(ctx context.Context, q auth.PulseQuery) (auth.Pulse, error) {
	p := q.Empty()
	if err := s.enter(ctx); err != nil {
		return p, s.fail("Pulse", err)
	}
	q.From = stamp(q.From)
	during := bson.D{{Key: "$gte", Value: q.From}, {Key: "$lt", Value: stamp(q.Until())}}
	err := each(ctx, s, events, bson.D{{Key: "directory", Value: q.Directory}, {Key: "tenant", Value: q.Tenant}, {Key: "at", Value: during}},
		bson.D{{Key: "at", Value: 1}, {Key: "action", Value: 1}}, func(again bool) {
			if again {
				p.Events = q.Empty().Events
			}
		}, func(e eventDoc) { p.AddEvents(e.Action, q.StepOf(e.At), 1) })
	if err != nil {
		return p, s.fail("Pulse", err)
	}
	err = each(ctx, s, accounts, bson.D{{Key: "directory", Value: q.Directory}, {Key: "places", Value: q.Tenant}}, bson.D{{Key: "sessions", Value: 1}},
		func(again bool) {
			if again {
				p.Living = q.Empty().Living
			}
		}, func(a accountDoc) {
			for _, v := range a.Sessions {
				if v.Tenant == q.Tenant {
					first, after := q.Span(auth.Session(v))
					p.AddSessions(first, after, 1)
				}
			}
		})
	return p, s.fail("Pulse", err)
}

// each goes through documents without keeping them. Where the connection is lost
// it begins anew, and says so.
func each[D any](ctx context.Context, s *Store, in string, filter, fields bson.D, begin func(again bool), see func(D)) error {
	again := false
	_, err := s.try(ctx, func(ctx context.Context) error {
		begin(again)
		again = true
		cursor, err := s.db.Collection(in).Find(ctx, filter, options.Find().SetProjection(fields))
		if err != nil {
			return err
		}
		defer cursor.Close(ctx)
		for cursor.Next(ctx) {
			var doc D
			if err := cursor.Decode(&doc); err != nil {
				return err
			}
			see(doc)
		}
		return cursor.Err()
	})
	return err
}
