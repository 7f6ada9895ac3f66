package live

import (
	"context"
	"log/slog"
	"time"
)

// Degraded reports that changes by other processes may go unnoticed at present,
// so that answers are held for Config.BlindAge only. It is so from the start
// until Run has looked for the first time and hears the bus, and never without
// Config.Watch and Config.Bus.
func (c *Cache) Degraded() bool { return !c.trust.holds(c.config.Now()) }

// OnOutsideChange has f called whenever another process may have changed
// something that is not held here: when the number that Config.Watch reads
// changes, when a message of TellOthers is heard, and when Run can look or hear
// for the first time or again. What those processes dropped has been dropped
// here by then. f is not called for the Drops of others, nor twice at once; one
// call may stand for several changes.
func (c *Cache) OnOutsideChange(f func()) {
	c.outside.add(f)
}

// OnDrop has f called, by [Cache.Run], after every Drop here, after everything
// that was dropped because of another process, and after TellOthers, here and
// there: so after every change to who may come in, of whichever process. One call may stand for
// many, and no Drop waits for it. Where nobody listens it costs nothing.
func (c *Cache) OnDrop(f func()) { c.dropped.add(f) }

// watch looks for changes by other processes until ctx ends.
func (c *Cache) watch(ctx context.Context) {
	tick := time.NewTicker(c.config.WatchEvery)
	defer tick.Stop()
	w := watcher{Cache: c}
	for ctx.Err() == nil {
		w.look(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	c.trust.watch.end() // nobody looks any more
}

// watcher is what watch remembers from one look to the next.
type watcher struct {
	*Cache
	number int64
	failed bool // the last look, which is in the log
}

// look asks once. Until everything is dropped the new look is not counted: what
// is held comes from before it.
func (w *watcher) look(ctx context.Context) {
	began := w.config.Now()
	limited, cancel := context.WithTimeout(ctx, w.config.WatchEvery)
	defer cancel()
	number, err := w.config.Watch(limited)
	if err != nil {
		w.trust.watch.end()
		if !w.failed && ctx.Err() == nil {
			w.config.Log.Warn("changes by other processes cannot be noticed: answers are held for a moment only", slog.Any("error", err))
		}
		w.failed = true
		return
	}
	if w.failed {
		w.config.Log.Info("changes by other processes are noticed again")
		w.failed = false
	}
	changed := number != w.number || !w.trust.watch.holds(w.config.Now())
	w.number = number
	if changed {
		w.forget()
	}
	w.trust.watch.renew(began)
	if changed {
		w.outside.ring()
	}
}
