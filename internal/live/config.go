package live

import (
	"context"
	"log/slog"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// Source is what a cache needs of a store; [auth.Store] has it all. A read that
// begins after a change was acknowledged must see the change.
type Source interface {
	// Tenant, TenantByID: see [auth.Registry].
	Tenant(ctx context.Context, slug string) (auth.Tenant, error)
	TenantByID(ctx context.Context, id string) (auth.Tenant, error)
	// Session, Touch: see [auth.Sessions].
	Session(ctx context.Context, directory, id string) (auth.Session, error)
	Touch(ctx context.Context, directory string, seen map[string]time.Time) error
	// Account: see [auth.Records].
	Account(ctx context.Context, directory, id string) (auth.Account, error)
}

// Config says what a cache reads and how much it holds. Only Source is needed;
// a zero field means its default.
type Config struct {
	Source Source
	Now    func() time.Time // time.Now
	Log    *slog.Logger     // of trouble in the background; none: silence

	Sessions int // held at most; 200,000
	Accounts int // likewise; 100,000
	Tenants  int // likewise; 20,000

	// MaxAge is how long an answer is held at most, so that a Drop that never
	// came is mended; 5 minutes, of which up to a tenth is taken off by chance.
	MaxAge time.Duration
	// AbsentAge is how long it is held that there is no such record; 10 s.
	AbsentAge time.Duration

	// Bus tells the other processes what is dropped here, and this one what is
	// dropped there. nil: what they changed is noticed by Watch.
	Bus Bus
	// Alarm makes the number that Watch reads another one, for every process. It
	// is called when something could not be published.
	Alarm func(context.Context) error

	// Watch returns a number that changes when another process wrote to the
	// database, or with a Bus gave the Alarm. When it changes, everything held is
	// dropped. nil without a Bus: there is no other process.
	Watch func(context.Context) (int64, error)
	// WatchEvery is the time between two looks, and the limit of one; 1 s. With a
	// Bus, more than half of BlindAge weakens the promise of the package comment.
	WatchEvery time.Duration
	// BlindAge is how long an answer is held while Watch fails or nothing is heard
	// of the bus, which is asked twice in that time; 2 s.
	BlindAge time.Duration

	// TouchEvery is the least time between two writes of a session's LastSeen;
	// 1 minute.
	TouchEvery time.Duration
	// FlushEvery is how long a LastSeen waits to be written; 5 s.
	FlushEvery time.Duration
	// FlushLimit bounds one write, and all of them at the end of Run; 10 s.
	FlushLimit time.Duration
}

func (c Config) withDefaults() Config {
	orElse(&c.Now, c.Now == nil, time.Now)
	orElse(&c.Log, c.Log == nil, slog.New(slog.DiscardHandler))
	for n, v := range map[*int]int{&c.Sessions: 200_000, &c.Accounts: 100_000, &c.Tenants: 20_000} {
		orElse(n, *n <= 0, v)
	}
	for d, v := range map[*time.Duration]time.Duration{
		&c.MaxAge: 5 * time.Minute, &c.AbsentAge: 10 * time.Second,
		&c.WatchEvery: time.Second, &c.BlindAge: 2 * time.Second,
		&c.TouchEvery: time.Minute, &c.FlushEvery: 5 * time.Second, &c.FlushLimit: 10 * time.Second,
	} {
		orElse(d, *d <= 0, v)
	}
	return c
}

func orElse[T any](field *T, open bool, v T) {
	if open {
		*field = v
	}
}
