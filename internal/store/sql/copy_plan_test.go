package sql

import (
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestCopiesWalkIndexes: a page of rows costs what is on it, and so does
// removing what is to be replaced, however much is copied.
func TestCopiesWalkIndexes(t *testing.T) {
	s := open(t, "copy.db")
	queries := map[string]string{}
	for _, kind := range auth.RowKinds() {
		c, err := copiedOf(kind)
		if err != nil {
			t.Fatal(err)
		}
		head, tail := c.removal()
		queries["page of "+kind] = c.page()
		queries["removal of "+kind] = head + "(" + params(1, len(c.key)) + ")" + tail
	}
	for _, name := range []string{"email", "username", "mobile"} {
		queries["holders of "+name] = holders(name) + "($1, $2))"
	}
	for name, query := range queries {
		for _, step := range plan(t, s, query) {
			if strings.HasPrefix(step, "SCAN ") && step != "SCAN CONSTANT ROW" && !strings.Contains(step, "wanted") || strings.HasPrefix(step, "USE TEMP B-TREE") {
				t.Errorf("%s: %s\n%s", name, step, query)
			}
		}
	}
}
