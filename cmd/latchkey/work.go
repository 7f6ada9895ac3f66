package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// How often the work beside the requests is looked at, and for how long what is
// over is kept.
const (
	tendEvery  = time.Minute
	sweepEvery = time.Minute
	keepOver   = 30 * 24 * time.Hour  // ended sessions, sent mails
	keepEvents = 400 * 24 * time.Hour // the record
)

// work does everything that is done beside the requests, until ctx ends, and
// returns when all of it has stopped.
func (a *app) work(ctx context.Context) {
	var all sync.WaitGroup
	changed := make(chan struct{}, 1)
	a.live.OnOutsideChange(func() {
		select {
		case changed <- struct{}{}:
		default: // a look is due already
		}
	})
	a.live.OnOutsideChange(a.store.Look)
	all.Go(func() { a.live.Run(ctx) })
	all.Go(func() { a.store.Run(ctx) })
	all.Go(func() { a.mail.Run(ctx) })
	all.Go(func() { a.feed.Run(ctx) })
	all.Go(func() { every(ctx, time.Second, nil, func() { a.service.TellOwed(ctx) }) })
	all.Go(func() { a.tendKeys(ctx, changed) })
	all.Go(func() { a.sweep(ctx) })
	all.Wait()
}

// tendKeys keeps the signing keys up to date: by the clock, and when another
// process (latchkey keys rotate) changed something.
func (a *app) tendKeys(ctx context.Context, changed <-chan struct{}) {
	every(ctx, tendEvery, changed, func() {
		if err := a.keys.Tend(ctx); err != nil && !errors.Is(err, context.Canceled) {
			a.log.ErrorContext(ctx, "signing keys not tended", "error", err.Error())
		}
	})
}

// sweep removes what is over, in small batches.
func (a *app) sweep(ctx context.Context) {
	every(ctx, sweepEvery, nil, func() {
		if err := sweepAll(ctx, a.store, time.Now()); err != nil {
			a.log.WarnContext(ctx, "not swept", "error", err.Error())
		}
	})
}

// sweepAll sweeps until nothing is left that is over.
func sweepAll(ctx context.Context, store auth.Sweeper, now time.Time) error {
	for ctx.Err() == nil {
		n, err := store.Sweep(ctx, now, now.Add(-keepOver), now.Add(-keepEvents))
		if n == 0 || err != nil {
			return err
		}
	}
	return nil
}

// every calls do by the clock, and when it is woken, until ctx ends.
func every(ctx context.Context, period time.Duration, wake <-chan struct{}, do func()) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-wake:
		}
		do()
	}
}
