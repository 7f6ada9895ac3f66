package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func userPages(t *testing.T, p *reader, c crowd) {
	p.visit(t, "/admin/t/acme/users")
	p.shows(t, "Nobody was found.")
	p.look(t, "users-none")
	p.press(t, "New user")
	p.look(t, "user-new")
	p.fill(t, "name", "Ann\u202eLee", "email", "ann@acme", "password", "short", "username", "a", "mobile", "call me")
	p.press(t, "Make the user")
	p.marked(t, "name", "must not have control characters", "email", wantsMail, "password", "must have at least 8 characters",
		"username", "must be 2 to 64 letters a-z, digits, dots, dashes or underscores, begin and end with a letter or digit, and have a letter",
		"mobile", "must be a phone number of 6 to 15 digits, with or without a leading +")
	p.holds(t, "email", "ann@acme", "username", "a", "password", "")
	p.look(t, "user-new-wrong")
	p.fill(t, "name", "Ann Lee", "email", "ann@acme.example", "password", "password1", "username", "ann.lee", "mobile", "+82 10 1234 5678")
	p.click(t, "Show") // whoever makes a user has to tell the person the password
	var kind string
	if p.run(t, `document.getElementById("password").type`, &kind); kind != "text" {
		t.Errorf("the password is in a field of kind %q", kind)
	}
	p.look(t, "user-new-peek")
	p.press(t, "Make the user")
	p.marked(t, "password", "is among the first that are guessed: choose another, such as four random words")
	p.fill(t, "password", "ann.lee@acme")
	p.press(t, "Make the user")
	p.marked(t, "password", "is made of names that are easily guessed: leave out those of the person, the address and this service")
	p.choose(t, "role", "admin")
	p.fill(t, "password", "quiet-orbit-42-lantern")
	p.press(t, "Make the user")
	p.shows(t, "The user has been made.", "Ann Lee", "ann@acme.example", "Logged in nowhere.", "User made")
	p.visit(t, "/admin/t/acme/users/new")
	p.fill(t, "name", "Ann Lee", "email", "ann@acme.example", "password", "quiet-orbit-42-lantern", "username", "ann.lee")
	p.press(t, "Make the user")
	p.shows(t, "There is an account with that already.")
	p.marked(t, "email", "is taken already", "username", "is taken already")
	if got := p.posts(t, "/admin/t/acme/users/new", "name=X&email=x@example.com&password=quiet-orbit-42-lantern&role=pirate"); got != 400 {
		t.Errorf("a role that there is not: %d", got)
	}
	if got := p.posts(t, "/admin/t/acme/users/new", "name=X&email=x@example.com&password=quiet-orbit-42-lantern&spaceId=moon"); got != 404 {
		t.Errorf("a space that there is not: %d", got)
	}

	for i := range 24 {
		c.makes(t, "acme", fmt.Sprintf("Member %02d", i), "user")
	}
	p.visit(t, "/admin/t/acme/users")
	p.shows(t, "20 users, and there are more", "Member 23")
	p.look(t, "users")
	p.press(t, "Next page")
	p.shows(t, "5 more, the last ones", "Ann Lee", "Member 00")
	p.press(t, "First page")
	p.shows(t, "Member 23")
	// Without script the button does it.
	p.visit(t, "/admin/t/acme/users?q=ann&role=admin&status=active")
	p.shows(t, "One user", "Ann Lee")
	p.visit(t, "/admin/t/acme/users?status=open")
	p.marked(t, "status", "must be one of these")
	p.visit(t, "/admin/t/acme/users?cursor=x")
	p.marked(t, "q", "is not one that this list gave out")
	p.visit(t, "/admin/t/nowhere/users")
	p.shows(t, "There is nothing at this address.")
}

func onePage(t *testing.T, p *reader, c crowd) {
	who, id := c.makes(t, "acme", "Ben Kim", "user")
	ben := c.comesIn(t, "acme", who)
	here := "/admin/t/acme/users/" + id
	p.visit(t, here)
	p.shows(t, "Ben Kim", "Active", "Chrom", "Logged in", "The last events about this user")
	p.look(t, "user")
	p.fill(t, "name", strings.Repeat("x", 101), "email", "ben", "username", "-", "mobile", "1")
	p.run(t, `document.querySelector("main form").noValidate = true`, new(any))
	p.press(t, "Save")
	p.marked(t, "name", "must have at most 100 characters", "email", wantsMail,
		"username", "must be 2 to 64 letters a-z, digits, dots, dashes or underscores, begin and end with a letter or digit, and have a letter",
		"mobile", "must be a phone number of 6 to 15 digits, with or without a leading +")
	p.holds(t, "email", "ben", "username", "-")
	p.look(t, "user-wrong")
	p.fill(t, "name", "Ben Kim", "email", "ann@acme.example", "username", "ann.lee", "mobile", "")
	p.press(t, "Save")
	p.marked(t, "email", "is taken already", "username", "is taken already")
	p.fill(t, "email", who.Email, "username", "ben", "nickname", "Benny")
	p.press(t, "Save")
	p.shows(t, "The user has been changed.", "User changed")
	p.holds(t, "username", "ben", "nickname", "Benny")
	p.fill(t, "nickname", "")
	p.press(t, "Save")
	p.holds(t, "username", "ben", "nickname", "")
	p.press(t, "Save")
	p.shows(t, "Nothing was different")

	p.choose(t, "newRole", "manager")
	p.press(t, "Give this role")
	p.shows(t, "The role has been changed.", "from User to Manager")
	if got := p.posts(t, here+"/role", "newRole=pirate"); got != 400 {
		t.Errorf("a role that there is not: %d", got)
	}

	sure := func(button, id, says string) {
		t.Helper()
		p.click(t, button)
		p.leaving(t, func() { p.clickIn(t, "#sure-"+id, button) })
		p.shows(t, says)
	}
	// One session of two, by the button beside it.
	a := c.s.client().want(t, "LOGIN_SUCCESS", "POST", "/auth/login", who.logIn(), "x-tenant-id", "acme", "User-Agent", "Falcon/1.0")
	var other struct{ SessionID string }
	if err := json.Unmarshal(a.Data, &other); err != nil {
		t.Fatal(err)
	}
	p.visit(t, here)
	p.shows(t, "Falcon")
	p.run(t, `document.querySelector("[popovertarget='end-`+other.SessionID+`']").click() || true`, new(any))
	p.shows(t, "It happens at once.")
	p.look(t, "user-end-one-ask")
	p.leaving(t, func() { p.clickIn(t, "#end-"+other.SessionID, "End") })
	p.shows(t, "That device is logged out.", "Chrom")
	p.lacks(t, "Falcon")
	ben.lacks(t, "You were logged out on this device.")
	for session, want := range map[string]int{other.SessionID: 404, "x": 400} {
		if got := p.posts(t, here+"/end-session", "session="+session); got != want {
			t.Errorf("ending the session %q: %d, want %d", session, got, want)
		}
	}

	sure("End all sessions", "end", "All sessions of this user have ended.")
	p.shows(t, "Logged in nowhere.")
	ben.shows(t, "You were logged out on this device.")
	sure("Mail a link for a new password", "reset", "A link for a new password is on its way.")
	p.click(t, "Lock")
	p.look(t, "user-lock-ask")
	p.leaving(t, func() { p.clickIn(t, "#sure-lock", "Lock") })
	p.shows(t, "The account is locked.", "somebody unlocks it")
	p.look(t, "user-locked")
	sure("Unlock", "unlock", "The account is unlocked.")
	sure("Disable", "disable", "The account is disabled.")
	for _, deed := range []string{"/lock", "/reset"} {
		if got := p.posts(t, here+deed, ""); got != 404 {
			t.Errorf("%s of a disabled account: %d", deed, got)
		}
	}
	sure("Enable", "enable", "The account is enabled again.")
	p.visit(t, "/admin/t/acme/users?q=ben")
	p.press(t, "Ben Kim")
	sure("Remove from the tenant", "remove", "The user is no longer a member.")
	p.at(t, "/admin/t/acme/users")
	p.visit(t, here)
	p.shows(t, "There is no such user.")
	p.look(t, "user-gone")
	for _, deed := range []string{"", "/role", "/lock", "/unlock", "/disable", "/enable", "/reset", "/end-sessions", "/remove"} {
		if got := p.posts(t, here+deed, "name=X&newRole=user"); got != 404 {
			t.Errorf("%s of somebody who is gone: %d", deed, got)
		}
	}

	ann := c.id(t, "acme", "ann@acme.example")
	p.visit(t, "/admin/t/acme/users/"+ann)
	p.choose(t, "newRole", "user")
	p.press(t, "Give this role")
	p.shows(t, "This is the tenant's last admin.")
	p.holds(t, "newRole", "user")
	p.look(t, "user-last-admin")
	for _, deed := range []string{"/disable", "/remove"} {
		if got := p.posts(t, "/admin/t/acme/users/"+ann+deed, ""); got != 409 {
			t.Errorf("%s of the last admin: %d", deed, got)
		}
	}
}

// id finds a user.
func (c crowd) id(t *testing.T, tenant, q string) string {
	t.Helper()
	var found []struct{ ID string }
	if err := json.Unmarshal(c.api(t, "USERS_RETRIEVED", "GET", "/users?q="+q, nil, tenant).Data, &found); err != nil || len(found) != 1 {
		t.Fatalf("%q finds %v, %v", q, found, err)
	}
	return found[0].ID
}
