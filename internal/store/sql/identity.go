package sql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	identities     = "SELECT id FROM directories WHERE id > '' ORDER BY id LIMIT 2"
	identityInsert = "INSERT INTO directories (id, created_at) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM directories WHERE id > '')"
)

// errMisplaced: the file holds the database of another directory, as when files
// were exchanged or the wrong backup was put back.
var errMisplaced = errors.New("it is the database of another directory: see whether files were exchanged, or the wrong backup was put back")

// identify sees that a directory's own database is that directory's, and makes
// it so when it is new: in the table in which the control database has all
// directories, it has itself alone.
func (s *Store) identify(ctx context.Context, c Config) error {
	if c.Directory == "" {
		return nil
	}
	if !c.Existing {
		err := s.write(ctx, "name the database", func(t *tx) error {
			_, err := t.exec(identityInsert, c.Directory, ms(time.Now()))
			return err
		})
		if err != nil {
			return err
		}
	}
	var ids []string
	if err := s.readAll(ctx, "name of the database", identities, list(&ids, scanText)); err != nil {
		return err
	}
	if len(ids) != 1 || ids[0] != c.Directory {
		return fmt.Errorf("%w: %w", auth.ErrUnavailable, errMisplaced)
	}
	return nil
}
