package gateway

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/latchkey/latchkey/guard"
)

// recheckEvery is how often a request that goes on and on is looked at again.
const recheckEvery = 500 * time.Millisecond

// cutWhenEnded looks at a request that goes on, as streams and WebSockets do, and
// cuts it when it would not be let in any more: its session has ended, its token
// is over. A guard that does not know (503) cuts nothing; and a token that is over
// cuts no request that still waits for its answer, which has an end of its own: or
// what was done would be done again with the next token. The function that it
// returns ends that.
func (x *exchange) cutWhenEnded(cut context.CancelCauseFunc) (stop func()) {
	var mu sync.Mutex
	over := false
	var timer *time.Timer
	mu.Lock()
	defer mu.Unlock()
	r := x.r
	timer = time.AfterFunc(recheckEvery, func() {
		_, err := x.guard.Authorize(r, x.route.rules...)
		var e guard.Error
		if errors.As(err, &e) && e.Status < 500 && (e.Reason != "expired" || x.answered.Load()) {
			cut(err)
			if x.body != nil {
				x.body.abort()
			}
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if !over {
			timer.Reset(recheckEvery)
		}
	})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		over = true
		timer.Stop()
	}
}
