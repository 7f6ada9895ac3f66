package e2e

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// promised is how old an answer of one instance may be about what another one
// has answered, whatever happens.
const promised = 2 * time.Second

// crowd makes sessions through the proxy: people on many devices each.
func (f *fleet) crowd(t *testing.T, people, devices int) []grant {
	t.Helper()
	all := make([]grant, people*devices)
	spread(f.hands, people, func(i int) {
		who, first := f.all.joinNow(t)
		all[i*devices] = first
		for d := 1; d < devices; d++ {
			// On a known device, or each login would be told of by mail.
			all[i*devices+d] = f.all.must(t, "LOGIN_SUCCESS", "POST", "/auth/login", who.logIn(), "x-device-token", first.DeviceToken)
		}
	})
	if t.Failed() {
		t.FailNow()
	}
	return all
}

// must is want for goroutines: it goes on after a failure.
func (c *client) must(t *testing.T, code, method, path string, body any, headers ...string) grant {
	t.Helper()
	a, err := c.send(method, path, body, headers...)
	if err != nil || a.Meta.Code != code {
		t.Errorf("%s %s: got %v, %v, want %s", method, path, a, err, code)
		return grant{}
	}
	g, err := a.readGrant()
	if err != nil {
		t.Error(err)
	}
	return g
}

func (c *client) joinNow(t *testing.T) (person, grant) {
	t.Helper()
	p := newPerson()
	return p, c.must(t, "USER_CREATED", "POST", "/auth/sign-up", p.signUp())
}

// warm has every instance hold every session.
func (f *fleet) warm(t *testing.T, sessions []grant) {
	t.Helper()
	spread(f.hands, len(sessions), func(i int) {
		for _, c := range f.each {
			c.must(t, "CURRENT_USER_OK", "GET", "/auth/me", nil, sessions[i].bearer()...)
		}
	})
	if t.Failed() {
		t.FailNow()
	}
}

// An ending is how long after a logout was answered the slowest of the other
// instances refused for the first time.
type ending struct {
	after time.Duration // of the refusal's arrival: a round trip is in it
	late  bool          // somebody was let in who asked after the answer
}

// logOut logs sessions out, at one instance each, and asks the others until they
// refuse, as many at a time as there are hands.
func (f *fleet) logOut(t *testing.T, hands int, sessions []grant) []ending {
	t.Helper()
	endings := make([]ending, len(sessions))
	spread(hands, len(sessions), func(i int) {
		if t.Failed() {
			return // what follows would take long, and say the same
		}
		g, here := sessions[i], i%instances
		f.each[here].must(t, "LOGGED_OUT", "POST", "/auth/logout", nil, g.bearer()...)
		answered := time.Now()
		var mu sync.Mutex
		together(instances-1, func(n int) {
			e := f.each[(here+1+n)%instances].refused(t, g, answered)
			mu.Lock()
			defer mu.Unlock()
			endings[i].after, endings[i].late = max(endings[i].after, e.after), endings[i].late || e.late
		})
	})
	return endings
}

// refused asks in a tight loop until the session is refused.
func (c *client) refused(t *testing.T, g grant, since time.Time) (e ending) {
	t.Helper()
	for e.after < patience {
		a, err := c.send("GET", "/auth/me", nil, g.bearer()...)
		e.after = time.Since(since)
		switch {
		case err == nil && a.Meta.Code == "SESSION_NOT_FOUND":
			if a.Meta.Reason != "logout" {
				t.Errorf("refused for %q, want logout", a.Meta.Reason)
			}
			return e
		case err != nil || a.Meta.Code != "CURRENT_USER_OK":
			t.Errorf("after a logout elsewhere: %v, %v", a, err)
			return e
		}
		e.late = true
	}
	t.Error("the session is never refused")
	return e
}

// judge prints how it was and fails beyond the bound.
func (f *fleet) judge(t *testing.T, what string, endings []ending, bound time.Duration) {
	t.Helper()
	late := 0
	var after []time.Duration
	for _, e := range endings {
		after = append(after, e.after)
		if e.late {
			late++
		}
	}
	slices.Sort(after)
	n := len(after)
	worst := after[n-1]
	tell(t, "%s: %d logouts, %s: refused by all the others after (round trip included) p50 %v, p99 %v, worst %v; %d were let in once more",
		f.name, n, what, round(after[n/2]), round(after[n*99/100]), round(worst), late)
	if worst > bound {
		t.Errorf("a session was refused %v after its end, want %v at most", worst, bound)
	}
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

// endedIsEnded: a session that was ended at one instance is refused by the others
// before the client can tell.
func endedIsEnded(t *testing.T, f *fleet) {
	sessions := f.crowd(t, f.logouts/40, 40)
	f.warm(t, sessions)
	f.judge(t, "with the bus", f.logOut(t, 2, sessions), promised)
}
