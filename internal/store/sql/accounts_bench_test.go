package sql

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// fill adds so many users with a seat in one tenant, of whom each hundredth is a
// manager and each thousandth is disabled, and who are found by three terms.
func fill(tb testing.TB, s *Store, users int) {
	tb.Helper()
	const numbers = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1)"
	for _, query := range []string{
		"INSERT INTO users (" + userColumns + ", termed) " + numbers + ` SELECT 'default', printf('u%08d', i), 'Ann Lee', '',
			printf('ann%08d@example.com', i), '', '', 'hash', iif(i % 1000 = 0, 'disabled', 'active'), 0, 0, 1, 1, 0, 0, 1 FROM n`,
		"INSERT INTO memberships (directory, user_id, tenant_id, space_id, role, main, status) " + numbers + ` SELECT 'default', printf('u%08d', i),
			'tenant', 'space', iif(i % 100 = 0, 'manager', 'user'), 1, iif(i % 1000 = 0, 'disabled', 'active') FROM n`,
		"INSERT INTO user_terms (directory, tenant_id, term, user_id) " + numbers +
			" SELECT 'default', 'tenant', printf('ann%08d@example.com', i), printf('u%08d', i) FROM n",
		"INSERT INTO user_terms (directory, tenant_id, term, user_id) " + numbers + " SELECT 'default', 'tenant', 'ann lee', printf('u%08d', i) FROM n",
		"INSERT INTO user_terms (directory, tenant_id, term, user_id) " + numbers + " SELECT 'default', 'tenant', 'lee', printf('u%08d', i) FROM n",
	} {
		err := s.write(tb.Context(), "fill", func(t *tx) error {
			_, err := t.exec(query, users)
			return err
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
}

// deep is a place in the middle of a list.
func deep(q auth.AccountQuery, users int) auth.AccountPlace {
	place := auth.AccountPlace{ID: fmt.Sprintf("u%08d", users/2)}
	if q.Prefix != "" {
		place.Term = "ann lee"
	}
	return place
}

// BenchmarkAccounts reads pages from the middle of lists of more and more users:
// what a page costs must not grow with them.
func BenchmarkAccounts(b *testing.B) {
	for _, users := range []int{2_000, 20_000, 200_000} {
		s := open(b, "accounts.db")
		fill(b, s, users)
		queries := accountQueries()
		queries["prefix=ann role=manager"] = auth.AccountQuery{Directory: dir, Tenant: "tenant", Prefix: "ann", Role: auth.RoleManager, Max: 50}
		for name, q := range queries {
			q.After = deep(q, users)
			b.Run(fmt.Sprintf("%s/users=%d", name, users), func(b *testing.B) {
				for b.Loop() {
					if _, err := s.Accounts(b.Context(), q); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// TestListsOfManyAreWhole pages through every list of a filled table, those with a
// prefix along the terms and along the seats.
func TestListsOfManyAreWhole(t *testing.T) {
	s := open(t, "many.db")
	const users, off = 500, 1
	fill(t, s, users)
	for name, c := range map[string]struct {
		q    auth.AccountQuery
		want int
	}{
		"all":                      {auth.AccountQuery{}, users},
		"users":                    {auth.AccountQuery{Role: auth.RoleUser}, users - users/100},
		"managers":                 {auth.AccountQuery{Role: auth.RoleManager}, users / 100},
		"the disabled":             {auth.AccountQuery{Status: auth.UserDisabled}, off},
		"the active":               {auth.AccountQuery{Status: auth.UserActive}, users - off},
		"active managers":          {auth.AccountQuery{Role: auth.RoleManager, Status: auth.UserActive}, users/100 - off},
		"a word of all":            {auth.AccountQuery{Prefix: "lee"}, users},
		"all terms but one":        {auth.AccountQuery{Prefix: "ann"}, users},
		"a word of many users":     {auth.AccountQuery{Prefix: "ann", Role: auth.RoleUser}, users - users/100},
		"a word of a few managers": {auth.AccountQuery{Prefix: "lee", Role: auth.RoleManager}, users / 100},
		"a word of disabled":       {auth.AccountQuery{Prefix: "ann", Status: auth.UserDisabled}, off},
		"a word that nobody has":   {auth.AccountQuery{Prefix: "bob", Role: auth.RoleUser}, 0},
		"one address":              {auth.AccountQuery{Prefix: "ann00000007@"}, 1},
	} {
		ways := []func(auth.AccountQuery) string{s.dialect.listed}
		if c.q.Prefix != "" {
			ways = []func(auth.AccountQuery) string{s.dialect.searched, s.dialect.picked}
		}
		for i, way := range ways {
			got := foundBy(t, c.q, func(ctx context.Context, q auth.AccountQuery) ([]auth.FoundAccount, error) {
				return s.page(ctx, q, way(q))
			})
			slices.Sort(got)
			if len(got) != c.want || len(slices.Compact(got)) != c.want {
				t.Errorf("%s, way %d: got %d accounts, %d of them once, want %d", name, i, len(got), len(slices.Compact(got)), c.want)
			}
		}
	}
}
