package main

import (
	"context"
	"fmt"
	"time"

	"github.com/latchkey/latchkey/internal/live"
	"github.com/latchkey/latchkey/internal/store/redis"
)

// toldLife is how long one holds what it would be told to drop. Nobody tells what
// a process committed that was killed before it could: it had not answered yet
// either.
const toldLife = 30 * time.Second

// blindLife is how long an instance holds an answer that nobody would tell it to
// drop.
const blindLife = 2 * time.Second

// leastShared leaves to each instance the limits that only bound its own work:
// those of refreshes and pages, and of whole tenants. What protects people (log-in,
// sign-up, codes, mails) is counted by all together.
const leastShared = 200 * time.Millisecond

// openShared opens what the instances of a deployment have in common besides the
// database: Redis where there is one, else what the database has for it.
func (a *app) openShared(ctx context.Context) (err error) {
	a.tickets = a.store
	a.bus, a.keeper = a.home.shared(a.control)
	url := a.settings.Redis()
	if url == "" {
		return nil
	}
	a.redis, err = redis.Open(ctx, redis.Config{URL: url.Reveal(), Prefix: a.settings.RedisPrefix})
	if err != nil {
		return fmt.Errorf("open Redis %s: %w", maskPassword.show(url.Reveal()), err)
	}
	a.tickets, a.bus, a.keeper = a.redis, a.redis, a.redis
	for _, doubt := range a.redis.Doubts(ctx) {
		a.log.WarnContext(ctx, doubt)
	}
	return nil
}

// liveConfig says what the answers that are held depend on. A server watches for
// what others change; a command only tells.
func (a *app) liveConfig(server bool) live.Config {
	c := live.Config{Source: a.store, Log: a.log, Bus: a.bus, Alarm: a.control.Alarm}
	if !server {
		return c
	}
	c.Watch = a.control.Changed
	if a.bus != nil {
		c.MaxAge = toldLife
	} else if a.settings.DatabaseURL != "" {
		a.log.Warn("nothing tells this instance what others change: what was ended there ends here within two seconds. Set REDIS_URL when there is more than one instance")
		c.MaxAge = blindLife
	}
	return c
}
