package e2e

import (
	"strings"
	"testing"
	"time"
)

// busLost: while the instances cannot hear each other, they say so, serve on, and
// answer nothing that is older than the promise and one look at the database.
// Afterwards they know what they have missed.
func busLost(t *testing.T, f *fleet) {
	blind := max(8, 24/f.less)
	sessions := f.crowd(t, 4, (blind+200/f.less)/4)
	missed, rest := sessions[:blind], sessions[blind:]
	f.warm(t, sessions)

	f.bus.close()
	for _, s := range f.servers {
		eventually(t, "the instance says that it does not hear the others", func() bool {
			return s.metric(t, "latchkey_live_degraded") == "1" && s.metric(t, "latchkey_bus_up") == "0" &&
				strings.Contains(s.stderr.String(), "the bus is lost")
		})
		// All of them are blind at once: a load balancer must not take all out.
		s.client().want(t, "READY", "GET", "/readyz", nil)
	}
	// Held anew, so that what follows tests the age and not that nothing is held.
	f.warm(t, sessions)
	f.judge(t, "without the bus", f.logOut(t, f.hands, missed), promised+f.leeway())

	f.bus.reopen()
	f.wellAgain(t)
	for _, s := range f.servers {
		eventually(t, "the log says that it is over", func() bool { return strings.Contains(s.stderr.String(), "the bus is back") })
	}
	for _, g := range missed {
		f.eachWants(t, "SESSION_NOT_FOUND", "GET", "/auth/me", nil, g.bearer()...)
	}
	f.warm(t, rest)
	f.judge(t, "after the bus came back", f.logOut(t, 2, rest), promised)
}

// leeway is what the last request before a refusal may take: it is in what was
// measured, and on the stand-in for MongoDB it waits behind all others.
func (f *fleet) leeway() time.Duration {
	if f.less > 1 {
		return 5 * time.Second
	}
	return time.Second
}
