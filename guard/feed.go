package guard

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

const (
	retryFirst   = 100 * time.Millisecond // the shortest time between two tries, and
	retryLast    = 5 * time.Second        // the longest,
	retryRefused = 30 * time.Second       // unless it is the key that is wrong
	sweepEvery   = time.Minute
)

// feed keeps a guard told. It is live from the first ready of a connection until that ends: then nothing is missed.
type feed struct {
	guard *Guard
	live  atomic.Bool
	heard atomic.Pointer[time.Time] // when it was last known to be complete; of New before that

	settled atomic.Bool   // no request waits for the first word any more
	waited  chan struct{} // closed then
	first   chan struct{} // closed at the first ready
	once    sync.Once     // of first
	settle  sync.Once     // of waited

	mu      sync.Mutex
	since   time.Time // when live became what it is
	problem error
	refused chan struct{} // closed while the key is wrong

	last string // the id of the last event; of run alone
}

func newFeed(g *Guard) *feed {
	f := &feed{guard: g, waited: make(chan struct{}), first: make(chan struct{}), refused: make(chan struct{}), since: g.started}
	f.heard.Store(&g.started)
	return f
}

// run listens until the guard is closed.
func (f *feed) run() {
	ctx := f.guard.ctx
	wait := time.AfterFunc(firstWait, f.goOn)
	defer wait.Stop()
	defer f.goOn()
	for tries := 0; ; tries++ {
		complete, err := f.listen(ctx)
		f.down(err)
		if ctx.Err() != nil {
			return
		}
		if complete {
			tries = 0
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause(tries, errors.Is(err, errFeedRefused))):
		}
		f.guard.state.sweep()
	}
}

// goOn lets the requests go on that wait for the first word.
func (f *feed) goOn() {
	f.settle.Do(func() {
		f.settled.Store(true)
		close(f.waited)
	})
}

// up is called when all has been told that is to be known.
func (f *feed) up() {
	now := f.guard.config.Now()
	f.heard.Store(&now)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.since, f.problem = now, nil
	if closed(f.refused) {
		f.refused = make(chan struct{})
	}
	f.live.Store(true)
	f.once.Do(func() { close(f.first) })
	f.goOn()
	f.guard.config.Log.Info("guard: the feed is live", "url", f.guard.config.Feed.URL)
}

// down is called when a connection is over.
func (f *feed) down(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	was := f.live.Swap(false)
	if was {
		f.since = f.guard.config.Now()
	}
	if f.guard.ctx.Err() != nil {
		f.problem = errors.New("the guard is closed")
		return
	}
	log, same := f.guard.config.Log, f.problem != nil && f.problem.Error() == err.Error()
	f.problem = err
	switch {
	case same:
	case errors.Is(err, errFeedRefused):
		log.Error("guard: the feed refuses Config.Feed.Key: what is ended will not be known here until that is mended",
			"url", f.guard.config.Feed.URL, "error", err.Error())
		if !closed(f.refused) {
			close(f.refused)
		}
	default:
		log.Warn("guard: the feed is not live", "url", f.guard.config.Feed.URL, "error", err.Error())
	}
}

// wrong returns a channel that is closed while the key is wrong.
func (f *feed) wrong() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.refused
}

// status tells how it does.
func (f *feed) status() (since time.Time, problem error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.since, f.problem
}

// await waits for the first word, once and for a second at most.
func (f *feed) await(ctx context.Context) {
	if f.settled.Load() {
		return
	}
	select {
	case <-f.waited:
	case <-ctx.Done():
	}
}

// pause is how long to wait before another try: at random, so that ten thousand guards do not come back at once.
func pause(tries int, refused bool) time.Duration {
	most := retryLast
	if refused {
		most = retryRefused
	} else if tries < 6 {
		most = min(most, 4*retryFirst<<tries)
	}
	least := retryFirst
	if refused {
		least = most / 2
	}
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return least + time.Duration(binary.LittleEndian.Uint64(b[:])%uint64(most-least))
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
