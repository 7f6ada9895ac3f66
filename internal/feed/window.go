package feed

import (
	"slices"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// window is what is held from when somebody begins to listen until nobody does,
// or until everybody is cut. Lines are only added at its end and let go at its
// beginning: a listener needs no more than a position.
type window struct {
	loaded chan struct{} // closed when all there was is held
	cut    chan struct{} // closed when the window is over; by the hub, which locks it

	mu     sync.RWMutex
	more   chan struct{} // closed when lines are added, and replaced
	lines  []*line
	first  uint64 // position of lines[0]
	held   map[string]struct{}
	newest string // id
	read   time.Time
	lease  time.Time // until when what is held may be taken for all there is

	watchers watchers
	recent   []recent
}

// recent is news that some Live here may not have dropped yet.
type recent struct {
	news    auth.News
	arrived time.Time
}

// recentFor is longer than a Drop may take to come from another process.
const recentFor = 10 * time.Second

func newWindow() *window {
	return &window{
		loaded: make(chan struct{}), cut: make(chan struct{}), more: make(chan struct{}),
		held: make(map[string]struct{}), watchers: newWatchers(),
	}
}

// fresh are lines with the news in them.
type fresh struct {
	lines []*line
	news  []auth.News
}

// has reports whether a line is held.
func (w *window) has(id string) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	_, held := w.held[id]
	return held
}

// add adds lines and wakes those whom they are about. What was announced before
// old has been dropped by everybody.
func (w *window) add(f fresh, old time.Time) {
	if len(f.lines) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, l := range f.lines {
		w.lines = append(w.lines, l)
		w.held[l.id] = struct{}{}
		w.newest = max(w.newest, l.id)
		if !f.news[i].At.Before(old) {
			w.recent = append(w.recent, recent{f.news[i], l.arrived})
		}
		w.watchers.tell(f.news[i])
	}
	close(w.more)
	w.more = make(chan struct{})
}

// trim lets go of the lines at the beginning that are of no use at now. clock is
// the time by the clock that runs on.
func (w *window) trim(now, clock time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for ; n < len(w.lines) && !w.lines[n].until.After(now); n++ {
		delete(w.held, w.lines[n].id)
	}
	clear(w.lines[:n])
	w.lines, w.first = w.lines[n:], w.first+uint64(n)
	if cap(w.lines) > 1024 && cap(w.lines) > 4*len(w.lines) {
		w.lines = slices.Clip(slices.Clone(w.lines))
	}
	n = 0
	for n < len(w.recent) && clock.Sub(w.recent[n].arrived) > recentFor {
		n++
	}
	w.recent = slices.Delete(w.recent, 0, n)
}

// extend says that all there was at the time read is held, which is good until
// lease.
func (w *window) extend(read, lease time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.read, w.lease = read, lease
}

// lapsed reports whether the last read is too long ago for anything to be
// promised. It is asked before each promise: whoever reads may itself be stuck.
func (w *window) lapsed() bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return !time.Now().Before(w.lease)
}

func (w *window) size() (lines int, lag time.Duration) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if !w.read.IsZero() {
		lag = time.Since(w.read)
	}
	return len(w.lines), lag
}
