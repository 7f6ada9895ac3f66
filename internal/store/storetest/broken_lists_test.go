package storetest_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/store/storetest"
)

func brokenLists() []broken {
	held := func(drop func(first auth.Account, q auth.AccountQuery) bool) func(auth.Store) auth.Store {
		return func(s auth.Store) auth.Store { return &asCreated{Store: s, drop: drop} }
	}
	asked := func(edit func(q *auth.AccountQuery)) func(auth.Store) auth.Store {
		return func(s auth.Store) auth.Store { return askedOtherwise{s, edit} }
	}
	listed := func(edit func(q auth.AccountQuery, found []auth.FoundAccount) []auth.FoundAccount) func(auth.Store) auth.Store {
		return func(s auth.Store) auth.Store { return listedOtherwise{s, edit} }
	}
	return []broken{
		{"accounts oldest first", listed(func(_ auth.AccountQuery, found []auth.FoundAccount) []auth.FoundAccount {
			slices.Reverse(found)
			return found
		}), []string{"Lists/AccountsComeNewestFirst"}},
		{"accounts without a bound", asked(func(q *auth.AccountQuery) { q.Max++ }), []string{"Lists/AccountsComeNewestFirst", "Lists/AccountsComeInPages"}},
		{"accounts found by their names only", listed(func(q auth.AccountQuery, found []auth.FoundAccount) []auth.FoundAccount {
			return slices.DeleteFunc(found, func(f auth.FoundAccount) bool { return !strings.HasPrefix(auth.SearchTerm(f.User.Name), q.Prefix) })
		}), []string{"Lists/AccountsAreFoundByTheirTerms"}},
		{"prefix is a pattern", asked(func(q *auth.AccountQuery) { q.Prefix = strings.Trim(q.Prefix, "%_") }), []string{"Lists/AccountsAreFoundByTheirTerms"}},
		{"found once a term", func(s auth.Store) auth.Store { return onceATerm{s} }, []string{"Lists/AnAccountIsFoundOnce"}},
		{"role not looked at", asked(func(q *auth.AccountQuery) { q.Role = "" }), []string{"Lists/AccountsOfARoleOrStatus"}},
		{"status not looked at", asked(func(q *auth.AccountQuery) { q.Status = "" }), []string{"Lists/AccountsOfARoleOrStatus"}},
		{"seats of the tenant only", listed(func(q auth.AccountQuery, found []auth.FoundAccount) []auth.FoundAccount {
			for i := range found {
				found[i].Seats = slices.DeleteFunc(found[i].Seats, func(s auth.Seat) bool { return s.Tenant != q.Tenant })
			}
			return found
		}), []string{"Lists/AccountsOfOthersAreNotListed"}},
		{"role in any tenant", func(s auth.Store) auth.Store { return roleAnywhere{s} }, []string{"Lists/AccountsOfOthersAreNotListed"}},
		{"pages by term", asked(func(q *auth.AccountQuery) {
			if q.After.Term != "" {
				q.After.ID = "~"
			}
		}), []string{"Lists/AccountsComeInPages"}},
		{"the last account seen comes again", asked(func(q *auth.AccountQuery) {
			if q.After.Term != "" {
				q.After.ID = ""
			}
		}), []string{"Lists/AccountsComeInPages"}},
		{"no page after one who is gone", func(s auth.Store) auth.Store { return pageAfterGone{s} }, []string{"Lists/PagesBearChanges"}},
		{"names as they were", held(func(first auth.Account, q auth.AccountQuery) bool {
			return !slices.ContainsFunc(first.User.Terms(), func(term string) bool { return strings.HasPrefix(term, q.Prefix) })
		}), []string{"Lists/NewNamesReachTheList"}},
		{"seats as they were", held(func(first auth.Account, q auth.AccountQuery) bool { return first.Seats[0].Tenant != q.Tenant }),
			[]string{"Lists/SeatsReachTheList"}},
		{"states as they were", held(func(first auth.Account, q auth.AccountQuery) bool {
			return q.Status != "" && q.Status != first.User.Status
		}), []string{"Lists/StatesReachTheList"}},
		{"user of events not looked at", func(s auth.Store) auth.Store {
			return eventsOtherwise{s, func(q *auth.EventQuery) { q.User = "" }}
		}, []string{"Lists/EventsAreFiltered"}},
		{"start of events not looked at", func(s auth.Store) auth.Store {
			return eventsOtherwise{s, func(q *auth.EventQuery) { q.Since = time.Time{} }}
		}, []string{"Lists/EventsAreFiltered"}},
		{"events of a moment skipped", func(s auth.Store) auth.Store {
			return eventsOtherwise{s, func(q *auth.EventQuery) { q.Before.ID = "" }}
		}, []string{"Lists/EventsComeInPages"}},
		{"actors dropped", func(s auth.Store) auth.Store { return actorDropped{s} }, []string{"Lists/ActorsAreKept", "Records/TheTrailComesBackWhole"}},
		{"hash without the actor", chained(func(before []byte, number int64, e auth.Event) []byte {
			e.Actor = ""
			return storetest.Chain(before, number, e)
		}), []string{"Lists/ActorsAreKept"}},
	}
}

// askedOtherwise looks for something else than it was asked for.
type askedOtherwise struct {
	auth.Store
	edit func(*auth.AccountQuery)
}

func (b askedOtherwise) Accounts(ctx context.Context, q auth.AccountQuery) ([]auth.FoundAccount, error) {
	b.edit(&q)
	return b.Store.Accounts(ctx, q)
}

// listedOtherwise lists something else than it found.
type listedOtherwise struct {
	auth.Store
	edit func(auth.AccountQuery, []auth.FoundAccount) []auth.FoundAccount
}

func (b listedOtherwise) Accounts(ctx context.Context, q auth.AccountQuery) ([]auth.FoundAccount, error) {
	found, err := b.Store.Accounts(ctx, q)
	return b.edit(q, found), err
}

// onceATerm finds an account at each of its terms that fit.
type onceATerm struct{ auth.Store }

func (b onceATerm) Accounts(ctx context.Context, q auth.AccountQuery) ([]auth.FoundAccount, error) {
	found, err := b.Store.Accounts(ctx, q)
	var out []auth.FoundAccount
	for _, f := range found {
		for _, term := range f.User.Terms() {
			if q.Prefix != "" && !strings.HasPrefix(term, q.Prefix) {
				continue
			}
			if f.Place.Term = term; q.Prefix == "" {
				f.Place.Term = ""
			}
			out = append(out, f)
			if q.Prefix == "" {
				break
			}
		}
	}
	return out, err
}

// roleAnywhere takes a role that somebody has in another tenant for one here.
type roleAnywhere struct{ auth.Store }

func (b roleAnywhere) Accounts(ctx context.Context, q auth.AccountQuery) ([]auth.FoundAccount, error) {
	role := q.Role
	q.Role = ""
	found, err := b.Store.Accounts(ctx, q)
	return slices.DeleteFunc(found, func(f auth.FoundAccount) bool {
		return role != "" && !slices.ContainsFunc(f.Seats, func(s auth.Seat) bool { return s.Role == role })
	}), err
}

// pageAfterGone ends the list where the last one seen is not in it any more.
type pageAfterGone struct{ auth.Store }

func (b pageAfterGone) Accounts(ctx context.Context, q auth.AccountQuery) ([]auth.FoundAccount, error) {
	if q.After.ID != "" {
		if _, err := b.User(ctx, q.Directory, q.After.ID); err != nil {
			return nil, nil //nolint:nilerr // which is what is wrong with it
		}
	}
	return b.Store.Accounts(ctx, q)
}

// asCreated drops from a list by what the account was when it was made.
type asCreated struct {
	auth.Store
	drop  func(first auth.Account, q auth.AccountQuery) bool
	first sync.Map
}

func (b *asCreated) CreateUser(ctx context.Context, u auth.User, s auth.Seat, n auth.Note) error {
	b.first.Store(u.ID, auth.Account{User: u, Seats: []auth.Seat{s}})
	return b.Store.CreateUser(ctx, u, s, n)
}

func (b *asCreated) Accounts(ctx context.Context, q auth.AccountQuery) ([]auth.FoundAccount, error) {
	found, err := b.Store.Accounts(ctx, q)
	return slices.DeleteFunc(found, func(f auth.FoundAccount) bool {
		first, ok := b.first.Load(f.User.ID)
		return ok && b.drop(first.(auth.Account), q)
	}), err
}

type eventsOtherwise struct {
	auth.Store
	edit func(*auth.EventQuery)
}

func (b eventsOtherwise) Events(ctx context.Context, q auth.EventQuery) ([]auth.Event, error) {
	b.edit(&q)
	return b.Store.Events(ctx, q)
}

type actorDropped struct{ auth.Store }

func (b actorDropped) Write(ctx context.Context, n auth.Note) error {
	n.Events = slices.Clone(n.Events)
	for i := range n.Events {
		n.Events[i].Actor = ""
	}
	return b.Store.Write(ctx, n)
}
