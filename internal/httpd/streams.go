package httpd

import (
	"sync"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	// mostStreams bounds the streams of an instance: some 40 KB of memory each.
	mostStreams = 20_000
	// accountStreams bounds those of an account: as many tabs as anybody has open.
	accountStreams = 64
)

// errCrowded says that an instance has as many streams as it bears.
var errCrowded = &auth.Error{
	Kind: auth.KindUnavailable, Code: auth.ErrOverloaded.Code, Text: "Too many streams are open at the moment. Please try again shortly.",
	Meta: auth.Meta{RetryAfter: 10},
}

// streams counts the answers that have no end, and ends them.
type streams struct {
	most int
	over chan struct{} // closed when all are to end
	end  sync.Once

	mu        sync.Mutex
	open      int
	sessions  int
	byAccount map[string]int
}

func newStreams(most int) *streams {
	if most <= 0 {
		most = mostStreams
	}
	return &streams{most: most, over: make(chan struct{}), byAccount: map[string]int{}}
}

// drain ends all streams. Those who come later are sent elsewhere.
func (s *streams) drain() { s.end.Do(func() { close(s.over) }) }

// enter counts a stream in, of an account's session or, as "", of a guard. A
// tenth is kept for guards, which whole services depend on. Call leave.
func (s *streams) enter(account string) (leave func(), err error) {
	select {
	case <-s.over:
		return nil, errNotReady.With(auth.Meta{Reason: "draining", RetryAfter: 1})
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.open >= s.most, account != "" && s.sessions >= s.most-s.most/10:
		return nil, errCrowded
	case account != "" && s.byAccount[account] >= accountStreams:
		return nil, auth.ErrRateLimited.With(auth.Meta{RetryAfter: 60})
	}
	s.count(account, 1)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.count(account, -1)
	}, nil
}

func (s *streams) count(account string, by int) {
	s.open += by
	if account == "" {
		return
	}
	s.sessions += by
	if s.byAccount[account] += by; s.byAccount[account] == 0 {
		delete(s.byAccount, account)
	}
}
