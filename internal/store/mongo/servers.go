package mongo

import (
	"context"
	"errors"
	"fmt"
	"time"

	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// Servers are the connections to a deployment of MongoDB. Stores on databases of
// it can share them: however many there are, the connections are bounded by the
// maxPoolSize of the URI, 100 to each server where it says nothing.
type Servers struct {
	client   *driver.Client
	patience time.Duration
}

// Connect names the servers by a mongodb:// or mongodb+srv:// URI; it does not
// wait for them. What the URI says of write concern, read concern and read
// preference is overruled. Patience is how long a command may take.
func Connect(uri string, patience time.Duration) (*Servers, error) {
	durable, journal := writeconcern.Majority(), true
	durable.Journal = &journal
	client, err := driver.Connect(options.Client().ApplyURI(uri).SetAppName("latchkey").
		SetServerSelectionTimeout(patience).SetTimeout(patience).
		SetWriteConcern(durable).SetReadConcern(readconcern.Majority()).SetReadPreference(readpref.Primary()))
	if err != nil { // which may quote the password
		return nil, errors.New("the URI of the database cannot be used: see that it is a mongodb:// URI, with % and @ in the password escaped")
	}
	return &Servers{client, patience}, nil
}

// Close ends the connections.
func (s *Servers) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.patience)
	defer cancel()
	if err := s.client.Disconnect(ctx); err != nil {
		return fmt.Errorf("close the connections: %w", err)
	}
	return nil
}
