package mongo

import (
	"context"
	"crypto/rand"
	"sync"
	"time"
)

// turns lets the callers of this process that want the same thing go one after
// the other, so that they need not fail at the database because of each other.
// It makes nothing right that is not right without it: other processes come too.
type turns struct {
	mu   sync.Mutex
	held map[string]*turn
}

type turn struct {
	sync.Mutex
	users int
}

// take waits for a thing; the caller gives it back.
func (t *turns) take(key string) (giveBack func()) {
	t.mu.Lock()
	if t.held == nil {
		t.held = map[string]*turn{}
	}
	k := t.held[key]
	if k == nil {
		k = &turn{}
		t.held[key] = k
	}
	k.users++
	t.mu.Unlock()
	k.Lock()
	return func() {
		k.Unlock()
		t.mu.Lock()
		defer t.mu.Unlock()
		if k.users--; k.users == 0 {
			delete(t.held, key)
		}
	}
}

// retry runs what others may be faster at, until it is done. From the second
// time on the callers of this process take turns, if key says for what.
func (s *Store) retry(ctx context.Context, key string, run func() (done bool, err error)) error {
	for n := range 1000 {
		if n == 1 && key != "" {
			defer s.turns.take(key)()
		}
		done, err := run()
		if err != nil || done {
			return err
		}
		if err := pause(ctx, min(time.Duration(n)*time.Millisecond, 50*time.Millisecond)); err != nil {
			return err
		}
	}
	return errCrowded
}

// pause waits between half of d and d, so that those who failed together do not
// come back together.
func pause(ctx context.Context, d time.Duration) error {
	var b [1]byte
	rand.Read(b[:]) // never fails
	d = d/2 + d/2*time.Duration(b[0])/255
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
