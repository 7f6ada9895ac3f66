package e2e

import "testing"

// TestPagesWatch: what goes on in a tenant, and its mails.
func TestPagesWatch(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := start(t, "dev", quick().with(env{"RATE_LIMITS": "off", "LOGIN_OTP": "off"}))
	who := newPerson()
	s.client().want(t, "USER_CREATED", "POST", "/auth/sign-up", who.signUp())
	s.client().want(t, "INVALID_CREDENTIALS", "POST", "/auth/login", map[string]string{"email": who.Email, "password": "not-the-password-1"})

	p := b.read(t, s, "/admin")
	p.fill(t, "key", s.operatorKey(t))
	p.press(t, "Open the console")
	t.Run("overview", func(t *testing.T) {
		p.visit(t, "/admin/t/default/overview")
		p.shows(t, "Overview", "Active sessions", "Log-ins", "Failed log-ins", "Locks")
		p.look(t, "overview")
		p.press(t, "7 days")
		p.click(t, "The numbers as a table")
		p.shows(t, "The last 7 days")
		p.look(t, "overview-week")
		p.visit(t, "/admin/t/default/overview?lang=ko")
		p.look(t, "overview-ko")
		p.visit(t, "/admin/t/nobody/overview?lang=en")
		p.shows(t, "This did not work")
	})
	t.Run("mails", func(t *testing.T) {
		p.visit(t, "/admin/t/default/mails")
		p.shows(t, "Welcome", "Sent", "***@example.com")
		p.look(t, "mails")
		p.choose(t, "status", "dead")
		p.press(t, "Show")
		p.shows(t, "There is no such mail.")
		p.visit(t, "/admin/t/default/mails?status=lost")
		p.shows(t, "Look at what is marked")
		if got := p.posts(t, "/admin/t/default/mails", "mail=01890000-0000-7000-8000-000000000001"); got != 404 {
			t.Errorf("a mail that there is not: %d", got)
		}
		p.visit(t, "/admin/t/default/mails?lang=ko")
		p.shows(t, "메일")
		p.visit(t, "/admin/t/default/mails?lang=en")
	})
	t.Run("system", func(t *testing.T) { systemPage(t, p, s) })
}
