package directory

import (
	"context"
	"log/slog"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// Database is the store of one directory while it is open.
type Database interface {
	auth.Store
	// Close is called once, when no call is under way.
	Close() error
}

// Config says what a pool opens, and how much of it. Control and Open are
// needed; a zero field means its default.
type Config struct {
	// Control is the control database: the registry and the directory
	// [auth.DefaultDirectory]. The pool does not close it.
	Control auth.Store
	// Open opens the database of a directory, for as long as the pool wants it,
	// not until ctx ends: that bounds only the opening. create allows to make one
	// that is not there. Its errors are logged, so they have no secrets in them.
	Open func(ctx context.Context, d auth.Directory, create bool) (Database, error)
	// Sweep removes what is over from one database, in [Pool.Run]'s round over
	// those that are not open; nil: nothing is removed there.
	Sweep func(ctx context.Context, s auth.Sweeper, now time.Time) error

	Most      int           // databases open at once, besides Control; 64
	IdleAfter time.Duration // without a call before one is closed; 5 minutes

	Now func() time.Time // time.Now
	Log *slog.Logger     // none: silence

	// Tell is for a process beside the server, such as a command: each write to
	// a directory's own database is flagged in Control before the call returns.
	Tell bool
}

func (c Config) withDefaults() Config {
	if c.Most <= 0 {
		c.Most = 64
	}
	if c.IdleAfter <= 0 {
		c.IdleAfter = 5 * time.Minute
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}
