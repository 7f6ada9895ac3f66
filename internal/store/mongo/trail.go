package mongo

import (
	"cmp"
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

// Trail implements [auth.Records]. Links that are in the head, and were not
// brought to where they belong, are in the record all the same.
func (s *Store) Trail(ctx context.Context, directory string, after int64, max int) ([]auth.Link, error) {
	links, err := s.links(ctx, directory, after, max)
	return links, s.fail("Trail", err)
}

func (s *Store) links(ctx context.Context, directory string, after int64, most int) ([]auth.Link, error) {
	head, err := s.end(ctx, directory)
	if err != nil || most <= 0 {
		return nil, err
	}
	after = max(after, head.Swept)
	found, err := all[linkDoc](ctx, s, events, bson.D{
		{Key: "directory", Value: directory},
		{Key: "number", Value: bson.D{{Key: "$gt", Value: after}, {Key: "$lte", Value: head.Number}}},
	}, options.Find().SetSort(bson.D{{Key: "number", Value: 1}}).SetLimit(int64(most)))
	if err != nil {
		return nil, err
	}
	for _, l := range head.Links {
		if l.Number > after {
			found = append(found, l)
		}
	}
	slices.SortFunc(found, func(a, b linkDoc) int { return cmp.Compare(a.Number, b.Number) })
	found = slices.CompactFunc(found, func(a, b linkDoc) bool { return a.Number == b.Number })
	var out []auth.Link
	for _, l := range found[:min(most, len(found))] {
		out = append(out, l.link())
	}
	return out, nil
}

// end reads the end of a record, after what was left by processes that were
// killed has been brought there. One that is not there has number 0.
func (s *Store) end(ctx context.Context, directory string) (headDoc, error) {
	if err := s.enter(ctx); err != nil {
		return headDoc{}, err
	}
	if err := s.recover(ctx); err != nil {
		return headDoc{}, err
	}
	head, err := one[headDoc](ctx, s, heads, byID(directory))
	if absent(err) {
		err = nil
	}
	return head, err
}

// TrailEnd implements [auth.Records].
func (s *Store) TrailEnd(ctx context.Context, directory string) (number int64, hash []byte, err error) {
	head, err := s.end(ctx, directory)
	return head.Number, head.Hash, s.fail("TrailEnd", err)
}

// Trails implements [auth.Records].
func (s *Store) Trails(ctx context.Context) ([]string, error) {
	if err := s.enter(ctx); err != nil {
		return nil, s.fail("Trails", err)
	}
	found, err := all[headDoc](ctx, s, heads, bson.D{}, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}).SetSort(bson.D{{Key: "_id", Value: 1}}))
	var out []string
	for _, h := range found {
		out = append(out, h.ID)
	}
	return out, s.fail("Trails", err)
}

// Events implements [auth.Records].
func (s *Store) Events(ctx context.Context, q auth.EventQuery) ([]auth.Event, error) {
	if err := s.enter(ctx); err != nil || q.Max <= 0 {
		return nil, s.fail("Events", err)
	}
	filter := bson.D{{Key: "directory", Value: q.Directory}, {Key: "tenant", Value: q.Tenant}}
	if q.User != "" {
		filter = append(filter, bson.E{Key: "user", Value: q.User})
	}
	if q.Action != "" {
		filter = append(filter, bson.E{Key: "action", Value: q.Action})
	}
	var between bson.D
	if !q.Since.IsZero() {
		between = append(between, bson.E{Key: "$gte", Value: stamp(q.Since)})
	}
	if at := stamp(q.Before.At); q.Before != (auth.EventPlace{}) {
		between = append(between, bson.E{Key: "$lte", Value: at})
		filter = append(filter, bson.E{Key: "$or", Value: bson.A{
			bson.D{{Key: "at", Value: bson.D{{Key: "$lt", Value: at}}}},
			bson.D{{Key: "id", Value: bson.D{{Key: "$lt", Value: q.Before.ID}}}},
		}})
	}
	if between != nil {
		filter = append(filter, bson.E{Key: "at", Value: between})
	}
	found, err := all[linkDoc](ctx, s, events, filter,
		options.Find().SetSort(bson.D{{Key: "at", Value: -1}, {Key: "id", Value: -1}}).SetLimit(int64(q.Max)))
	var out []auth.Event
	for _, l := range found {
		out = append(out, auth.Event(l.Event))
	}
	return out, s.fail("Events", err)
}

const notes = "notes"

// noteDoc is a note that no change goes with, until it has been moved out.
type noteDoc struct {
	ID      string `bson:"_id"`
	Rev     string
	Parcels []parcel
}

func (n *noteDoc) carries() (id, rev string, parcels []parcel, gone bool) {
	return n.ID, n.Rev, n.Parcels, true
}

// Write implements [auth.Records].
func (s *Store) Write(ctx context.Context, n auth.Note) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("Write", err)
	}
	p := s.pack(n)
	doc := &noteDoc{ID: p.ID, Rev: p.ID, Parcels: p.list()}
	if doc.Parcels == nil {
		return nil
	}
	if _, err := s.put(ctx, notes, doc.ID, "", doc.Rev, doc); err != nil {
		return s.fail("Write", err)
	}
	return s.fail("Write", s.deliver(ctx, notes, doc))
}
