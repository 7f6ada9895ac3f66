package live

import (
	"context"
	"sync"
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

	changes atomic.Uint64 // by other processes
	failed  atomic.Uint64 // writes of LastSeen

	listening sync.Mutex
	listeners []func()
}

var _ auth.Live = (*Cache)(nil)

// New returns a cache that holds nothing yet.
func New(config Config) *Cache {
	config = config.withDefaults()
	c := &Cache{config: config, seen: newSeen(config)}
	c.trust.watched = config.Watch != nil
	c.trust.lease = config.WatchEvery + config.BlindAge
	c.trust.blind = config.BlindAge

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

// DropTenant forgets what was held under the tenant's slug and its id; both must
// be set. It returns, like the other Drops, when no later answer can come from
// what was held or from a read that began before; see the package comment.
func (c *Cache) DropTenant(t auth.Tenant) {
	c.bySlug.drop(key{id: t.Slug})
	c.byID.drop(key{id: t.ID})
}

// DropSessions forgets sessions.
func (c *Cache) DropSessions(directory string, ids ...string) {
	for _, id := range ids {
		c.sessions.drop(key{directory, id})
	}
}

// DropAccount forgets an account.
func (c *Cache) DropAccount(directory, user string) {
	c.accounts.drop(key{directory, user})
}

// DropAll forgets everything.
func (c *Cache) DropAll() {
	c.bySlug.dropAll()
	c.byID.dropAll()
	c.sessions.dropAll()
	c.accounts.dropAll()
}
