package live

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// sweepEvery is how often the memory of what is over is given back.
const sweepEvery = time.Minute

// Run does what goes on beside the answers until ctx ends: it writes what Seen
// noted, notices changes by other processes, and gives memory back. It then
// writes what is still waiting, for at most Config.FlushLimit, and returns.
// Call it once.
func (c *Cache) Run(ctx context.Context) {
	var all sync.WaitGroup
	if c.config.Watch != nil {
		all.Go(func() { c.watch(ctx) })
	}
	if c.config.Bus != nil {
		all.Go(func() { c.listen(ctx) })
	}
	all.Go(func() { c.outside.answer(ctx) })
	all.Go(func() { c.dropped.answer(ctx) })
	all.Go(func() { c.write(ctx) })
	all.Wait()

	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.config.FlushLimit)
	defer cancel()
	c.flush(last)
}

// write flushes and sweeps until ctx ends.
func (c *Cache) write(ctx context.Context) {
	flush, sweep := time.NewTicker(c.config.FlushEvery), time.NewTicker(sweepEvery)
	defer flush.Stop()
	defer sweep.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			c.sweep()
			continue
		case <-flush.C:
		case <-c.seen.wake:
		}
		c.flush(ctx)
	}
}

// flush writes all that waits. What cannot be written waits again.
func (c *Cache) flush(ctx context.Context) {
	now := c.config.Now()
	waiting := make(map[string]map[string]time.Time) // directory, session
	for i := range c.seen.shards {
		for k, at := range c.seen.shards[i].take(now, c.seen) {
			if waiting[k.directory] == nil {
				waiting[k.directory] = make(map[string]time.Time)
			}
			waiting[k.directory][k.id] = at
		}
	}
	for directory, sessions := range waiting {
		c.touch(ctx, directory, sessions)
	}
}

// touch writes the sessions of one directory in batches, and gives up on the
// directory, not on the others, at the first batch that fails.
func (c *Cache) touch(ctx context.Context, directory string, sessions map[string]time.Time) {
	for len(sessions) > 0 {
		batch := make(map[string]time.Time, min(len(sessions), touchMost))
		for id, at := range sessions {
			if len(batch) == touchMost {
				break
			}
			batch[id] = at
		}
		limited, cancel := context.WithTimeout(ctx, c.config.FlushLimit)
		err := c.config.Source.Touch(limited, directory, batch)
		cancel()
		if err != nil {
			c.seen.giveBack(directory, sessions)
			c.failed.Add(1)
			c.config.Log.Warn("when sessions were last seen could not be written and is tried again",
				slog.String("directory", directory), slog.Int("sessions", len(sessions)), slog.Any("error", err))
			return
		}
		for id := range batch {
			delete(sessions, id)
		}
	}
}

func (c *Cache) sweep() {
	now := c.config.Now()
	c.bySlug.sweep(now)
	c.byID.sweep(now)
	c.sessions.sweep(now)
	c.accounts.sweep(now)
}
