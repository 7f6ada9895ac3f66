package live

import (
	"sync/atomic"
	"time"
)

// key names what is held: an id in a directory. Tenants have no directory.
type key struct{ directory, id string }

// entry is one answer. Only used changes after it was put into a pool.
type entry[V any] struct {
	value V
	read  time.Time     // when the read of it began
	life  time.Duration // how long after that it may be answered
	used  atomic.Bool   // since it was last passed over for eviction
}

// fresh reports whether the entry may be answered at now. A clock that went
// backwards makes an entry old, not young for longer.
func (e *entry[V]) fresh(now time.Time, most time.Duration) bool {
	age := now.Sub(e.read)
	return age >= 0 && age < min(e.life, most)
}

// pool is a bounded set of entries; it grows with what is put into it. Its
// owner locks it.
type pool[V any] struct {
	held map[key]*entry[V]
	most int
}

// put adds an entry, at the price of another one when the pool is full.
func (p *pool[V]) put(k key, e *entry[V]) {
	if p.held == nil {
		p.held = make(map[key]*entry[V])
	}
	if _, there := p.held[k]; !there && len(p.held) >= p.most {
		p.evict(e.read)
	}
	p.held[k] = e
}

// evict removes one entry: of a few taken at random the first that is over or
// was not used since it was last passed over, else the last of them. That is a
// second-chance clock whose hand jumps, and needs no ring beside the map.
func (p *pool[V]) evict(now time.Time) {
	var victim key
	looked := 0
	for k, e := range p.held {
		victim = k
		if looked++; looked == 8 || !e.fresh(now, e.life) || !e.used.Swap(false) {
			break
		}
	}
	delete(p.held, victim)
}

// sweep removes what is over at now. An empty pool gives its memory back.
func (p *pool[V]) sweep(now time.Time) {
	for k, e := range p.held {
		if !e.fresh(now, e.life) {
			delete(p.held, k)
		}
	}
	if len(p.held) == 0 {
		p.held = nil
	}
}
