package live

import (
	"context"
	"log/slog"
	"time"
)

// Degraded reports that changes by other processes may go unnoticed at present,
// so that answers are held for Config.BlindAge only. It is so from the start
// until Run has looked for the first time, and never without Config.Watch.
func (c *Cache) Degraded() bool { return !c.trust.holds(c.config.Now()) }

// OnOutsideChange has f called whenever another process changed something, or
// may have: once Run has looked for the first time, too, and when it can look
// again. f runs after everything held was dropped, and holds up the next look.
func (c *Cache) OnOutsideChange(f func()) {
	c.listening.Lock()
	defer c.listening.Unlock()
	c.listeners = append(c.listeners, f)
}

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
	c.trust.looked.Store(nil) // nobody looks any more
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
		w.trust.looked.Store(nil)
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
	changed := number != w.number || w.Degraded()
	w.number = number
	if changed {
		w.changes.Add(1)
		w.DropAll()
	}
	w.trust.looked.Store(&began)
	if changed {
		w.tell()
	}
}

// tell calls the listeners.
func (c *Cache) tell() {
	c.listening.Lock()
	listeners := c.listeners
	c.listening.Unlock()
	for _, f := range listeners {
		f()
	}
}
