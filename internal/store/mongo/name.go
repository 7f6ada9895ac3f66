package mongo

import (
	"context"
	"time"

	"github.com/google/uuid"
	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

const names = "names"

// nameDoc says for which account a name is held. That alone says nothing: the
// name is the account's when its document has it, too. The mark is that of the
// operation that took hold of it last.
//
// An operation reads its account, takes hold of new names, and writes the account
// if that is still what was read. Who finds a name held for an account that does
// not have it ends what may be under way there, by giving the account another
// mark (see fence), and takes the name over from that operation's mark. An
// operation takes hold anew each time that it has read its account. So of two
// that want a name one writes its account first, and the other finds the name
// there, or that it must start again. Names that an operation leaves held when it
// is killed are thereby nobody's.
type nameDoc struct {
	ID    string `bson:"_id"` // directory kind name
	Rev   string
	Owner string // id of the account's document
}

// heldName is a name that an operation took hold of.
type heldName struct{ kind, id string }

// nameKinds are in the order in which [auth.TakenError] has them.
var nameKinds = []auth.NameKind{auth.NameEmail, auth.NameUsername, auth.NameMobile}

// namesOf returns the names of an account, by kind.
func (a *accountDoc) namesOf() map[auth.NameKind]string {
	out := map[auth.NameKind]string{}
	if !a.there() {
		return out
	}
	out[auth.NameEmail] = a.User.Email
	if a.User.Username != "" {
		out[auth.NameUsername] = a.User.Username
	}
	if a.User.Mobile != "" {
		out[auth.NameMobile] = a.User.Mobile
	}
	return out
}

// holdNames takes hold of the names that the account is to have and has not.
func (o *operation) holdNames(ctx context.Context) (bool, error) {
	had, have := o.old.namesOf(), o.next.namesOf()
	var fields []string
	o.next.Names = map[string]string{}
	for _, kind := range nameKinds {
		name, ok := have[kind]
		if !ok {
			continue
		}
		if old, ok := had[kind]; ok && old == name {
			o.next.Names[string(kind)] = o.old.Names[string(kind)]
			continue
		}
		o.next.Names[string(kind)] = o.next.Rev
		held := heldName{string(kind), key(o.next.Directory, string(kind), name)}
		free, err := o.store.hold(ctx, held, o.next.ID, o.next.Rev)
		if err != nil {
			return false, err
		}
		if !free {
			fields = append(fields, string(kind))
			continue
		}
		o.held = append(o.held, held)
	}
	if fields != nil {
		return false, &auth.TakenError{Fields: fields}
	}
	return true, nil
}

// hold takes hold of a name for an account, unless another account has it.
func (s *Store) hold(ctx context.Context, name heldName, owner, rev string) (free bool, err error) {
	err = s.retry(ctx, names+name.id, func() (bool, error) {
		now, err := one[nameDoc](ctx, s, names, byID(name.id))
		if err != nil && !absent(err) {
			return false, err
		}
		if now.Owner != "" && now.Owner != owner {
			has, err := s.confirm(ctx, name, now)
			if err != nil || has {
				return err == nil, err
			}
		}
		free, err = s.put(ctx, names, name.id, now.Rev, rev, nameDoc{name.id, rev, owner})
		return free, err
	})
	return free, err
}

// politeness is how long others are left to finish what they began, from when
// they began it, before it is taken from them. Nothing depends on it but how
// often somebody has to start again.
const politeness = 2 * time.Second

// confirm tells whether an account has the name that is held for it. If it does
// not, nothing that is under way will give it to it.
func (s *Store) confirm(ctx context.Context, name heldName, now nameDoc) (bool, error) {
	end := time.Now().Add(politeness)
	for wait := 4 * time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		a, err := one[accountDoc](ctx, s, accounts, byID(now.Owner), bare)
		if err != nil && !absent(err) {
			return false, err
		}
		if a.has(name) {
			return true, nil
		}
		if age(now.Rev) > politeness || time.Now().After(end) {
			break
		}
		again, err := one[nameDoc](ctx, s, names, byID(name.id))
		if err != nil && !absent(err) || again.Rev != now.Rev {
			return false, ignoreAbsent(err) // it was given back, or taken on
		}
		if err := pause(ctx, wait); err != nil {
			return false, err
		}
	}
	a, err := s.fence(ctx, now.Owner)
	return err == nil && a.has(name), err
}

func ignoreAbsent(err error) error {
	if absent(err) {
		return nil
	}
	return err
}

func (a *accountDoc) has(name heldName) bool {
	value, ok := a.namesOf()[auth.NameKind(name.kind)]
	return ok && key(a.Directory, name.kind, value) == name.id
}

// fence gives an account another mark, so that every operation that read it
// before comes to nothing, and returns the account as it is then. Where there is
// none the mark is put in its place, for those that are about to make it.
func (s *Store) fence(ctx context.Context, id string) (*accountDoc, error) {
	var a accountDoc
	_, err := s.try(ctx, func(ctx context.Context) error {
		for { // of two that put a mark where there was none, one fails
			rev := newRev()
			err := s.db.Collection(accounts).FindOneAndUpdate(ctx, byID(id), bson.D{
				{Key: "$set", Value: bson.D{{Key: "rev", Value: rev}}},
				{Key: "$setOnInsert", Value: bson.D{{Key: "gone", Value: true}}},
			}, options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)).Decode(&a)
			if !driver.IsDuplicateKeyError(err) {
				return err
			}
		}
	})
	return &a, err
}

// age is how long ago a mark was made, by the clocks of two machines.
func age(rev string) time.Duration {
	id, err := uuid.Parse(rev)
	if err != nil {
		return politeness + 1
	}
	sec, nsec := id.Time().UnixTime()
	return time.Since(time.Unix(sec, nsec))
}

// releaseNames gives back the names that the account had before and has no
// longer, or those that it was to have and does not get. By their marks: somebody
// else may hold them by now.
func (o *operation) releaseNames(ctx context.Context, done bool) {
	held, rev := o.held, func(heldName) string { return o.next.Rev }
	if done {
		held = nil
		have := o.next.namesOf()
		for kind, name := range o.old.namesOf() {
			if have[kind] != name {
				held = append(held, heldName{string(kind), key(o.old.Directory, string(kind), name)})
			}
		}
		rev = func(n heldName) string { return o.old.Names[n.kind] }
	}
	for _, n := range held {
		if _, err := o.store.remove(ctx, names, as(n.id, rev(n))); err != nil {
			return
		}
	}
}

// named reads the account that has a name.
func (s *Store) named(ctx context.Context, directory string, name auth.Name) (*accountDoc, error) {
	held := heldName{string(name.Kind), key(directory, string(name.Kind), name.Value)}
	now, err := one[nameDoc](ctx, s, names, byID(held.id))
	if err != nil {
		return nil, err
	}
	a, err := one[accountDoc](ctx, s, accounts, byID(now.Owner), bare)
	if err == nil && !a.has(held) {
		err = auth.ErrNoRecord
	}
	return &a, err
}
