package sql

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// accountQueries are all kinds of them.
func accountQueries() map[string]auth.AccountQuery {
	all := map[string]auth.AccountQuery{}
	for _, prefix := range []string{"", "ann"} {
		for _, role := range []string{"", auth.RoleUser} {
			for _, status := range []auth.UserStatus{"", auth.UserDisabled} {
				all[fmt.Sprintf("prefix=%s role=%s status=%s", prefix, role, status)] = auth.AccountQuery{
					Directory: dir, Tenant: "tenant", Prefix: prefix, Role: role, Status: status, Max: 50,
				}
			}
		}
	}
	return all
}

// How the seats that a query asks for are found: by everything that it says.
var seatIndexes = map[string]string{
	"":            "memberships_tenant (directory=? AND tenant_id=?",
	"role":        "memberships_role (directory=? AND tenant_id=? AND role=?",
	"status":      "memberships_tenant (directory=? AND tenant_id=? AND status=?",
	"role status": "memberships_role (directory=? AND tenant_id=? AND role=? AND status=?",
}

func seatIndex(q auth.AccountQuery) string {
	var filters []string
	if q.Role != "" {
		filters = append(filters, "role")
	}
	if q.Status != "" {
		filters = append(filters, "status")
	}
	return seatIndexes[strings.Join(filters, " ")]
}

// TestAPageOfAccountsWalksAnIndex: at a million users, a page neither walks a
// table nor sorts more than is on it.
func TestAPageOfAccountsWalksAnIndex(t *testing.T) {
	s := open(t, "pages.db")
	allowed := regexp.MustCompile(`^SCAN (page|p|seats|counted)$|^USE TEMP B-TREE FOR LAST 3 TERMS OF ORDER BY$`) // the page itself
	walks := func(t *testing.T, query, first string, more ...string) {
		steps := plan(t, s, query)
		if !slices.ContainsFunc(steps, func(step string) bool { return strings.Contains(step, first) }) {
			t.Errorf("got %q, want it to use %s\n%s", steps, first, query)
		}
		for _, step := range steps {
			if strings.HasPrefix(step, "SCAN ") || strings.HasPrefix(step, "USE TEMP") {
				if !allowed.MatchString(step) && !slices.Contains(more, step) {
					t.Errorf("%s\n%s", step, query)
				}
			}
		}
	}
	for name, q := range accountQueries() {
		t.Run(name, func(t *testing.T) {
			if q.Prefix == "" {
				index := strings.TrimSuffix(seatIndex(q), " AND status=?")
				walks(t, s.dialect.listed(q), index+" AND status=? AND user_id<?)")
				return
			}
			terms := "SEARCH t USING PRIMARY KEY (directory=? AND tenant_id=? AND (term,user_id)>(?,?) AND term<?)"
			walks(t, s.dialect.searched(q), terms)
			for _, step := range plan(t, s, s.dialect.searched(q)) {
				if strings.HasPrefix(step, "SEARCH s ") && !strings.Contains(step, "USING PRIMARY KEY (directory=? AND user_id=? AND tenant_id=?)") {
					t.Errorf("a term's seats are found with %s", step)
				}
			}
			if q.Role != "" || q.Status != "" {
				walks(t, counted(q), seatIndex(q)+")")
				walks(t, s.dialect.picked(q), seatIndex(q)+")", "USE TEMP B-TREE FOR GROUP BY", "USE TEMP B-TREE FOR ORDER BY") // a few
			}
		})
	}
}
