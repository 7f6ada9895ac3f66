package sql

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	spaceColumns = "directory, tenant_id, id, slug, name, created_at"

	spaceInsert = "INSERT INTO spaces (" + spaceColumns + ") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"
	// An id goes before a slug, should one look like the other. Each look is along
	// an index: a tenant may have very many spaces.
	spaceByRef = "SELECT " + spaceColumns + ` FROM spaces WHERE directory = $1 AND tenant_id = $2 AND id = COALESCE(
		(SELECT id FROM spaces WHERE directory = $1 AND tenant_id = $2 AND id = $3),
		(SELECT id FROM spaces WHERE directory = $1 AND tenant_id = $2 AND slug = $3))`
	spacesByAge = "SELECT " + spaceColumns + " FROM spaces WHERE directory = $1 AND tenant_id = $2 ORDER BY created_at, id"
)

func scanSpace(row scanner) (sp auth.Space, err error) {
	var created int64
	err = row.Scan(&sp.Directory, &sp.Tenant, &sp.ID, &sp.Slug, &sp.Name, &created)
	sp.CreatedAt = at(created)
	return sp, err
}

// Space implements [auth.SpaceRecords].
func (s *Store) Space(ctx context.Context, directory, tenant, ref string) (auth.Space, error) {
	var sp auth.Space
	err := s.readOne(ctx, "Space", spaceByRef, into(&sp, scanSpace), directory, tenant, ref)
	return sp, err
}

// Spaces implements [auth.SpaceRecords].
func (s *Store) Spaces(ctx context.Context, directory, tenant string) ([]auth.Space, error) {
	var spaces []auth.Space
	err := s.readAll(ctx, "Spaces", spacesByAge, list(&spaces, scanSpace), directory, tenant)
	return spaces, err
}

// CreateSpace implements [auth.SpaceRecords].
func (s *Store) CreateSpace(ctx context.Context, sp auth.Space, n auth.Note) error {
	return s.write(ctx, "CreateSpace", func(t *tx) error {
		added, err := addSpace(t, sp)
		if err != nil {
			return err
		}
		if !added {
			return auth.ErrTaken
		}
		return addNote(t, n)
	})
}

// addSpace adds a space; false when the tenant has one with the id or the slug.
func addSpace(t *tx, sp auth.Space) (bool, error) {
	n, err := t.exec(spaceInsert, sp.Directory, sp.Tenant, sp.ID, sp.Slug, sp.Name, ms(sp.CreatedAt))
	return n > 0, err
}
