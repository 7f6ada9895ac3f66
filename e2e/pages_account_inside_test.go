package e2e

import (
	"strings"
	"testing"
)

// enter signs somebody up at a server that asks for no code, on its page.
func (p *reader) enter(t *testing.T, who person) {
	t.Helper()
	p.visit(t, "/auth/account/sign-up")
	p.fill(t, "name", who.Name, "email", who.Email, "password", who.Password)
	p.press(t, "Make an account")
	p.shows(t, "Devices", "This device")
}

// quiet fails the test if the browser had anything to complain about. That an
// answer was an error is no complaint where the test wants it to be one.
func (p *reader) quiet(t *testing.T) {
	t.Helper()
	for _, trouble := range p.trouble(t, p.base) {
		expected := strings.Contains(trouble, "Failed to load resource: the server responded with a status of 4") ||
			strings.Contains(trouble, `"level":"info","text":"Clear-Site-Data header`)
		if !expected {
			t.Error(trouble)
		}
	}
}

// TestPagesInside changes what belongs to an account.
func TestPagesInside(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := start(t, "dev", quick().with(env{"RATE_LIMITS": "off", "LOGIN_OTP": "off"}))
	t.Run("profile", func(t *testing.T) { profilePage(t, b, s) })
	t.Run("password", func(t *testing.T) { passwordPage(t, b, s) })
	t.Run("memberships", func(t *testing.T) { membershipsPage(t, b, s) })
}

func profilePage(t *testing.T, b *browser, s *server) {
	other := newPerson()
	s.client().want(t, "USER_CREATED", "POST", "/auth/sign-up", dict{"name": other.Name, "email": other.Email, "password": other.Password, "username": "taken.name"})
	p, who := b.read(t, s, "/auth/account/login"), newPerson()
	p.enter(t, who)
	p.press(t, "Profile")
	p.shows(t, who.Email, "Member since", "Last login")
	p.look(t, "profile")

	p.fill(t, "username", "taken.name")
	p.press(t, "Save")
	p.shows(t, "There is an account with that already.", "is taken already")
	p.fill(t, "username", "!", "mobile", "12")
	p.press(t, "Save")
	p.shows(t, "Look at what is marked.", "2 to 64 letters", "6 to 15 digits")
	p.look(t, "profile-errors")

	p.fill(t, "name", "Ada", "username", "ada."+who.Email[:strings.Index(who.Email, "@")], "mobile", "+82 10 1234 5678")
	p.press(t, "Save")
	p.shows(t, "Your profile is saved.", "Ada")
	p.fill(t, "mobile", "")
	p.press(t, "Save")
	p.shows(t, "Your profile is saved.")
	var mobile string
	p.run(t, `document.querySelector("[name=mobile]").value`, &mobile)
	if mobile != "" {
		t.Errorf("the mobile number is still %q", mobile)
	}
	p.visit(t, "/auth/account/profile?lang=ko")
	p.shows(t, "프로필", "가입일")
	p.look(t, "profile-ko")
	p.quiet(t)
}

func passwordPage(t *testing.T, b *browser, s *server) {
	p, who := b.read(t, s, "/auth/account/login"), newPerson()
	p.enter(t, who)
	other := b.read(t, s, "/auth/account/login")
	other.fill(t, "who", who.Email, "password", who.Password)
	other.press(t, "Log in")
	other.shows(t, "Devices")

	p.visit(t, "/auth/account/password")
	p.shows(t, "logs out all other devices")
	p.look(t, "password")
	for _, tt := range []struct{ current, fresh, says string }{
		{who.Password, "short", "at least 8 characters"},
		{who.Password, "password1", "among the first that are guessed"},
		{who.Password, who.Password, "is the one you have"},
		{"not-" + who.Password, "another-" + who.Password, "That is not your current password."},
	} {
		p.fill(t, "current-password", tt.current, "new-password", tt.fresh)
		p.press(t, "Change the password")
		p.shows(t, tt.says)
	}
	p.look(t, "password-wrong")
	secret("another-" + who.Password)
	p.fill(t, "current-password", who.Password, "new-password", "another-"+who.Password)
	p.press(t, "Change the password")
	p.shows(t, "Your password is changed. All other devices are logged out.")
	other.shows(t, "You were logged out on this device.")
	p.quiet(t)
	other.quiet(t)
}

func membershipsPage(t *testing.T, b *browser, s *server) {
	c, ops := s.client(), s.operator(t)
	c.want(t, "TENANT_CREATED", "POST", "/tenants", dict{
		"name": "acme", "displayName": "Acme Ltd", "policy": dict{"otp": "off"}, "brand": dict{"color": "#aa3300"},
	}, ops("")...)
	c.want(t, "TENANT_CREATED", "POST", "/tenants", dict{"name": "strict", "displayName": "Strict", "policy": dict{"otp": "email"}}, ops("")...)
	who := newPerson()
	invitations := 0
	invited := func(tenant string, more dict) {
		t.Helper()
		invitations++
		c.want(t, "INVITATION_SENT", "POST", "/invitations", dict{"email": who.Email}, ops(tenant)...)
		more["token"] = s.devToken(t, who.Email, "/auth/invitation", invitations)
		c.want(t, "INVITATION_ACCEPTED", "POST", "/auth/invitation", more)
	}
	invited("default", dict{"name": who.Name, "password": who.Password})
	p := b.read(t, s, "/auth/account/login?to=/auth/account/memberships")
	p.fill(t, "who", who.Email, "password", who.Password)
	p.press(t, "Log in")
	p.shows(t, "Memberships", "You are here")
	p.look(t, "memberships-one")
	invited("acme", dict{})
	invited("strict", dict{})
	p.visit(t, "/auth/account/memberships")
	p.shows(t, "Acme Ltd", "Strict", "You are here", "Main")
	p.look(t, "memberships")

	seat := func(tenant, action string) string {
		return `form[action$="` + action + `"]:has([value="` + tenant + `"])`
	}
	p.leaving(t, func() { p.clickIn(t, seat("strict", "switch"), "Switch") })
	p.shows(t, "asks for a code at every login")
	p.leaving(t, func() { p.clickIn(t, seat("acme", "main"), "Make main") })
	p.shows(t, "That is your main tenant now.")
	p.leaving(t, func() { p.clickIn(t, seat("acme", "switch"), "Switch") })
	p.shows(t, "You are in the other tenant now.")
	p.look(t, "memberships-switched")
	p.leaving(t, func() { p.clickIn(t, seat("strict", "leave"), "Leave") })
	p.shows(t, "You have left the tenant.")
	p.click(t, "Leave")
	p.look(t, "memberships-ask")
	p.leaving(t, func() { p.clickIn(t, seat("acme", "leave"), "Leave") })
	p.shows(t, "Log in", "You have left the tenant.")
	p.quiet(t)
}

// devToken waits until somebody has been mailed so many links to an address, and
// returns what the newest carries.
func (s *server) devToken(t *testing.T, to, path string, links int) (token string) {
	t.Helper()
	within(t, patience, "a link to "+path+" is mailed", func() bool {
		found := 0
		for _, l := range s.mailbox(t) { // newest first
			if l.To != to || !strings.Contains(l.Link, path) {
				continue
			}
			if found++; found == 1 {
				_, token, _ = strings.Cut(l.Link, "token=")
			}
		}
		return found == links
	})
	return token
}
