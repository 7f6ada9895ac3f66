package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPagesPeopleSearch types in the field that searches a thousand users.
func TestPagesPeopleSearch(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := start(t, "dev", quick().with(env{"RATE_LIMITS": "off"}))
	lines := []string{"name,email,role"}
	for i := range 1000 {
		lines = append(lines, fmt.Sprintf("Member %05d,member%05d@example.com,user", i, i))
	}
	lines = append(lines, "Zoë Quartz,zoe@example.com,admin")
	if err := os.WriteFile(filepath.Join(s.dir, "users.csv"), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.run(t, nil, "user", "import", "users.csv", "--tenant", "default")
	p := b.read(t, s, "/admin")
	p.fill(t, "key", s.operatorKey(t))
	p.press(t, "Open the console")
	p.visit(t, "/admin/t/default/users")
	p.shows(t, "20 users, and there are more")
	p.run(t, `(() => { window.stays = true; document.getElementById("q").focus(); return true })()`, new(any))
	for _, letter := range "member0099" {
		p.browser.want(t, p.session, "Input.insertText", map[string]string{"text": string(letter)}, nil)
	}
	p.shows(t, "10 users", "Member 00990", "Member 00999")
	p.lacks(t, "Member 00989", "Next page")
	p.at(t, "/admin/t/default/users?q=member0099")
	p.fill(t, "q", "quartz")
	p.shows(t, "One user", "Zoë Quartz", "Admin")
	p.look(t, "users-search")
	p.fill(t, "q", "nobody at all")
	p.shows(t, "Nobody was found.")
	p.fill(t, "q", "member 0")
	p.shows(t, "20 users, and there are more")
	p.run(t, `(() => { const f = document.getElementById("role"); f.value = "admin"; f.dispatchEvent(new Event("input", {bubbles: true})); return true })()`, new(any))
	p.shows(t, "Nobody was found.")
	var same bool
	if p.run(t, `window.stays === true && document.activeElement.id === "q"`, &same); !same {
		t.Error("the page was left, or the field lost the focus")
	}

	// Without script the button does it.
	script := func(off bool) {
		p.browser.want(t, p.session, "Emulation.setScriptExecutionDisabled", map[string]any{"value": off}, nil)
	}
	script(true)
	p.visit(t, "/admin/t/default/users")
	p.fill(t, "q", "quartz")
	p.press(t, "Find")
	p.shows(t, "One user", "Zoë Quartz")
	script(false)
	calm(t, s, p)

	// Who is no longer let in is told so at the next letter.
	p.visit(t, "/admin/t/default/users")
	s.run(t, nil, "operator-key", "revoke", "pages")
	p.fill(t, "q", "z")
	p.shows(t, "Enter an operator key.")
}

// TestPagesPeopleTooOften: mails are sent to nobody as often as somebody likes.
func TestPagesPeopleTooOften(t *testing.T) {
	t.Parallel()
	b := browse(t)
	s := start(t, "dev", quick())
	p := b.read(t, s, "/admin")
	p.fill(t, "key", s.operatorKey(t))
	p.press(t, "Open the console")
	p.visit(t, "/admin/t/default/users/new")
	who := newPerson()
	p.fill(t, "name", who.Name, "email", who.Email, "password", who.Password)
	p.press(t, "Make the user")
	for range 3 {
		p.click(t, "Mail a link")
		p.leaving(t, func() { p.clickIn(t, "#sure-reset", "Mail a link") })
	}
	p.shows(t, "That was too often. Try again in", who.Name)
	p.look(t, "user-too-often")
	p.visit(t, "/admin/t/default/invitations")
	for range 6 {
		p.fill(t, "email", "guest@example.com")
		p.press(t, "Send the invitation")
	}
	p.shows(t, "That was too often. Try again in", "Invitation sent")
	p.holds(t, "email", "guest@example.com")
	calm(t, s, p)
}
