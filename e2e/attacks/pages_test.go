package attacks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// forms are the addresses of the pages that take a form, with an id in their
// places.
func forms(t *testing.T) (all []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "internal/site/testdata/forms.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(string(text)) {
		all = append(all, filled(path, "default"))
	}
	if len(all) < 8 {
		t.Fatalf("%d forms, want all of the pages", len(all))
	}
	return all
}

// pages are those that lead on to others.
var pages = []string{
	"/", "/auth/account/", "/auth/account/login", "/auth/account/sign-up", "/auth/account/forgot", "/auth/account/unlock", "/auth/account/code",
	"/auth/account/renew", "/auth/account/devices", "/auth/account/nothing", "/admin", "/admin/", "/admin/enter", "/admin/tenants",
}

// filledIn are all the fields of the forms of pages that could change
// something, as a form of another page sends them.
func filledIn(g, other grant) string {
	return "session=" + other.SessionID + "&sessionId=" + other.SessionID + "&user=" + g.User.ID + "&name=x&email=x%40example.com&current=x&password=x&role=admin&tenant=default&space=x&key=x&code=000000&lang=ko"
}

// ourPage reports whether a redirect leads to a page of ours: nothing in front
// of the path can make another host of it.
func ourPage(location string) bool {
	for _, path := range []string{"/auth/account", "/admin", "/docs"} {
		rest, found := strings.CutPrefix(location, path)
		if found && (rest == "" || rest[0] == '/' || rest[0] == '?') && !strings.ContainsAny(location, "\\\r\n\t") && !strings.Contains(location, "/..") {
			return true
		}
	}
	return false
}
