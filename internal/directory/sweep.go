package directory

import (
	"context"
	"log/slog"
	"time"
)

// sweepLimit bounds one sweep of one database.
const sweepLimit = 10 * time.Second

// Sweep implements [auth.Sweeper] for the control database and those that are
// open; Run's round sweeps the others. One that fails is left for later.
func (p *Pool) Sweep(ctx context.Context, now, keep, keepEvents time.Time) (int, error) {
	gone, err := p.config.Control.Sweep(ctx, now, keep, keepEvents)
	for _, s := range p.open(func(*slot) bool { return true }) {
		if ctx.Err() != nil || !p.keep(s) {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, sweepLimit)
		n, problem := s.db.Sweep(limited, now, keep, keepEvents)
		cancel()
		p.release(s, true)
		gone += n
		if problem != nil && ctx.Err() == nil {
			p.config.Log.Warn("directory not swept", slog.String("directory", s.directory), slog.Any("error", problem))
		}
	}
	return gone, err
}
