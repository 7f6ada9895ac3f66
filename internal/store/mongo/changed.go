package mongo

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

const changes = "changes"

// Changed returns a number that is another one after an Alarm.
func (s *Store) Changed(ctx context.Context) (int64, error) {
	if err := s.enter(ctx); err != nil {
		return 0, s.fail("Changed", err)
	}
	doc, err := one[struct{ N int64 }](ctx, s, changes, byID(changes))
	return doc.N, s.fail("Changed", ignoreAbsent(err))
}

// Alarm tells all who look at Changed that they have to look again.
func (s *Store) Alarm(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("Alarm", err)
	}
	_, err := s.update(ctx, changes, byID(changes), bson.D{{Key: "$inc", Value: bson.D{{Key: "n", Value: int64(1)}}}}, options.UpdateOne().SetUpsert(true))
	return s.fail("Alarm", err)
}
