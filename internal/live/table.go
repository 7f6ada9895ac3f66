package live

import (
	"context"
	"hash/maphash"
	"math/rand/v2" //nolint:depguard // spreads ages and picks what is given up: nothing that anyone gains by guessing
	"sync"
	"sync/atomic"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// table holds one kind of thing. See the package comment for its promise.
type table[V any] struct {
	read   func(context.Context, key) (V, error)
	now    func() time.Time
	trust  *trust
	life   time.Duration // of an answer
	absent time.Duration // of the answer that there is no such record
	seed   maphash.Seed
	shards []shard[V] // their number is a power of two
}

// shard is one part of a table, with a lock of its own.
type shard[V any] struct {
	mu      sync.RWMutex
	present pool[V]
	missing pool[struct{}] // known not to be there: apart, so that a flood of dead ids evicts no living one
	loads   map[key]*load[V]

	hits, misses, drops atomic.Uint64
}

// newTable makes a table of at most capacity answers, and a twentieth of that
// again of things that are not there.
func newTable[V any](c Config, trust *trust, capacity int, read func(context.Context, key) (V, error)) *table[V] {
	n := 1
	for n < 64 && capacity >= n*128 {
		n *= 2
	}
	t := &table[V]{
		read: read, now: c.Now, trust: trust, life: c.MaxAge, absent: c.AbsentAge,
		seed: maphash.MakeSeed(), shards: make([]shard[V], n),
	}
	for i := range t.shards {
		s := &t.shards[i]
		s.present.most = max(1, capacity/n)
		s.missing.most = max(1, capacity/n/20)
		s.loads = make(map[key]*load[V])
	}
	return t
}

func (t *table[V]) shard(k key) *shard[V] {
	return &t.shards[maphash.String(t.seed, k.id)&uint64(len(t.shards)-1)]
}

// longest is the greatest length in bytes of an id that is held. This program
// makes none that is longer, and what others make up must not fill the memory.
const longest = 128

// get answers from memory, else from the source.
func (t *table[V]) get(ctx context.Context, k key) (V, error) {
	if len(k.id) > longest {
		return t.read(ctx, k)
	}
	s, now := t.shard(k), t.now()
	s.mu.RLock()
	v, err, ok := s.answer(k, now, t.trust.most(now))
	s.mu.RUnlock()
	if ok {
		s.hits.Add(1)
		return v, err
	}
	s.misses.Add(1)
	return t.miss(ctx, s, k)
}

// answer looks a key up in what is held and not older than most. The caller has
// the lock, for reading at least.
func (s *shard[V]) answer(k key, now time.Time, most time.Duration) (v V, err error, ok bool) {
	if e := s.present.held[k]; e != nil && e.fresh(now, most) {
		if !e.used.Load() {
			e.used.Store(true) // only once: a store takes the line from the other cores
		}
		return e.value, nil, true
	}
	if e := s.missing.held[k]; e != nil && e.fresh(now, most) {
		return v, auth.ErrNoRecord, true
	}
	return v, nil, false
}

// keep holds what a read that began at the given time found.
func (t *table[V]) keep(s *shard[V], k key, v V, err error, began time.Time) {
	delete(s.present.held, k)
	delete(s.missing.held, k)
	if err != nil {
		s.missing.put(k, &entry[struct{}]{read: began, life: t.absent})
		return
	}
	// Up to a tenth less, so that what was read together is not over together.
	life := t.life - rand.N(t.life/10+1) //nolint:gosec // spreads load; nothing is gained by guessing it
	s.present.put(k, &entry[V]{value: v, read: began, life: life})
}

// drop forgets a key and strikes out the load of it, if there is one.
func (t *table[V]) drop(k key) {
	s := t.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.present.held, k)
	delete(s.missing.held, k)
	delete(s.loads, k)
	s.drops.Add(1)
}

// dropAll forgets every key and strikes out every load.
func (t *table[V]) dropAll() {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		s.present.held, s.missing.held = nil, nil
		clear(s.loads)
		s.mu.Unlock()
	}
}

// sweep gives back the memory of what is over.
func (t *table[V]) sweep(now time.Time) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		s.present.sweep(now)
		s.missing.sweep(now)
		s.mu.Unlock()
	}
}
