package feed

import (
	"context"
	"log/slog"
	"time"
)

const (
	every     = 500 * time.Millisecond // from one read to the next, when nothing wakes
	rest      = 4                      // times as long as a read took, at least
	patience  = 2 * time.Second        // with reads that fail
	loadBound = 30 * time.Second       // of the reading of a whole window
)

// Run reads until ctx ends, and then cuts everybody. Call it once.
func (h *Hub) Run(ctx context.Context) {
	defer h.end()
	var t tail
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		wake := h.due
		var took time.Duration
		w, needed := h.current()
		if needed {
			if t.window != w {
				t = tail{hub: h, window: w, since: time.Now()}
			}
			began := time.Now()
			if h.turn(ctx, &t) {
				took = time.Since(began)
			}
		}
		if !h.wait(ctx, pause, wake, took, needed) {
			return
		}
	}
}

// wait waits until it is time for the next read: after the rest that is due to
// the database, when woken or, while somebody listens, by the clock.
func (h *Hub) wait(ctx context.Context, pause *time.Timer, wake <-chan struct{}, took time.Duration, needed bool) bool {
	began := time.Now()
	if took > 0 {
		pause.Reset(rest * took)
		select {
		case <-ctx.Done():
			return false
		case <-pause.C:
		}
	}
	if needed {
		pause.Reset(max(every-time.Since(began), 0))
	} else {
		pause.Stop()
	}
	select {
	case <-ctx.Done():
		return false
	case <-pause.C:
	case <-wake:
	}
	return true
}

// current returns the window to read. While reading fails it is a new one, with
// nobody in it, for the proof that it works again.
func (h *Hub) current() (w *window, needed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.window != nil && h.listeners == 0 && !h.down { // nobody came back
		h.drop()
	}
	if h.window == nil && h.down {
		h.window = newWindow()
	}
	return h.window, h.window != nil
}

// turn reads once and reports whether it worked.
func (h *Hub) turn(ctx context.Context, t *tail) bool {
	began := time.Now()
	var err error
	select {
	case <-t.window.loaded:
		err = h.follow(ctx, t)
	default:
		err = h.load(ctx, t)
	}
	if err == nil {
		t.window.trim(h.config.Now(), time.Now())
		t.window.extend(began, lease(began))
		h.works(t.window)
	} else if t.tired() && ctx.Err() == nil {
		h.fail(err)
	}
	return err == nil
}

// tired reports whether reading has failed for long enough.
func (t *tail) tired() bool {
	select {
	case <-t.window.loaded:
		return t.window.lapsed()
	default:
		return time.Since(t.since) >= patience
	}
}

// follow reads what is new, for as long as what is held is good.
func (h *Hub) follow(ctx context.Context, t *tail) error {
	t.window.mu.RLock()
	limit := t.window.lease
	t.window.mu.RUnlock()
	ctx, cancel := context.WithDeadline(ctx, limit)
	defer cancel()
	return t.follow(ctx)
}

// load reads the window of a first listener, which waits for it.
func (h *Hub) load(ctx context.Context, t *tail) error {
	ctx, cancel := context.WithTimeout(ctx, loadBound)
	defer cancel()
	return t.load(ctx)
}

// works lets in who waits for the window, and whoever comes.
func (h *Hub) works(w *window) {
	select {
	case <-w.loaded:
		return
	default:
		close(w.loaded)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.down {
		h.down = false
		h.config.Log.Info("news are read again: guards may listen")
	}
}

// lease is until when a read that began then, and is over now, is good: the next
// one begins after the rest, and may fail for as long as there is patience.
func lease(began time.Time) time.Time {
	now := time.Now()
	return now.Add(max(every, rest*now.Sub(began)) + patience)
}

// fail cuts everybody, and lets nobody in until a read works.
func (h *Hub) fail(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop()
	if !h.down {
		h.down = true
		h.config.Log.Error("news cannot be read: guards are sent away until they can", slog.Any("error", err))
	}
}

// end cuts everybody for good.
func (h *Hub) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = true
	h.drop()
}
