package sql

import (
	"context"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// The statements of a list are put together from these. $1 is the directory, $2
// the tenant, $3 the term and $4 the id after which the page begins, $5 its
// length; of the filters $6 is the role and $7 the status, and with a prefix $8
// is that and $9 what is beyond it.
const (
	seatsWhere  = " FROM memberships s WHERE s.directory = $1 AND s.tenant_id = $2"
	seatsRole   = " AND s.role = $6"
	seatsStatus = " AND s.status = $7"

	// The first of a user's terms that has the prefix is the user's place.
	termsFirst = `SELECT t.term, t.user_id FROM user_terms t
		WHERE t.directory = $1 AND t.tenant_id = $2 AND (t.term, t.user_id) > ($3, $4) AND t.term < $9
			AND NOT EXISTS (SELECT 1 FROM user_terms f
				WHERE f.directory = $1 AND f.user_id = t.user_id AND f.tenant_id = $2 AND f.term >= $8 AND f.term < t.term)`
	// One user's seats are looked at, whatever the filters.
	termsSeated = ` AND EXISTS (SELECT 1 FROM memberships s WHERE s.directory = $1 AND s.user_id = t.user_id AND s.tenant_id = $2
				AND ($6 = '' OR s.role = $6) AND ($7 = '' OR s.status = $7))`
	termsOrder = " ORDER BY t.term, t.user_id LIMIT $5"
)

// page is the statement that reads the accounts to which a walk leads, in that
// order. One statement, so that all is of one moment.
func (d *dialect) page(walk, order string) string {
	return "WITH page (term, user_id) AS (" + walk + ") SELECT " + accountColumns +
		", page.term FROM page " + d.cross + " users u ON u.directory = $1 AND u.id = page.user_id" + accountSeats +
		" ORDER BY " + order + ", m.main DESC, m.tenant_id, m.space_id"
}

// few is below how many seats they are looked through, rather than the terms, for
// a prefix and a role or status at once: no index has all of that. Of a million
// users with a role that more have, one in two hundred does, and a page is full
// after some ten thousand terms; either way takes some tens of milliseconds.
const few = 5000

// seats is the condition for the seats that a query asks for.
func seats(q auth.AccountQuery) string {
	where := seatsWhere
	if q.Role != "" {
		where += seatsRole
	}
	if q.Status != "" {
		where += seatsStatus
	}
	return where
}

// listed is the statement of a page without a prefix. A seat stands in the index
// under its status, so that a list of any status goes along one branch each and
// takes what comes first.
func (d *dialect) listed(q auth.AccountQuery) string {
	branch := func(status string) string {
		return "SELECT s.user_id" + seats(q) + status + " AND s.user_id < $4"
	}
	walk := branch("")
	if q.Status == "" {
		walk = branch(" AND s.status = 'active'") + " UNION " + branch(" AND s.status = 'locked'") + " UNION " + branch(" AND s.status = 'disabled'")
	} else {
		walk = strings.Replace(walk, "SELECT", "SELECT DISTINCT", 1)
	}
	return d.page("SELECT '', user_id FROM ("+walk+" ORDER BY user_id DESC LIMIT $5) seats", "page.user_id DESC")
}

// searched is the statement of a page with a prefix: along the terms.
func (d *dialect) searched(q auth.AccountQuery) string {
	walk := termsFirst
	if q.Role != "" || q.Status != "" {
		walk += termsSeated
	}
	return d.page(walk+termsOrder, "page.term, page.user_id")
}

// picked is searched when the seats are few: along the seats.
func (d *dialect) picked(q auth.AccountQuery) string {
	walk := `SELECT min(t.term), t.user_id FROM (SELECT s.user_id` + seats(q) + `) p
		` + d.cross + ` user_terms t ON t.directory = $1 AND t.user_id = p.user_id AND t.tenant_id = $2 AND t.term >= $8 AND t.term < $9
		GROUP BY t.user_id HAVING (min(t.term), t.user_id) > ($3, $4) ORDER BY 1, 2 LIMIT $5`
	return d.page(walk, "page.term, page.user_id")
}

// counted is the statement that tells how many seats there are, up to $3.
func counted(q auth.AccountQuery) string {
	return "SELECT count(*) FROM (SELECT 1" + seats(q) + " LIMIT $3) counted"
}

// Accounts implements [auth.Records].
func (s *Store) Accounts(ctx context.Context, q auth.AccountQuery) ([]auth.FoundAccount, error) {
	query, err := s.walk(ctx, q)
	if err != nil {
		return nil, err
	}
	return s.page(ctx, q, query)
}

// page reads a page with a statement for it.
func (s *Store) page(ctx context.Context, q auth.AccountQuery, query string) ([]auth.FoundAccount, error) {
	from := q.After
	if q.Prefix == "" && from.ID == "" {
		from.ID = top // the newest first
	}
	if from.Term < q.Prefix {
		from = auth.AccountPlace{Term: q.Prefix}
	}
	var found []auth.Account
	var places []auth.AccountPlace
	var place auth.AccountPlace
	scan := gatherAccounts(&found, &place.Term)
	err := s.readList(ctx, "Accounts", query, func(row scanner) error {
		err := scan(row)
		if len(found) > len(places) {
			place.ID = found[len(places)].User.ID
			places = append(places, place)
		}
		return err
	}, q.Directory, q.Tenant, from.Term, from.ID, q.Max, q.Role, string(q.Status), q.Prefix, beyond(q.Prefix))
	if err != nil {
		return nil, err
	}
	out := make([]auth.FoundAccount, len(found))
	for i, a := range found {
		out[i] = auth.FoundAccount{Account: a, Place: places[i]}
	}
	return out, nil
}

// walk chooses the statement for a page.
func (s *Store) walk(ctx context.Context, q auth.AccountQuery) (string, error) {
	if q.Prefix == "" {
		return s.dialect.listed(q), nil
	}
	if q.Role == "" && q.Status == "" {
		return s.dialect.searched(q), nil
	}
	var n int
	err := s.readOne(ctx, "Accounts", counted(q), func(row scanner) error { return row.Scan(&n) },
		q.Directory, q.Tenant, few, "", 0, q.Role, string(q.Status))
	if err == nil && n < few {
		return s.dialect.picked(q), nil
	}
	return s.dialect.searched(q), err
}
