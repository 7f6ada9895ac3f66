package main

import (
	"context"
	"runtime/metrics"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// lookTime bounds how long the database may take to say that it is there.
const lookTime = 2 * time.Second

// machine says how this instance and what it stands on are, since it began.
func (a *app) machine(began time.Time) func(context.Context) auth.System {
	version := thisBuild().Version
	return func(ctx context.Context) auth.System {
		ctx, cancel := context.WithTimeout(ctx, lookTime)
		defer cancel()
		all := auth.System{Version: version, StartedAt: began.UTC().Truncate(time.Millisecond), Bus: a.busState(), Memory: memoryState()}
		asked := time.Now()
		err := a.ready(ctx)
		all.Database = auth.SystemDatabase{Kind: a.home.kind(), OK: err == nil, LatencyMS: milliseconds(time.Since(asked))}
		if queued, dead, err := a.store.Waiting(ctx); err == nil {
			all.Mail = auth.SystemMail{OK: true, Queued: queued, Dead: dead}
		}
		all.Hashing, all.Listeners = a.service.Passwords.Waiting(), a.feed.Stats().Listeners
		return all
	}
}

// busState says how the instances hear of each other.
func (a *app) busState() auth.SystemBus {
	held := a.live.Stats()
	b := auth.SystemBus{Kind: "none", OK: !held.Degraded}
	switch {
	case a.bus == nil:
		return b
	case a.redis != nil:
		b.Kind = "redis"
	default:
		b.Kind = "database"
	}
	b.OK, b.DelayMS = b.OK && held.Bus.Up, milliseconds(held.Bus.Delay)
	return b
}

func memoryState() auth.SystemMemory {
	all := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/total:bytes"}}
	metrics.Read(all)
	return auth.SystemMemory{Live: all[0].Value.Uint64(), Total: all[1].Value.Uint64()}
}

// milliseconds are told to the microsecond.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
