package memory

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/latchkey/latchkey/internal/auth"
)

// Accounts implements [auth.Records].
func (s *Store) Accounts(ctx context.Context, q auth.AccountQuery) ([]auth.FoundAccount, error) {
	if err := s.begin(ctx, "Accounts"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var found []auth.FoundAccount
	for k := range s.users {
		a, err := s.account(k)
		if err != nil {
			return nil, err
		}
		place, matches := placeOf(a, q)
		if k.directory == q.Directory && matches && seated(a, q) && (q.Status == "" || a.User.Status == q.Status) {
			found = append(found, auth.FoundAccount{Account: a, Place: place})
		}
	}
	slices.SortFunc(found, func(a, b auth.FoundAccount) int { return inList(a.Place, b.Place) })
	after := slices.IndexFunc(found, func(f auth.FoundAccount) bool {
		return q.After == auth.AccountPlace{} || inList(f.Place, q.After) > 0
	})
	if after < 0 {
		return nil, nil
	}
	return found[after:min(after+q.Max, len(found))], nil
}

// inList orders places: by term, then by id; without terms the newest first.
func inList(a, b auth.AccountPlace) int {
	if a.Term == "" && b.Term == "" {
		return cmp.Compare(b.ID, a.ID)
	}
	return cmp.Or(cmp.Compare(a.Term, b.Term), cmp.Compare(a.ID, b.ID))
}

// placeOf says where in the list an account is, if it is in it.
func placeOf(a auth.Account, q auth.AccountQuery) (auth.AccountPlace, bool) {
	if q.Prefix == "" {
		return auth.AccountPlace{ID: a.User.ID}, true
	}
	for _, term := range a.User.Terms() {
		if strings.HasPrefix(term, q.Prefix) {
			return auth.AccountPlace{Term: term, ID: a.User.ID}, true
		}
	}
	return auth.AccountPlace{}, false
}

func seated(a auth.Account, q auth.AccountQuery) bool {
	return slices.ContainsFunc(a.Seats, func(s auth.Seat) bool { return s.Tenant == q.Tenant && (q.Role == "" || s.Role == q.Role) })
}
