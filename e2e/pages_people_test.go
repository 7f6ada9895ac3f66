package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// TestPagesPeople walks through what those who run a tenant do with its people.
func TestPagesPeople(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := start(t, "dev", quick().with(env{"RATE_LIMITS": "off", "LOGIN_OTP": "off"}))
	key := s.operatorKey(t)
	for _, tenant := range []string{"acme", "globex"} {
		s.client().want(t, "TENANT_CREATED", "POST", "/tenants", dict{"name": tenant, "displayName": tenant}, "Authorization", "Bearer "+key)
	}
	c := crowd{s, b, key}
	p := b.read(t, s, "/admin")
	p.fill(t, "key", key)
	p.press(t, "Open the console")
	t.Run("users", func(t *testing.T) { userPages(t, p, c) })
	t.Run("a user", func(t *testing.T) { onePage(t, p, c) })
	t.Run("an account of two tenants", func(t *testing.T) { sharedPage(t, p, c) })
	t.Run("invitations", func(t *testing.T) { invitationPages(t, p, c) })
	t.Run("roles", func(t *testing.T) { rolePages(t, p, c) })
	t.Run("API keys", func(t *testing.T) { keyPages(t, p) })
	t.Run("the record", func(t *testing.T) { auditPages(t, p, c) })
	t.Run("who may not", func(t *testing.T) { refusedPages(t, c) })
	t.Run("Korean", func(t *testing.T) { koreanPages(t, p, c) })
	calm(t, s, p)
}

// crowd makes people in tenants.
type crowd struct {
	s   *server
	b   *browser
	key string
}

// api asks as an operator.
func (c crowd) api(t *testing.T, code, method, path string, in any, tenant string) answer {
	t.Helper()
	return c.s.client().want(t, code, method, path, in, "Authorization", "Bearer "+c.key, "x-tenant-id", tenant)
}

// makes makes a user and returns the id.
func (c crowd) makes(t *testing.T, tenant, name, role string) (person, string) {
	t.Helper()
	who := newPerson()
	who.Name = name
	a := c.api(t, "USER_CREATED", "POST", "/users", dict{"name": name, "email": who.Email, "password": who.Password, "role": role}, tenant)
	var made struct{ ID string }
	if err := json.Unmarshal(a.Data, &made); err != nil {
		t.Fatal(err)
	}
	return who, made.ID
}

// comesIn is a browser in which somebody of a tenant has logged in.
func (c crowd) comesIn(t *testing.T, tenant string, who person) *reader {
	t.Helper()
	p := c.b.read(t, c.s, "/auth/account/login?tenant="+tenant)
	p.fill(t, "who", who.Email, "password", who.Password)
	p.press(t, "Log in")
	p.shows(t, "This device")
	return p
}

// sharedPage: of an account in two tenants an admin of one decides about its
// seat there only; nobody locks themselves.
func sharedPage(t *testing.T, p *reader, c crowd) {
	boss, own := c.makes(t, "acme", "Cho Admin", "admin")
	both, id := c.makes(t, "acme", "Dana Both", "user")
	// The address is proved, as an invitation to another tenant wants it.
	c.s.client().want(t, "LOGIN_SUCCESS", "POST", "/auth/login", both.logIn(), "x-tenant-id", "acme")
	c.api(t, "INVITATION_SENT", "POST", "/invitations", dict{"email": both.Email}, "globex")
	c.accepts(t, both)
	admin := c.comesIn(t, "acme", boss)
	admin.visit(t, "/admin/t/acme/users/"+id)
	admin.shows(t, "This account belongs to other tenants too", "Remove from the tenant")
	admin.lacks(t, "Disable", "Profile")
	admin.look(t, "user-shared")
	for _, deed := range []string{"", "/lock", "/unlock", "/disable"} {
		if got := admin.posts(t, "/admin/t/acme/users/"+id+deed, "name=Other&email="+both.Email); got != 403 {
			t.Errorf("%s of a shared account: %d", deed, got)
		}
	}
	admin.visit(t, "/admin/t/acme/users/"+own)
	admin.lacks(t, "Lock\n")
	if got := admin.posts(t, "/admin/t/acme/users/"+own+"/lock", ""); got != 403 {
		t.Errorf("locking oneself: %d", got)
	}
	p.visit(t, "/admin/t/acme/users/"+id)
	p.shows(t, "What you change of it holds there as well.", "Disable")
	calm(t, c.s, admin)
}

// accepts follows the newest invitation of somebody.
func (c crowd) accepts(t *testing.T, who person) {
	t.Helper()
	var token string
	eventually(t, "an invitation is mailed to "+who.Email, func() bool {
		for _, l := range c.s.mailbox(t) {
			if _, after, found := strings.Cut(l.Link, "invitation?token="); found && l.To == who.Email {
				token = after
				return true
			}
		}
		return false
	})
	c.s.client().want(t, "INVITATION_ACCEPTED", "POST", "/auth/invitation", dict{"token": token, "name": who.Name, "password": who.Password})
}

func invitationPages(t *testing.T, p *reader, c crowd) {
	p.visit(t, "/admin/t/globex/invitations")
	p.look(t, "invitations")
	p.fill(t, "email", "eve@globex")
	p.press(t, "Send the invitation")
	p.marked(t, "email", wantsMail)
	p.look(t, "invitations-wrong")
	eve := newPerson()
	p.fill(t, "email", eve.Email)
	p.choose(t, "role", "manager")
	p.press(t, "Send the invitation")
	p.shows(t, "The invitation is on its way.", "Invitation sent", "An operator")
	wrong := newPerson()
	p.fill(t, "email", wrong.Email)
	p.press(t, "Send the invitation")
	p.shows(t, wrong.Email, eve.Email, "Good until")
	p.look(t, "invitations-open")
	p.click(t, "Take back")
	p.shows(t, "Take back the invitation of "+wrong.Email+"?") // the newest is the first
	p.look(t, "invitations-sure")
	p.leaving(t, func() { p.clickIn(t, "#revoke-0", "Take back") })
	p.shows(t, "The invitation no longer works.", "Invitation taken back")
	if got := p.posts(t, "/admin/t/globex/invitations/revoke", "invited="+wrong.Email); got != 404 {
		t.Errorf("an invitation that is open no longer: %d", got)
	}
	if got := p.posts(t, "/admin/t/globex/invitations/revoke", "invited=wrong"); got != 400 {
		t.Errorf("an invitation of no address: %d", got)
	}
	p.lacks(t, wrong.Email)
	c.accepts(t, eve)
	p.fill(t, "email", eve.Email)
	p.choose(t, "role", "manager")
	p.press(t, "Send the invitation")
	p.shows(t, "This person is a member already.", "Invitation accepted")
	p.holds(t, "email", eve.Email, "role", "manager")
	p.look(t, "invitations-member")
	if got := p.posts(t, "/admin/t/globex/invitations", "email=x@example.com&role=pirate"); got != 400 {
		t.Errorf("a role that there is not: %d", got)
	}
	c.api(t, "SPACE_CREATED", "POST", "/spaces", dict{"name": "seoul", "displayName": "Seoul office"}, "globex")
	p.visit(t, "/admin/t/globex/invitations")
	p.choose(t, "spaceId", "seoul")
	p.fill(t, "email", eve.Email)
	p.press(t, "Send the invitation")
	p.shows(t, "The invitation is on its way.")
	if got := p.posts(t, "/admin/t/globex/invitations", "email=x@example.com&spaceId=moon"); got != 404 {
		t.Errorf("a space that there is not: %d", got)
	}
	c.api(t, "TENANT_UPDATED", "PATCH", "/tenants/globex", dict{"policy": dict{"signUp": "closed"}}, "globex")
	p.fill(t, "email", "f@example.com")
	p.press(t, "Send the invitation")
	p.shows(t, "This tenant takes nobody new")
}

func auditPages(t *testing.T, p *reader, c crowd) {
	p.visit(t, "/admin/t/acme/audit")
	p.shows(t, "API key revoked", "Role deleted", "An operator")
	p.look(t, "audit")
	p.press(t, "Next page")
	p.press(t, "First page")
	p.choose(t, "action", "user.locked")
	p.press(t, "Find")
	p.shows(t, "Account locked", "by hand")
	if rows := p.rows(t); len(rows) != 1 || !strings.Contains(rows[0], "somebody who is gone") {
		t.Errorf("the record of locks has %q", rows)
	}
	p.fill(t, "user", "ann@acme.example")
	p.press(t, "Find")
	p.shows(t, "Nothing was found.")
	p.choose(t, "action", "")
	p.press(t, "Find")
	p.shows(t, "User made", "Ann Lee")
	p.fill(t, "user", "member")
	p.press(t, "Find")
	p.marked(t, "user", "fits several users: write the whole address")
	p.look(t, "audit-wrong")
	p.fill(t, "user", "nobody@example.com")
	p.press(t, "Find")
	p.marked(t, "user", "is nobody's here")
	today := time.Now().UTC().Format(time.DateOnly)
	p.visit(t, "/admin/t/acme/audit")
	p.day(t, "from", today)
	p.day(t, "to", today)
	p.press(t, "Find")
	p.shows(t, "What happened, newest first", "An operator")
	p.holds(t, "from", today, "to", today)
	p.press(t, "Next page")
	p.holds(t, "from", today, "to", today)
	p.look(t, "audit-days")
	p.day(t, "from", "2020-01-01")
	p.day(t, "to", "2020-12-31")
	p.press(t, "Find")
	p.shows(t, "Nothing was found.")
	p.visit(t, "/admin/t/acme/audit?from=2020-02-31&to=never")
	p.marked(t, "from", "must be a day such as 2026-01-31", "to", "must be a day such as 2026-01-31")
	p.look(t, "audit-days-wrong")
	p.visit(t, "/admin/t/acme/audit?cursor=x")
	p.shows(t, "Look at what is marked")
	p.visit(t, "/admin/t/acme/audit")
	p.press(t, "Check the record")
	p.shows(t, "The record is whole")
	p.look(t, "audit-verification")
}

// day picks a day in a field for one.
func (p *reader) day(t *testing.T, name, day string) {
	t.Helper()
	var held string
	p.run(t, `((f, day) => { f.value = day; return f.value })(document.getElementsByName(`+quoted(name)+`)[0], `+quoted(day)+`)`, &held)
	if held != day {
		t.Fatalf("%s takes no day: it holds %q", name, held)
	}
}

// rows are the lines of the table that the page shows.
func (p *reader) rows(t *testing.T) (rows []string) {
	t.Helper()
	p.run(t, `[...document.querySelectorAll("main tbody tr")].map(r => r.innerText)`, &rows)
	return rows
}

// peoplePages are those of this file.
var peoplePages = []string{"users", "users/new", "invitations", "roles", "api-keys", "audit"}

// refusedPages: an admin runs the own tenant and no other; a manager and a user
// run none.
func refusedPages(t *testing.T, c crowd) {
	boss, _ := c.makes(t, "acme", "Gil Admin", "admin")
	admin := c.comesIn(t, "acme", boss)
	for _, page := range peoplePages {
		admin.visit(t, "/admin/t/acme/"+page)
		admin.lacks(t, "This did not work")
		admin.visit(t, "/admin/t/globex/"+page)
		admin.shows(t, "You are logged in to another tenant.")
	}
	admin.visit(t, "/admin/t/acme/audit")
	admin.lacks(t, "Check the record") // it tells of all tenants that share a database
	admin.visit(t, "/admin/t/acme/audit/verification")
	admin.shows(t, "You may not do that.")
	for _, role := range []string{"manager", "user"} {
		who, id := c.makes(t, "acme", "Hana "+role, role)
		p := c.comesIn(t, "acme", who)
		for _, page := range append(peoplePages, "users/"+id, "roles/billing") {
			p.visit(t, "/admin/t/acme/"+page)
			p.shows(t, "You may not do that.")
		}
		p.look(t, "people-refused-"+role)
		for _, form := range []string{"users/new", "users/" + id, "users/" + id + "/role", "users/" + id + "/unlock", "invitations", "roles", "roles/x/delete", "api-keys", "api-keys/x/revoke"} {
			if got := p.posts(t, "/admin/t/acme/"+form, "newRole=admin&name=x&email=x@example.com&password=quiet-orbit-42-lantern"); got != 403 {
				t.Errorf("a %s sends %s: %d", role, form, got)
			}
		}
		calm(t, c.s, p)
	}
	calm(t, c.s, admin)
}

func koreanPages(t *testing.T, p *reader, c crowd) {
	p.visit(t, "/admin/t/acme/users?lang=ko")
	for page, shows := range map[string]string{
		"users": "더 있습니다", "users/new": "초대를 보내세요", "invitations": "아직 초대한 사람이 없습니다.", "roles": "기본 역할", "api-keys": "폐기됨", "audit": "운영자",
		"audit/verification": "기록이 온전합니다.", "users/" + c.id(t, "acme", "ann@acme.example"): "모든 공간에 바로 적용됩니다.",
	} {
		p.visit(t, "/admin/t/acme/"+page)
		p.shows(t, shows)
		if strings.HasPrefix(page, "users/0") {
			page = "user"
		}
		p.look(t, strings.ReplaceAll(page, "/", "-")+"-ko")
	}
	p.visit(t, "/admin/t/acme/users/new")
	p.fill(t, "name", "X", "email", "x@y", "password", "short")
	p.press(t, "사용자 추가")
	p.marked(t, "email", "ann@example.com 같은 이메일 주소여야 하고, @ 앞은 영문이어야 합니다", "password", "8자 이상이어야 합니다")
	p.visit(t, "/admin/t/acme/users?lang=en")
}
