package seeds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

// Nest reads the MongoDB of the NestJS tutorial: a registry of tenants, and for
// each tenant a database of its users.
type Nest struct {
	client   *mongo.Client
	registry string
	prefix   string
}

// The names that the tutorial gives its databases when nothing else is set.
const (
	NestRegistry = "nestjs_tutorial_tenant_db"
	NestPrefix   = "nestjs_tutorial"
)

// OpenNest connects to the server. registry is the database of the tenants ("":
// the one that the URI names, else [NestRegistry]), prefix what the names of the
// tenants' databases begin with ("": [NestPrefix]). No error repeats the URI.
func OpenNest(ctx context.Context, uri auth.Secret, registry, prefix string) (*Nest, error) {
	set := options.Client().ApplyURI(uri.Reveal()).SetAppName("latchkey import").SetRetryWrites(false)
	if set.Validate() != nil {
		return nil, errMongoURL
	}
	client, err := mongo.Connect(set)
	if err != nil {
		return nil, errMongoURL
	}
	n := &Nest{client: client, registry: cmp.Or(registry, databaseOf(uri.Reveal())), prefix: cmp.Or(prefix, NestPrefix)}
	if err := client.Ping(ctx, nil); err != nil {
		return nil, errors.Join(fmt.Errorf("the MongoDB server does not answer: %w", err), n.Close(ctx))
	}
	return n, nil
}

// databaseOf is the database that a URI names, which has several hosts and is
// therefore no URL.
func databaseOf(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	rest, _, _ = strings.Cut(rest, "?")
	rest = rest[strings.LastIndex(rest, "@")+1:] // a password may hold a slash
	_, name, _ := strings.Cut(rest, "/")
	return cmp.Or(name, NestRegistry)
}

// Close ends the connections.
func (n *Nest) Close(ctx context.Context) error { return n.client.Disconnect(ctx) }

// Database is the name of the database of a tenant's users.
func (n *Nest) Database(tenant string) string { return n.prefix + "_" + tenant }

// read goes through a collection in the order of the ids.
func (n *Nest) read(ctx context.Context, database, collection string, fields ...string) iter.Seq2[bson.Raw, error] {
	return func(yield func(bson.Raw, error) bool) {
		only := bson.D{}
		for _, name := range fields {
			only = append(only, bson.E{Key: name, Value: 1})
		}
		found, err := n.client.Database(database).Collection(collection).Find(ctx, bson.D{},
			options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetBatchSize(batch).SetProjection(only))
		if err != nil {
			yield(nil, fmt.Errorf("read %s of %s: %w", collection, database, err))
			return
		}
		defer found.Close(context.WithoutCancel(ctx))
		for found.Next(ctx) {
			if !yield(found.Current, nil) {
				return
			}
		}
		if err := found.Err(); err != nil {
			yield(nil, fmt.Errorf("read %s of %s: %w", collection, database, err))
		}
	}
}
