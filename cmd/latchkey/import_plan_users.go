package main

import (
	"context"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

// planned returns the account that is planned under a name or an id, and
// whether the directory is planned as a whole, so that nothing else is in it.
func (p *plan) planned(directory string, i int32, ok bool) (a auth.Account, found, whole bool) {
	if ok {
		return p.people[i], true, p.directories[directory]
	}
	return auth.Account{}, false, p.directories[directory]
}

func (p *plan) byName(directory string, n auth.Name) (a auth.Account, found, whole bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, ok := p.names[nameKey(directory, n)]
	return p.planned(directory, i, ok)
}

func (p *plan) byID(directory, id string) (a auth.Account, found, whole bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, ok := p.ids[directory+" "+id]
	return p.planned(directory, i, ok)
}

// UserByName implements [auth.Records].
func (r planRecords) UserByName(ctx context.Context, directory string, n auth.Name) (auth.User, error) {
	switch a, found, whole := r.plan.byName(directory, n); {
	case found:
		return a.User, nil
	case whole:
		return auth.User{}, auth.ErrNoRecord
	}
	return r.Records.UserByName(ctx, directory, n)
}

// User implements [auth.Records]. Of a planned one nobody asks for the hash.
func (r planRecords) User(ctx context.Context, directory, id string) (auth.User, error) {
	switch a, found, whole := r.plan.byID(directory, id); {
	case found:
		return a.User, nil
	case whole:
		return auth.User{}, auth.ErrNoRecord
	}
	return r.Records.User(ctx, directory, id)
}

// Account implements [auth.Records].
func (r planRecords) Account(ctx context.Context, directory, id string) (auth.Account, error) {
	switch a, found, whole := r.plan.byID(directory, id); {
	case found:
		return a, nil
	case whole:
		return auth.Account{}, auth.ErrNoRecord
	}
	return r.Records.Account(ctx, directory, id)
}

// CreateUser implements [auth.Records].
func (r planRecords) CreateUser(ctx context.Context, u auth.User, seat auth.Seat, _ auth.Note) error {
	names := []auth.Name{{Kind: auth.NameEmail, Value: u.Email}}
	if u.Username != "" {
		names = append(names, auth.Name{Kind: auth.NameUsername, Value: u.Username})
	}
	if u.Mobile != "" {
		names = append(names, auth.Name{Kind: auth.NameMobile, Value: u.Mobile})
	}
	var taken []string
	for _, n := range names {
		_, err := r.UserByName(ctx, u.Directory, n)
		if err == nil {
			taken = append(taken, string(n.Kind))
		} else if !errors.Is(err, auth.ErrNoRecord) {
			return err
		}
	}
	if len(taken) > 0 {
		return &auth.TakenError{Fields: taken}
	}
	if _, err := r.User(ctx, u.Directory, u.ID); err == nil {
		return auth.ErrTaken
	} else if !errors.Is(err, auth.ErrNoRecord) {
		return err
	}
	r.plan.mu.Lock()
	defer r.plan.mu.Unlock()
	i := int32(len(r.plan.people))
	r.plan.people = append(r.plan.people, auth.Account{
		User:  auth.User{ID: u.ID, Directory: u.Directory, Email: u.Email, Status: u.Status, VerifiedAt: u.VerifiedAt},
		Seats: []auth.Seat{seat},
	})
	r.plan.ids[u.Directory+" "+u.ID] = i
	for _, n := range names {
		r.plan.names[nameKey(u.Directory, n)] = i
	}
	return nil
}

// ChangeAccount implements [auth.Records]. What becomes of the account matters to
// no later row.
func (r planRecords) ChangeAccount(ctx context.Context, c auth.AccountChange) (auth.Account, error) {
	a, err := r.Account(ctx, c.Directory, c.User)
	if err != nil {
		return auth.Account{}, err
	}
	return a, c.Change(&a)
}
