package live

import "time"

// Stats are a cache's numbers, for metrics. Those of Tables are in the order of
// their names.
type Stats struct {
	Tables         []TableStats
	OutsideChanges uint64 // times everything was dropped because of another process, or to be safe
	Degraded       bool
	SeenWaiting    int    // sessions whose LastSeen is to be written
	SeenLost       uint64 // that were not remembered because too many were waiting
	SeenFailed     uint64 // writes that failed and were or will be tried again
	Bus            BusStats
}

// BusStats are the numbers of the bus; all zero without one. Pings are not
// counted.
type BusStats struct {
	Up        bool          // what is published is heard
	Delay     time.Duration // of the last ping that was heard: how long a Drop takes to be noticed elsewhere
	Published uint64        // messages that the bus has taken
	Failed    uint64        // that it has not, for which the alarm was given
	Owed      bool          // the alarm failed as well: others may hold what is old, and are told as soon as that works
	Heard     uint64        // messages of other processes
	Lost      uint64        // connections that did not come about, broke, or carried nothing
}

// TableStats are the numbers of one kind of thing.
type TableStats struct {
	Name   string // accounts, sessions, tenants (by id), tenant_slugs
	Hits   uint64
	Misses uint64
	Drops  uint64 // of single keys
	Held   int    // also what is over and not yet swept
	Absent int    // known not to be there
}

// Stats returns the numbers as they are now, each right by itself.
func (c *Cache) Stats() Stats {
	return Stats{
		Tables: []TableStats{
			c.accounts.stats("accounts"), c.sessions.stats("sessions"),
			c.bySlug.stats("tenant_slugs"), c.byID.stats("tenants"),
		},
		OutsideChanges: c.changes.Load(),
		Degraded:       c.Degraded(),
		SeenWaiting:    int(c.seen.waiting.Load()),
		SeenLost:       c.seen.lost.Load(),
		SeenFailed:     c.failed.Load(),
		Bus:            c.busStats(),
	}
}

func (c *Cache) busStats() BusStats {
	if c.crier == nil {
		return BusStats{}
	}
	return BusStats{
		Up:        c.trust.bus.holds(c.config.Now()),
		Delay:     time.Duration(c.delay.Load()),
		Published: c.crier.published.Load(),
		Failed:    c.crier.failed.Load(),
		Owed:      c.crier.owed.Load(),
		Heard:     c.messages.Load(),
		Lost:      c.lost.Load(),
	}
}

func (t *table[V]) stats(name string) TableStats {
	sum := TableStats{Name: name}
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.RLock()
		sum.Held += len(s.present.held)
		sum.Absent += len(s.missing.held)
		s.mu.RUnlock()
		sum.Hits += s.hits.Load()
		sum.Misses += s.misses.Load()
		sum.Drops += s.drops.Load()
	}
	return sum
}
