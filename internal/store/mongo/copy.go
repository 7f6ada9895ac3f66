package mongo

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/latchkey/latchkey/internal/auth"
)

var _ auth.Rows = (*Store)(nil)

// copied is how the rows of a kind lie in the database. Ids are made like the
// keys of rows, so that they sort alike.
type copied struct {
	in   string // collection
	by   string // the field that is the key of the row
	page func(ctx context.Context, s *Store, after string, max int) ([]auth.Row, error)
	doc  func(auth.Row) (id string, doc any, err error)
}

// pageOf makes the pages of a kind of documents.
func pageOf[D any](in, by string, only bson.D, row func(D) (auth.Row, error)) func(context.Context, *Store, string, int) ([]auth.Row, error) {
	return func(ctx context.Context, s *Store, after string, max int) ([]auth.Row, error) {
		filter := append(bson.D{{Key: by, Value: bson.D{{Key: "$gt", Value: after}}}}, only...)
		docs, err := all[D](ctx, s, in, filter, options.Find().SetSort(bson.D{{Key: by, Value: 1}}).SetLimit(int64(max)))
		if err != nil {
			return nil, err
		}
		rows := make([]auth.Row, len(docs))
		for i, d := range docs {
			if rows[i], err = row(d); err != nil {
				return nil, err
			}
		}
		return rows, nil
	}
}

// docOf reads a row and makes a document of it.
func docOf[V any](read func(auth.Row) (V, error), doc func(V) (any, error)) func(auth.Row) (string, any, error) {
	return func(r auth.Row) (string, any, error) {
		v, err := read(r)
		if err != nil {
			return "", nil, err
		}
		d, err := doc(v)
		if t, ok := d.(tenantDoc); ok {
			return t.Slug, d, err
		}
		return r.Key, d, err
	}
}

// copiedOf returns how the rows of a kind are kept that have a document each.
func copiedOf(kind string) (copied, bool) {
	switch kind {
	case auth.RowDirectories:
		return copiedDirectories(), true
	case auth.RowTenants:
		return copiedTenants(), true
	case auth.RowAccounts:
		return copiedAccounts(), true
	case auth.RowTickets:
		return copiedTickets(), true
	case auth.RowCounters:
		return copiedCounters(), true
	case auth.RowMails:
		return copiedMails(), true
	case auth.RowEvents:
		return copiedEvents(), true
	case auth.RowHeads:
		return copiedHeads(), true
	}
	return copied{}, false
}

// Rows implements [auth.Rows].
func (s *Store) Rows(ctx context.Context, kind, after string, max int) ([]auth.Row, error) {
	if err := s.enter(ctx); err != nil {
		return nil, s.fail("Rows", err)
	}
	if after == "" {
		if err := s.finish(ctx); err != nil {
			return nil, s.fail("Rows", err)
		}
	}
	c, ok := copiedOf(kind)
	if !ok {
		rows, err := s.partRows(ctx, kind, after, max)
		return rows, s.fail("Rows", err)
	}
	rows, err := c.page(ctx, s, after, max)
	return rows, s.fail("Rows", err)
}

// finish brings everything to where it belongs that a process which was killed
// has left on the way.
func (s *Store) finish(ctx context.Context) error {
	if err := s.recover(ctx); err != nil {
		return err
	}
	ends, err := all[headDoc](ctx, s, heads, bson.D{})
	if err != nil {
		return err
	}
	for _, h := range ends {
		if err := s.addLinks(ctx, h.left()); err != nil {
			return err
		}
	}
	founded, err := all[tenantDoc](ctx, s, tenants, bson.D{{Key: "founding", Value: bson.D{{Key: "$exists", Value: true}}}}, options.Find().SetProjection(withoutLogo))
	for i := range founded {
		if err := s.found(ctx, &founded[i]); err != nil {
			return err
		}
	}
	return err
}

// PutRows implements [auth.Rows]. All rows are read before the first is put; what
// is cut off in between is put again by who copies.
func (s *Store) PutRows(ctx context.Context, rows []auth.Row) error {
	if err := s.enter(ctx); err != nil || len(rows) == 0 {
		return s.fail("PutRows", err)
	}
	kind := rows[0].Kind
	for _, r := range rows {
		if r.Kind != kind {
			return fmt.Errorf("rows of the kinds %q and %q are not put together", kind, r.Kind)
		}
	}
	c, ok := copiedOf(kind)
	switch {
	case !ok:
		return s.fail("PutRows", s.putParts(ctx, kind, rows))
	case kind == auth.RowAccounts:
		return s.fail("PutRows", s.putAccounts(ctx, rows))
	}
	docs := map[string]any{}
	for _, r := range rows { // of rows with one key the last one stays
		id, doc, err := c.doc(r)
		if err != nil {
			return err
		}
		docs[id] = doc
	}
	return s.fail("PutRows", s.replaceAll(ctx, c.in, docs))
}

// replaceAll puts documents in the place of those with their ids.
func (s *Store) replaceAll(ctx context.Context, in string, docs map[string]any) error {
	if len(docs) == 0 {
		return nil
	}
	var writes []driver.WriteModel
	for id, doc := range docs {
		writes = append(writes, driver.NewReplaceOneModel().SetFilter(byID(id)).SetReplacement(doc).SetUpsert(true))
	}
	_, err := s.try(ctx, func(ctx context.Context) error {
		_, err := s.db.Collection(in).BulkWrite(ctx, writes, options.BulkWrite().SetOrdered(false))
		return err
	})
	return err
}

// DropRows implements [auth.Rows].
func (s *Store) DropRows(ctx context.Context, kind string, keys []string) error {
	if err := s.enter(ctx); err != nil {
		return s.fail("DropRows", err)
	}
	c, ok := copiedOf(kind)
	switch {
	case !ok:
		return s.fail("DropRows", s.dropParts(ctx, kind, keys))
	case kind == auth.RowAccounts:
		return s.fail("DropRows", s.dropAccounts(ctx, keys))
	}
	_, err := s.remove(ctx, c.in, bson.D{{Key: c.by, Value: bson.D{{Key: "$in", Value: keys}}}})
	return s.fail("DropRows", err)
}
