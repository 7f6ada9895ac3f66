package main

import (
	"context"
	"errors"
	"sync"
	"time"
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
	all.Go(func() { a.live.Run(ctx) })
	all.Go(func() { a.mail.Run(ctx) })
	all.Go(func() { a.tendKeys(ctx, changed) })
	all.Go(func() { a.sweep(ctx) })
	all.Wait()
}

// tendKeys keeps the signing keys up to date: by the clock, and when another
// process (latchkey keys rotate) changed something.
func (a *app) tendKeys(ctx context.Context, changed <-chan struct{}) {
	tick := time.NewTicker(tendEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-changed:
		}
		if err := a.keys.Tend(ctx); err != nil && !errors.Is(err, context.Canceled) {
			a.log.ErrorContext(ctx, "signing keys not tended", "error", err.Error())
		}
	}
}

// sweep removes what is over, in small batches.
func (a *app) sweep(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for n := 1; n > 0 && ctx.Err() == nil; {
			var err error
			now := time.Now()
			if n, err = a.store.Sweep(ctx, now, now.Add(-keepOver), now.Add(-keepEvents)); err != nil {
				a.log.WarnContext(ctx, "not swept", "error", err.Error())
				break
			}
		}
	}
}
