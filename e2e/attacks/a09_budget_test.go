package attacks

import (
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
)

// The budgets of SECURITY.md §1, as they hold with RATE_LIMITS=off.
const (
	lockAt      = 7  // wrong passwords of strangers that lock
	comparedMax = 50 // wrong passwords of strangers in a row that are compared at all
	perCode     = 5  // tries at one code
	codesPerDay = 20 // wrong codes of an account, over all challenges
)

// TestA09GuessBudget: whichever way guesses come, no more of them are compared
// than the policy allows, and one that comes later is not told from a wrong one.
func TestA09GuessBudget(t *testing.T) {
	t.Parallel()
	t.Run("passwords", passwordBudget)
	t.Run("codes", codeBudget)
	t.Run("links", linkBudget)
}

// passwordBudget: each way sends many wrong passwords; then the right one must
// be worth nothing, not even the news that it is right.
func passwordBudget(t *testing.T) {
	t.Parallel()
	s := start(t, lockableOpen().with(env{"TRUSTED_PROXIES": "127.0.0.1"}))
	s.faulty = true // 200 at once may be more than it can hash in time: 503 OVERLOADED
	t.Run("ways", func(t *testing.T) {
		for _, tt := range []struct {
			name        string
			guesses, at int // how many at once
			guess       func(p named, i int) request
		}{
			{"one after the other", 54, 1, func(p named, _ int) request { return wrong(p.Email) }},
			{"200 at once", 200, 200, func(p named, _ int) request { return wrong(p.Email) }},
			{"by every name", 80, 16, func(p named, i int) request {
				return wrong([]string{p.Email, p.handle, p.phone, "  " + p.Email, p.handle + " "}[i%5])
			}},
			{"from many addresses", 80, 16, func(p named, i int) request {
				return wrong(p.Email, "X-Forwarded-For", fmt.Sprintf("203.0.%d.%d", i%200, i/200+1))
			}},
			{"from many networks of IPv6", 80, 16, func(p named, i int) request {
				return wrong(p.Email, "X-Forwarded-For", fmt.Sprintf("2001:db8:%x::1", i))
			}},
			{"with made-up device tokens", 80, 16, func(p named, i int) request {
				return wrong(p.Email, "X-Device-Token", fmt.Sprintf("AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%03d", i))
			}},
			{"with another account's device token", 80, 16, func(p named, _ int) request {
				return wrong(p.Email, "X-Device-Token", p.strangers)
			}},
			{"at both prefixes", 80, 16, func(p named, i int) request {
				q := wrong(p.Email)
				q.path = []string{"/auth/login", "/api/v1/auth/login"}[i%2]
				return q
			}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				s.spendPasswords(t, tt.name, tt.guesses, tt.at, tt.guess, func() {})
			})
		}
		t.Run("password/change", func(t *testing.T) {
			t.Parallel()
			changeBudget(t, s)
		})
	})
	s.spendPasswords(t, "with a restart in the middle", 80, 16, func(p named, _ int) request { return wrong(p.Email) }, func() {
		s.stop()
		s.launch()
	})
}

// spendPasswords tries wrong passwords one way.
func (s *server) spendPasswords(t *testing.T, name string, guesses, at int, guess func(named, int) request, middle func()) {
	t.Helper()
	v, c := judge(t), s.client()
	p := c.named(t)
	half := func(from, to int) {
		eachOf(at, make([]struct{}, to-from), counted(func(i int) {
			a := c.must(t, guess(p, from+i))
			if a.status != http.StatusUnauthorized && a.Meta.Code != "OVERLOADED" { // which compares nothing
				v.breach(name, "a wrong password: %v", a)
			}
		}))
	}
	half(0, guesses/2)
	if a := c.must(t, p.logIn()); a.status == http.StatusOK {
		v.breach(name, "after %d wrong passwords, the policy says %d, the right one logs in", guesses/2, lockAt)
	}
	middle()
	half(guesses/2, guesses)
	if a := c.must(t, p.logIn()); a.Meta.Code != "INVALID_CREDENTIALS" {
		v.breach(name, "after %d wrong passwords, the policy says %d, the right one is told from them: %v", guesses, comparedMax, a)
	}
	if n := s.compared(t, p); n > comparedMax {
		v.breach(name, "%d wrong passwords were compared, the policy says %d", n, comparedMax)
	}
	if n := s.number(t, "SELECT count(*) FROM outbox WHERE kind = 'locked' AND user_id = '"+p.id+"'"); n != 1 {
		v.breach(name, "%d mails tell of the lock, want one", n)
	}
}

// compared is how many wrong passwords of an account were compared.
func (s *server) compared(t *testing.T, p named) int {
	t.Helper()
	return s.number(t, "SELECT count(*) FROM audit_events WHERE reason = 'wrong_password' AND user_id = '"+p.id+"'")
}

// changeBudget: who finds a device unattended gets no more tries at the
// password than anybody, whatever number of its sessions there is.
func changeBudget(t *testing.T, s *server) {
	v, c := judge(t), s.client()
	p := c.named(t)
	g := c.want(t, "LOGIN_SUCCESS", p.logIn()).grant()
	try := func(password string) reply {
		body := fields{"currentPassword": password, "newPassword": newPerson().Password}
		return c.must(t, post("/auth/password/change", body, g.bearer()...))
	}
	eachOf(16, make([]struct{}, 80), counted(func(int) {
		if a := try("not-the-password-1"); a.status == http.StatusOK {
			v.breach("password/change", "a wrong password: %v", a)
		}
	}))
	if a := try(p.Password); a.status == http.StatusOK {
		v.breach("password/change", "after 80 wrong passwords the right one is taken: %v", a)
	}
	if n := s.compared(t, p); n > comparedMax {
		v.breach("password/change", "%d wrong passwords were compared, the policy says %d", n, comparedMax)
	}
}

// codeBudget: an answer INVALID_OTP is a code that was compared.
func codeBudget(t *testing.T) {
	t.Parallel()
	s := start(t, lockable().with(env{"TRUSTED_PROXIES": "127.0.0.1"}))
	v, c := judge(t), s.client()
	for _, tt := range []struct {
		name       string
		challenges int
		each, at   int
		restart    bool
		most       int
	}{
		{"one challenge, one after the other", 1, 12, 1, false, perCode},
		{"one challenge, 200 at once", 1, 200, 200, false, perCode},
		{"across challenges", 8, 6, 1, false, codesPerDay},
		{"across challenges, 200 at once", 8, 25, 200, false, codesPerDay},
		{"across challenges, a restart in the middle", 8, 6, 6, true, codesPerDay},
	} {
		p := c.named(t)
		var ids []string
		for range tt.challenges {
			ids = append(ids, c.want(t, "OTP_SENT", p.logIn()).grant().LoginID)
		}
		right := s.code(t, p.Email) // of the last
		var compared atomic.Int64
		total := tt.challenges * tt.each
		guess := func(from, to int) {
			eachOf(tt.at, make([]struct{}, to-from), counted(func(i int) {
				i += from
				q := verify(ids[i%len(ids)], otherCode(right, i))
				q.headers = []string{"X-Forwarded-For", fmt.Sprintf("203.0.%d.9", i%250)}
				switch a := c.must(t, q); {
				case a.status == http.StatusOK:
					v.breach(tt.name, "a wrong code: %v", a)
				case a.Meta.Code == "INVALID_OTP":
					compared.Add(1)
				}
			}))
		}
		guess(0, total/2)
		if tt.restart {
			s.stop()
			s.launch()
		}
		guess(total/2, total)
		if n := int(compared.Load()); n > tt.most {
			v.breach(tt.name, "%d codes were compared, the policy says %d", n, tt.most)
		}
		if a := c.must(t, verify(ids[len(ids)-1], right)); a.status == http.StatusOK {
			v.breach(tt.name, "after %d wrong codes the right one logs in", total)
		}
		if tt.challenges > 1 { // a new code does not reset the count
			if a := c.must(t, p.logIn()); a.Meta.Code != "RATE_LIMITED" {
				v.breach(tt.name, "after %d wrong codes a new one is mailed: %v", total, a)
			}
		}
	}
}

// linkBudget: a link is good for one caller, a guess at one is no try of it, and
// one for this is not one for that.
func linkBudget(t *testing.T) {
	t.Parallel()
	s := start(t, lockableOpen())
	s.faulty = true // as above
	v, c := judge(t), s.client()
	for _, page := range []string{unlockPage, resetPage, disownPage} {
		p, _ := c.join(t)
		token := s.linkTo(t, p, page)
		use := func(token string) request {
			body := fields{"token": token}
			if page == resetPage {
				body["password"] = newPerson().Password
			}
			return post(page, body)
		}
		eachOf(64, make([]struct{}, 200), counted(func(i int) { // the right ticket, a wrong secret
			at := 46 + i%40
			guess := token[:at] + map[bool]string{true: "A", false: "B"}[token[at] != 'A'] + token[at+1:]
			if a := c.must(t, use(guess)); a.Meta.Code != "INVALID_OR_EXPIRED_TOKEN" {
				v.breach(page+", guessed", "%v", a)
			}
		}))
		for _, elsewhere := range []string{unlockPage, resetPage, disownPage} {
			if elsewhere == page {
				continue
			}
			body := fields{"token": token}
			if elsewhere == resetPage {
				body["password"] = newPerson().Password
			}
			if a := c.must(t, post(elsewhere, body)); a.status < 400 {
				v.breach(page+", used at "+elsewhere, "%v", a)
			}
		}
		var winners atomic.Int64
		eachOf(200, make([]struct{}, 200), counted(func(int) {
			if c.must(t, use(token)).status == http.StatusOK {
				winners.Add(1)
			}
		}))
		if n := winners.Load(); n != 1 {
			v.breach(page+", 200 at once", "%d have used it, want one", n)
		}
	}
}

// linkTo has a link to a page mailed to somebody who is logged in.
func (s *server) linkTo(t *testing.T, p person, page string) string {
	t.Helper()
	switch page {
	case unlockPage:
		return s.lockOut(t, p)
	case resetPage:
		s.client().want(t, "RESET_SENT_IF_KNOWN", forgot(p))
	}
	return s.linkToken(t, p.Email, page, 1)
}

// A named person has a username and a phone number, too.
type named struct {
	person
	id, handle, phone string
	strangers         string // device token of another account
}

func (c *client) named(t *testing.T) named {
	t.Helper()
	n := people.Add(1)
	p := named{person: newPerson(), handle: fmt.Sprintf("handle-%d", n), phone: fmt.Sprintf("+8210%07d", n)}
	made := c.want(t, "USER_CREATED", post("/auth/sign-up", fields{
		"name": p.Name, "email": p.Email, "password": p.Password, "username": p.handle, "mobile": p.phone,
	})).grant()
	p.id = made.ID
	stranger := newPerson()
	p.strangers = c.want(t, "USER_CREATED", stranger.signUp()).grant().DeviceToken
	return p
}

// counted gives each of the variants of each its number.
func counted(try func(i int)) func(struct{}) {
	var next atomic.Int64
	return func(struct{}) { try(int(next.Add(1)) - 1) }
}

// otherCode is a code that is not the right one.
func otherCode(right string, i int) string {
	n, err := strconv.Atoi(right)
	if err != nil {
		return "x"
	}
	return fmt.Sprintf("%06d", (n+1+i)%1_000_000)
}

// number reads a count.
func (s *server) number(t *testing.T, query string) int {
	t.Helper()
	n, err := strconv.Atoi(s.one(t, query))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
