package directory

import (
	"context"
	"sync"
	"time"
)

// lookEvery is the time between two looks at what is flagged, owes mail or has
// been idle for long.
const lookEvery = time.Second

// Run closes what is idle, opens directories that have mail so that Lease finds
// it, and goes its rounds over those that are not open, until ctx ends. One Run
// at a time.
func (p *Pool) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { p.watch(ctx) })
	all.Go(func() { p.rounds(ctx) })
	all.Wait()
}

// Look has Run look at once at what other processes have flagged. It never
// blocks.
func (p *Pool) Look() {
	select {
	case p.look <- struct{}{}:
	default: // it has been told already
	}
}

func (p *Pool) watch(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	v := visitor{Pool: p}
	for ctx.Err() == nil {
		p.closeLost()
		v.look(ctx)
		p.closeIdle(ctx)
		p.forgive()
		select {
		case <-tick.C:
		case <-p.look:
		case <-ctx.Done():
		}
	}
}
