package e2e

import (
	"strings"
	"sync"
	"testing"
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
				limit        int // of one address, until another is allowed a minute later or more
				body         func() any
			}{
				{"/auth/password/forgot", "RESET_SENT_IF_KNOWN", 20, func() any { return dict{"email": newPerson().Email} }},
				{"/auth/sign-up", "USER_CREATED", 100, func() any { return newPerson().signUp() }},
			} {
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
				if got[tt.passed] != tt.limit || got["RATE_LIMITED"] != tries-tt.limit {
					for _, s := range f.servers {
						if strings.Contains(s.stderr.String(), "cannot be counted") {
							t.Errorf("%s: instance at port %d gave up counting with the others", tt.path, s.port)
						}
					}
					t.Errorf("%s: of %d requests %v, want %d %s, else RATE_LIMITED", tt.path, tries, got, tt.limit, tt.passed)
				}
			}
		})
	}
}
