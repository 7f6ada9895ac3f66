package auth

import (
	"context"
	"sync"
)

// turnsLimit bounds how many may wait for one turn.
const turnsLimit = 256

// turns makes tries at one password go one after the other, in the order in
// which they came: what is counted before the one is judged by the other, so
// that many right ones at once are not taken for many wrong ones. It holds for
// one process; between several the counters themselves keep the bound. The zero
// value is ready.
type turns struct {
	mu   sync.Mutex
	keys map[string]*turn
}

type turn struct {
	free    chan struct{} // holds one when somebody is at it
	callers int           // at it or waiting
}

// take waits for the turn. Call done when it is over. The error is
// ErrOverloaded when too many wait, else that of ctx.
func (t *turns) take(ctx context.Context, key string) (done func(), err error) {
	t.mu.Lock()
	if t.keys == nil {
		t.keys = map[string]*turn{}
	}
	v := t.keys[key]
	if v == nil {
		v = &turn{free: make(chan struct{}, 1)}
		t.keys[key] = v
	}
	crowded := v.callers >= turnsLimit
	if !crowded {
		v.callers++
	}
	t.mu.Unlock()
	if crowded {
		return nil, ErrOverloaded.With(Meta{RetryAfter: 1})
	}
	select {
	case v.free <- struct{}{}:
		return func() {
			<-v.free
			t.leave(key, v)
		}, nil
	case <-ctx.Done():
		t.leave(key, v)
		return nil, ctx.Err()
	}
}

// leave forgets a key at which nobody is any more.
func (t *turns) leave(key string, v *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if v.callers--; v.callers == 0 {
		delete(t.keys, key)
	}
}
