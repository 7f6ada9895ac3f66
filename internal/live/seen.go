package live

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"
)

const (
	seenShards = 16
	// touchMost is how many sessions one write touches.
	touchMost = 500
)

// seen remembers which sessions were used and not yet written, and which were
// written lately. All it holds is bounded, and what it knows of a session is
// gone two TouchEvery after the session's last use.
type seen struct {
	every   time.Duration
	most    int // waiting, and written lately, in a shard
	seed    maphash.Seed
	shards  [seenShards]seenShard
	waiting atomic.Int64
	lost    atomic.Uint64
	wake    chan struct{}
}

type seenShard struct {
	mu      sync.Mutex
	waiting map[key]time.Time // the latest use of each
	// When the sessions were written, in two generations: those of this
	// TouchEvery, and those of the one before, forgotten as a whole.
	written, before map[key]time.Time
	began           time.Time // the younger generation
}

func newSeen(c Config) *seen {
	return &seen{
		every: c.TouchEvery,
		most:  max(1, c.Sessions/seenShards),
		seed:  maphash.MakeSeed(),
		wake:  make(chan struct{}, 1),
	}
}

// Seen notes that a session was used. It costs no I/O: what is noted is written
// by Run, at most once in Config.TouchEvery for a session, a little later or,
// when many sessions wait, at once.
func (c *Cache) Seen(directory, session string, at time.Time) {
	c.seen.note(key{directory, session}, at)
}

func (s *seen) shard(k key) *seenShard {
	return &s.shards[maphash.String(s.seed, k.id)%seenShards]
}

func (s *seen) note(k key, at time.Time) {
	if s.shard(k).note(k, at, s) && s.waiting.Add(1)%touchMost == 0 {
		select {
		case s.wake <- struct{}{}:
		default: // the flusher has been called already
		}
	}
}

// note reports whether the session has begun to wait.
func (d *seenShard) note(k key, at time.Time, s *seen) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if old, ok := d.waiting[k]; ok {
		if at.After(old) {
			d.waiting[k] = at
		}
		return false
	}
	last, ok := d.written[k]
	if !ok {
		last, ok = d.before[k]
	}
	if ok && at.Sub(last) < s.every {
		return false
	}
	if len(d.waiting) >= s.most { // the database has been away for long; the next use is noted again
		s.lost.Add(1)
		return false
	}
	if d.waiting == nil {
		d.waiting = make(map[key]time.Time)
	}
	d.waiting[k] = at
	return true
}

// take removes all that waits, to be written at now.
func (d *seenShard) take(now time.Time, s *seen) map[key]time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.turn(now, s)
	taken := d.waiting
	d.waiting = nil
	for k := range taken {
		// From here on the session waits no more and must not begin to again.
		d.written[k] = now
	}
	s.waiting.Add(-int64(len(taken)))
	return taken
}

// turn makes the younger generation the older one when its time is over, or
// when it is full: a session that is forgotten early is written once too often.
func (d *seenShard) turn(now time.Time, s *seen) {
	age := now.Sub(d.began)
	if d.written != nil && age >= 0 && age < s.every && len(d.written) < s.most {
		return
	}
	d.before = d.written
	if age >= 2*s.every || age < 0 {
		d.before = nil
	}
	d.written, d.began = make(map[key]time.Time), now
}

// giveBack lets wait again what could not be written.
func (s *seen) giveBack(directory string, batch map[string]time.Time) {
	for id, at := range batch {
		k := key{directory, id}
		d := s.shard(k)
		d.mu.Lock()
		delete(d.written, k)
		delete(d.before, k)
		d.mu.Unlock()
		if d.note(k, at, s) {
			s.waiting.Add(1) // without a call to the flusher, which has just failed
		}
	}
}
