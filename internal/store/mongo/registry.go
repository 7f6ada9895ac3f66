package mongo

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const registries = "registry"

// registryDoc is what a deployment has few of: one document, so that all of it
// changes in one step.
type registryDoc struct {
	ID       string `bson:"_id"`
	Rev      string
	Keys     []keyDoc     `bson:"keys,omitempty"` // oldest first
	APIKeys  []apiKeyDoc  `bson:"operators,omitempty"`
	Settings []settingDoc `bson:"settings,omitempty"` // by name; a name may have dots, so they are no fields
	Parcels  []parcel     `bson:"parcels,omitempty"`
}

func (r *registryDoc) carries() (id, rev string, parcels []parcel, gone bool) {
	return r.ID, r.Rev, r.Parcels, false
}

// keyDoc is an [auth.KeyRecord] with names for its fields.
type keyDoc struct {
	ID        string    `bson:"id"`
	Algorithm string    `bson:"algorithm"`
	Sealed    []byte    `bson:"sealed,omitempty"`
	CreatedAt time.Time `bson:"createdAt"`
	SignsFrom time.Time `bson:"signsFrom"`
}

// apiKeyDoc is an [auth.APIKey] with names for its fields.
type apiKeyDoc struct {
	ID        string       `bson:"id"`
	Kind      auth.KeyKind `bson:"kind"`
	Tenant    string       `bson:"tenant,omitempty"`
	Name      string       `bson:"name"`
	Scopes    []string     `bson:"scopes,omitempty"`
	Proof     []byte       `bson:"proof,omitempty"`
	CreatedAt time.Time    `bson:"createdAt"`
	ExpiresAt time.Time    `bson:"expiresAt,omitempty"`
	UsedAt    time.Time    `bson:"usedAt,omitempty"`
	RevokedAt time.Time    `bson:"revokedAt,omitempty"`
}

type settingDoc struct{ Name, Digest string }

// registry reads the registry; one that is not there is empty.
func (s *Store) registry(ctx context.Context) (*registryDoc, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	r, err := one[registryDoc](ctx, s, registries, byID(registries))
	r.ID = registries
	for i, k := range r.APIKeys {
		r.APIKeys[i].Kind = cmp.Or(k.Kind, auth.KeyOperator) // of the first version
	}
	return &r, ignoreAbsent(err)
}

// changeRegistry reads the registry, lets edit change it, and writes it back with
// the note that edit makes, unless somebody else was faster: then again.
func (s *Store) changeRegistry(ctx context.Context, edit func(*registryDoc) (auth.Note, error)) error {
	return s.retry(ctx, registries, func() (bool, error) {
		r, err := s.registry(ctx)
		if err != nil {
			return false, err
		}
		if err := s.settle(ctx, r); err != nil {
			return false, err
		}
		n, err := edit(r)
		if err != nil {
			return false, err
		}
		old := r.Rev
		r.Rev, r.Parcels = newRev(), s.pack(n).list()
		done, err := s.put(ctx, registries, registries, old, r.Rev, r)
		if err != nil || !done {
			return false, err
		}
		return true, s.deliver(ctx, registries, r)
	})
}

// Keys implements [auth.Registry].
func (s *Store) Keys(ctx context.Context) ([]auth.KeyRecord, error) {
	r, err := s.registry(ctx)
	if err != nil {
		return nil, s.fail("Keys", err)
	}
	var out []auth.KeyRecord
	for _, k := range r.Keys {
		out = append(out, auth.KeyRecord(k))
	}
	return out, nil
}

// AddKey implements [auth.Registry].
func (s *Store) AddKey(ctx context.Context, k auth.KeyRecord, newest string, n auth.Note) error {
	k.Sealed = bytes.Clone(k.Sealed)
	k.CreatedAt, k.SignsFrom = stamp(k.CreatedAt), stamp(k.SignsFrom)
	return s.fail("AddKey", s.changeRegistry(ctx, func(r *registryDoc) (auth.Note, error) {
		last := ""
		if have := len(r.Keys); have > 0 {
			last = r.Keys[have-1].ID
		}
		if last != newest {
			return auth.Note{}, auth.ErrTaken
		}
		r.Keys = append(r.Keys, keyDoc(k))
		sortKeys(r.Keys)
		return n, nil
	}))
}

func sortKeys(keys []keyDoc) {
	slices.SortStableFunc(keys, func(a, b keyDoc) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
}

// RemoveKey implements [auth.Registry].
func (s *Store) RemoveKey(ctx context.Context, id string) error {
	return s.fail("RemoveKey", s.changeRegistry(ctx, func(r *registryDoc) (auth.Note, error) {
		r.Keys = slices.DeleteFunc(r.Keys, func(k keyDoc) bool { return k.ID == id })
		return auth.Note{}, nil
	}))
}

// SettingsInForce implements [auth.Registry].
func (s *Store) SettingsInForce(ctx context.Context, digests map[string]string, note func(changed []string) auth.Note) error {
	return s.fail("SettingsInForce", s.changeRegistry(ctx, func(r *registryDoc) (n auth.Note, err error) {
		kept := map[string]string{}
		for _, v := range r.Settings {
			kept[v.Name] = v.Digest
		}
		if changed := differing(kept, digests); len(kept) > 0 && len(changed) > 0 {
			n = note(changed)
		}
		r.Settings = nil
		for _, name := range slices.Sorted(maps.Keys(digests)) {
			r.Settings = append(r.Settings, settingDoc{name, digests[name]})
		}
		return n, nil
	}))
}

// differing returns the names that only one of the two has, or that differ,
// sorted.
func differing(a, b map[string]string) []string {
	both := maps.Clone(a)
	maps.Copy(both, b)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(both)), func(name string) bool {
		old, had := a[name]
		now, has := b[name]
		return had && has && old == now
	})
}
