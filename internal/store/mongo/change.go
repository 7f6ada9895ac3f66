package mongo

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

// A change of an account: what edit makes of the account as it is, or why it
// does not.
type change struct {
	directory, user string
	absent          bool   // the account must not be there yet
	guard           string // tenant that must keep an admin
	edit            func(next *accountDoc) (auth.Note, error)
}

// changeAccount reads an account, lets edit change a copy of it, and puts that in
// its place when the account is still what was read; else it starts again.
func (s *Store) changeAccount(ctx context.Context, c change) (*accountDoc, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	var next *accountDoc
	id := accountID(c.directory, c.user)
	err := s.retry(ctx, accounts+id, func() (bool, error) {
		old, err := one[accountDoc](ctx, s, accounts, byID(id))
		if err != nil && !absent(err) {
			return false, err
		}
		switch {
		case !c.absent && !old.there():
			return false, auth.ErrNoRecord
		case c.absent && old.there():
			return false, auth.ErrTaken
		}
		if err := s.settle(ctx, &old); err != nil {
			return false, err
		}
		next = old.clone()
		next.ID, next.Directory = id, c.directory
		note, err := c.edit(next)
		if err != nil {
			return false, err
		}
		return s.commit(ctx, &old, next, c.guard, s.pack(note))
	})
	return next, err
}

// commit puts an account in the place of what was read, with all that has to
// agree with it in other documents: what must be there before is put there first
// and counts for nothing until the account is written; what is over goes after.
func (s *Store) commit(ctx context.Context, old, next *accountDoc, guard string, p parcel) (done bool, err error) {
	next.Rev, next.Gone = newRev(), len(next.Seats) == 0
	if next.Gone {
		*next = accountDoc{ID: next.ID, Rev: next.Rev, Gone: true, Directory: next.Directory}
	}
	next.derive()
	next.Parcels = p.list()
	op := &operation{store: s, old: old, next: next}
	known := true // what became of the account
	defer func() {
		if !known {
			return // leftovers are in nobody's way for good: see name.go, claim.go, term.go
		}
		clean, cancel := s.aside(ctx)
		defer cancel()
		op.tidy(clean, done)
	}()
	for _, step := range []func(context.Context) (bool, error){op.holdNames, func(ctx context.Context) (bool, error) { return op.claimAll(ctx, guard) }, op.addTerms} {
		if ok, err := step(ctx); err != nil || !ok {
			return false, err
		}
	}
	done, err = s.put(ctx, accounts, next.ID, old.Rev, next.Rev, next)
	if known = err == nil; err != nil || !done {
		return false, err
	}
	return true, s.deliver(ctx, accounts, next)
}

// An operation is one try to change an account.
type operation struct {
	store     *Store
	old, next *accountDoc
	held      []heldName
	claimed   []string // ids of scopes
	termed    bool
}

// tidy takes away what the operation needs no longer: of the account as it was,
// or of the operation itself when it came to nothing.
func (o *operation) tidy(ctx context.Context, done bool) {
	o.releaseClaims(ctx)
	o.releaseNames(ctx, done)
	o.dropTerms(ctx, done)
}
