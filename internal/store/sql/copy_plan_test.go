package sql

import (
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/testserver"
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

// TestPostgresKnowsOfCopiedUsers: else it would read all of them for each row
// that refers to one.
func TestPostgresKnowsOfCopiedUsers(t *testing.T) {
	s, err := Open(t.Context(), Config{URL: testserver.Postgres(t), Chain: chain})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	u, seat := newUser("ann")
	r, err := auth.AccountRow(auth.Dossier{User: u, Seats: []auth.Seat{seat}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PutRows(t.Context(), []auth.Row{r}); err != nil {
		t.Fatal(err)
	}
	var known int
	const columns = "SELECT count(*) FROM pg_stats WHERE tablename = 'users'"
	if err := s.readOne(t.Context(), "statistics", columns, func(row scanner) error { return row.Scan(&known) }); err != nil || known == 0 {
		t.Errorf("columns of which there are statistics: got %d and error %v, want some", known, err)
	}
}
