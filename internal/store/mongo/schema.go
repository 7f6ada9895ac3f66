package mongo

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

const schemas = "schema"

// version is the schema that this program writes.
const version = 3 // 2: keys of services, the bulletin; 3: an index of mails by tenant

// schemaDoc says whose database it is.
type schemaDoc struct {
	ID        string `bson:"_id"`
	Rev       string
	Version   int
	Indexed   int    // the version whose indexes are there
	Directory string // "" for the control database
}

var (
	errLost      = fmt.Errorf("%w: the database is empty: put it back from a backup", auth.ErrUnavailable)
	errForeign   = errors.New("the database is another program's: name another database")
	errNewer     = errors.New("the database is that of a newer release: run that one")
	errMisplaced = fmt.Errorf("%w: it is the database of another directory: see whether databases were exchanged, or the wrong backup was put back", auth.ErrUnavailable)
)

// identify sees that the database is what it should be, and makes it so when it
// is new.
func (s *Store) identify(ctx context.Context, c Config) error {
	d, err := one[schemaDoc](ctx, s, schemas, byID("latchkey"))
	if absent(err) {
		d, err = s.name(ctx, c)
	}
	switch {
	case err != nil:
		return err
	case d.Version > version:
		return errNewer
	case d.Directory != c.Directory:
		return errMisplaced
	}
	return nil
}

// name makes a new database this program's.
func (s *Store) name(ctx context.Context, c Config) (schemaDoc, error) {
	var found []string
	_, err := s.try(ctx, func(ctx context.Context) (err error) {
		found, err = s.db.ListCollectionNames(ctx, bson.D{})
		return err
	})
	d := schemaDoc{ID: "latchkey", Rev: newRev(), Version: version, Directory: c.Directory}
	switch {
	case err != nil:
		return d, err
	case slices.ContainsFunc(found, func(name string) bool { return name != schemas }):
		return d, errForeign
	case c.Existing:
		return d, errLost
	}
	if _, err := s.put(ctx, schemas, d.ID, "", d.Rev, d); err != nil {
		return d, err
	}
	return one[schemaDoc](ctx, s, schemas, byID(d.ID)) // perhaps another process was faster
}

// indexes has one for every question that is not asked by a document's id.
var indexes = map[string][]bson.D{
	accounts: {
		{{Key: "sessionIds", Value: 1}},
		{{Key: "directory", Value: 1}, {Key: "places", Value: 1}, {Key: "user.id", Value: -1}},
		{{Key: "directory", Value: 1}, {Key: "places", Value: 1}, {Key: "user.status", Value: 1}, {Key: "user.id", Value: -1}},
		{{Key: "sweepAt", Value: 1}}, {{Key: "devicesAt", Value: 1}}, {{Key: "gone", Value: 1}}, {{Key: "parcels.id", Value: 1}},
	},
	terms: {{{Key: "tenant", Value: 1}, {Key: "term", Value: 1}, {Key: "user", Value: 1}}, {{Key: "rev", Value: 1}}},
	events: {
		{{Key: "directory", Value: 1}, {Key: "number", Value: 1}},
		{{Key: "directory", Value: 1}, {Key: "tenant", Value: 1}, {Key: "at", Value: -1}, {Key: "id", Value: -1}},
		{{Key: "directory", Value: 1}, {Key: "tenant", Value: 1}, {Key: "user", Value: 1}, {Key: "at", Value: -1}, {Key: "id", Value: -1}},
		{{Key: "directory", Value: 1}, {Key: "tenant", Value: 1}, {Key: "action", Value: 1}, {Key: "at", Value: -1}, {Key: "id", Value: -1}},
		{{Key: "parcel", Value: 1}},
	},
	outbox:      {{{Key: "state", Value: 1}, {Key: "createdAt", Value: 1}, {Key: "_id", Value: 1}}, {{Key: "over", Value: 1}}, {{Key: "directory", Value: 1}, {Key: "tenant", Value: 1}, {Key: "createdAt", Value: -1}, {Key: "_id", Value: -1}}},
	tenants:     {{{Key: "id", Value: 1}}, {{Key: "status", Value: 1}, {Key: "_id", Value: 1}}, {{Key: "origins", Value: 1}}, {{Key: "parcels.id", Value: 1}}},
	scopes:      {{{Key: "parcels.id", Value: 1}}},
	notes:       {{{Key: "parcels.id", Value: 1}}},
	directories: {{{Key: "flagged", Value: 1}}},
	tickets:     {{{Key: "expiresAt", Value: 1}}},
	counters:    {{{Key: "resets", Value: 1}}},
	bulletin:    {{{Key: "until", Value: 1}}},
}

// sparse are the fields that few documents have; only those are in the index.
var sparse = []string{"gone", "parcels.id", "flagged", "over", "sweepAt", "devicesAt", "sessionIds"}

// index makes the indexes and then raises the version, so that releases to which
// the database is too new do not open it. It does so once, and makes one after
// the other: FerretDB drops the connection when it is told several of which some
// are there.
func (s *Store) index(ctx context.Context) error {
	d, err := one[schemaDoc](ctx, s, schemas, byID("latchkey"))
	if err != nil || d.Indexed >= version && d.Version >= version {
		return err
	}
	for in, keys := range indexes {
		for _, k := range keys {
			model := driver.IndexModel{Keys: k, Options: options.Index().SetSparse(slices.Contains(sparse, k[0].Key))}
			_, err := s.try(ctx, func(ctx context.Context) error {
				_, err := s.db.Collection(in).Indexes().CreateOne(ctx, model)
				return err
			})
			if err != nil {
				return fmt.Errorf("index %s: %w", in, err)
			}
		}
	}
	raised := bson.D{{Key: "indexed", Value: version}, {Key: "version", Value: version}}
	_, err = s.update(ctx, schemas, byID(d.ID), bson.D{{Key: "$max", Value: raised}})
	return err
}
