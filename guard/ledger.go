package guard

import (
	"hash/maphash"
	"maps"
	"sync"
	"sync/atomic"
)

const pages = 64

// ledger holds lines by subject. Reading takes no lock and writes nothing, so that readers do not slow each other;
// writing copies one page of the sixty-four.
type ledger[K comparable] struct {
	seed  maphash.Seed
	pages [pages]atomic.Pointer[page[K]]
	mu    sync.Mutex // of writers
}

// page is a part of a ledger. It never changes.
type page[K comparable] struct {
	mask  uint64 // a bit of each subject that is there: most that are not are seen not to be by this alone
	lines map[K]*line
}

func newLedger[K comparable]() *ledger[K] {
	l := &ledger[K]{seed: maphash.MakeSeed()}
	for i := range l.pages {
		l.pages[i].Store(&page[K]{})
	}
	return l
}

// place returns the number of a subject's page, and its bit there.
func (l *ledger[K]) place(k K) (at int, bit uint64) {
	h := maphash.Comparable(l.seed, k)
	return int(h % pages), 1 << (h >> 58)
}

// find returns the line about a subject, nil when there is none.
func (l *ledger[K]) find(k K) *line {
	at, bit := l.place(k)
	p := l.pages[at].Load()
	if p.mask&bit == 0 {
		return nil
	}
	return p.lines[k]
}

// put writes a line, unless what is there counts for more.
func (l *ledger[K]) put(k K, n *line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, bit := l.place(k)
	p := l.pages[at].Load()
	if old := p.lines[k]; old != nil && !n.over(old) {
		return
	}
	next := &page[K]{mask: p.mask | bit, lines: maps.Clone(p.lines)}
	if next.lines == nil {
		next.lines = map[K]*line{}
	}
	next.lines[k] = n
	l.pages[at].Store(next)
}

// sweep lets lines go.
func (l *ledger[K]) sweep(gone func(*line) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.pages {
		old := l.pages[i].Load()
		next := &page[K]{lines: map[K]*line{}}
		for k, n := range old.lines {
			if !gone(n) {
				_, bit := l.place(k)
				next.mask |= bit
				next.lines[k] = n
			}
		}
		if len(next.lines) < len(old.lines) {
			l.pages[i].Store(next)
		}
	}
}
