package sql

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	directoryColumns = "id, name, sealed, created_at"

	directoryInsert = "INSERT INTO directories (" + directoryColumns + ") VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
	directoryByID   = "SELECT " + directoryColumns + " FROM directories WHERE id = $1"
	directoriesFrom = "SELECT " + directoryColumns + " FROM directories WHERE id > $1 ORDER BY id LIMIT $2"

	// A flag never comes back with a time that it had: who takes it away by the
	// time takes no later one.
	directoryFlag      = "UPDATE directories SET flagged_at = CASE WHEN flagged_at < $2 THEN $2 ELSE flagged_at + 1 END WHERE id = $1"
	directoryUnflag    = "UPDATE directories SET flagged_at = 0 WHERE id = $1 AND flagged_at = $2"
	directoriesFlagged = "SELECT id, flagged_at FROM directories WHERE flagged_at <> 0"
)

func scanDirectory(row scanner) (d auth.Directory, err error) {
	var created int64
	err = row.Scan(&d.ID, &d.Name, &d.Sealed, &created)
	d.CreatedAt = at(created)
	if len(d.Sealed) == 0 {
		d.Sealed = nil
	}
	return d, err
}

// addDirectory adds a directory unless it is there already.
func addDirectory(t *tx, d auth.Directory) error {
	_, err := t.exec(directoryInsert, d.ID, d.Name, blob(d.Sealed), ms(d.CreatedAt))
	return err
}

// Directory implements [auth.DirectoryRegistry].
func (s *Store) Directory(ctx context.Context, id string) (auth.Directory, error) {
	var d auth.Directory
	err := s.readOne(ctx, "Directory", directoryByID, into(&d, scanDirectory), id)
	return d, err
}

// Directories implements [auth.DirectoryRegistry].
func (s *Store) Directories(ctx context.Context, after string, max int) ([]auth.Directory, error) {
	var found []auth.Directory
	err := s.readAll(ctx, "Directories", directoriesFrom, list(&found, scanDirectory), after, max)
	return found, err
}

// FlagDirectory implements [auth.DirectoryRegistry]; one that is not there is no
// error.
func (s *Store) FlagDirectory(ctx context.Context, id string, at time.Time) error {
	return s.writeOne(ctx, "FlagDirectory", func(t *tx) error {
		_, err := t.exec(directoryFlag, id, ms(at))
		return err
	})
}

// FlaggedDirectories implements [auth.DirectoryRegistry].
func (s *Store) FlaggedDirectories(ctx context.Context) (map[string]time.Time, error) {
	flagged := map[string]time.Time{}
	err := s.readAll(ctx, "FlaggedDirectories", directoriesFlagged, func(row scanner) error {
		var id string
		var when int64
		err := row.Scan(&id, &when)
		flagged[id] = at(when)
		return err
	})
	if err != nil {
		return nil, err
	}
	return flagged, nil
}

// UnflagDirectory implements [auth.DirectoryRegistry].
func (s *Store) UnflagDirectory(ctx context.Context, id string, at time.Time) error {
	return s.writeOne(ctx, "UnflagDirectory", func(t *tx) error {
		_, err := t.exec(directoryUnflag, id, ms(at))
		return err
	})
}
