package attacks

import (
	"flag"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

var walks = flag.Int("walks", 8, "random walks of A-31 in all; SECURITY.md asks for 100000 before a release")

// TestA31FlowOrder walks through the public calls in any order, with whatever
// the walk has come by: right and wrong, new and old, of one account and of
// another. However it goes, a session comes only of its proofs: the password as
// it is now, the newest code of a challenge where one is asked for, or the
// newest token of a session that lives.
func TestA31FlowOrder(t *testing.T) {
	t.Parallel()
	const lanes = 8
	for name, value := range map[string]string{
		"rapid.checks": fmt.Sprint(max(*walks/lanes, 1)), "rapid.steps": "25", "rapid.nofailfile": "true", "rapid.shrinktime": "0s",
	} {
		if err := flag.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	servers := map[string]*server{}
	for _, otp := range []string{"off", "email"} {
		servers[otp] = start(t, lockable().with(env{"LOGIN_OTP": otp, "LOGIN_MAX_ATTEMPTS": "4", "REFRESH_GRACE": "0s", "LOG_LEVEL": "error"}))
	}
	t.Run("lanes", func(t *testing.T) {
		for i := range lanes {
			otp := []string{"off", "email"}[i%2]
			t.Run(fmt.Sprintf("%d, LOGIN_OTP=%s", i+1, otp), func(t *testing.T) {
				t.Parallel()
				s := servers[otp]
				rapid.Check(t, func(r *rapid.T) {
					w := &walk{t: t, r: r, s: s, c: s.client(), asks: otp == "email"}
					w.begin()
					r.Repeat(map[string]func(*rapid.T){
						"login": w.login, "verify": w.verify, "resend": w.resend, "refresh": w.refresh, "logout": w.logout,
						"me": w.me, "forgot": w.forgot, "reset": w.reset, "change": w.change, "mailed": w.mailed,
					})
				})
			})
		}
	})
}

// A member is one of the two accounts of a walk, as it ought to be.
type member struct {
	person
	old   []string // passwords that it had
	epoch int      // counts what voids challenges and links
	links int      // for a new password, mailed so far
}

// A challenge that was given out.
type walkChallenge struct {
	of    *member
	id    string
	codes []string // the last is the one that counts
	epoch int
	spent bool
	tries int
}

// A session that was opened.
type walkSession struct {
	of    *member
	last  grant
	all   []grant
	ended bool
}

type walkLink struct {
	of    *member
	token string
	page  string
	epoch int
	spent bool
}

// A walk knows what it did, and so what it may get.
type walk struct {
	t          *testing.T
	r          *rapid.T
	s          *server
	c          *client
	asks       bool // for a code
	members    [2]*member
	challenges []*walkChallenge
	sessions   []*walkSession
	links      []*walkLink
}

func (w *walk) begin() {
	for i := range w.members {
		w.members[i] = &member{person: newPerson()}
		a := w.c.must(w.t, w.members[i].signUp())
		if g := a.grant(); g.AccessToken != "" {
			if w.asks {
				w.breach("sign-up", a, "it opens a session without a code")
			}
			w.open(w.members[i], g)
		}
	}
}

func (w *walk) breach(call string, a reply, why string) {
	w.r.Fatalf("%s%s: %v: %s", through, call, a, why)
}

func (w *walk) open(m *member, g grant) {
	w.sessions = append(w.sessions, &walkSession{of: m, last: g, all: []grant{g}})
}

// void is what a new password, an unlock or a disowned login does to an account.
func (w *walk) void(m *member, keep *walkSession, end bool) {
	m.epoch++
	for _, s := range w.sessions {
		s.ended = s.ended || end && s.of == m && s != keep
	}
}

// pick draws one of what the walk has; nil when it has none.
func pick[E any](r *rapid.T, what string, from []*E) *E {
	if len(from) == 0 {
		return nil
	}
	return from[rapid.IntRange(0, len(from)-1).Draw(r, what)]
}

func (w *walk) member(r *rapid.T) *member { return w.members[rapid.IntRange(0, 1).Draw(r, "member")] }

// password draws one that is right half of the time.
func (w *walk) password(r *rapid.T, m *member) string {
	all := append([]string{m.Password, m.Password, m.Password, w.members[0].Password, w.members[1].Password, "not-the-password-1"}, m.old...)
	return rapid.SampledFrom(all).Draw(r, "password")
}
