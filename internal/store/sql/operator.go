package sql

import (
	"context"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	operatorColumns = "id, name, proof, created_at, expires_at, used_at, revoked_at"

	operatorInsert = "INSERT INTO operator_keys (" + operatorColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"
	operatorByID   = "SELECT " + operatorColumns + " FROM operator_keys WHERE id = $1"
	operatorsByAge = "SELECT " + operatorColumns + " FROM operator_keys ORDER BY created_at, id"
	operatorRevoke = "UPDATE operator_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at = 0"
	operatorUsed   = "UPDATE operator_keys SET used_at = $2 WHERE id = $1 AND used_at < $2"
)

func scanOperator(row scanner) (k auth.OperatorKey, err error) {
	var created, expires, used, revoked int64
	err = row.Scan(&k.ID, &k.Name, &k.Proof, &created, &expires, &used, &revoked)
	k.CreatedAt, k.ExpiresAt, k.UsedAt, k.RevokedAt = at(created), at(expires), at(used), at(revoked)
	return k, err
}

// AddOperatorKey implements [auth.OperatorKeys].
func (s *Store) AddOperatorKey(ctx context.Context, k auth.OperatorKey, n auth.Note) error {
	return s.write(ctx, "AddOperatorKey", func(t *tx) error {
		added, err := t.exec(operatorInsert, k.ID, k.Name, blob(k.Proof), ms(k.CreatedAt), ms(k.ExpiresAt), ms(k.UsedAt), ms(k.RevokedAt))
		if err != nil {
			return err
		}
		if added == 0 {
			return auth.ErrTaken
		}
		return addNote(t, n)
	})
}

// OperatorKey implements [auth.OperatorKeys].
func (s *Store) OperatorKey(ctx context.Context, id string) (auth.OperatorKey, error) {
	var k auth.OperatorKey
	err := s.readOne(ctx, "OperatorKey", operatorByID, into(&k, scanOperator), id)
	return k, err
}

// OperatorKeys implements [auth.OperatorKeys].
func (s *Store) OperatorKeys(ctx context.Context) ([]auth.OperatorKey, error) {
	var keys []auth.OperatorKey
	err := s.readAll(ctx, "OperatorKeys", operatorsByAge, list(&keys, scanOperator))
	return keys, err
}

// RevokeOperatorKey implements [auth.OperatorKeys].
func (s *Store) RevokeOperatorKey(ctx context.Context, id string, at time.Time, n auth.Note) error {
	return s.write(ctx, "RevokeOperatorKey", func(t *tx) error {
		revoked, err := t.exec(operatorRevoke, id, ms(at))
		if err != nil {
			return err
		}
		if revoked == 0 {
			return auth.ErrNoRecord
		}
		return addNote(t, n)
	})
}

// OperatorKeyUsed implements [auth.OperatorKeys].
func (s *Store) OperatorKeyUsed(ctx context.Context, id string, at time.Time) error {
	return s.writeOne(ctx, "OperatorKeyUsed", func(t *tx) error {
		_, err := t.exec(operatorUsed, id, ms(at))
		return err
	})
}
