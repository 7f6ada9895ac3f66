package sql

import (
	"context"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

// termlessRows bounds how many users are given their terms at once, so that
// nobody waits long behind it.
const termlessRows = 100

const (
	termInsert = `INSERT INTO user_terms (directory, tenant_id, term, user_id)
		SELECT directory, tenant_id, $3, user_id FROM memberships WHERE directory = $1 AND user_id = $2
		ON CONFLICT DO NOTHING`
	termsDelete = "DELETE FROM user_terms WHERE directory = $1 AND user_id = $2"
	userTermed  = "UPDATE users SET termed = 1 WHERE directory = $1 AND id = $2 AND termed = 0"

	userIsTermless = "SELECT 1 FROM users WHERE termed = 0 LIMIT 1"
	usersTermless  = "SELECT " + userColumns + ", version FROM users WHERE termed = 0 ORDER BY directory, id LIMIT $1"
)

// addTerms writes what a user is found by, for each tenant in which there is a
// seat.
func addTerms(t *tx, u auth.User) error {
	for _, term := range u.Terms() {
		if _, err := t.exec(termInsert, u.Directory, u.ID, term); err != nil {
			return err
		}
	}
	return nil
}

// renewTerms is addTerms for a user who may have had other terms or seats.
func renewTerms(t *tx, u auth.User) error {
	if _, err := t.exec(termsDelete, u.Directory, u.ID); err != nil {
		return err
	}
	if err := addTerms(t, u); err != nil {
		return err
	}
	_, err := t.exec(userTermed, u.Directory, u.ID)
	return err
}

// gatherTerms gives their terms to the users that have none: those from before
// there were any, and those that the release before this one adds to the same
// database. Who is interrupted goes on where it was.
func (s *Store) gatherTerms(ctx context.Context) error {
	var one int
	err := s.readOne(ctx, "index the users", userIsTermless, func(row scanner) error { return row.Scan(&one) })
	if errors.Is(err, auth.ErrNoRecord) {
		return nil
	}
	for n := termlessRows; err == nil && n == termlessRows; {
		err = s.write(ctx, "index the users", func(t *tx) (err error) {
			n, err = gatherSomeTerms(t)
			return err
		})
	}
	return err
}

// gatherSomeTerms gives some users their terms and returns how many.
func gatherSomeTerms(t *tx) (int, error) {
	var users []userRow
	if err := t.all(t.held(usersTermless), list(&users, scanUser), termlessRows); err != nil {
		return 0, err
	}
	for _, u := range users {
		if err := renewTerms(t, u.User); err != nil {
			return 0, err
		}
	}
	return len(users), nil
}
