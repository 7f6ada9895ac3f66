package directory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// registry is embedded in a pool under this name: what every call of it but
// CreateTenant does is to go to the control database.
type registry = auth.Registry

// Pool is an [auth.Store] over the control database and those of directories.
// Use [New], and [Pool.Close] at the end. A directory whose database cannot be
// had, or that the registry does not have, is auth.ErrUnavailable for every
// call: a database that is missing never looks like an empty one.
type Pool struct {
	registry
	config Config

	life context.Context // of what is opened, ends with Close
	end  context.CancelFunc
	look chan struct{} // see Look

	mu      sync.Mutex
	slots   map[string]*slot     // by directory: being opened, open, being closed
	fails   map[string]failure   // by directory: could not be opened
	owing   map[string]time.Time // by directory: closed with mail in it; when to look again
	changed chan struct{}        // closed when a slot came free; nil while nobody waits for it
	waiting int                  // callers that wait for a slot
	closing int                  // slots that are being closed
	closed  bool
	turn    int // of Lease
	stats   Stats
}

var _ auth.Store = (*Pool)(nil)

// slot is a directory that takes one of the places in the pool. Whoever holds
// it may use its database after ready is closed, if it was opened.
type slot struct {
	directory string
	create    bool          // it may be made on the way
	ready     chan struct{} // closed when the opening is over
	gone      chan struct{} // closed when the slot is free again
	db        Database      // set before ready is closed
	err       error         // likewise: why it was not opened

	// The rest belongs to the pool's mutex.
	holders int
	closing bool
	used    time.Time // end of the last call; zero: it was only looked at, by Run
	mail    bool      // there may be mail in it
	asked   time.Time // when it was last asked whether there is
	resting time.Time // until then Lease passes it over, as it failed
}

// New makes a pool. Nothing is opened before the first call.
func New(c Config) *Pool {
	p := &Pool{
		registry: c.Control, config: c.withDefaults(), look: make(chan struct{}, 1),
		slots: map[string]*slot{}, fails: map[string]failure{}, owing: map[string]time.Time{},
	}
	p.life, p.end = context.WithCancel(context.Background())
	return p
}

// want is what somebody asks of the pool.
type want struct {
	directory string
	create    *auth.Directory // it may be made, as this one if the registry has none
	quietly   bool            // by Run: it is no sign that somebody uses it
}

// hold returns the open database of a directory, which stays open until it is
// let go. All who want one that is being opened wait for the same opening.
func (p *Pool) hold(ctx context.Context, w want) (*slot, error) {
	queued := false
	for {
		s, wait, err := p.claim(w, &queued)
		if err != nil {
			return nil, err
		}
		if s != nil {
			wait = s.ready
		}
		select {
		case <-wait:
		case <-ctx.Done():
			p.leave(s, w, queued)
			return nil, fmt.Errorf("directory %s: %w: %w", w.directory, auth.ErrUnavailable, context.Cause(ctx))
		}
		switch {
		case s == nil:
		case s.err == nil:
			return s, nil
		case w.create == nil || s.create:
			return nil, s.err
		} // else others tried to open what has to be made first
	}
}

// claim takes hold of a directory's slot, or says what to wait for before the
// next try. queued tells whether the caller is one of those counted in waiting.
func (p *Pool) claim(w want, queued *bool) (s *slot, wait <-chan struct{}, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if *queued {
		p.waiting--
		*queued = false
	}
	if p.closed {
		return nil, nil, unavailable(w.directory, "closed")
	}
	if s := p.slots[w.directory]; s != nil {
		if s.closing {
			return nil, s.gone, nil
		}
		s.holders++
		return s, nil, nil
	}
	if w.create == nil && p.fails[w.directory].lasts(p.config.Now()) {
		return nil, nil, unavailable(w.directory, "could not be opened a moment ago")
	}
	if len(p.slots) >= p.config.Most {
		if p.closing <= p.waiting { // else one is being closed for this caller too
			p.evict()
		}
		p.waiting++
		*queued = true
		return nil, p.change(), nil
	}
	s = &slot{directory: w.directory, create: w.create != nil, holders: 1, ready: make(chan struct{}), gone: make(chan struct{})}
	p.slots[w.directory] = s
	go p.connect(s, w)
	return s, nil, nil
}

// leave is for who does not wait any longer.
func (p *Pool) leave(s *slot, w want, queued bool) {
	if s != nil {
		p.release(s, w.quietly)
	}
	if queued {
		p.mu.Lock()
		p.waiting--
		p.mu.Unlock()
	}
}

// release lets go of a slot.
func (p *Pool) release(s *slot, quietly bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.holders--
	if !quietly {
		s.used = p.config.Now()
	}
	if s.holders == 0 {
		p.notify()
	}
}

// open returns the slots that are open and that which wants, by directory. They
// are not held: see keep.
func (p *Pool) open(which func(*slot) bool) []*slot {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []*slot
	for _, s := range p.slots {
		if s.db != nil && !s.closing && which(s) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b *slot) int { return cmp.Compare(a.directory, b.directory) })
	return all
}

// keep takes hold of a slot if it is still open.
func (p *Pool) keep(s *slot) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.closing {
		return false
	}
	s.holders++
	return true
}

// change returns what is closed at the next notify. The mutex is held.
func (p *Pool) change() <-chan struct{} {
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	return p.changed
}

// notify wakes all who wait for a slot. The mutex is held.
func (p *Pool) notify() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

func unavailable(directory, why string) error {
	return fmt.Errorf("directory %s: %w: %s", directory, auth.ErrUnavailable, why)
}
