package auth

import (
	"context"
	"time"
)

// CreateOperatorKey makes a key of an operator; life 0 is without end.
func (s *Service) CreateOperatorKey(ctx context.Context, by Caller, name string, life time.Duration) (NewAPIKey, error) {
	if err := by.operates(); err != nil {
		return NewAPIKey{}, err
	}
	return s.addKey(ctx, by, Tenant{}, APIKey{Kind: KeyOperator, Name: name}, life, ActionOperatorKey)
}

// ListOperatorKeys returns every operator's key, oldest first.
func (s *Service) ListOperatorKeys(ctx context.Context, by Caller) ([]APIKeyView, error) {
	if err := by.operates(); err != nil {
		return nil, err
	}
	keys, err := s.Registry.APIKeys(ctx, KeyOperator)
	if err != nil {
		return nil, s.fault(ctx, "list operator keys", err)
	}
	views := make([]APIKeyView, 0, len(keys))
	for _, k := range keys {
		views = append(views, k.view(Tenant{}))
	}
	return views, nil
}

// RevokeOperatorKey revokes the operator's key with that id or name. It is
// refused from the next request on.
func (s *Service) RevokeOperatorKey(ctx context.Context, by Caller, ref string) (APIKeyView, error) {
	if err := by.operates(); err != nil {
		return APIKeyView{}, err
	}
	keys, err := s.Registry.APIKeys(ctx, KeyOperator)
	if err != nil {
		return APIKeyView{}, s.fault(ctx, "list operator keys", err)
	}
	for _, k := range keys {
		if k.RevokedAt.IsZero() && (k.ID == ref || k.Name == ref) {
			return s.revokeKey(ctx, by, Tenant{}, k, ActionKeyRevoked)
		}
	}
	return APIKeyView{}, ErrKeyNotFound
}
