package mongo

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"github.com/latchkey/latchkey/internal/auth"
)

// Inspection looks at a database and leaves it as it was: it makes nothing and
// writes nothing. Make it with [Inspect].
type Inspection struct{ store *Store }

// Inspect connects to a database. Errors have no password in them.
func Inspect(ctx context.Context, uri, database string, patience time.Duration) (*Inspection, error) {
	servers, err := Connect(uri, patience)
	if err != nil {
		return nil, err
	}
	i := &Inspection{&Store{servers: servers, db: servers.client.Database(database), patience: patience}}
	if err := servers.client.Ping(ctx, readpref.Primary()); err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

// Close ends the connections.
func (i *Inspection) Close() error { return i.store.servers.Close() }

// Server is what a server says of itself.
type Server struct {
	Version string
	Primary bool          // it takes writes
	Alone   bool          // neither a member of a replica set nor the door of a sharded cluster
	Ahead   time.Duration // by which its clock is ahead of ours; half the way there and back is unknown
}

// Server asks the primary about itself.
func (i *Inspection) Server(ctx context.Context) (s Server, err error) {
	var hello struct {
		Writable  bool      `bson:"isWritablePrimary"`
		SetName   string    `bson:"setName"`
		Message   string    `bson:"msg"`
		LocalTime time.Time `bson:"localTime"`
	}
	var build struct{ Version string }
	before := time.Now()
	admin := i.store.servers.client.Database("admin")
	if err := admin.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		return s, err
	}
	s = Server{Primary: hello.Writable, Alone: hello.SetName == "" && hello.Message != "isdbgrid", Ahead: hello.LocalTime.Sub(before.Add(time.Since(before) / 2))}
	err = admin.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&build)
	s.Version = build.Version
	return s, err
}

// Schema is whose database it is, and of which release.
type Schema struct {
	Have, Known int  // 0: it is empty
	Foreign     bool // there are collections, and they are not ours
}

// Schema compares what is in the database with what the program writes.
func (i *Inspection) Schema(ctx context.Context) (Schema, error) {
	d, err := one[schemaDoc](ctx, i.store, schemas, byID("latchkey"))
	if !absent(err) {
		return Schema{Have: d.Version, Known: version}, err
	}
	found, err := i.store.db.ListCollectionNames(ctx, bson.D{})
	return Schema{Known: version, Foreign: slices.ContainsFunc(found, func(name string) bool { return name != schemas })}, err
}

// Keys returns the signing keys, sealed, oldest first.
func (i *Inspection) Keys(ctx context.Context) ([]auth.KeyRecord, error) { return i.store.Keys(ctx) }
