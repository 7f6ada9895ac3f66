package auth

import (
	"regexp"
	"time"
)

// TenantStatus says whether a tenant may be used. Anything but ACTIVE refuses
// logins, refreshes and access tokens.
type TenantStatus string

// The states of a tenant.
const (
	TenantPending   TenantStatus = "PENDING"
	TenantActive    TenantStatus = "ACTIVE"
	TenantInactive  TenantStatus = "INACTIVE"
	TenantLocked    TenantStatus = "LOCKED"
	TenantSuspended TenantStatus = "SUSPENDED"
)

// Tenant is an organisation that uses the service. Its slug is what clients
// know it by (x-tenant-id, the tenantId claim); a slug is never used again.
type Tenant struct {
	ID        string // UUIDv7
	Slug      string
	Name      string // display name
	Directory string // id of the directory that holds its users
	Status    TenantStatus
	Policy    Policy
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Space is a place inside a tenant; every tenant has one with the slug
// [DefaultSpace].
type Space struct {
	ID        string // UUIDv7
	Directory string
	Tenant    string // tenant id
	Slug      string
	Name      string
	CreatedAt time.Time
}

// DefaultSpace is the slug of the space that every tenant has.
const DefaultSpace = "default"

// DefaultDirectory is the id of the directory that tenants share unless they
// have one of their own.
const DefaultDirectory = "default"

var slugPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,62}$`)

// ValidSlug reports whether s may name a tenant.
func ValidSlug(s string) bool { return slugPattern.MatchString(s) }
