package mongo

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const terms = "terms"

// termDoc is a search term of an account in a tenant. It counts when the account
// says that its terms are those with this mark, so the terms of an operation are
// written before the account, and become good all at once with it.
type termDoc struct {
	ID      string `bson:"_id"` // mark tenant term
	Rev     string // mark of the operation
	Tenant  string // directory tenant
	Term    string
	User    string
	Account string // id of the account's document
}

// searched returns by what an account is found, and where.
func (a *accountDoc) searched() (tenants, terms []string) {
	if !a.there() {
		return nil, nil
	}
	for _, s := range a.Seats {
		tenants = append(tenants, s.Tenant)
	}
	slices.Sort(tenants)
	return slices.Compact(tenants), a.user().Terms()
}

// addTerms writes the terms of the account that is to be, where they are others.
func (o *operation) addTerms(ctx context.Context) (bool, error) {
	hadTenants, hadTerms := o.old.searched()
	tenants, all := o.next.searched()
	if slices.Equal(hadTenants, tenants) && slices.Equal(hadTerms, all) {
		return true, nil
	}
	o.termed, o.next.Terms = true, o.next.Rev
	return true, o.store.addAll(ctx, terms, o.next.termDocs())
}

// termDocs are the terms of an account.
func (a *accountDoc) termDocs() []any {
	var docs []any
	tenants, all := a.searched()
	for _, tenant := range tenants {
		for _, term := range all {
			docs = append(docs, termDoc{
				ID: key(a.Terms, tenant, term), Rev: a.Terms, Tenant: key(a.Directory, tenant), Term: term, User: a.User.ID, Account: a.ID,
			})
		}
	}
	return docs
}

// dropTerms takes away the terms of the account as it was, or those of an
// operation that came to nothing.
func (o *operation) dropTerms(ctx context.Context, done bool) {
	rev := o.next.Rev
	if done {
		rev = o.old.Terms
	}
	if !o.termed || rev == "" {
		return
	}
	if _, err := o.store.remove(ctx, terms, bson.D{{Key: "rev", Value: rev}}); err != nil {
		return // the list passes over them, and clears them away one day
	}
}
