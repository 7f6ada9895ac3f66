package live

import (
	"sync/atomic"
	"time"
)

// trust says how old an answer may be. While changes by other processes are
// noticed, its own life is the limit; else blind is.
type trust struct {
	watch lease // from the beginning of the last good look at the number
	bus   lease // from the sending of the last ping that was heard
	blind time.Duration
}

// most returns the greatest age of an answer at now.
func (t *trust) most(now time.Time) time.Duration {
	if t.holds(now) {
		return forever
	}
	return t.blind
}

// holds reports whether a change by another process would have been noticed.
func (t *trust) holds(now time.Time) bool { return t.watch.holds(now) && t.bus.holds(now) }

// lease is what one proof of being able to notice is good for. It is not a flag:
// a look that hangs, a ping that is not heard, or somebody who has stopped to
// ask lets it run out.
type lease struct {
	needed bool // without it there is nobody to notice, and it holds
	length time.Duration
	from   atomic.Pointer[time.Time] // nil: it is known that nothing is noticed
}

func (l *lease) holds(now time.Time) bool {
	if !l.needed {
		return true
	}
	from := l.from.Load()
	if from == nil {
		return false
	}
	age := now.Sub(*from)
	return age >= 0 && age < l.length
}

func (l *lease) renew(from time.Time) { l.from.Store(&from) }

func (l *lease) end() { l.from.Store(nil) }

const forever = time.Duration(1<<63 - 1)
