package auth

import (
	"context"
	"errors"
	"slices"
	"time"
)

// ScopeRevocations lets a service listen to what guards are told.
const ScopeRevocations = "revocations:read"

// Serve makes the caller of a request that carries a service's API key. It is
// in the key's tenant, or, with a key for every tenant, in the one that the
// request names.
func (s *Service) Serve(ctx context.Context, o Origin, key Secret) (Caller, error) {
	k, err := s.apiKey(ctx, KeyService, key)
	if err != nil {
		return Caller{}, err
	}
	if k.Tenant == "" && o.TenantSlug == "" { // every tenant, and none in particular
		return Caller{Origin: o, Service: k}, nil
	}
	var t Tenant
	if k.Tenant == "" {
		t, err = s.tenant(ctx, o.TenantSlug)
	} else if t, err = s.Live.TenantByID(ctx, k.Tenant); errors.Is(err, ErrNoRecord) {
		return Caller{}, ErrTokenInvalid.because("unknown") // the tenant was deleted, and the key with it
	} else {
		t, err = s.open(ctx, t, err)
	}
	if err != nil {
		return Caller{}, err
	}
	if o.TenantSlug != "" && o.TenantSlug != t.Slug {
		return Caller{}, ErrTenantMismatch
	}
	return Caller{Tenant: t, Origin: o, Service: k}, nil
}

// ServiceKeyInput describes an API key to make.
type ServiceKeyInput struct {
	Name      string   `json:"name" minLength:"1" maxLength:"100" example:"billing"`
	Scopes    []string `json:"scopes,omitempty" maxItems:"64" doc:"What the service may do, written like permissions; revocations:read lets it listen to GET /auth/revocations" example:"[\"orders:write\"]"`
	ExpiresIn Span     `json:"expiresIn,omitempty" doc:"After how long the key is good no more, such as 90d; never when left out" example:"90d"`
	// Everywhere makes a key for every tenant: for operators only.
	Everywhere bool `json:"everywhere,omitempty" doc:"For every tenant; operators only"`
}

// CreateServiceKey makes an API key for a service of the caller's tenant, or of
// the deployment.
func (s *Service) CreateServiceKey(ctx context.Context, by Caller, in ServiceKeyInput) (NewAPIKey, error) {
	t, err := s.keyTenant(by, in.Everywhere)
	if err != nil {
		return NewAPIKey{}, err
	}
	return s.addKey(ctx, by, t, APIKey{Kind: KeyService, Name: in.Name, Scopes: in.Scopes}, time.Duration(in.ExpiresIn), ActionServiceKey)
}

// keyTenant is whose keys a caller means: those of the tenant, or, as the zero
// Tenant, those for every tenant.
func (s *Service) keyTenant(by Caller, everywhere bool) (Tenant, error) {
	if err := by.administers(); err != nil {
		return Tenant{}, err
	}
	if !everywhere {
		return by.Tenant, nil
	}
	return Tenant{}, by.operates()
}

// ServiceKeysInput says whose keys to list.
type ServiceKeysInput struct {
	Everywhere string `query:"everywhere" json:"-" enum:"true,false" doc:"Those for every tenant; operators only"`
}

// ListServiceKeys returns the API keys of services, oldest first, also those
// that are revoked or over.
func (s *Service) ListServiceKeys(ctx context.Context, by Caller, in ServiceKeysInput) ([]APIKeyView, error) {
	t, keys, err := s.serviceKeys(ctx, by, in)
	views := make([]APIKeyView, 0, len(keys))
	for _, k := range keys {
		views = append(views, k.view(t))
	}
	return views, err
}

func (s *Service) serviceKeys(ctx context.Context, by Caller, in ServiceKeysInput) (Tenant, []APIKey, error) {
	t, err := s.keyTenant(by, in.Everywhere == "true")
	if err != nil {
		return Tenant{}, nil, err
	}
	var p problems
	oneOf(&p, "everywhere", in.Everywhere, "", "true", "false")
	if err := p.err(); err != nil {
		return Tenant{}, nil, err
	}
	keys, err := s.Registry.APIKeys(ctx, KeyService)
	if err != nil {
		return Tenant{}, nil, s.fault(ctx, "list API keys", err)
	}
	return t, slices.DeleteFunc(keys, func(k APIKey) bool { return k.Tenant != t.ID }), nil
}

// ServiceKeyRef names an API key.
type ServiceKeyRef struct {
	Key string `path:"id" json:"-" doc:"Id or name of the key"`
	ServiceKeysInput
}

// RevokeServiceKey revokes an API key of a service. This service refuses it from
// the next request on, guards within a second.
func (s *Service) RevokeServiceKey(ctx context.Context, by Caller, in ServiceKeyRef) (APIKeyView, error) {
	t, keys, err := s.serviceKeys(ctx, by, in.ServiceKeysInput)
	if err != nil {
		return APIKeyView{}, err
	}
	for _, k := range keys {
		if k.RevokedAt.IsZero() && (k.ID == in.Key || k.Name == in.Key) {
			return s.revokeKey(ctx, by, t, k, ActionServiceKeyRevoked)
		}
	}
	return APIKeyView{}, ErrKeyNotFound
}
