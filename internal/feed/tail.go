package feed

import (
	"context"
	"log/slog"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	page      = 1000            // lines of one call
	shallow   = 3 * time.Second // before the newest id begins a usual read
	deep      = 3 * time.Minute // and now and then one that finds what was late
	deepEvery = 5 * time.Second
	deepFor   = 5 * time.Minute // how long late lines make usual reads deeper
)

// tail reads a window and what comes after it. One goroutine has it.
type tail struct {
	hub    *Hub
	window *window

	since      time.Time // when loading was first tried
	deepAt     time.Time // of the last deep read
	depth      time.Duration
	depthUntil time.Time
}

// load reads all there is.
func (t *tail) load(ctx context.Context) error {
	t.depth = shallow
	t.deepAt = time.Now()
	return t.readFrom(ctx, "", span{})
}

// follow reads what has come since.
func (t *tail) follow(ctx context.Context) error {
	now := time.Now()
	if now.After(t.depthUntil) {
		t.depth = shallow
	}
	base, ok := t.base()
	if !ok {
		return t.readFrom(ctx, "", span{})
	}
	bound := base.Add(-t.depth)
	if now.Sub(t.deepAt) < deepEvery {
		return t.readFrom(ctx, after(bound), span{})
	}
	err := t.readFrom(ctx, after(base.Add(-deep)), span{bound, base})
	if err == nil {
		t.deepAt = now
	}
	return err
}

// base is when the newest id was made, or now, if that was by a clock that runs
// ahead of this one.
func (t *tail) base() (time.Time, bool) {
	t.window.mu.RLock()
	defer t.window.mu.RUnlock()
	at, ok := made(t.window.newest)
	if now := t.hub.config.Now(); ok && at.After(now) {
		at = now
	}
	return at, ok
}

// span is what a usual read would have read.
type span struct{ from, base time.Time }

// readFrom reads on from an id, in pages. New lines made before the usual span
// would have been missed, so usual reads begin as early for a while.
func (t *tail) readFrom(ctx context.Context, id string, usual span) error {
	for {
		found, err := t.page(ctx, id)
		if err != nil {
			return err
		}
		var f fresh
		arrived := time.Now()
		for _, b := range found {
			if id = max(id, b.ID); t.window.has(b.ID) {
				continue
			}
			l, n, err := newLine(b, arrived)
			if err != nil { // of no use to anybody, today or tomorrow
				t.hub.config.Log.ErrorContext(ctx, "news not readable", slog.String("error", err.Error()))
				continue
			}
			f.lines, f.news = append(f.lines, l), append(f.news, n)
			t.late(b.ID, usual)
		}
		t.window.add(f, t.hub.config.Now().Add(-deep))
		if len(found) < page {
			return nil
		}
	}
}

// page reads one page. A database that hangs is one that fails.
func (t *tail) page(ctx context.Context, id string) ([]auth.Bulletined, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return t.hub.config.Source.Announced(ctx, id, t.hub.config.Now(), page)
}

// late has usual reads begin before a line that they would have missed.
func (t *tail) late(id string, usual span) {
	at, ok := made(id)
	if !ok || !at.Before(usual.from) {
		return
	}
	t.depth = max(t.depth, min(usual.base.Sub(at)+shallow, deep))
	t.depthUntil = time.Now().Add(deepFor)
}
