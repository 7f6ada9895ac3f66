package live

import "github.com/latchkey/latchkey/internal/auth"

// DropTenant forgets what was held under the tenant's slug and its id; both must
// be set. It returns, like the other Drops, when no later answer can come from
// what was held or from a read that began before, and when the other processes
// have been told; see the package comment.
func (c *Cache) DropTenant(t auth.Tenant) {
	c.bySlug.drop(key{id: t.Slug})
	c.byID.drop(key{id: t.ID})
	c.dropped.ring()
	c.crier.tell(func(b *batch) {
		b.add(subject{says: saysSlugs}, t.Slug)
		b.add(subject{says: saysTenants}, t.ID)
	})
}

// DropSessions forgets sessions.
func (c *Cache) DropSessions(directory string, ids ...string) {
	for _, id := range ids {
		c.sessions.drop(key{directory, id})
	}
	c.dropped.ring()
	c.crier.tell(func(b *batch) { b.add(subject{saysSessions, directory}, ids...) })
}

// DropAccount forgets an account.
func (c *Cache) DropAccount(directory, user string) {
	c.accounts.drop(key{directory, user})
	c.dropped.ring()
	c.crier.tell(func(b *batch) { b.add(subject{saysAccounts, directory}, user) })
}

// DropAll forgets everything.
func (c *Cache) DropAll() {
	c.dropAll()
	c.crier.tell(func(b *batch) { b.all = true })
}

// TellOthers has the other processes call those who are waiting for an outside
// change: something changed that is not held here. It returns when a Drop would.
func (c *Cache) TellOthers() {
	c.dropped.ring() // who listens here has not heard of it either
	c.crier.tell(func(b *batch) { b.reload = true })
}

// dropAll forgets everything in this process.
func (c *Cache) dropAll() {
	c.bySlug.dropAll()
	c.byID.dropAll()
	c.sessions.dropAll()
	c.accounts.dropAll()
	c.dropped.ring()
}

// forget forgets everything because of another process.
func (c *Cache) forget() {
	c.changes.Add(1)
	c.dropAll()
}
