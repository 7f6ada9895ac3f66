package attacks

import (
	"net/http"
	"testing"
)

// TestA35PreHijack: somebody signs up with another person's address and makes
// himself at home. When the owner of the address takes the account over, with a
// link that only the owner's mailbox has, nothing of the attacker's is left.
func TestA35PreHijack(t *testing.T) {
	t.Parallel()
	t.Run("an invitation", func(t *testing.T) {
		t.Parallel()
		byInvitation(t)
	})
	for _, tt := range []struct {
		name string
		env  env
		lock bool // the attacker's failures lock it, too
	}{
		{"login by password", lockableOpen(), false},
		{"login by password, locked", lockableOpen(), true},
		{"code on new devices", lockable().with(env{"LOGIN_OTP": "new-device"}), false},
		{"code always", lockable(), false},
		{"taken addresses are hidden", lockable().with(env{"SIGN_UP_TAKEN": "hide"}), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, tt.env)
			hijack(t, s, tt.lock)
		})
	}
}

// loot is what the attacker holds when the owner comes.
type loot struct {
	grants     []grant
	challenges []string
	code       string // of the last: say the owner was talked into telling it
	links      map[string][]string
}

func hijack(t *testing.T, s *server, lock bool) {
	v, c := judge(t), s.client()
	p := c.named(t) // by the attacker, with a name and a number of his own
	l := s.settle(t, c, p)
	if lock {
		l.links[unlockPage] = append(l.links[unlockPage], s.lockOut(t, p.person))
	}
	c.want(t, "RESET_SENT_IF_KNOWN", forgot(p.person)) // asked for by the attacker, twice: he cannot read them
	c.want(t, "RESET_SENT_IF_KNOWN", forgot(p.person))
	first := s.linkToken(t, p.Email, resetPage, 2)
	// Links that disown a login outlive a new password on purpose: they are for
	// the owner, and only in the owner's mailbox.
	l.links[resetPage] = s.linkTokens(t, p.Email, resetPage)

	owner := person{Email: p.Email, Password: newPerson().Password}
	c.want(t, "PASSWORD_CHANGED", reset(first, owner.Password))

	if n := s.number(t, "SELECT count(*) FROM sessions WHERE ended_at = 0 AND user_id = '"+p.id+"'"); n != 0 {
		v.breach("sessions", "%d live on", n)
	}
	if n := s.number(t, "SELECT count(*) FROM devices WHERE user_id = '"+p.id+"'"); n != 0 {
		v.breach("devices", "%d are still known", n)
	}
	// The attacker's device is one of a stranger, even to the right password. First:
	// what follows locks strangers out.
	for _, g := range l.grants {
		a := c.must(t, owner.logIn("X-Device-Token", g.DeviceToken))
		if a.Meta.Code == "LOGIN_SUCCESS" && s.env["LOGIN_OTP"] == "new-device" {
			v.breach("device token", "it saves the code: %v", a)
		}
		if a.status != http.StatusOK {
			t.Errorf("the owner's new password: %v", a)
		}
	}
	for what, q := range l.everything(p) {
		if a := c.must(t, q); a.status < 400 || a.status >= 500 {
			v.breach(what, "it works after the owner took over: %v", a)
		}
	}
}

// settle signs the attacker up and gathers what can be had.
func (s *server) settle(t *testing.T, c *client, p named) loot {
	t.Helper()
	l := loot{links: map[string][]string{}}
	for range 3 {
		a := c.must(t, p.logIn())
		g := a.grant()
		switch a.Meta.Code {
		case "OTP_SENT":
			l.challenges = append(l.challenges, g.LoginID)
		case "LOGIN_SUCCESS":
			l.grants = append(l.grants, g, c.want(t, "TOKENS_REFRESHED", g.refresh()).grant())
		default:
			t.Fatalf("the attacker's login: %v", a)
		}
	}
	if len(l.challenges) > 1 { // one of them answered: a session from a device that is known from then on
		last := l.challenges[len(l.challenges)-1]
		l.grants = append(l.grants, c.want(t, "LOGIN_SUCCESS", verify(last, s.code(t, p.Email))).grant())
		l.challenges[len(l.challenges)-1] = c.want(t, "OTP_SENT", p.logIn()).grant().LoginID
		l.code = s.code(t, p.Email)
	}
	return l
}

// everything is what the attacker tries afterwards.
func (l loot) everything(p named) map[string]request {
	all := map[string]request{
		"old password":             p.logIn(),
		"old password by username": post("/auth/login", fields{"usernameOrEmailOrMobile": p.handle, "password": p.Password}),
		"old password by mobile":   post("/auth/login", fields{"usernameOrEmailOrMobile": p.phone, "password": p.Password}),
	}
	for i, g := range l.grants {
		n := string(rune('1' + i))
		all["access token "+n], all["refresh token "+n], all["cookies "+n] = g.me(), g.refresh(), get("/auth/new-token", g.jar()...)
		all["old password from device "+n] = p.logIn("X-Device-Token", g.DeviceToken)
		all["password/change "+n] = post("/auth/password/change",
			fields{"currentPassword": p.Password, "newPassword": "another-lantern-77"}, g.bearer()...)
	}
	for i, id := range l.challenges {
		n := string(rune('1' + i))
		all["challenge "+n], all["resend "+n] = verify(id, l.code), post("/auth/login/resend", fields{"loginId": id})
	}
	for page, tokens := range l.links {
		for i, token := range tokens {
			body := fields{"token": token}
			if page == resetPage {
				body["password"] = "another-lantern-78"
			}
			if page != unlockPage { // of an account that is not locked, any unlock link tells just that
				all["link to "+page+" "+string(rune('1'+i))] = post(page, body)
			}
		}
	}
	return all
}
