package mongo

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

// newRev returns the mark of a write: no other one ever has it. In time, for
// people who look at the database, and for [age].
func newRev() string { return uuid.Must(uuid.NewV7()).String() }

// byID is the filter for one document.
func byID(id string) bson.D { return bson.D{{Key: "_id", Value: id}} }

// as is the filter for one document as it was when it was read.
func as(id, rev string) bson.D { return bson.D{{Key: "_id", Value: id}, {Key: "rev", Value: rev}} }

// set is an update that sets fields.
func set(fields bson.D) bson.D { return bson.D{{Key: "$set", Value: fields}} }

// one reads one document; [driver.ErrNoDocuments] when there is none.
func one[D any](ctx context.Context, s *Store, in string, filter bson.D, o ...options.Lister[options.FindOneOptions]) (D, error) {
	var doc D
	_, err := s.try(ctx, func(ctx context.Context) error {
		var fresh D
		err := s.db.Collection(in).FindOne(ctx, filter, o...).Decode(&fresh)
		doc = fresh
		return err
	})
	return doc, err
}

// all reads documents.
func all[D any](ctx context.Context, s *Store, in string, filter bson.D, o ...options.Lister[options.FindOptions]) ([]D, error) {
	var docs []D
	_, err := s.try(ctx, func(ctx context.Context) error {
		docs = nil
		cursor, err := s.db.Collection(in).Find(ctx, filter, o...)
		if err != nil {
			return err
		}
		return cursor.All(ctx, &docs)
	})
	return docs, err
}

// absent tells whether err says that there is no such document.
func absent(err error) bool { return errors.Is(err, driver.ErrNoDocuments) }

// put writes a document with the mark rev when it still has the mark old, or,
// when old is "", when there is none. It reports whether it did. An answer that
// was lost is found again by the mark.
func (s *Store) put(ctx context.Context, in, id, old, rev string, doc any) (bool, error) {
	return s.swap(ctx, in, id, old, rev, func(ctx context.Context, c *driver.Collection) (bool, error) {
		if old == "" {
			_, err := c.InsertOne(ctx, doc)
			if driver.IsDuplicateKeyError(err) {
				return false, nil
			}
			return err == nil, err
		}
		r, err := c.ReplaceOne(ctx, as(id, old), doc)
		return err == nil && r.MatchedCount == 1, err
	})
}

// patch is put for some fields of a document that is there.
func (s *Store) patch(ctx context.Context, in, id, old, rev string, change bson.D) (bool, error) {
	change = append(change, bson.E{Key: "$set", Value: bson.D{{Key: "rev", Value: rev}}})
	return s.swap(ctx, in, id, old, rev, func(ctx context.Context, c *driver.Collection) (bool, error) {
		r, err := c.UpdateOne(ctx, as(id, old), merged(change))
		return err == nil && r.MatchedCount == 1, err
	})
}

// merged puts operators that were named twice together: a document has each key
// once.
func merged(change bson.D) bson.D {
	var out bson.D
next:
	for _, e := range change {
		for i := range out {
			if out[i].Key == e.Key {
				out[i].Value = append(append(bson.D{}, out[i].Value.(bson.D)...), e.Value.(bson.D)...)
				continue next
			}
		}
		out = append(out, e)
	}
	return out
}

func (s *Store) swap(ctx context.Context, in, id, old, rev string, write func(context.Context, *driver.Collection) (bool, error)) (bool, error) {
	var done bool
	unsure, err := s.try(ctx, func(ctx context.Context) (err error) {
		done, err = write(ctx, s.db.Collection(in))
		return err
	})
	if err != nil {
		return false, err
	}
	if done || !unsure {
		return done, nil
	}
	now, err := one[struct{ Rev string }](ctx, s, in, byID(id), options.FindOne().SetProjection(bson.D{{Key: "rev", Value: 1}}))
	switch {
	case err != nil && !absent(err):
		return false, err
	case now.Rev == rev:
		return true, nil
	case now.Rev == old:
		return false, nil
	}
	return false, errUnsure
}

// addAll inserts documents of which some may be there already.
func (s *Store) addAll(ctx context.Context, in string, docs []any) error {
	if len(docs) == 0 {
		return nil
	}
	_, err := s.try(ctx, func(ctx context.Context) error {
		_, err := s.db.Collection(in).InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
		if onlyDuplicates(err) {
			return nil
		}
		return err
	})
	return err
}

// onlyDuplicates tells whether nothing failed but what was there.
func onlyDuplicates(err error) bool {
	var many driver.BulkWriteException
	if !errors.As(err, &many) {
		return err == nil
	}
	if many.WriteConcernError != nil {
		return false
	}
	for _, e := range many.WriteErrors {
		if !e.HasErrorCode(11000) {
			return false
		}
	}
	return true
}

// remove deletes what matches and says how much that was.
func (s *Store) remove(ctx context.Context, in string, filter bson.D) (int, error) {
	gone := 0
	_, err := s.try(ctx, func(ctx context.Context) error {
		r, err := s.db.Collection(in).DeleteMany(ctx, filter)
		if err == nil {
			gone = int(r.DeletedCount)
		}
		return err
	})
	return gone, err
}

// update runs an update of at most one document that may be run again, and says
// whether it matched.
func (s *Store) update(ctx context.Context, in string, filter, change bson.D, o ...options.Lister[options.UpdateOneOptions]) (bool, error) {
	matched := false
	_, err := s.try(ctx, func(ctx context.Context) error {
		r, err := s.db.Collection(in).UpdateOne(ctx, filter, change, o...)
		if err == nil {
			matched = r.MatchedCount > 0
		}
		return err
	})
	return matched, err
}

// plain tells whether an id can be a field's name: those that we make can, what
// a client sends may not be one.
func plain(id string) bool {
	for _, r := range id {
		if r == '.' || r == '$' || r == 0 {
			return false
		}
	}
	return id != ""
}

// taken is ErrTaken where a write came too late.
func taken(done bool, err error) error {
	if err == nil && !done {
		return auth.ErrTaken
	}
	return err
}

// key puts an id together: of parts of which only the last may have a space. So
// ids sort as their parts do, and are the keys of rows.
func key(parts ...string) string { return auth.RowKey(parts...) }
