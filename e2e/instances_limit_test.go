package e2e

import (
	"strings"
	"sync"
	"testing"
	"time"
)

// TestLimitsHoldInSum: what three instances let through together is what one
// would.
func TestLimitsHoldInSum(t *testing.T) {
	t.Parallel()
	for _, d := range deployments {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			f := startFleet(t, d, env{"RATE_LIMITS": "on"})
			for _, tt := range []struct {
				path, passed string
				limit        int           // of one address at once
				again        time.Duration // until one more is allowed
				body         func() any
			}{
				{"/auth/password/forgot", "RESET_SENT_IF_KNOWN", 20, 3 * time.Minute, func() any { return dict{"email": newPerson().Email} }},
				// Refused for its body, and counted as any other: a hash each would
				// take longer than the limit waits.
				{"/auth/sign-up", "VALIDATION_FAILED", 100, time.Minute, func() any { return dict{"email": newPerson().Email} }},
			} {
				begun := time.Now()
				var mu sync.Mutex
				got := map[string]int{}
				tries := tt.limit + 30
				spread(f.hands, tries, func(i int) {
					a, err := f.each[i%instances].send("POST", tt.path, tt.body())
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						t.Error(err)
					}
					got[a.Meta.Code]++
				})
				most := tt.limit + int(time.Since(begun)/tt.again)
				if n := got[tt.passed]; n < tt.limit || n > most || got["RATE_LIMITED"] != tries-n {
					for _, s := range f.servers {
						if strings.Contains(s.stderr.String(), "cannot be counted") {
							t.Errorf("%s: instance at port %d gave up counting with the others", tt.path, s.port)
						}
					}
					t.Errorf("%s: of %d requests %v, want %d to %d %s, else RATE_LIMITED", tt.path, tries, got, tt.limit, most, tt.passed)
				}
			}
		})
	}
}
