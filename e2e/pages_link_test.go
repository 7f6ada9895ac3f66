package e2e

import "testing"

// linked is a tenant with a look of its own, whose people get mails with links.
type linked struct {
	*server
	b      *browser
	client *client
	as     []string // an operator in that tenant
}

// newPersonIn signs somebody up in the tenant.
func (l linked) newPersonIn(t *testing.T) person {
	t.Helper()
	who := newPerson()
	l.client.want(t, "USER_CREATED", "POST", "/auth/sign-up", who.signUp(), "x-tenant-id", "acme")
	return who
}

// opens is somebody's browser at the newest of so many links to a page.
func (l linked) opens(t *testing.T, who person, path string, links int) (p *reader, address string) {
	t.Helper()
	address = path + "?token=" + l.devToken(t, who.Email, path, links)
	return l.b.read(t, l.server, address), address
}

// TestPagesLink follows every link that is mailed, in both languages, does what
// its page is for, and follows it once more.
func TestPagesLink(t *testing.T) {
	t.Parallel()
	l := linked{server: start(t, "dev", quick().with(env{"RATE_LIMITS": "off", "LOGIN_OTP": "off"})), b: browse(t)}
	l.client = l.server.client()
	as := l.operator(t)
	l.as = as("acme")
	l.client.want(t, "TENANT_CREATED", "POST", "/tenants", dict{"name": "acme", "displayName": "Acme Ltd", "brand": dict{"color": "#0b5fff"}}, as("default")...)
	t.Run("unlock", func(t *testing.T) { unlockLink(t, l) })
	t.Run("reset", func(t *testing.T) { resetLink(t, l) })
	t.Run("invitation", func(t *testing.T) { invitationLink(t, l) })
	t.Run("invitation of a member", func(t *testing.T) { memberLink(t, l) })
	t.Run("this was not me", func(t *testing.T) { disownLink(t, l) })
}

func unlockLink(t *testing.T, l linked) {
	who := l.newPersonIn(t)
	guess := who
	guess.Password = "not-" + who.Password
	locked := func() {
		for range 7 {
			l.client.want(t, "INVALID_CREDENTIALS", "POST", "/auth/login", guess.logIn(), "x-tenant-id", "acme")
		}
		l.client.want(t, "ACCOUNT_LOCKED", "POST", "/auth/login", who.logIn(), "x-tenant-id", "acme")
	}
	locked()
	p, address := l.opens(t, who, "/auth/unlock", 1)
	p.shows(t, "Acme Ltd", "Unlock your account?", "Nothing has happened yet.")
	p.look(t, "link-unlock")
	p.press(t, "한국어")
	p.shows(t, "계정 잠금을 풀까요?", "아직 아무것도 바뀌지 않았습니다.")
	p.look(t, "link-unlock-ko")
	p.press(t, "English")
	p.press(t, "Unlock my account")
	p.shows(t, "You can log in again", "Your account is unlocked.")
	p.look(t, "link-unlock-done")
	p.press(t, "Log in")
	p.at(t, "/auth/account/login?tenant=acme")
	p.visit(t, address)
	p.shows(t, "This link does not work", "This link has expired or was used.", "What you can do now")
	p.look(t, "link-unlock-used")
	p.press(t, "Unlock your account")
	p.at(t, "/auth/account/unlock")
	p.quiet(t)
}

func resetLink(t *testing.T, l linked) {
	who := l.newPersonIn(t)
	l.client.want(t, "RESET_SENT_IF_KNOWN", "POST", "/auth/password/forgot", dict{"email": who.Email}, "x-tenant-id", "acme")
	p, address := l.opens(t, who, "/auth/password/reset", 1)
	p.shows(t, "Set a new password", "Nothing has happened yet.")
	p.look(t, "link-reset")
	p.fill(t, "password", "password1")
	p.press(t, "Set the new password")
	p.shows(t, "Look at what is marked.")
	p.marked(t, "password", "is among the first that are guessed: choose another, such as four random words")
	p.look(t, "link-reset-wrong")
	p.press(t, "한국어") // what was wrong is forgotten, the link is not
	p.fill(t, "password", "짧음")
	p.press(t, "새 비밀번호로 설정")
	p.shows(t, "표시된 곳을 확인해 주세요.", "8자 이상이어야 합니다")
	p.look(t, "link-reset-wrong-ko")
	who.Password = "another-" + who.Password
	secret(who.Password)
	p.fill(t, "password", who.Password)
	p.press(t, "새 비밀번호로 설정")
	p.shows(t, "새 비밀번호를 설정했습니다", "Acme Ltd")
	p.look(t, "link-reset-done-ko")
	p.press(t, "로그인")
	p.fill(t, "who", who.Email, "password", who.Password)
	p.press(t, "로그인")
	p.shows(t, "현재 기기")
	p.visit(t, address)
	p.shows(t, "이 링크는 쓸 수 없습니다", "링크가 만료되었거나 이미 사용되었습니다.")
	p.press(t, "비밀번호 찾기")
	p.at(t, "/auth/account/forgot")
	p.quiet(t)
}

func invitationLink(t *testing.T, l linked) {
	who := newPerson()
	l.client.want(t, "INVITATION_SENT", "POST", "/invitations", dict{"email": who.Email, "role": "manager"}, l.as...)
	p, address := l.opens(t, who, "/auth/invitation", 1)
	p.shows(t, "You are invited", "This is an invitation to Acme Ltd for "+who.Email, "It gives the role Manager.", "Choose a password")
	p.look(t, "link-invitation")
	p.fill(t, "name", who.Name, "password", "short")
	p.press(t, "Accept the invitation")
	p.shows(t, "Look at what is marked.")
	p.marked(t, "password", "must have at least 8 characters")
	p.holds(t, "name", who.Name)
	p.look(t, "link-invitation-wrong")
	p.fill(t, "password", who.Password)
	p.press(t, "Accept the invitation")
	p.shows(t, "You are a member", "Acme Ltd")
	p.look(t, "link-invitation-done")
	p.press(t, "Log in")
	p.fill(t, "who", who.Email, "password", who.Password)
	p.press(t, "Log in")
	p.shows(t, "This device")
	p.visit(t, address)
	p.shows(t, "This link does not work", "If you have accepted this invitation already")
	p.visit(t, address+"&lang=ko")
	p.shows(t, "이미 이 초대를 수락했다면 로그인하세요")
	p.look(t, "link-invitation-used-ko")

	late := newPerson()
	l.client.want(t, "INVITATION_SENT", "POST", "/invitations", dict{"email": late.Email}, l.as...)
	p, address = l.opens(t, late, "/auth/invitation", 1)
	l.client.want(t, "TENANT_UPDATED", "PATCH", "/tenants/acme", dict{"policy": dict{"signUp": "closed"}}, l.as...)
	p.visit(t, address)
	p.shows(t, "This link does not work", "Accounts are made by invitation here.")
	l.client.want(t, "TENANT_UPDATED", "PATCH", "/tenants/acme", dict{"policy": dict{"signUp": "open"}}, l.as...)
	p.quiet(t)
}

// memberLink invites somebody who has an account elsewhere, and has shown by a
// new password that the address is theirs.
func memberLink(t *testing.T, l linked) {
	who := newPerson()
	l.client.want(t, "USER_CREATED", "POST", "/auth/sign-up", who.signUp())
	l.client.want(t, "RESET_SENT_IF_KNOWN", "POST", "/auth/password/forgot", dict{"email": who.Email})
	l.client.want(t, "PASSWORD_CHANGED", "POST", "/auth/password/reset", dict{"token": l.devToken(t, who.Email, "/auth/password/reset", 1), "password": "proven-" + who.Password})
	l.client.want(t, "INVITATION_SENT", "POST", "/invitations", dict{"email": who.Email}, l.as...)
	p, address := l.opens(t, who, "/auth/invitation", 1)
	p.shows(t, "The button makes your account a member.")
	p.lacks(t, "Choose a password")
	p.visit(t, address+"&lang=ko")
	p.shows(t, "초대를 받았습니다", "버튼을 누르면 내 계정이 구성원이 됩니다.")
	p.look(t, "link-invitation-member-ko")
	p.press(t, "초대 수락")
	p.shows(t, "구성원이 되었습니다")
	p.quiet(t)
}

func disownLink(t *testing.T, l linked) {
	who := l.newPersonIn(t)
	l.client.want(t, "LOGIN_SUCCESS", "POST", "/auth/login", who.logIn(), "x-tenant-id", "acme", "User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	p, address := l.opens(t, who, "/auth/disown", 1)
	p.shows(t, "Was this not you?", "forgets every device, those of your own too")
	p.look(t, "link-disown")
	p.visit(t, address+"&lang=ko")
	p.shows(t, "본인이 아니었나요?", "내 기기를 포함해")
	p.look(t, "link-disown-ko")
	p.press(t, "본인이 아닙니다")
	p.shows(t, "그 기기를 로그아웃했습니다", "지금 메일을 확인해")
	p.look(t, "link-disown-done-ko")
	p.visit(t, address+"&lang=en")
	p.shows(t, "This link does not work", "Look through the devices that are logged in")
	p.look(t, "link-disown-used")
	p.quiet(t)
}

// TestPagesLinkLater: nothing is wrong with a link that comes at a bad moment.
func TestPagesLinkLater(t *testing.T) {
	t.Parallel()
	b, s := browse(t), start(t, "dev", quick())
	c, who := s.client(), newPerson()
	c.want(t, "USER_CREATED", "POST", "/auth/sign-up", who.signUp())
	c.want(t, "RESET_SENT_IF_KNOWN", "POST", "/auth/password/forgot", dict{"email": who.Email})
	p := b.read(t, s, "/auth/password/reset?token="+s.devToken(t, who.Email, "/auth/password/reset", 1))
	spent(t, c, "GET", "/auth/password/reset?token=nothing", nil)
	p.fill(t, "password", "another-"+who.Password)
	p.press(t, "Set the new password")
	p.shows(t, "Please try again", "That was too often. Try again in", "Your link is not the reason.")
	p.look(t, "link-reset-again")
	p.quiet(t)
}
