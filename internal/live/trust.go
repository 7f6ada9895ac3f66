package live

import (
	"sync/atomic"
	"time"
)

// trust says how old an answer may be. While changes by other processes are
// noticed, its own life is the limit; else blind is.
type trust struct {
	watched bool          // there is somebody to notice at all
	lease   time.Duration // how long one look is good for
	blind   time.Duration
	looked  atomic.Pointer[time.Time] // when the last good look began; nil while looking fails
}

// most returns the greatest age of an answer at now.
func (t *trust) most(now time.Time) time.Duration {
	if t.holds(now) {
		return forever
	}
	return t.blind
}

// holds reports whether a change by another process would have been noticed. It
// is a lease, not a flag: a look that hangs, or a watcher that has stopped, lets
// it run out.
func (t *trust) holds(now time.Time) bool {
	if !t.watched {
		return true
	}
	looked := t.looked.Load()
	if looked == nil {
		return false
	}
	age := now.Sub(*looked)
	return age >= 0 && age < t.lease
}

const forever = time.Duration(1<<63 - 1)
