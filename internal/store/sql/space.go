package sql

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	spaceColumns = "directory, tenant_id, id, slug, name, created_at"

	spaceInsert = "INSERT INTO spaces (" + spaceColumns + ") VALUES ($1, $2, $3, $4, $5, $6)"
	// An id goes before a slug, should one look like the other.
	spaceByRef = "SELECT " + spaceColumns + ` FROM spaces
		WHERE directory = $1 AND tenant_id = $2 AND (id = $3 OR slug = $3) ORDER BY CASE WHEN id = $3 THEN 0 ELSE 1 END LIMIT 1`
)

func scanSpace(row scanner) (sp auth.Space, err error) {
	var created int64
	err = row.Scan(&sp.Directory, &sp.Tenant, &sp.ID, &sp.Slug, &sp.Name, &created)
	sp.CreatedAt = at(created)
	return sp, err
}

// Space implements [auth.Records].
func (s *Store) Space(ctx context.Context, directory, tenant, ref string) (auth.Space, error) {
	var sp auth.Space
	err := s.readOne(ctx, "Space", spaceByRef, into(&sp, scanSpace), directory, tenant, ref)
	return sp, err
}
