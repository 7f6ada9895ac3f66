package guard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/latchkey/latchkey/guard/jwt"
)

const (
	keysFresh = 10 * time.Minute // then they are fetched again, while the old ones are used
	keysLast  = 24 * time.Hour   // then they are used no more
	keysFloor = 10 * time.Second // between two fetches that tokens can bring about
	keysRetry = time.Second      // after a fetch that failed, when there are no keys at all
	maxJWKS   = 1 << 20          // bytes
)

type jwksKeys string

func (k jwksKeys) open(g *Guard) (source, error) {
	if err := g.config.address("Keys", string(k)); err != nil {
		return nil, err
	}
	return &jwks{guard: g, url: string(k)}, nil
}

// jwks are keys that are published. Who needs them first waits for them.
type jwks struct {
	guard *Guard
	url   string
	held  atomic.Pointer[ring]

	mu      sync.Mutex
	flight  chan struct{} // closed when the fetch that is under way is over; nil when none is
	tried   time.Time     // when the last one began
	problem error         // of the last one
}

// ring is what a fetch brought. Only its age changes: by timers, since a look at the clock would cost more than all the
// rest of asking for a key.
type ring struct {
	jwt.KeySet
	size int
	age  atomic.Int32
}

// The ages of a ring.
const (
	ringFresh int32 = iota
	ringDue         // it is time for another, which whoever asks next sets off
	ringOver
)

func newRing(keys []jwt.Key) *ring {
	r := &ring{KeySet: jwt.Keys(keys...), size: len(keys)}
	time.AfterFunc(keysFresh, func() { r.age.Store(ringDue) })
	time.AfterFunc(keysLast, func() { r.age.Store(ringOver) })
	return r
}

func (j *jwks) Key(kid string) (jwt.Key, bool) {
	if r := j.held.Load(); r != nil {
		return r.Key(kid)
	}
	return jwt.Key{}, false
}

func (j *jwks) ready(ctx context.Context) error {
	if r := j.held.Load(); r != nil {
		switch r.age.Load() {
		case ringFresh:
			return nil
		case ringDue:
			j.fetch(keysFloor)
			return nil
		}
	}
	wait(ctx, j.fetch(keysRetry))
	if r := j.held.Load(); r != nil && r.age.Load() != ringOver {
		return nil
	}
	return errKeysUnavailable
}

func (j *jwks) learn(ctx context.Context, kid, _ string) bool {
	wait(ctx, j.fetch(keysFloor))
	_, ok := j.Key(kid)
	return ok
}

// wait waits for a fetch, if there is one, as long as ctx lasts.
func wait(ctx context.Context, over <-chan struct{}) {
	if over == nil {
		return
	}
	select {
	case <-over:
	case <-ctx.Done():
	}
}

func (j *jwks) count() (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if r := j.held.Load(); r != nil {
		return r.size, j.problem
	}
	return 0, j.problem
}

// fetch starts a fetch, unless one is under way or began less than floor ago. It returns what to wait for; nil when
// there is nothing.
func (j *jwks) fetch(floor time.Duration) <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.flight != nil {
		return j.flight
	}
	if !j.tried.IsZero() && time.Since(j.tried) < floor {
		return nil
	}
	over := make(chan struct{})
	if !j.guard.begin(func() { j.land(over) }) {
		return nil
	}
	j.flight, j.tried = over, time.Now()
	return over
}

// land is one fetch.
func (j *jwks) land(over chan<- struct{}) {
	r, err := j.get()
	j.mu.Lock()
	defer j.mu.Unlock()
	if r != nil {
		j.held.Store(r)
	}
	if err != nil && (j.problem == nil || j.problem.Error() != err.Error()) {
		j.guard.config.Log.Warn("guard: keys not fetched", "url", j.url, "error", err.Error())
	}
	j.problem, j.flight = err, nil
	close(over)
}

// get returns keys, a problem, or both: an empty set is a word that counts, and most likely not what was meant.
func (j *jwks) get() (*ring, error) {
	a, err := j.guard.get(j.url, http.Header{"Accept": {"application/json"}}, maxJWKS)
	if err != nil {
		return nil, err
	}
	if a.status != http.StatusOK {
		return nil, fmt.Errorf("the keys' address answers %d", a.status)
	}
	keys, err := jwt.ParseJWKS(a.body)
	if err != nil {
		return nil, err
	}
	r := newRing(keys)
	if len(keys) == 0 {
		return r, errors.New("no keys are published: Latchkey signs with JWT_SECRET, so use guard.Secret")
	}
	return r, nil
}
