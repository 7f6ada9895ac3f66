package e2e

import (
	"fmt"
	"strings"
	"testing"
)

func rolePages(t *testing.T, p *reader, c crowd) {
	p.visit(t, "/admin/t/acme/roles")
	p.shows(t, "Runs the tenant", "There are none yet.")
	p.fill(t, "name", "Billing!", "description", strings.Repeat("x", 101), "permissions", "Read everything")
	p.press(t, "Make the role")
	p.marked(t, "name", "must be 2 to 32 lower-case letters, digits, dashes and underscores, begin with a letter, and not be a built-in role",
		"description", "must have at most 100 characters", "permissions", "must be permissions such as orders:read, in lower case")
	p.holds(t, "name", "Billing!", "permissions", "Read everything")
	p.look(t, "roles-wrong")
	p.fill(t, "name", "billing", "description", "Writes invoices", "permissions", "invoices:write\ninvoices:read, orders:read")
	p.press(t, "Make the role")
	p.shows(t, "The role has been made.", "Writes invoices", "invoices:read")
	p.fill(t, "name", "billing")
	p.press(t, "Make the role")
	p.shows(t, "There is a role with this name.")
	p.marked(t, "name", "is taken already")
	p.look(t, "roles")

	c.makes(t, "acme", "Fay Billing", "billing")
	p.press(t, "billing")
	p.look(t, "role")
	p.holds(t, "description", "Writes invoices", "permissions", "invoices:read\ninvoices:write\norders:read")
	p.fill(t, "permissions", "NO")
	p.press(t, "Save")
	p.marked(t, "permissions", "must be permissions such as orders:read, in lower case")
	p.holds(t, "permissions", "NO")
	p.fill(t, "permissions", strings.Repeat("x:y ", 101))
	p.press(t, "Save")
	p.marked(t, "permissions", "must have at most 100 permissions")
	p.fill(t, "description", "Reads invoices", "permissions", "invoices:read")
	p.press(t, "Save")
	p.shows(t, "The role has been changed.", "Reads invoices")
	p.lacks(t, "invoices:write")
	p.press(t, "billing")
	p.click(t, "Delete the role")
	p.leaving(t, func() { p.clickIn(t, "#sure-delete", "Delete the role") })
	p.shows(t, "Somebody has this role.")
	p.look(t, "role-in-use")
	p.visit(t, "/admin/t/acme/users?role=billing")
	p.press(t, "Fay Billing")
	p.choose(t, "newRole", "user")
	p.press(t, "Give this role")
	p.visit(t, "/admin/t/acme/roles/billing")
	p.click(t, "Delete the role")
	p.leaving(t, func() { p.clickIn(t, "#sure-delete", "Delete the role") })
	p.shows(t, "The role has been deleted.", "There are none yet.")
	// As many as there may be, in the tenant that no other test makes roles in.
	made := 0
	for a := (answer{}); a.Meta.Code != "TOO_MANY_ROLES" && made <= 1000; made++ {
		var err error
		if a, err = c.s.client().send("POST", "/roles", dict{"name": fmt.Sprintf("role-%d", made)}, "Authorization", "Bearer "+c.key, "x-tenant-id", "globex"); err != nil {
			t.Fatal(err)
		}
	}
	p.visit(t, "/admin/t/globex/roles")
	p.fill(t, "name", "one-more")
	p.press(t, "Make the role")
	p.shows(t, "The tenant has as many roles as it may have.")
	p.holds(t, "name", "one-more")
	for _, gone := range []string{"billing", "admin"} {
		p.visit(t, "/admin/t/acme/roles/"+gone)
		p.shows(t, "There is no such role.")
	}
	for path, want := range map[string]int{"billing": 404, "billing/delete": 404, "admin": 404, "admin/delete": 404} {
		if got := p.posts(t, "/admin/t/acme/roles/"+path, "permissions=a:b"); got != want {
			t.Errorf("%s: %d, want %d", path, got, want)
		}
	}
}

func keyPages(t *testing.T, p *reader) {
	p.visit(t, "/admin/t/acme/api-keys")
	p.shows(t, "There are none yet.")
	p.fill(t, "name", strings.Repeat("x", 101), "scopes", "Everything")
	p.press(t, "Make the key")
	p.marked(t, "name", "must have at most 100 characters", "scopes", "must be permissions such as orders:read, in lower case")
	p.look(t, "api-keys-wrong")
	p.fill(t, "name", "billing", "scopes", "orders:write revocations:read")
	p.choose(t, "life", "30d")
	p.press(t, "Make the key")
	p.shows(t, "It is shown this once.", "Keep it where your service keeps its secrets.")
	var key string
	p.run(t, `document.getElementById("made").value`, &key)
	secret(key)
	if !strings.HasPrefix(key, "lks_") {
		t.Error("the page shows no key")
	}
	p.copies(t, key)
	p.look(t, "api-keys-made")
	p.press(t, "All API keys")
	p.shows(t, "billing", "orders:write", "Never")
	if strings.Contains(p.text(t), key) {
		t.Error("the key is shown once more")
	}
	p.fill(t, "name", "billing", "scopes", "a:b")
	p.choose(t, "life", "")
	p.press(t, "Make the key")
	p.shows(t, "There is a key with this name.")
	p.holds(t, "name", "billing", "scopes", "a:b", "life", "")
	p.fill(t, "name", "shop")
	p.press(t, "Make the key")
	p.shows(t, "It is good until somebody revokes it.")
	p.press(t, "All API keys")
	p.look(t, "api-keys")
	if got := p.posts(t, "/admin/t/acme/api-keys", "name=x&life=soon"); got != 400 {
		t.Errorf("a life that is none: %d", got)
	}
	p.click(t, "Revoke")
	p.shows(t, "It cannot be undone.")
	p.leaving(t, func() { p.clickIn(t, ".ask:popover-open", "Revoke") })
	p.shows(t, "The key is good no more.", "Revoked")
	p.look(t, "api-keys-revoked")
	if got := p.posts(t, "/admin/t/acme/api-keys/shop/revoke", ""); got != 404 {
		t.Errorf("a key that is revoked already: %d", got)
	}
}

// copies wants that the button copies the key.
func (p *reader) copies(t *testing.T, want string) {
	t.Helper()
	var got string
	p.run(t, `(() => { navigator.clipboard.writeText = text => { window.copied = text; return Promise.resolve() }; return true })()`, new(any))
	p.click(t, "Copy")
	p.shows(t, "Copied")
	if p.run(t, "window.copied", &got); got != want {
		t.Error("the button copies something else")
	}
}
