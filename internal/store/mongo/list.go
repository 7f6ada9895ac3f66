package mongo

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

// bareList is bare for lists.
var bareList = bson.D{
	{Key: "sessions", Value: 0}, {Key: "sessionIds", Value: 0}, {Key: "devices", Value: 0}, {Key: "parcels", Value: 0},
}

// Accounts implements [auth.Records].
func (s *Store) Accounts(ctx context.Context, q auth.AccountQuery) ([]auth.FoundAccount, error) {
	if err := s.enter(ctx); err != nil || q.Max <= 0 {
		return nil, s.fail("Accounts", err)
	}
	list := s.byTerm
	if q.Prefix == "" {
		list = s.newest
	}
	found, err := list(ctx, q)
	if err != nil {
		return nil, s.fail("Accounts", err)
	}
	docs := make([]*accountDoc, len(found))
	for i := range found {
		docs[i] = found[i].account
	}
	permissions, err := s.permissions(ctx, q.Directory, docs...)
	if err != nil {
		return nil, s.fail("Accounts", err)
	}
	var out []auth.FoundAccount
	for _, f := range found {
		out = append(out, auth.FoundAccount{Account: f.account.account(permissions), Place: f.place})
	}
	return out, nil
}

// placed is an account and its place in a list.
type placed struct {
	account *accountDoc
	place   auth.AccountPlace
}

// seated is the filter for the accounts that are asked for, but for the prefix.
func seated(q auth.AccountQuery) bson.D {
	place := q.Tenant
	if q.Role != "" {
		place = key(q.Tenant, q.Role)
	}
	filter := bson.D{{Key: "directory", Value: q.Directory}, {Key: "places", Value: place}}
	if q.Status != "" {
		filter = append(filter, bson.E{Key: "user.status", Value: q.Status})
	}
	return filter
}

// newest lists by id, from the greatest on.
func (s *Store) newest(ctx context.Context, q auth.AccountQuery) ([]placed, error) {
	filter := seated(q)
	if q.After != (auth.AccountPlace{}) {
		filter = append(filter, bson.E{Key: "user.id", Value: bson.D{{Key: "$lt", Value: q.After.ID}}})
	}
	docs, err := all[accountDoc](ctx, s, accounts, filter,
		options.Find().SetProjection(bareList).SetSort(bson.D{{Key: "user.id", Value: -1}}).SetLimit(int64(q.Max)))
	var out []placed
	for i := range docs {
		out = append(out, placed{&docs[i], auth.AccountPlace{ID: docs[i].User.ID}})
	}
	return out, err
}

// byTerm lists by search term. It walks along the terms, some at a time, and
// takes the accounts of which they are the first one with the prefix.
func (s *Store) byTerm(ctx context.Context, q auth.AccountQuery) ([]placed, error) {
	var out []placed
	for after := q.After; len(out) < q.Max; {
		some, err := s.termsFrom(ctx, q, after)
		if err != nil || len(some) == 0 {
			return out, err
		}
		docs, err := s.termed(ctx, q, some)
		if err != nil {
			return nil, err
		}
		for _, t := range some {
			after = auth.AccountPlace{Term: t.Term, ID: t.User}
			a := docs[t.Account]
			if a == nil || a.Terms != t.Rev || first(a, q.Prefix) != t.Term {
				continue
			}
			if out = append(out, placed{a, after}); len(out) == q.Max {
				break
			}
		}
	}
	return out, nil
}

// first returns the first term of an account with the prefix.
func first(a *accountDoc, prefix string) string {
	all := a.user().Terms()
	if i := slices.IndexFunc(all, func(term string) bool { return strings.HasPrefix(term, prefix) }); i >= 0 {
		return all[i]
	}
	return ""
}

// termsFrom reads some terms with the prefix, those of one place always together:
// an account whose terms are being changed has some of them twice.
func (s *Store) termsFrom(ctx context.Context, q auth.AccountQuery, after auth.AccountPlace) ([]termDoc, error) {
	tenant := bson.E{Key: "tenant", Value: key(q.Directory, q.Tenant)}
	filter := bson.D{tenant, {Key: "term", Value: bson.D{{Key: "$gte", Value: max(q.Prefix, after.Term)}, {Key: "$lt", Value: beyond(q.Prefix)}}}}
	if after != (auth.AccountPlace{}) {
		filter = append(filter, bson.E{Key: "$or", Value: bson.A{
			bson.D{{Key: "term", Value: bson.D{{Key: "$gt", Value: after.Term}}}},
			bson.D{{Key: "user", Value: bson.D{{Key: "$gt", Value: after.ID}}}},
		}})
	}
	limit := min(2*q.Max+10, sweepRows)
	some, err := all[termDoc](ctx, s, terms, filter,
		options.Find().SetSort(bson.D{{Key: "term", Value: 1}, {Key: "user", Value: 1}}).SetLimit(int64(limit)))
	if err != nil || len(some) < limit {
		return some, err
	}
	last := some[len(some)-1]
	rest, err := all[termDoc](ctx, s, terms, bson.D{tenant, {Key: "term", Value: last.Term}, {Key: "user", Value: last.User}})
	some = slices.DeleteFunc(some, func(t termDoc) bool { return t.Term == last.Term && t.User == last.User })
	return append(some, rest...), err
}

// termed reads the accounts of terms, those that are asked for. Terms that have
// been nobody's for long are cleared away: a process was killed.
func (s *Store) termed(ctx context.Context, q auth.AccountQuery, some []termDoc) (map[string]*accountDoc, error) {
	var ids bson.A
	for _, t := range some {
		ids = append(ids, t.Account)
	}
	docs, err := all[accountDoc](ctx, s, accounts, append(seated(q), bson.E{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}),
		options.Find().SetProjection(bareList))
	if err != nil {
		return nil, err
	}
	out := map[string]*accountDoc{}
	for i := range docs {
		out[docs[i].ID] = &docs[i]
	}
	for _, t := range some {
		if a := out[t.Account]; a != nil && a.Terms != t.Rev && age(t.Rev) > time.Hour {
			if _, err := s.remove(ctx, terms, bson.D{{Key: "rev", Value: t.Rev}}); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}
