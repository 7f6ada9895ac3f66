package attacks

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestA08Enumeration: what is answered, and how long it takes, does not tell
// which accounts there are, nor what became of them.
func TestA08Enumeration(t *testing.T) {
	t.Parallel()
	t.Run("bytes", enumerateByBytes)
	t.Run("time", enumerateByTime)
}

// subjects are the accounts to be told apart.
type subjects struct {
	unknown, known, unverified, locked, disabled, deleted person
	handle, phone                                         string // other names of the known one
}

// meet makes one account of each kind.
func (s *server) meet(t *testing.T, c *client) subjects {
	t.Helper()
	var w subjects
	for _, p := range []*person{&w.known, &w.unverified, &w.locked, &w.disabled, &w.deleted} {
		*p = newPerson()
		n := people.Add(1)
		w.handle, w.phone = fmt.Sprintf("handle-%d", n), fmt.Sprintf("+8210%07d", n)
		c.want(t, "USER_CREATED", post("/auth/sign-up", fields{
			"name": p.Name, "email": p.Email, "password": p.Password, "username": w.handle, "mobile": w.phone,
		}))
		if p == &w.known {
			defer func(handle, phone string) { w.handle, w.phone = handle, phone }(w.handle, w.phone)
		}
	}
	w.unknown = newPerson()
	for _, p := range []person{w.known, w.locked} { // the unverified one never answered a challenge
		id := c.want(t, "OTP_SENT", p.logIn()).grant().LoginID
		c.want(t, "LOGIN_SUCCESS", verify(id, s.code(t, p.Email)))
	}
	s.lockQuietly(t, w.locked)
	s.setStatus(t, w.disabled, "disabled")
	s.exec(t, "DELETE FROM users WHERE email = ?", w.deleted.Email)
	return w
}

// enumerateByBytes: to who does not know the password, every account is one
// that is not there.
func enumerateByBytes(t *testing.T) {
	t.Parallel()
	s := start(t, lockable().with(env{"SIGN_UP_TAKEN": "hide"}))
	v, c := judge(t), s.client()
	w := s.meet(t, c)
	s.addTenant(t, "elsewhere")
	all := []struct {
		kind string
		p    person
	}{
		{"unknown", w.unknown}, {"known", w.known}, {"unverified", w.unverified},
		{"locked", w.locked}, {"disabled", w.disabled}, {"deleted", w.deleted},
	}
	routes := []struct {
		name string
		ask  func(p person) request
	}{
		{"login by e-mail", func(p person) request { return wrong(p.Email) }},
		{"login by e-mail in other letters", func(p person) request { return wrong(strings.ToUpper(p.Email)) }},
		{"login in another tenant", func(p person) request { return wrong(p.Email, "X-Tenant-Id", "elsewhere") }},
		{"login with the right password in another tenant", func(p person) request { return p.logIn("X-Tenant-Id", "elsewhere") }},
		{"password/forgot", forgot},
		{"password/forgot in another tenant", func(p person) request {
			return post("/auth/password/forgot", fields{"email": p.Email}, "X-Tenant-Id", "elsewhere")
		}},
		{"unlock/request", func(p person) request { return post("/auth/unlock/request", fields{"email": p.Email}) }},
		{"sign-up", person.signUp}, // last: it makes those that are not there
	}
	for _, r := range routes {
		want := shape(c.must(t, r.ask(w.unknown)), w.unknown)
		for _, x := range all[1:] {
			if got := shape(c.must(t, r.ask(x.p)), x.p); got != want {
				v.breach(r.name+", "+x.kind, "it differs from unknown:\n%s\nwant\n%s", got, want)
			}
		}
	}
	otherNames(t, v, c, w)
	challenges(t, v, s, c)
}

// otherNames: usernames and phone numbers are as silent as addresses.
func otherNames(t *testing.T, v *verdict, c *client, w subjects) {
	want := shape(c.must(t, wrong("nobody@example.com")), person{})
	for kind, name := range map[string]string{
		"username, unknown": "nobody-here", "username, known": w.handle, "mobile, unknown": "+821099999999", "mobile, known": w.phone,
		"no name at all": "…", "a name like SQL": "' or 1=1 --", "an address with a name": "Ann <" + w.known.Email + ">", "a dot more": w.known.Email + ".",
	} {
		if got := shape(c.must(t, wrong(name)), person{}); got != want {
			v.breach("login by "+kind, "it differs from an unknown address:\n%s\nwant\n%s", got, want)
		}
	}
}

// challenges: an id that is not there, one that is spent, one of a locked and
// one of a disabled account have one answer.
func challenges(t *testing.T, v *verdict, s *server, c *client) {
	begin := func(after func(p person, id string)) string {
		p := newPerson()
		c.want(t, "USER_CREATED", p.signUp())
		id := c.want(t, "OTP_SENT", p.logIn()).grant().LoginID
		after(p, id)
		return id
	}
	ids := map[string]string{
		"spent": begin(func(p person, id string) { c.want(t, "LOGIN_SUCCESS", verify(id, s.code(t, p.Email))) }),
		"out of tries": begin(func(_ person, id string) {
			for range 5 {
				c.must(t, verify(id, "000000"))
			}
		}),
		"expired":            begin(func(_ person, id string) { s.exec(t, "UPDATE tickets SET expires_at = 1 WHERE id = ?", id) }),
		"of another kind":    s.one(t, "SELECT id FROM tickets WHERE kind = 'reset' LIMIT 1"),
		"a user's":           s.one(t, "SELECT id FROM users LIMIT 1"),
		"of another tenant…": begin(func(_ person, id string) { s.exec(t, "UPDATE tickets SET tenant_id = 'x' WHERE id = ?", id) }),
	}
	const nobody = "0198c0de-0000-4000-8000-0000000000ff"
	for route, ask := range map[string]func(id string) request{
		"login/verify": func(id string) request { return verify(id, "123456") },
		"login/resend": func(id string) request { return post("/auth/login/resend", fields{"loginId": id}) },
	} {
		want := shape(c.must(t, ask(nobody)), person{})
		for kind, id := range ids {
			if got := shape(c.must(t, ask(id)), person{}); got != want {
				v.breach(route+", "+kind, "it differs from unknown:\n%s\nwant\n%s", got, want)
			}
		}
	}
	for state, change := range map[string]func(p person){
		"locked": func(p person) { s.lockQuietly(t, p) }, "disabled": func(p person) { s.setStatus(t, p, "disabled") },
	} {
		id := begin(func(p person, _ string) { change(p) })
		resend := post("/auth/login/resend", fields{"loginId": id})
		want := shape(c.must(t, post("/auth/login/resend", fields{"loginId": nobody})), person{})
		if got := shape(c.must(t, resend), person{}); got != want {
			v.breach("login/resend, "+state, "it differs from unknown:\n%s\nwant\n%s", got, want)
		}
	}
}

// varying is what differs between any two answers.
var varying = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|20\d\d-\d\d-\d\dT[0-9:.]+Z|"requestId":"[A-Za-z0-9._-]+"`)

// shape is an answer, byte for byte, but for times, ids, and what the asker
// said itself.
func shape(a reply, p person) string {
	var b strings.Builder
	fmt.Fprintln(&b, a.status)
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		if name != "Date" && name != "X-Request-Id" && name != "Content-Length" {
			fmt.Fprintln(&b, name, a.header[name])
		}
	}
	body := varying.ReplaceAllString(string(a.body), "…")
	if p.Email != "" {
		body = strings.ReplaceAll(body, p.Email, "e-mail")
	}
	b.WriteString(body)
	return b.String()
}

// enumerateByTime measures the four routes that are asked for by name. Each has
// a server of its own. Accounts are tried too seldom to be locked.
func enumerateByTime(t *testing.T) {
	t.Parallel()
	const accounts = 200 // of four tries each, in two rounds
	for _, tt := range []struct {
		name   string
		state  func(s *server, known []person)
		ask    func(p person) request
		signUp bool
	}{
		{"login, wrong password", nil, func(p person) request { return wrong(p.Email) }, false},
		{"login, disabled", func(s *server, _ []person) { s.exec(t, "UPDATE users SET status = 'disabled'") },
			func(p person) request { return wrong(p.Email) }, false},
		{"login, locked", func(s *server, _ []person) {
			s.exec(t, "UPDATE users SET status = 'locked', locked_until = 4102444800000")
		}, func(p person) request { return wrong(p.Email) }, false},
		{"login in another tenant", func(s *server, _ []person) { s.addTenant(t, "elsewhere") },
			func(p person) request { return wrong(p.Email, "X-Tenant-Id", "elsewhere") }, false},
		{"password/forgot", nil, forgot, false},
		{"unlock/request, locked", func(s *server, _ []person) {
			s.exec(t, "UPDATE users SET status = 'locked', locked_until = 4102444800000")
		}, func(p person) request { return post("/auth/unlock/request", fields{"email": p.Email}) }, false},
		{"sign-up", nil, person.signUp, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, lockableOpen().with(env{"SIGN_UP_TAKEN": "hide", "LOG_LEVEL": "error"}))
			v, c := judge(t), s.client()
			known := make([]person, accounts)
			for i := range known {
				known[i] = newPerson()
			}
			eachOf(8, known, func(p person) {
				if a := c.must(t, p.signUp()); a.status != http.StatusCreated {
					t.Errorf("sign-up: %v", a)
				}
			})
			if tt.state != nil {
				tt.state(s, known)
			}
			stranger := func(i int) person {
				p := known[0]
				if !tt.signUp {
					i %= accounts
				}
				p.Email = fmt.Sprintf("nobody%d@example.com", i) // as long, as often
				return p
			}
			contrasted(t, v, c, tt.name,
				func(i int) request { return tt.ask(stranger(i)) },
				func(i int) request { return tt.ask(known[i%accounts]) })
		})
	}
}
