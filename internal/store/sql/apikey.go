package sql

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

const (
	apiKeyColumns = "id, kind, tenant_id, name, scopes, proof, created_at, expires_at, used_at, revoked_at"

	apiKeyInsert = "INSERT INTO operator_keys (" + apiKeyColumns + ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING"
	apiKeyByID   = "SELECT " + apiKeyColumns + " FROM operator_keys WHERE id = $1"
	apiKeysByAge = "SELECT " + apiKeyColumns + " FROM operator_keys WHERE kind = $1 ORDER BY created_at, id"
	apiKeyRevoke = "UPDATE operator_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at = 0"
	apiKeyUsed   = "UPDATE operator_keys SET used_at = $2 WHERE id = $1 AND used_at < $2"
)

func scanAPIKey(row scanner) (k auth.APIKey, err error) {
	var scopes []byte
	var created, expires, used, revoked int64
	err = row.Scan(&k.ID, &k.Kind, &k.Tenant, &k.Name, &scopes, &k.Proof, &created, &expires, &used, &revoked)
	if err != nil {
		return auth.APIKey{}, err
	}
	if err = json.Unmarshal(scopes, &k.Scopes); err != nil {
		return auth.APIKey{}, errors.New("the scopes of an API key are not readable")
	}
	if len(k.Scopes) == 0 {
		k.Scopes = nil
	}
	k.CreatedAt, k.ExpiresAt, k.UsedAt, k.RevokedAt = at(created), at(expires), at(used), at(revoked)
	return k, nil
}

func apiKeyValues(k auth.APIKey) ([]any, error) {
	scopes, err := permissionsJSON(k.Scopes)
	return []any{
		k.ID, string(k.Kind), k.Tenant, k.Name, scopes, blob(k.Proof), ms(k.CreatedAt), ms(k.ExpiresAt), ms(k.UsedAt), ms(k.RevokedAt),
	}, err
}

// AddAPIKey implements [auth.APIKeys].
func (s *Store) AddAPIKey(ctx context.Context, k auth.APIKey, n auth.Note) error {
	values, err := apiKeyValues(k)
	if err != nil {
		return err
	}
	return s.write(ctx, "AddAPIKey", func(t *tx) error {
		added, err := t.exec(apiKeyInsert, values...)
		if err != nil {
			return err
		}
		if added == 0 {
			return auth.ErrTaken
		}
		return addNote(t, n)
	})
}

// APIKey implements [auth.APIKeys].
func (s *Store) APIKey(ctx context.Context, id string) (auth.APIKey, error) {
	var k auth.APIKey
	err := s.readOne(ctx, "APIKey", apiKeyByID, into(&k, scanAPIKey), id)
	return k, err
}

// APIKeys implements [auth.APIKeys].
func (s *Store) APIKeys(ctx context.Context, kind auth.KeyKind) ([]auth.APIKey, error) {
	var keys []auth.APIKey
	err := s.readAll(ctx, "APIKeys", apiKeysByAge, list(&keys, scanAPIKey), string(kind))
	return keys, err
}

// RevokeAPIKey implements [auth.APIKeys].
func (s *Store) RevokeAPIKey(ctx context.Context, id string, at time.Time, n auth.Note) error {
	return s.write(ctx, "RevokeAPIKey", func(t *tx) error {
		revoked, err := t.exec(apiKeyRevoke, id, ms(at))
		if err != nil {
			return err
		}
		if revoked == 0 {
			return auth.ErrNoRecord
		}
		return addNote(t, n)
	})
}

// APIKeyUsed implements [auth.APIKeys].
func (s *Store) APIKeyUsed(ctx context.Context, id string, at time.Time) error {
	return s.writeOne(ctx, "APIKeyUsed", func(t *tx) error {
		_, err := t.exec(apiKeyUsed, id, ms(at))
		return err
	})
}
