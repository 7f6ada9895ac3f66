package mongo

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

// Some rows are parts of a document: of the registry, or of a tenant's scope. A
// part is a list of them as a document has it.
type part interface {
	rows() ([]auth.Row, error)
	put(auth.Row) error
	drop(key string)
}

// partRows reads the rows of a kind that are parts of documents.
func (s *Store) partRows(ctx context.Context, kind, after string, max int) ([]auth.Row, error) {
	if kind == auth.RowSpaces || kind == auth.RowRoles {
		return s.scopeRows(ctx, kind, after, max)
	}
	r, err := s.registry(ctx)
	if err != nil {
		return nil, err
	}
	p, err := r.part(kind)
	if err != nil {
		return nil, err
	}
	rows, err := partAfter(p, after)
	return rows[:min(max, len(rows))], err
}

// partAfter returns the rows of a part that come after a key.
func partAfter(p part, after string) ([]auth.Row, error) {
	rows, err := p.rows()
	slices.SortFunc(rows, func(a, b auth.Row) int { return cmp.Compare(a.Key, b.Key) })
	return slices.DeleteFunc(rows, func(r auth.Row) bool { return r.Key <= after }), err
}

// scopeRows walks along the scopes.
func (s *Store) scopeRows(ctx context.Context, kind, after string, max int) ([]auth.Row, error) {
	const some = 100
	parts := auth.RowParts(after, 3)
	from, op := scopeID(parts[0], parts[1]), "$gte"
	var rows []auth.Row
	for {
		docs, err := all[scopeDoc](ctx, s, scopes, bson.D{{Key: "_id", Value: bson.D{{Key: op, Value: from}}}},
			options.Find().SetSort(bson.D{{Key: "_id", Value: 1}}).SetLimit(some))
		if err != nil {
			return nil, err
		}
		for i := range docs {
			p, err := docs[i].part(kind)
			if err != nil {
				return nil, err
			}
			more, err := partAfter(p, after)
			if err != nil {
				return nil, err
			}
			if rows = append(rows, more...); len(rows) >= max {
				return rows[:max], nil
			}
			from, op = docs[i].ID, "$gt"
		}
		if len(docs) < some {
			return rows, nil
		}
	}
}

// putParts puts rows into the documents that they are parts of.
func (s *Store) putParts(ctx context.Context, kind string, rows []auth.Row) error {
	if _, err := (&registryDoc{}).part(kind); err == nil {
		return s.changeRegistry(ctx, func(r *registryDoc) (auth.Note, error) {
			p, err := r.part(kind)
			if err != nil {
				return auth.Note{}, err
			}
			return auth.Note{}, putAll(p, rows)
		})
	}
	of := map[string][]auth.Row{}
	for _, r := range rows {
		p, err := (&scopeDoc{}).part(kind)
		if err != nil {
			return err
		}
		if err := p.put(r); err != nil { // all are read before one is put
			return err
		}
		parts := auth.RowParts(r.Key, 3)
		of[scopeID(parts[0], parts[1])] = append(of[scopeID(parts[0], parts[1])], r)
	}
	for id, rows := range of {
		if err := s.changeParts(ctx, kind, id, func(p part) error { return putAll(p, rows) }); err != nil {
			return err
		}
	}
	return nil
}

// changeParts changes the parts of a scope.
func (s *Store) changeParts(ctx context.Context, kind, id string, change func(part) error) error {
	parts := auth.RowParts(id, 2)
	return s.changeScope(ctx, parts[0], parts[1], auth.Note{}, func(c *scopeDoc) error {
		p, err := c.part(kind)
		if err != nil {
			return err
		}
		return change(p)
	})
}

func putAll(p part, rows []auth.Row) error {
	for _, r := range rows {
		if err := p.put(r); err != nil {
			return err
		}
	}
	return nil
}

// dropParts takes rows out of the documents that they are parts of.
func (s *Store) dropParts(ctx context.Context, kind string, keys []string) error {
	if _, err := (&registryDoc{}).part(kind); err == nil {
		return s.changeRegistry(ctx, func(r *registryDoc) (auth.Note, error) {
			p, err := r.part(kind)
			for _, key := range keys {
				p.drop(key)
			}
			return auth.Note{}, err
		})
	}
	if _, err := (&scopeDoc{}).part(kind); err != nil {
		return err
	}
	for _, k := range keys {
		parts := auth.RowParts(k, 3)
		if err := s.changeParts(ctx, kind, scopeID(parts[0], parts[1]), func(p part) error { p.drop(k); return nil }); err != nil {
			return err
		}
	}
	return nil
}

// list is a part that is a list of documents.
type list[D, V any] struct {
	of   *[]D
	row  func(D) (auth.Row, error)
	read func(auth.Row) (V, error)
	doc  func(V) D
}

func (l list[D, V]) rows() ([]auth.Row, error) {
	var out []auth.Row
	for _, d := range *l.of {
		r, err := l.row(d)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (l list[D, V]) put(r auth.Row) error {
	v, err := l.read(r)
	if err == nil {
		l.drop(r.Key)
		*l.of = append(*l.of, l.doc(v))
	}
	return err
}

func (l list[D, V]) drop(key string) {
	*l.of = slices.DeleteFunc(*l.of, func(d D) bool {
		r, err := l.row(d)
		return err == nil && r.Key == key
	})
}

// part returns the part of a scope that is the rows of a kind.
func (c *scopeDoc) part(kind string) (part, error) {
	switch kind {
	case auth.RowSpaces:
		return list[spaceDoc, auth.Space]{&c.Spaces, func(d spaceDoc) (auth.Row, error) { return auth.SpaceRow(auth.Space(d)) },
			auth.Row.Space, func(v auth.Space) spaceDoc { return spaceDoc(v) }}, nil
	case auth.RowRoles:
		return roleList{c}, nil
	}
	return nil, fmt.Errorf("there are no rows of the kind %q", kind)
}

// part returns the part of the registry that is the rows of a kind.
func (r *registryDoc) part(kind string) (part, error) {
	switch kind {
	case auth.RowKeys:
		return keyList{list[keyDoc, auth.KeyRecord]{&r.Keys, func(d keyDoc) (auth.Row, error) { return auth.KeyRow(auth.KeyRecord(d)) },
			auth.Row.SigningKey, func(v auth.KeyRecord) keyDoc { return keyDoc(v) }}}, nil
	case auth.RowAPIKeys:
		return list[apiKeyDoc, auth.APIKey]{&r.APIKeys, func(d apiKeyDoc) (auth.Row, error) { return auth.APIKeyRow(auth.APIKey(d)) },
			auth.Row.APIKey, func(v auth.APIKey) apiKeyDoc { return apiKeyDoc(v) }}, nil
	case auth.RowSettings:
		return list[settingDoc, settingDoc]{&r.Settings, func(d settingDoc) (auth.Row, error) { return auth.SettingRow(d.Name, d.Digest) },
			func(row auth.Row) (d settingDoc, err error) {
				d.Name, d.Digest, err = row.Setting()
				return d, err
			}, func(d settingDoc) settingDoc { return d }}, nil
	}
	return nil, fmt.Errorf("there are no rows of the kind %q", kind)
}

// keyList is the signing keys, which stay in their order.
type keyList struct{ list[keyDoc, auth.KeyRecord] }

func (l keyList) put(r auth.Row) error {
	err := l.list.put(r)
	sortKeys(*l.of)
	return err
}

// roleList is the roles of a scope, which are there by name.
type roleList struct{ of *scopeDoc }

func (l roleList) rows() ([]auth.Row, error) {
	var out []auth.Row
	for _, d := range l.of.Roles {
		r, err := auth.RoleRow(auth.Role(d))
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func (l roleList) put(r auth.Row) error {
	v, err := r.Role()
	if err == nil {
		l.of.setRole(v)
	}
	return err
}

func (l roleList) drop(key string) { delete(l.of.Roles, auth.RowParts(key, 3)[2]) }
