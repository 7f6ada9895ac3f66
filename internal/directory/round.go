package directory

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// A round visits ten thousand directories in about ten minutes after the start,
// when mail of the time before may wait, and in three quarters of an hour later.
const (
	roundEvery = 6 * time.Hour // from one start to the next
	firstPace  = 60 * time.Millisecond
	laterPace  = 250 * time.Millisecond
	roundLimit = 10 * time.Second // for one directory
	roundRetry = time.Minute      // after the registry could not be read
)

// rounds walks through all directories, at the start and from time to time.
func (p *Pool) rounds(ctx context.Context) {
	pace := firstPace
	for ctx.Err() == nil {
		began := p.config.Now()
		p.round(ctx, pace)
		pace = laterPace
		pause(ctx, max(roundEvery-p.config.Now().Sub(began), time.Second))
	}
}

// round visits each directory that is not open, one at a time and no faster
// than the pace.
func (p *Pool) round(ctx context.Context, pace time.Duration) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for after := ""; ctx.Err() == nil; {
		page, err := p.config.Control.Directories(ctx, after, directoryPage)
		if err != nil {
			if ctx.Err() == nil {
				p.config.Log.Warn("round over directories is held up", slog.Any("error", err))
			}
			pause(ctx, roundRetry)
			continue
		}
		for _, d := range page {
			after = d.ID
			if d.ID == auth.DefaultDirectory || p.busy(d.ID) {
				continue
			}
			p.tend(ctx, d.ID)
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
		if len(page) < directoryPage {
			return
		}
	}
}

// busy reports whether a directory has a slot: then Sweep and Lease see to it.
func (p *Pool) busy(directory string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.slots[directory] != nil
}

// tend opens a directory, sweeps it and closes it, unless it has mail or
// somebody uses it meanwhile.
func (p *Pool) tend(ctx context.Context, directory string) {
	ctx, cancel := context.WithTimeout(ctx, roundLimit)
	defer cancel()
	s, err := p.hold(ctx, want{directory: directory, quietly: true})
	if errors.Is(err, context.DeadlineExceeded) { // all are in use, or this one is slow: watch comes back to it
		p.mu.Lock()
		p.owing[directory] = p.config.Now().Add(owingPause)
		p.mu.Unlock()
	}
	if err != nil {
		return // it is in the log, and the next one is no worse for it
	}
	if p.config.Sweep != nil {
		if err := p.config.Sweep(ctx, s.db, p.config.Now()); err != nil && ctx.Err() == nil {
			p.config.Log.Warn("directory not swept", slog.String("directory", directory), slog.Any("error", err))
		}
	}
	p.yield(s, p.ask(ctx, s))
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
