package attacks

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

// Mails of one kind that an account is sent, at most, because strangers ask.
const (
	askedMax = 3 // in an hour
	lockMax  = 5 // in a day, of locks
)

// TestA10LockoutDoS: while strangers try passwords without end, the owner comes
// in from a device that has logged in before, stays in where a session lives,
// and can set a new password; and the owner's mailbox is not flooded.
func TestA10LockoutDoS(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		otp  string
	}{{"password only", "off"}, {"with a code on new devices", "new-device"}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, env{"PASSWORD_SALT_ROUNDS": "4", "LOG_LEVEL": "info", "TRUSTED_PROXIES": "127.0.0.1", "LOGIN_OTP": tt.otp})
			v, c := judge(t), s.client()
			p := newPerson()
			c.want(t, "USER_CREATED", p.signUp())
			home := func(g grant) []string {
				return []string{"X-Forwarded-For", "198.51.100.1", "X-Device-Token", g.DeviceToken}
			}
			first := c.must(t, p.logIn(home(grant{})...)).grant()
			if first.LoginID != "" {
				q := verify(first.LoginID, s.code(t, p.Email))
				q.headers = home(grant{})
				first = c.want(t, "LOGIN_SUCCESS", q).grant()
			}
			under(t, s, p, func() {
				eventually(t, "the account is locked for strangers", func() bool {
					return s.one(t, "SELECT status FROM users WHERE email = '"+p.Email+"'") == "locked"
				})
				ownerIn(t, v, c, p, first, home)
			})
			mailBound(t, v, s, p)
		})
	}
}

// under does something while strangers from everywhere try passwords and ask
// for mails, until it is done.
func under(t *testing.T, s *server, p person, do func()) {
	t.Helper()
	stop := make(chan struct{})
	var attack sync.WaitGroup
	defer attack.Wait()
	defer close(stop)
	var next, limited atomic.Int64
	for asker := range 32 {
		c := s.client()
		attack.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				i := int(next.Add(1))
				from := []string{"X-Forwarded-For", fmt.Sprintf("203.%d.%d.7", i/200%200, i%200)}
				q := wrong(p.Email, from...)
				switch {
				case asker < 4: // costs no hash and no wait, and uses up limits all the same
					q = post("/auth/login", fields{"email": p.Email, "password": ""}, from...)
				case i%8 == 3:
					q = post("/auth/password/forgot", fields{"email": p.Email}, from...)
				case i%8 == 5:
					q = post("/auth/unlock/request", fields{"email": p.Email}, from...)
				}
				a, err := c.do(q)
				if err == nil && a.status == http.StatusTooManyRequests && q.path == "/auth/login" {
					limited.Add(1)
				}
			}
		})
	}
	// Not before the attack has used up what the limits give it.
	eventually(t, "the attack has met the limit of logins", func() bool { return limited.Load() > 50 })
	do()
}

// ownerIn: every way in that belongs to the owner.
func ownerIn(t *testing.T, v *verdict, c *client, p person, g grant, home func(grant) []string) {
	t.Helper()
	if a := c.must(t, get("/auth/me", append(g.bearer(), home(g)...)...)); a.status != http.StatusOK {
		v.breach("the session that lives", "%v", a)
	}
	if a := c.must(t, post("/auth/refresh", fields{"refreshToken": g.RefreshToken}, home(g)...)); a.status != http.StatusOK {
		v.breach("its refresh", "%v", a)
	}
	for i := range 3 { // each login gives out the device's next token
		a := c.must(t, p.logIn(home(g)...))
		if a.status != http.StatusOK || a.grant().AccessToken == "" {
			v.breach(fmt.Sprintf("login %d from the known device", i+1), "%v", a)
			return
		}
		g = a.grant()
	}
	// A slip of the owner's own is the owner's own.
	c.must(t, p.with("a-slip-of-mine-22", home(g)...))
	if a := c.must(t, p.logIn(home(g)...)); a.status != http.StatusOK {
		v.breach("the known device after one slip", "%v", a)
	}
}

// mailBound: the flood has sent few mails, and what it has sent opens the way
// back in.
func mailBound(t *testing.T, v *verdict, s *server, p person) {
	t.Helper()
	c := s.client()
	eventually(t, "the mails have been sent", func() bool {
		return s.one(t, "SELECT count(*) FROM outbox WHERE state = 'waiting'") == "0"
	})
	unlocks, resets := s.linkTokens(t, p.Email, unlockPage), s.linkTokens(t, p.Email, resetPage)
	if n := len(unlocks); n == 0 || n > lockMax+askedMax {
		v.breach("unlock flood", "%d mails with a link that unlocks, want 1 to %d", n, lockMax+askedMax)
	}
	if n := len(resets); n == 0 || n > askedMax {
		v.breach("reset flood", "%d mails with a link for a new password, want 1 to %d", n, askedMax)
	}
	if t.Failed() {
		return
	}
	from := []string{"X-Forwarded-For", "198.51.100.2"}
	changed := person{Email: p.Email, Password: newPerson().Password}
	q := reset(resets[0], changed.Password)
	q.headers = from
	if a := c.must(t, q); a.Meta.Code != "PASSWORD_CHANGED" {
		v.breach("reset during the attack", "%v", a)
	}
	if status := s.one(t, "SELECT status FROM users WHERE email = '"+p.Email+"'"); status != "active" {
		v.breach("reset during the attack", "the account is %s after it", status)
	}
}
