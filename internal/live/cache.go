package live

import (
	"context"
	"sync/atomic"

	"github.com/latchkey/latchkey/internal/auth"
)

// Cache is an [auth.Live]. It answers as soon as it is made; [Cache.Run] does
// what has to be done beside. All methods may be called at once from anywhere.
type Cache struct {
	config   Config
	trust    trust
	bySlug   *table[auth.Tenant]
	byID     *table[auth.Tenant]
	sessions *table[auth.Session]
	accounts *table[auth.Account]
	seen     *seen
	crier    *crier // nil without a bus

	changes  atomic.Uint64 // by other processes
	failed   atomic.Uint64 // writes of LastSeen
	messages atomic.Uint64 // heard from others
	lost     atomic.Uint64 // connections to the bus
	delay    atomic.Int64  // of the last ping, in nanoseconds

	outside *bell // another process may have changed what is not held here
	dropped *bell // something was dropped, by whomever
}

var _ auth.Live = (*Cache)(nil)

// New returns a cache that holds nothing yet.
func New(config Config) *Cache {
	config = config.withDefaults()
	c := &Cache{config: config, seen: newSeen(config), outside: newBell(), dropped: newBell()}
	c.trust.blind = config.BlindAge
	c.trust.watch.needed = config.Watch != nil
	c.trust.watch.length = config.WatchEvery + config.BlindAge
	if config.Bus != nil { // then the alarm has to be noticed in time
		c.trust.watch.length = max(2*config.WatchEvery, config.BlindAge)
	}
	c.trust.bus.needed = config.Bus != nil
	c.trust.bus.length = config.BlindAge
	c.crier = newCrier(config, func() bool { return c.trust.bus.holds(config.Now()) })

	from := config.Source
	c.bySlug = newTable(config, &c.trust, config.Tenants, func(ctx context.Context, k key) (auth.Tenant, error) {
		if !auth.ValidSlug(k.id) {
			return auth.Tenant{}, auth.ErrNoRecord // a header may say anything
		}
		return from.Tenant(ctx, k.id)
	})
	c.byID = newTable(config, &c.trust, config.Tenants, func(ctx context.Context, k key) (auth.Tenant, error) {
		return from.TenantByID(ctx, k.id)
	})
	c.sessions = newTable(config, &c.trust, config.Sessions, func(ctx context.Context, k key) (auth.Session, error) {
		return from.Session(ctx, k.directory, k.id)
	})
	c.accounts = newTable(config, &c.trust, config.Accounts, func(ctx context.Context, k key) (auth.Account, error) {
		return from.Account(ctx, k.directory, k.id)
	})
	return c
}

// Tenant returns the tenant with that slug, else ErrNoRecord. Errors of the
// source are returned as they are, here and below, and are not held.
func (c *Cache) Tenant(ctx context.Context, slug string) (auth.Tenant, error) {
	return c.bySlug.get(ctx, key{id: slug})
}

// TenantByID returns the tenant with that id, else ErrNoRecord.
func (c *Cache) TenantByID(ctx context.Context, id string) (auth.Tenant, error) {
	return c.byID.get(ctx, key{id: id})
}

// Session returns a session, ended ones too, else ErrNoRecord.
func (c *Cache) Session(ctx context.Context, directory, id string) (auth.Session, error) {
	return c.sessions.get(ctx, key{directory, id})
}

// Account returns an account, else ErrNoRecord. Its seats are shared with every
// other caller: do not change them.
func (c *Cache) Account(ctx context.Context, directory, user string) (auth.Account, error) {
	return c.accounts.get(ctx, key{directory, user})
}
