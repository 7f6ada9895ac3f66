package attacks

import (
	"net/http"
	"testing"
	"time"
)

// TestA29Clock: everything that has an end is good until then and not after it,
// to the second, however the clock got there; a clock that ran ahead and was set
// right leaves nobody locked out, and one that went back brings nothing back
// that had been used up.
func TestA29Clock(t *testing.T) {
	t.Parallel()
	clocked := buildWithClock(t)
	t.Run("ends", func(t *testing.T) { clockEnds(t, clocked) })
	t.Run("jumps", func(t *testing.T) { clockJumps(t, clocked) })
}

// noon is when each case begins.
var noon = time.Date(2031, 3, 30, 0, 30, 0, 0, time.UTC) // half an hour before Europe sets its clocks

// startClocked starts a build with a clock, at noon.
func startClocked(t *testing.T, clocked string, e env) *server {
	t.Helper()
	s := startAs(t, t.TempDir(), "dev", e, clocked)
	s.faulty = false
	s.tell(noon)
	s.await()
	return s
}

// A lifespan is something with an end.
type lifespan struct {
	name string
	life time.Duration
	// begin makes it at noon and returns what tries it, once, and says whether it
	// was accepted; and its end, where chance shortens its life.
	begin func(t *testing.T, s *server, c *client) (try func() (reply, bool), end time.Time)
}

func opened(a reply) (reply, bool) { return a, a.status == http.StatusOK }

func lifespans() []lifespan {
	look := func(page string) func(*testing.T, *server, *client) (func() (reply, bool), time.Time) {
		return func(t *testing.T, s *server, c *client) (func() (reply, bool), time.Time) {
			p, _ := c.join(t)
			token := s.linkTo(t, p, page)
			return func() (reply, bool) {
				body := fields{"token": token}
				if page == resetPage {
					body["password"] = newPerson().Password
				}
				return opened(c.must(t, post(page, body)))
			}, time.Time{}
		}
	}
	return []lifespan{
		{"access token", 0, func(t *testing.T, _ *server, c *client) (func() (reply, bool), time.Time) {
			_, g := c.join(t)
			_, payload := parts(t, g.AccessToken)
			exp, ok := payload["exp"].(float64)
			if !ok {
				t.Fatalf("exp is %v", payload["exp"])
			}
			return func() (reply, bool) { return opened(c.must(t, g.me())) }, time.Unix(int64(exp), 0)
		}},
		{"refresh token", 0, func(t *testing.T, s *server, c *client) (func() (reply, bool), time.Time) {
			_, g := c.join(t)
			end := s.number(t, "SELECT idle_until FROM sessions WHERE id = '"+g.SessionID+"'")
			return func() (reply, bool) { return opened(c.must(t, g.refresh())) }, time.UnixMilli(int64(end))
		}},
		{"grace of a refresh token", 10 * time.Second, func(t *testing.T, _ *server, c *client) (func() (reply, bool), time.Time) {
			_, g := c.join(t)
			c.want(t, "TOKENS_REFRESHED", g.refresh())
			return func() (reply, bool) { return opened(c.must(t, g.refresh())) }, time.Time{}
		}},
		{"link for a new password", 15 * time.Minute, look(resetPage)},
		{"link that unlocks", 24 * time.Hour, look(unlockPage)},
		{"link that disowns", 24 * time.Hour, look(disownPage)},
		{"lock", time.Hour, func(t *testing.T, s *server, c *client) (func() (reply, bool), time.Time) {
			p, _ := c.join(t)
			s.lockQuietly(t, p)
			return func() (reply, bool) { // what is accepted while it lasts is the lock
				a := c.must(t, p.logIn())
				return a, a.status == http.StatusLocked
			}, time.Time{}
		}},
	}
}

// clockEnds tries each thing on both sides of its end.
func clockEnds(t *testing.T, clocked string) {
	s := startClocked(t, clocked, lockableOpen().with(env{"JWT_REFRESH_EXPIRES_IN": "30m"}))
	codes := startClocked(t, clocked, lockable())
	v, c := judge(t), s.client()
	for _, l := range append(lifespans(), lifespan{"login code", 5 * time.Minute, func(t *testing.T, _ *server, _ *client) (func() (reply, bool), time.Time) {
		p := newPerson()
		c := codes.client()
		c.want(t, "USER_CREATED", p.signUp())
		id := c.want(t, "OTP_SENT", p.logIn()).grant().LoginID
		code := codes.code(t, p.Email)
		return func() (reply, bool) { return opened(c.must(t, verify(id, code))) }, time.Time{}
	}}) {
		for _, tt := range []struct {
			name string
			at   time.Duration // from its end
			want bool
		}{
			{"a second before its end", -time.Second, true},
			{"at its end", 0, false},
			{"a second after it", time.Second, false},
			{"five minutes after it", 5 * time.Minute, false},
			{"a year after it", 365 * 24 * time.Hour, false},
		} {
			s.tell(noon)
			codes.tell(noon)
			try, end := l.begin(t, s, c)
			if end.IsZero() {
				end = noon.Add(l.life)
			}
			s.tell(end.Add(tt.at))
			codes.tell(end.Add(tt.at))
			if a, ok := try(); ok != tt.want {
				v.breach(l.name+", "+tt.name, "accepted: %t, want %t: %v", ok, tt.want, a)
			}
		}
	}
}

// clockJumps: what a clock that went wrong leaves behind when it is right again.
func clockJumps(t *testing.T, clocked string) {
	s := startClocked(t, clocked, lockableOpen())
	v, c := judge(t), s.client()
	for _, tt := range []struct {
		name string
		jump time.Duration
	}{{"an hour back", -time.Hour}, {"five minutes back", -5 * time.Minute}, {"a second back", -time.Second}} {
		s.tell(noon.Add(-time.Minute)) // what is opened in the instant of an attack is the attacker's
		p, g := c.join(t)
		used := s.linkTo(t, p, resetPage)
		locked, before := c.join(t)
		s.tell(noon)
		s.lockQuietly(t, locked)
		next := c.want(t, "TOKENS_REFRESHED", g.refresh()).grant()
		p.Password = newPerson().Password
		c.want(t, "PASSWORD_CHANGED", reset(used, p.Password))
		s.tell(noon.Add(tt.jump))
		for what, q := range map[string]request{
			"a used link": reset(used, newPerson().Password), "an ended session": next.me(), "its refresh token": next.refresh(), "a lock": locked.logIn(),
		} {
			if a := c.must(t, q); a.status < 400 || a.status >= 500 {
				v.breach(tt.name, "%s is good again: %v", what, a)
			}
		}
		if a := c.must(t, locked.known(before)); a.status != http.StatusOK {
			v.breach(tt.name, "the known device of a locked account: %v", a)
		}
		c.want(t, "LOGIN_SUCCESS", p.logIn()) // life goes on
		s.tell(noon.Add(tt.jump + 2*time.Hour))
		if a := c.must(t, locked.logIn()); a.status != http.StatusOK {
			v.breach(tt.name, "an hour after it should have ended, the lock still holds: %v", a)
		}
	}
	for _, tt := range []struct {
		name  string
		ahead time.Duration
	}{{"five minutes ahead and back", 5 * time.Minute}, {"an hour ahead and back", time.Hour}, {"a year ahead and back", 365 * 24 * time.Hour}} {
		s.tell(noon.Add(tt.ahead))
		p, _ := c.join(t)
		for range 6 {
			c.must(t, wrong(p.Email))
		}
		locked, _ := c.join(t)
		s.lockQuietly(t, locked)
		s.tell(noon.Add(2 * time.Hour)) // right again, and more than a lock later
		if a := c.must(t, locked.logIn()); a.status != http.StatusOK && tt.ahead > time.Hour {
			v.breach(tt.name, "the lock of a clock that was wrong still holds two hours later: %v", a)
		}
		if a := c.must(t, p.logIn()); a.status != http.StatusOK {
			v.breach(tt.name, "six wrong passwords in the future keep the right one out: %v", a)
		}
	}
}
