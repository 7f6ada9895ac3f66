package guard

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	serviceLive    = 30 * time.Second // for how long a check counts while the feed is live
	serviceSilent  = 2 * time.Second  // and while it is not
	serviceRefused = time.Second      // for how long a refusal counts
	serviceRetry   = time.Second      // after a check that could not be made
	maxServices    = 4096
	maxCalls       = 16 // under way at once
	maxKey         = 256
	maxVerdict     = 64 << 10 // bytes
)

// services checks services' API keys with Latchkey, and remembers what it said: by a digest, for the memory of one
// process is no place for keys.
type services struct {
	guard *Guard
	calls chan struct{}
	mu    sync.Mutex
	seen  map[[sha256.Size]byte]*service
}

// service is what is known of a key.
type service struct {
	flight  chan struct{} // closed when the check that is under way is over; nil when none is
	tried   time.Time     // when the last check was over
	checked time.Time     // when the last one was over that Latchkey answered
	id      Identity
	refusal error // Latchkey's answer, nil for an identity
	failed  bool  // the last check could not be made
}

func newServices(g *Guard) *services {
	return &services{guard: g, calls: make(chan struct{}, maxCalls), seen: map[[sha256.Size]byte]*service{}}
}

// verify returns whose an API key is, in a tenant if one is named.
func (s *services) verify(ctx context.Context, key, tenant string) (Identity, error) {
	if len(key) > maxKey || strings.Trim(key, keyLetters) != "" || len(tenant) > 64 || strings.Trim(tenant, keyLetters) != "" {
		return Identity{}, errTokenInvalid.because("malformed")
	}
	digest := sha256.Sum256([]byte(key + "\n" + tenant))
	k, flight := s.check(digest, key, tenant)
	wait(ctx, flight)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.guard.config.Now()
	switch {
	case k.checked.IsZero() || now.Sub(k.checked) > s.guard.config.MaxStale:
		return Identity{}, errKeysUnavailable
	case k.refusal != nil:
		return Identity{}, k.refusal
	case !k.id.ExpiresAt.IsZero() && !now.Before(k.id.ExpiresAt):
		return Identity{}, errTokenInvalid.because("expired")
	}
	return k.id, nil
}

// check sees to it that what is known of a key is recent. It returns that, and what to wait for: nil when it is.
func (s *services) check(digest [sha256.Size]byte, key, tenant string) (k *service, flight <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k = s.seen[digest]
	switch {
	case k == nil:
		s.room()
		k = &service{}
		s.seen[digest] = k
	case k.flight != nil:
		return k, k.flight
	case s.recent(k):
		return k, nil
	}
	over := make(chan struct{})
	if !s.guard.begin(func() { s.settle(k, key, tenant, over) }) {
		return k, nil
	}
	k.flight = over
	return k, over
}

// settle is one check.
func (s *services) settle(k *service, key, tenant string, over chan<- struct{}) {
	defer close(over)
	id, refusal, err := s.ask(key, tenant)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && !k.failed {
		s.guard.config.Log.Warn("guard: API key not checked", "url", s.guard.config.VerifyURL, "error", err.Error())
	}
	k.flight, k.tried, k.failed = nil, s.guard.config.Now(), err != nil
	if err == nil {
		k.checked, k.id, k.refusal = k.tried, id, refusal
	}
}

func (s *services) recent(k *service) bool {
	now := s.guard.config.Now()
	life := serviceSilent
	switch {
	case k.failed:
		return now.Sub(k.tried) < serviceRetry
	case k.refusal != nil:
		life = serviceRefused
	case s.guard.feed != nil && s.guard.feed.live.Load():
		life = serviceLive
	}
	return now.Sub(k.checked) < life
}

// room forgets keys when there are too many: of a few, taken at random, those that are out of date, and if there are
// none, one.
func (s *services) room() {
	looked := 0
	for d, k := range s.seen {
		if len(s.seen) < maxServices || looked == 64 {
			break
		}
		if looked++; k.flight == nil && !s.recent(k) {
			delete(s.seen, d)
		}
	}
	for d := range s.seen {
		if len(s.seen) < maxServices {
			break
		}
		delete(s.seen, d)
	}
}

// ask asks Latchkey. An error means that it gave no answer that counts.
func (s *services) ask(key, tenant string) (id Identity, refusal, err error) {
	select {
	case s.calls <- struct{}{}:
		defer func() { <-s.calls }()
	case <-s.guard.ctx.Done():
		return Identity{}, nil, s.guard.ctx.Err()
	}
	h := http.Header{"Accept": {"application/json"}, "Authorization": {"Bearer " + key}}
	if tenant != "" {
		h.Set("X-Tenant-Id", tenant)
	}
	a, err := s.guard.get(s.guard.config.VerifyURL, h, maxVerdict)
	if err != nil {
		return Identity{}, nil, err
	}
	return readVerdict(a)
}

// readVerdict reads what GET /auth/verify says.
func readVerdict(a answer) (id Identity, refusal, err error) {
	var e envelope
	if err := json.Unmarshal(a.body, &e); err != nil {
		return Identity{}, nil, fmt.Errorf("status %d, and no envelope", a.status)
	}
	switch {
	case a.status == http.StatusOK:
		if err := json.Unmarshal(e.Data, &id); err != nil || id.Kind != Service || id.KeyID == "" {
			return Identity{}, nil, errors.New("the answer names no service")
		}
		return id, nil, nil
	case a.status >= 400 && a.status < 500 && a.status != http.StatusTooManyRequests && e.Meta.Code != "":
		return Identity{}, Error{Status: a.status, Code: e.Meta.Code, Reason: e.Meta.Reason, Message: e.Message}, nil
	}
	return Identity{}, nil, fmt.Errorf("status %d", a.status)
}
