package live

import (
	"context"
	"sync"
	"sync/atomic"
)

// bell calls listeners after something has happened, soon and elsewhere: whoever
// rings waits for nobody, and where nobody listens it costs one look. One call
// may stand for any number of rings.
type bell struct {
	hung atomic.Bool // somebody listens

	mu        sync.Mutex
	listeners []func()
	due       chan struct{} // has one in it when the listeners are to be called
}

func newBell() *bell { return &bell{due: make(chan struct{}, 1)} }

// add has f called after whatever happens from now on.
func (b *bell) add(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.listeners = append(b.listeners, f)
	b.hung.Store(true)
}

func (b *bell) ring() {
	if !b.hung.Load() {
		return
	}
	select {
	case b.due <- struct{}{}:
	default: // they will be called, and have not begun
	}
}

// answer calls the listeners when they are due, until ctx ends.
func (b *bell) answer(ctx context.Context) {
	for {
		select {
		case <-b.due:
		case <-ctx.Done():
			return
		}
		b.mu.Lock()
		listeners := b.listeners
		b.mu.Unlock()
		for _, f := range listeners {
			f()
		}
	}
}
