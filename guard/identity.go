package guard

import (
	"context"
	"slices"
	"time"
)

// Kind says what an identity is.
type Kind string

// What an identity may be.
const (
	User    Kind = "user"    // somebody who is logged in
	Service Kind = "service" // a program with an API key (lks_…)
)

// Identity is who a request comes from. Role and Permissions are as they are now, not as they were when the token was
// made. Permissions are shared among requests: read them, do not write to them.
type Identity struct {
	Kind        Kind      `json:"kind"`
	UserID      string    `json:"userId,omitempty"`
	Username    string    `json:"username,omitempty"`
	KeyID       string    `json:"keyId,omitempty"`    // of a service's API key
	Name        string    `json:"name,omitempty"`     // of a service's API key
	TenantID    string    `json:"tenantId,omitempty"` // slug; "" for a service of every tenant
	SpaceID     string    `json:"spaceId,omitempty"`
	Role        string    `json:"role,omitempty"`        // of a user
	Permissions []string  `json:"permissions,omitempty"` // of the user's role; the scopes of a service's API key
	SessionID   string    `json:"sessionId,omitempty"`
	TokenID     string    `json:"tokenId,omitempty"`  // jti of the access token
	IssuedAt    time.Time `json:"issuedAt,omitzero"`  // of the access token
	ExpiresAt   time.Time `json:"expiresAt,omitzero"` // of the access token, or of the API key (zero: never)
}

// Has reports whether the identity has a permission, by its exact name: by its role, or as a scope of its API key.
func (i Identity) Has(permission string) bool { return slices.Contains(i.Permissions, permission) }

// From returns the identity of a request that [Guard.Protect] let in. There is none on a public route, whatever the
// request carried: what nobody asked for is not checked.
func From(ctx context.Context) (Identity, bool) {
	p, ok := ctx.Value(passKey{}).(pass)
	return p.identity, ok && p.identity.Kind != ""
}

// With is how an adapter to another framework hands on what [Guard.Authorize] returned, and how a handler's own tests
// give it an identity: From finds it. A guard further in takes nobody's word for it and verifies by itself.
func With(ctx context.Context, i Identity) context.Context {
	return context.WithValue(ctx, passKey{}, pass{identity: i})
}

type passKey struct{}

// pass is what a guard found out about a request.
type pass struct {
	by       *Guard   // nil on a public route, and for With
	identity Identity // zero on a public route
}
