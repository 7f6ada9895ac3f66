package mongo

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

// Count implements [auth.Tickets].
func (s *Store) Count(ctx context.Context, counts ...auth.Count) ([]auth.Tally, error) {
	if err := s.enter(ctx); err != nil || len(counts) == 0 {
		return nil, s.fail("Count", err)
	}
	t := newTallying(counts)
	for _, id := range t.ids {
		defer s.turns.take(counters + id)() // many count the same at once
	}
	run := s.countTogether
	switch reads := func(c auth.Count) bool { return c.Add == 0 }; {
	case len(t.ids) == 1:
		run = s.countOne
	case !slices.ContainsFunc(counts, func(c auth.Count) bool { return !reads(c) }):
		run = s.readTogether
	}
	if err := s.retry(ctx, "", func() (bool, error) { return run(ctx, t) }); err != nil {
		return nil, s.fail("Count", err)
	}
	return t.out, nil
}

// counter reads a counter on which nobody has a lock.
func (s *Store) counter(ctx context.Context, id string) (*counterDoc, error) {
	end := time.Now().Add(politeness)
	for wait := time.Millisecond; ; wait = min(2*wait, 20*time.Millisecond) {
		d, err := one[counterDoc](ctx, s, counters, byID(id))
		if err != nil && !absent(err) {
			return nil, err
		}
		d.ID = id
		if d.Lock == nil {
			d.tidy()
			return &d, nil
		}
		if age(d.Lock.Op) > politeness || time.Now().After(end) {
			if err := s.settleLock(ctx, &d); err != nil {
				return nil, err
			}
			continue
		}
		if err := pause(ctx, wait); err != nil {
			return nil, err
		}
	}
}

func (s *Store) countOne(ctx context.Context, t *tallying) (bool, error) {
	d, err := s.counter(ctx, t.ids[0])
	if err != nil || !t.apply(d) {
		return err == nil, err
	}
	old := d.Rev
	d.Rev = newRev()
	return s.put(ctx, counters, d.ID, old, d.Rev, d)
}

// readTogether reads until nothing has changed in between.
func (s *Store) readTogether(ctx context.Context, t *tallying) (bool, error) {
	revs := map[string]string{}
	for range 2 {
		same := true
		for _, id := range t.ids {
			d, err := s.counter(ctx, id)
			if err != nil {
				return false, err
			}
			t.apply(d)
			rev, seen := revs[id]
			same = same && seen && rev == d.Rev
			revs[id] = d.Rev
		}
		if same {
			return true, nil
		}
	}
	return false, nil
}

func (s *Store) countTogether(ctx context.Context, t *tallying) (done bool, err error) {
	op, last := newRev(), t.ids[len(t.ids)-1]
	var locked []*counterDoc
	known := true // whether it is done
	defer func() {
		if known && !done {
			aside, cancel := s.aside(ctx)
			defer cancel()
			for _, d := range locked { // one that stays is settled by whoever finds it
				if _, err := s.unlock(aside, d.ID, op, bson.D{}); err != nil {
					return
				}
			}
		}
	}()
	for _, id := range t.ids[:len(t.ids)-1] {
		d, err := s.counter(ctx, id)
		if err != nil {
			return false, err
		}
		next := *d
		t.apply(&next)
		d.Lock = &lock{op, last, next.N, next.Resets}
		old := d.Rev
		d.Rev = newRev()
		if ok, err := s.put(ctx, counters, id, old, d.Rev, d); err != nil || !ok {
			return false, err
		}
		locked = append(locked, d)
	}
	d, err := s.counter(ctx, last)
	if err != nil || slices.Contains(d.Void, op) {
		return false, err
	}
	t.apply(d)
	old := d.Rev
	d.Rev, d.Done = newRev(), append(d.Done, op)
	done, err = s.put(ctx, counters, last, old, d.Rev, d)
	if known = err == nil; err != nil || !done {
		return false, err
	}
	return true, s.spread(ctx, op, last, locked)
}

// spread makes locked counters what their locks say, now that it is decided.
func (s *Store) spread(ctx context.Context, op, last string, locked []*counterDoc) error {
	ctx, cancel := s.aside(ctx)
	defer cancel()
	for _, d := range locked {
		if _, err := s.unlock(ctx, d.ID, op, bson.D{{Key: "n", Value: d.Lock.N}, {Key: "resets", Value: d.Lock.Resets}}); err != nil {
			return err
		}
	}
	_, err := s.update(ctx, counters, byID(last), bson.D{
		{Key: "$pull", Value: bson.D{{Key: "done", Value: op}}}, {Key: "$set", Value: bson.D{{Key: "rev", Value: newRev()}}},
	})
	return err
}

// unlock takes an operation's lock off a counter and sets what it is then.
func (s *Store) unlock(ctx context.Context, id, op string, fields bson.D) (bool, error) {
	return s.update(ctx, counters, bson.D{{Key: "_id", Value: id}, {Key: "lock.op", Value: op}}, bson.D{
		{Key: "$unset", Value: bson.D{{Key: "lock", Value: ""}}}, {Key: "$set", Value: append(fields, bson.E{Key: "rev", Value: newRev()})},
	})
}

// settleLock ends a lock that was left standing.
func (s *Store) settleLock(ctx context.Context, d *counterDoc) error {
	op, fields := d.Lock.Op, bson.D{}
	_, err := s.try(ctx, func(ctx context.Context) error {
		_, err := s.db.Collection(counters).UpdateOne(ctx,
			bson.D{{Key: "_id", Value: d.Lock.Last}, {Key: "done", Value: bson.D{{Key: "$ne", Value: op}}}},
			bson.D{
				{Key: "$addToSet", Value: bson.D{{Key: "void", Value: op}}}, {Key: "$set", Value: bson.D{{Key: "rev", Value: newRev()}}},
				{Key: "$setOnInsert", Value: bson.D{{Key: "resets", Value: time.Time{}}}},
			}, options.UpdateOne().SetUpsert(true))
		return err
	})
	if driver.IsDuplicateKeyError(err) { // it is there, and names the operation
		fields, err = bson.D{{Key: "n", Value: d.Lock.N}, {Key: "resets", Value: d.Lock.Resets}}, nil
	}
	if err != nil {
		return err
	}
	_, err = s.unlock(ctx, d.ID, op, fields)
	return err
}
