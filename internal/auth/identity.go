package auth

import (
	"context"
	"slices"
	"strings"
	"time"
)

// IdentityKind says what an identity is.
type IdentityKind string

// What an identity may be.
const (
	IdentityUser    IdentityKind = "user"
	IdentityService IdentityKind = "service"
)

// Identity is who a request comes from, for proxies and guards that ask
// (GET /auth/verify).
type Identity struct {
	Kind        IdentityKind `json:"kind" enum:"user,service"`
	UserID      string       `json:"userId,omitempty" format:"uuid"`
	Username    string       `json:"username,omitempty"`
	KeyID       string       `json:"keyId,omitempty" format:"uuid" doc:"Of a service's API key"`
	Name        string       `json:"name,omitempty" doc:"Of a service's API key"`
	TenantID    string       `json:"tenantId,omitempty" doc:"Slug of the tenant; left out for a service of every tenant"`
	SpaceID     string       `json:"spaceId,omitempty" format:"uuid"`
	Role        string       `json:"role,omitempty" doc:"Of a user"`
	Permissions []string     `json:"permissions,omitempty" doc:"Of the user's role; the scopes of a service's API key"`
	SessionID   string       `json:"sessionId,omitempty" format:"uuid"`
	ExpiresAt   time.Time    `json:"expiresAt,omitzero" doc:"When the API key is over"`
}

// IdentityInput says what the one who asks must be allowed.
type IdentityInput struct {
	Role       string `query:"role" json:"-" maxLength:"500" doc:"One of these roles, separated by commas"`
	Permission string `query:"permission" json:"-" maxLength:"2000" doc:"All of these permissions, separated by commas"`
	Tenant     string `query:"tenant" json:"-" maxLength:"64" doc:"This tenant, by its slug"`
}

// Identify says who a request comes from, if that is somebody with one of the
// roles and all of the permissions asked for, in the tenant asked for.
func (s *Service) Identify(_ context.Context, by Caller, in IdentityInput) (Identity, error) {
	id := Identity{
		Kind: IdentityUser, UserID: by.Account.User.ID, Username: by.Account.User.Username, TenantID: by.Tenant.Slug,
		SpaceID: by.Seat.Space, Role: by.Seat.Role, Permissions: by.Seat.Permissions, SessionID: by.Session.ID,
	}
	if by.Service.ID != "" {
		id = Identity{
			Kind: IdentityService, KeyID: by.Service.ID, Name: by.Service.Name, TenantID: by.Tenant.Slug,
			Permissions: by.Service.Scopes, ExpiresAt: by.Service.ExpiresAt,
		}
	}
	switch {
	case in.Tenant != "" && in.Tenant != id.TenantID:
		return Identity{}, ErrTenantMismatch
	case in.Role != "" && (id.Role == "" || !slices.Contains(words(in.Role), id.Role)):
		return Identity{}, ErrForbidden
	}
	needed := words(in.Permission)
	if in.Permission != "" && len(needed) == 0 { // a list of nothing is a mistake, not leave to come in
		return Identity{}, ErrForbidden
	}
	for _, p := range needed {
		if !slices.Contains(id.Permissions, p) {
			return Identity{}, ErrForbidden
		}
	}
	return id, nil
}

// words are the parts of a list with commas.
func words(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}
