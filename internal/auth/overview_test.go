package auth_test

import (
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestOverview counts what the record and the sessions say.
func TestOverview(t *testing.T) {
	s := staffed(t)
	s.loginAt(t, home, "ben")
	_, err := s.LockMember(t.Context(), s.by(t, "root"), s.ben())
	must(t, err)
	s.clock.advance(time.Second) // what happens now is in the step that begins now
	logins, living := 0, 0
	for _, e := range s.events(t, home) {
		if e.Action == auth.ActionLogin {
			logins++
		}
	}
	for _, id := range s.id { // ben's ended with the lock
		all, err := s.store.LivingSessions(t.Context(), auth.DefaultDirectory, id, s.clock.Now())
		must(t, err)
		for _, v := range all {
			if v.Tenant == s.tenant(t, home).ID {
				living++
			}
		}
	}
	for hours, want := range map[string]struct{ step, steps int }{"": {3600, 24}, "24": {3600, 24}, "168": {6 * 3600, 28}} {
		o, err := s.Overview(t.Context(), s.by(t, "root"), auth.OverviewInput{Hours: hours})
		must(t, err)
		last := want.steps - 1
		if o.Step != want.step || len(o.SignIns) != want.steps || len(o.ActiveSessions) != want.steps || len(o.Failures) != want.steps {
			t.Fatalf("hours %q: %+v, want %d steps of %d s", hours, o, want.steps, want.step)
		}
		if o.SignIns[last] != logins || logins < 6 || o.Locks[last] != 1 || o.ActiveNow != living || o.ActiveSessions[last] != living || living < 4 {
			t.Errorf("hours %q: %+v, want %d log-ins and %d sessions", hours, o, logins, living)
		}
	}
	for _, hours := range []string{"1", "0", "25", "1000", "x"} {
		_, err := s.Overview(t.Context(), s.by(t, "root"), auth.OverviewInput{Hours: hours})
		refused(t, "hours "+hours, err, auth.ErrValidation)
	}
}
