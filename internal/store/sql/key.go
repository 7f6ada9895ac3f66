package sql

import (
	"context"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	keyColumns = "id, algorithm, sealed, created_at, signs_from"

	keysByAge = "SELECT " + keyColumns + " FROM signing_keys ORDER BY created_at, id"
	keyDelete = "DELETE FROM signing_keys WHERE id = $1"
	keyNewest = "SELECT id FROM signing_keys ORDER BY created_at DESC, id DESC LIMIT 1"
	// The newest key is compared and the new one added in one statement.
	keyInsert = "INSERT INTO signing_keys (" + keyColumns + `) SELECT $1, $2, $3, $4, $5
		WHERE COALESCE((` + keyNewest + "), '') = $6 ON CONFLICT DO NOTHING"
)

func scanKey(row scanner) (k auth.KeyRecord, err error) {
	var created, signs int64
	err = row.Scan(&k.ID, &k.Algorithm, &k.Sealed, &created, &signs)
	k.CreatedAt, k.SignsFrom = at(created), at(signs)
	return k, err
}

// Keys implements [auth.Registry].
func (s *Store) Keys(ctx context.Context) ([]auth.KeyRecord, error) {
	var keys []auth.KeyRecord
	err := s.readAll(ctx, "Keys", keysByAge, list(&keys, scanKey))
	return keys, err
}

// AddKey implements [auth.Registry].
func (s *Store) AddKey(ctx context.Context, k auth.KeyRecord, newest string, n auth.Note) error {
	return s.write(ctx, "AddKey", func(t *tx) error {
		if err := holdName(t, "keys"); err != nil {
			return err
		}
		added, err := t.exec(keyInsert, k.ID, k.Algorithm, blob(k.Sealed), ms(k.CreatedAt), ms(k.SignsFrom), newest)
		if err != nil {
			return err
		}
		if added == 0 {
			return auth.ErrTaken
		}
		return addNote(t, n)
	})
}

// RemoveKey implements [auth.Registry].
func (s *Store) RemoveKey(ctx context.Context, id string) error {
	return s.writeOne(ctx, "RemoveKey", func(t *tx) error {
		_, err := t.exec(keyDelete, id)
		return err
	})
}
