package sql

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestNoStatementScans asks SQLite how it would run every statement of the
// package: at a million rows, none may walk a table or sort more than it was
// asked for.
func TestNoStatementScans(t *testing.T) {
	s := open(t, "plan.db")
	bounded := map[string]string{ // what may be in a plan, and why
		"keysByAge":          "SCAN signing_keys USING INDEX signing_keys_age",            // all of them are asked for
		"keyNewest":          "SCAN signing_keys USING COVERING INDEX signing_keys_age",   // from its end, one row
		"keyInsert":          "SCAN signing_keys USING COVERING INDEX signing_keys_age",   // likewise
		"accountByID":        "USE TEMP B-TREE FOR ORDER BY",                              // the seats of one user
		"headsAll":           "SCAN audit_heads",                                          // all of them are asked for
		"settingsAll":        "SCAN settings_seen",                                        // likewise
		"trailsOver":         "SCAN audit_heads",                                          // a row a directory, and not in the writer
		"eventIsLoose":       "SCAN audit_events USING COVERING INDEX audit_events_loose", // one row of it
		"eventsLoose":        "SCAN audit_events USING INDEX audit_events_loose",          // what has no number, in its order
		"spacesByAge":        "USE TEMP B-TREE FOR ORDER BY",                              // all that a tenant has
		"directoriesFlagged": "SCAN directories USING INDEX directories_flagged",          // all that are flagged
		"userIsTermless":     "SCAN users USING COVERING INDEX users_termless",            // one row of it
		"usersTermless":      "SCAN users USING INDEX users_termless",                     // what has no terms, in its order
		"pulseEvents":        "USE TEMP B-TREE FOR GROUP BY",                              // a row a step and action
		"pulseSessions":      "USE TEMP B-TREE FOR GROUP BY",                              // a row for each two steps
		"mailsDue":           "USE TEMP B-TREE FOR ORDER BY",                              // no more than are leased
	}
	bad := regexp.MustCompile(`^(SCAN .*|USE TEMP B-TREE.*)$`)
	found := 0
	for name, query := range texts(t) {
		found++
		for _, step := range plan(t, s, query) {
			if step == "SCAN CONSTANT ROW" || step == bounded[name] {
				continue
			}
			if bad.MatchString(step) {
				t.Errorf("%s: %s\n%s", name, step, query)
			}
		}
	}
	if found < 100 {
		t.Errorf("got %d statements, want all of the package", found)
	}
}

// TestAPageOfEventsWalksAnIndex: whatever is asked for, the page is what is
// read, or, of one user and one action, what the user did.
func TestAPageOfEventsWalksAnIndex(t *testing.T) {
	s := open(t, "events.db")
	for name, c := range map[string]struct{ query, index string }{
		"any":       {eventsByTenant, "sqlite_autoindex_audit_events_1 (directory=? AND tenant_id=? AND at>? AND (at,id)<(?,?))"},
		"an action": {eventsByAction, "audit_events_action (directory=? AND tenant_id=? AND action=? AND at>? AND (at,id)<(?,?))"},
		"a user":    {eventsByUser, "audit_events_user (directory=? AND tenant_id=? AND user_id=? AND at>? AND (at,id)<(?,?))"},
	} {
		if steps := plan(t, s, c.query); len(steps) != 1 || !strings.HasSuffix(steps[0], c.index) {
			t.Errorf("%s: got %q, want a walk of %s", name, steps, c.index)
		}
	}
}

// TestAPageOfTenantsWalksAnIndex: also of those of one status.
func TestAPageOfTenantsWalksAnIndex(t *testing.T) {
	s := open(t, "tenants.db")
	for name, c := range map[string]struct{ query, index string }{
		"any":      {tenantsBySlug, "tenants_list (slug>? AND slug<?)"},
		"a status": {tenantsByStatus, "tenants_status (status=? AND slug>? AND slug<?)"},
	} {
		if steps := plan(t, s, c.query); len(steps) != 1 || !strings.HasSuffix(steps[0], c.index) {
			t.Errorf("%s: got %q, want a walk of %s", name, steps, c.index)
		}
	}
}

// plan returns the steps in which a statement would be run.
func plan(t *testing.T, s *Store, query string) []string {
	t.Helper()
	rows, err := s.pools[1].QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, make([]any, 20)...)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	var steps []string
	err = each(rows, func(row scanner) error {
		var id, parent, unused int
		var step string
		err := row.Scan(&id, &parent, &unused, &step)
		steps = append(steps, step)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

// written finds the package's statements in its source: every string
// constant that begins like one. None can be forgotten.
func texts(t *testing.T) map[string]string {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	exprs := map[string]ast.Expr{}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") || strings.HasPrefix(f.Name(), "postgres") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if v, ok := n.(*ast.ValueSpec); ok {
				for i := range v.Values {
					exprs[v.Names[i].Name] = v.Values[i]
				}
			}
			return true
		})
	}
	found := map[string]string{}
	verb := regexp.MustCompile(`^(SELECT|DELETE|INSERT|UPDATE \w+ SET .* WHERE|WITH)\b`)
	for name, e := range exprs {
		if text, ok := fold(e, exprs); ok && verb.MatchString(strings.Join(strings.Fields(text), " ")) {
			found[name] = text
		}
	}
	return found
}

// fold puts a constant string together.
func fold(e ast.Expr, named map[string]ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.Ident:
		return fold(named[e.Name], named)
	case *ast.BinaryExpr:
		x, okX := fold(e.X, named)
		y, okY := fold(e.Y, named)
		return x + y, okX && okY && e.Op == token.ADD
	}
	return "", false
}
