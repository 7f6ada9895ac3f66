package live

import (
	"context"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

// rereads is how often a caller asks again because of a Drop during its load.
const rereads = 3

// load is one read of the source and whoever waits for it. Its fields are set
// before done is closed, and read after.
type load[V any] struct {
	done    chan struct{}
	value   V
	err     error
	dropped bool // a Drop came before the read was over
	given   bool // there is an outcome; else the one who read gave up or panicked
}

// miss reads a key, or waits for the one who is reading it.
func (t *table[V]) miss(ctx context.Context, s *shard[V], k key) (v V, err error) {
	for dropped := 0; ; {
		l, mine, held := t.enter(s, k, &v, &err)
		if held {
			return v, err
		}
		if mine {
			t.run(ctx, s, k, l)
		} else {
			select {
			case <-l.done:
			case <-ctx.Done():
				return v, ctx.Err()
			}
		}
		if !l.given && !mine {
			continue // its reader went away; the next one may be this caller
		}
		if l.dropped && dropped < rereads && ctx.Err() == nil {
			dropped++
			continue
		}
		return l.value, l.err
	}
}

// enter finds the answer, which has come meanwhile, or the load to wait for, or
// enters a new one, which is then the caller's to run.
func (t *table[V]) enter(s *shard[V], k key, v *V, err *error) (l *load[V], mine, held bool) {
	now := t.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if *v, *err, held = s.answer(k, now, t.trust.most(now)); held {
		return nil, false, true
	}
	if l = s.loads[k]; l != nil {
		return l, false, false
	}
	l = &load[V]{done: make(chan struct{})}
	s.loads[k] = l
	return l, true, false
}

// run reads the source for a load that has been entered. It runs in the caller's
// own goroutine and context: a panic of the source reaches the caller's recover,
// and those who wait read for themselves when the caller went away.
func (t *table[V]) run(ctx context.Context, s *shard[V], k key, l *load[V]) {
	began, returned := t.now(), false
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		defer close(l.done)
		if l.dropped = s.loads[k] != l; !l.dropped {
			delete(s.loads, k)
		}
		known := returned && (l.err == nil || errors.Is(l.err, auth.ErrNoRecord))
		l.given = known || returned && ctx.Err() == nil
		if known && !l.dropped {
			t.keep(s, k, l.value, l.err, began)
		}
	}()
	l.value, l.err = t.read(ctx, k)
	returned = true
}
