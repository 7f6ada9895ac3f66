package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

const bulletin = "bulletin"

// lineDoc is an [auth.Bulletined]. It never changes.
type lineDoc struct {
	ID    string `bson:"_id"`
	Until time.Time
	Body  []byte
}

// Announce implements [auth.Bulletin]. If it fails part-way, some lines may have
// been announced: each stands by itself, and to announce them again changes
// nothing.
func (s *Store) Announce(ctx context.Context, lines []auth.Bulletined) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("Announce", err)
	}
	docs := make([]any, 0, len(lines))
	for _, l := range lines {
		docs = append(docs, lineDoc{l.ID, stamp(l.Until), l.Body})
	}
	return s.fail("Announce", s.addAll(ctx, bulletin, docs))
}

// Announced implements [auth.Bulletin].
func (s *Store) Announced(ctx context.Context, after string, now time.Time, most int) ([]auth.Bulletined, error) {
	if err := s.enter(ctx); err != nil {
		return nil, s.fail("Announced", err)
	}
	filter := bson.D{
		{Key: "_id", Value: bson.D{{Key: "$gt", Value: after}}},
		{Key: "until", Value: bson.D{{Key: "$gt", Value: stamp(now)}}},
	}
	docs, err := all[lineDoc](ctx, s, bulletin, filter, options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(int64(most)))
	lines := make([]auth.Bulletined, 0, len(docs))
	for _, d := range docs {
		lines = append(lines, auth.Bulletined{ID: d.ID, Until: d.Until.UTC(), Body: d.Body})
	}
	return lines, s.fail("Announced", err)
}
