package mongo

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// sweepRows bounds how much of a collection goes at once.
const sweepRows = 500

// Sweep implements [auth.Sweeper]: of each collection at most 500 documents a
// call. What was left by processes that were killed goes, too, uncounted.
func (s *Store) Sweep(ctx context.Context, now, keep, keepEvents time.Time) (int, error) {
	if err := s.enter(ctx); err != nil {
		return 0, s.fail("Sweep", err)
	}
	if err := s.recover(ctx); err != nil {
		return 0, s.fail("Sweep", err)
	}
	sum := 0
	until := func(op string, t time.Time) bson.D { return bson.D{{Key: op, Value: t}} }
	for _, sweep := range []func() (int, error){
		func() (int, error) { return s.sweepSome(ctx, tickets, "expiresAt", until("$lte", now), nil) },
		func() (int, error) {
			return s.sweepSome(ctx, counters, "resets", until("$lte", now), bson.D{{Key: "lock", Value: bson.D{{Key: "$exists", Value: false}}}})
		},
		func() (int, error) { return s.sweepSome(ctx, bulletin, "until", until("$lte", now), nil) },
		func() (int, error) { return s.sweepSome(ctx, outbox, "over", until("$lt", keep), nil) },
		func() (int, error) { return s.sweepAccounts(ctx, "sweepAt", keep, sweepSessions) },
		func() (int, error) { return s.sweepAccounts(ctx, "devicesAt", keepEvents, sweepDevices) },
		func() (int, error) { return s.sweepTrails(ctx, keepEvents) },
		func() (int, error) { return 0, s.sweepTombs(ctx) },
	} {
		n, err := sweep()
		sum += n
		if err != nil {
			return sum, s.fail("Sweep", err)
		}
	}
	return sum, nil
}

// sweepSome removes documents by a time in them.
func (s *Store) sweepSome(ctx context.Context, in, field string, over, also bson.D) (int, error) {
	filter := append(bson.D{{Key: field, Value: over}}, also...)
	found, err := all[load](ctx, s, in, filter, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}).SetLimit(sweepRows))
	if err != nil || len(found) == 0 {
		return 0, err
	}
	var ids bson.A
	for _, d := range found {
		ids = append(ids, d.ID)
	}
	return s.remove(ctx, in, append(filter, bson.E{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}))
}

// sweepAccounts takes out of accounts what is over. An account that only seemed
// to have something gets another time.
func (s *Store) sweepAccounts(ctx context.Context, field string, until time.Time, take func(*accountDoc, time.Time) int) (int, error) {
	sum := 0
	for sum == 0 {
		found, err := all[load](ctx, s, accounts, bson.D{{Key: field, Value: bson.D{{Key: "$lt", Value: until}}}},
			options.Find().SetProjection(bson.D{{Key: "rev", Value: 1}}).SetLimit(sweepRows))
		if err != nil || len(found) == 0 {
			return sum, err
		}
		for _, f := range found {
			n, err := s.sweepAccount(ctx, f.ID, until, take)
			if err != nil {
				return sum, err
			}
			sum += n
		}
	}
	return sum, nil
}

func (s *Store) sweepAccount(ctx context.Context, id string, until time.Time, take func(*accountDoc, time.Time) int) (n int, err error) {
	err = s.retry(ctx, accounts+id, func() (bool, error) {
		a, err := one[accountDoc](ctx, s, accounts, byID(id))
		if err != nil || !a.there() {
			return true, ignoreAbsent(err)
		}
		next := a.clone()
		n = take(next, until)
		next.Parcels = a.Parcels
		next.Rev = newRev()
		next.derive()
		return s.put(ctx, accounts, id, a.Rev, next.Rev, next)
	})
	return n, err
}

func sweepSessions(a *accountDoc, keep time.Time) int {
	n := len(a.Sessions)
	for id, v := range a.Sessions {
		if overAt(v).Before(keep) {
			delete(a.Sessions, id)
		}
	}
	return n - len(a.Sessions)
}

func sweepDevices(a *accountDoc, keep time.Time) int {
	n := len(a.Devices)
	a.Devices = slices.DeleteFunc(a.Devices, func(d deviceDoc) bool { return d.SeenAt.Before(keep) })
	return n - len(a.Devices)
}

// sweepTrails removes links at the front of each record, never the newest. The
// head says first from where on the record is whole.
func (s *Store) sweepTrails(ctx context.Context, keep time.Time) (int, error) {
	ends, err := all[headDoc](ctx, s, heads, bson.D{}, options.Find().SetProjection(bson.D{{Key: "links", Value: 0}}))
	sum := 0
	for _, h := range ends {
		n, err := s.sweepTrail(ctx, h, keep)
		sum += n
		if err != nil {
			return sum, err
		}
	}
	return sum, err
}

func (s *Store) sweepTrail(ctx context.Context, h headDoc, keep time.Time) (int, error) {
	links, err := all[linkDoc](ctx, s, events, bson.D{
		{Key: "directory", Value: h.ID}, {Key: "number", Value: bson.D{{Key: "$gt", Value: h.Swept}, {Key: "$lt", Value: h.Number}}},
	}, options.Find().SetProjection(bson.D{{Key: "number", Value: 1}, {Key: "at", Value: 1}}).SetSort(bson.D{{Key: "number", Value: 1}}).SetLimit(sweepRows))
	if err != nil {
		return 0, err
	}
	swept := h.Swept
	for _, l := range links {
		if !l.Event.At.Before(keep) {
			break
		}
		swept = l.Number
	}
	if swept > h.Swept {
		if _, err := s.update(ctx, heads, byID(h.ID), bson.D{{Key: "$max", Value: bson.D{{Key: "swept", Value: swept}}}}); err != nil {
			return 0, err
		}
	}
	if swept == 0 {
		return 0, nil
	}
	// What a sweep that was cut off left goes, too.
	return s.remove(ctx, events, bson.D{{Key: "directory", Value: h.ID}, {Key: "number", Value: bson.D{{Key: "$lte", Value: swept}}}})
}

// sweepTombs removes the marks that stand where an account might have been made,
// see fence, when those that were about to make it are long gone.
func (s *Store) sweepTombs(ctx context.Context) error {
	found, err := all[load](ctx, s, accounts, bson.D{{Key: "gone", Value: true}},
		options.Find().SetProjection(bson.D{{Key: "rev", Value: 1}}).SetLimit(sweepRows))
	for _, f := range found {
		if age(f.Rev) > time.Hour {
			if _, err := s.remove(ctx, accounts, as(f.ID, f.Rev)); err != nil {
				return err
			}
		}
	}
	return err
}
