package mongo

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	driver "go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/latchkey/latchkey/internal/auth"
)

// Config says where a database is and how it is used. URI or Servers, Database
// and Chain must be set.
type Config struct {
	// URI names the servers, see [Connect].
	URI string
	// Servers are used instead of the URI, and stay connected when the store is
	// closed.
	Servers  *Servers
	Database string
	// Chain links the record. It must be the same one at every Open, may run
	// more than once for an event, and must not use the store.
	Chain auth.Chain
	// Existing makes Open refuse a database that holds nothing, instead of
	// making one: a database that was lost must not be replaced by an empty one.
	Existing bool
	// Directory is the id of the directory whose own database it is; "" for the
	// control database. A database that is another's is refused.
	Directory string
	// Patience is how long a call goes on when servers fail over. 0: 5 s.
	Patience time.Duration
}

// Store is the [auth.Store] on MongoDB. Use [Open]; all methods may be called at
// once from anywhere.
type Store struct {
	servers  *Servers
	own      bool // nobody else uses the servers
	db       *driver.Database
	chain    auth.Chain
	patience time.Duration
	closed   atomic.Bool
	turns    turns
	trails   trails
}

var _ auth.Store = (*Store)(nil)

// Open opens a database, makes it when there is none, and finishes what a
// process that was killed left half done. It may be called by several processes
// at once. Errors that mean that the database cannot be used are
// [auth.ErrUnavailable]; a schema that is newer than the program, and a database
// of another program, which is left as it is, are other errors.
func Open(ctx context.Context, c Config) (*Store, error) {
	switch {
	case c.URI == "" && c.Servers == nil || c.Database == "":
		return nil, errors.New("the database is not named: set URI and Database")
	case c.Chain == nil:
		return nil, errors.New("the function that chains the record is missing: set Chain")
	}
	if c.Patience <= 0 {
		c.Patience = 5 * time.Second
	}
	s := &Store{servers: c.Servers, own: c.Servers == nil, chain: c.Chain, patience: c.Patience}
	if s.own {
		var err error
		if s.servers, err = Connect(c.URI, c.Patience); err != nil {
			return nil, err
		}
	}
	s.db = s.servers.client.Database(c.Database)
	if err := s.open(ctx, c); err != nil {
		return nil, errors.Join(s.fail("open database", err), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, c Config) error {
	if err := s.identify(ctx, c); err != nil {
		return err
	}
	if err := s.index(ctx); err != nil {
		return err
	}
	return s.recover(ctx)
}

// Close ends the connections, after what is added to records has been added.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.trails.close()
	if !s.own {
		return nil
	}
	return s.servers.Close()
}

// enter says whether a call may begin.
func (s *Store) enter(ctx context.Context) error {
	if s.closed.Load() {
		return errClosed
	}
	return ctx.Err()
}

// stamp is a time as every store keeps it: UTC, whole milliseconds.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
