package mongo

import (
	"context"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

func copiedAccounts() copied {
	return copied{
		in: accounts, by: "_id",
		page: pageOf(accounts, "_id", bson.D{{Key: "gone", Value: bson.D{{Key: "$exists", Value: false}}}}, func(a accountDoc) (auth.Row, error) {
			d := auth.Dossier{User: a.user(), Seats: a.seats()}
			for id := range a.Sessions {
				v, _ := a.session(id)
				d.Sessions = append(d.Sessions, v)
			}
			for _, v := range a.Devices {
				d.Devices = append(d.Devices, auth.Device(v))
			}
			return auth.AccountRow(d)
		}),
	}
}

// newAccount makes the document of an account as it was elsewhere.
func newAccount(d auth.Dossier) *accountDoc {
	a := &accountDoc{ID: accountID(d.User.Directory, d.User.ID), Directory: d.User.Directory}
	a.setUser(d.User)
	a.Rev = newRev()
	a.setSeats(d.Seats)
	for _, v := range d.Sessions {
		a.setSession(v)
	}
	for _, v := range d.Devices {
		a.Devices = append(a.Devices, deviceDoc{ID: v.ID, Generation: v.Generation, SeenAt: stamp(v.SeenAt)})
	}
	a.Terms, a.Names = a.Rev, map[string]string{}
	for kind := range a.namesOf() {
		a.Names[string(kind)] = a.Rev
	}
	a.derive()
	return a
}

// heldNames returns the names of an account as they are held.
func (a *accountDoc) heldNames() []heldName {
	var out []heldName
	for kind, name := range a.namesOf() {
		out = append(out, heldName{string(kind), key(a.Directory, string(kind), name)})
	}
	return out
}

// putAccounts replaces accounts with all that is theirs. Those that have their
// names are removed first. It is for a database that nobody else writes to.
func (s *Store) putAccounts(ctx context.Context, rows []auth.Row) error {
	put, owner := map[string]*accountDoc{}, map[string]string{} // by id; of names
	for _, r := range rows {
		d, err := r.Account()
		if err != nil {
			return err
		}
		a := newAccount(d)
		put[a.ID] = a
	}
	for _, id := range slices.Sorted(maps.Keys(put)) {
		for _, n := range put[id].heldNames() {
			if other := owner[n.id]; other != "" {
				delete(put, other) // it has let go of its name, and comes again
			}
			owner[n.id] = id
		}
	}
	if err := s.dropAccounts(ctx, slices.Collect(maps.Keys(put))); err != nil {
		return err
	}
	if err := s.dropOwners(ctx, slices.Collect(maps.Keys(owner))); err != nil {
		return err
	}
	docs, held, searched := map[string]any{}, map[string]any{}, []any(nil)
	for id, a := range put {
		docs[id] = a
		for _, n := range a.heldNames() {
			held[n.id] = nameDoc{n.id, a.Rev, id}
		}
		searched = append(searched, a.termDocs()...)
	}
	if err := s.replaceAll(ctx, names, held); err != nil {
		return err
	}
	if err := s.addAll(ctx, terms, searched); err != nil {
		return err
	}
	return s.replaceAll(ctx, accounts, docs)
}

// dropOwners removes the accounts that have one of these names.
func (s *Store) dropOwners(ctx context.Context, ids []string) error {
	held, err := all[nameDoc](ctx, s, names, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}})
	if err != nil {
		return err
	}
	var owners []string
	for _, n := range held {
		owners = append(owners, n.Owner)
	}
	docs, err := s.accountsOf(ctx, owners)
	if err != nil {
		return err
	}
	owners = nil
	for _, a := range docs {
		if slices.ContainsFunc(a.heldNames(), func(n heldName) bool { return slices.Contains(ids, n.id) }) {
			owners = append(owners, a.ID)
		}
	}
	return s.dropAccounts(ctx, owners)
}

func (s *Store) accountsOf(ctx context.Context, ids []string) ([]accountDoc, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return all[accountDoc](ctx, s, accounts, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}, options.Find().SetProjection(bareList))
}

// dropAccounts removes accounts, their names and their terms.
func (s *Store) dropAccounts(ctx context.Context, ids []string) error {
	docs, err := s.accountsOf(ctx, ids)
	if err != nil || len(docs) == 0 {
		return err
	}
	var held, marks, gone []string
	for _, a := range docs {
		for _, n := range a.heldNames() {
			held = append(held, n.id)
		}
		marks, gone = append(marks, a.Terms), append(gone, a.ID)
	}
	in := func(values []string) bson.D { return bson.D{{Key: "$in", Value: values}} }
	if _, err := s.remove(ctx, accounts, bson.D{{Key: "_id", Value: in(gone)}}); err != nil {
		return err
	}
	if _, err := s.remove(ctx, terms, bson.D{{Key: "rev", Value: in(marks)}}); err != nil || len(held) == 0 {
		return err
	}
	_, err = s.remove(ctx, names, bson.D{{Key: "_id", Value: in(held)}, {Key: "owner", Value: in(gone)}})
	return err
}
