package auth

import (
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"
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
	ID           string // UUIDv7
	Slug         string
	Name         string // display name
	ContactEmail string // of whoever answers for it; "" when nobody is named
	Directory    string // id of the directory that holds its users
	Status       TenantStatus
	Policy       Policy
	Brand        Brand
	// Logo is the picture that an update sets; a tenant that was read has none,
	// see [TenantRegistry.Logo].
	Logo      []byte
	CreatedAt time.Time
	UpdatedAt time.Time
	DeletedAt time.Time // zero while it is there
}

// Brand is what mails and pages of a tenant look like. It is stored as JSON with
// the tenant.
type Brand struct {
	Color string `json:"color,omitempty"` // of buttons and lines: #rrggbb
	// Logo is the media type of the tenant's picture, "" when it has none.
	Logo string `json:"logo,omitempty"`
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

// reservedSlugs are names that could be taken for something else: in addresses,
// in the names of files and databases.
var reservedSlugs = []string{
	"admin", "api", "app", "auth", "aux", "by-name", "con", "control", "default", "health", "healthz", "internal", "latchkey",
	"local", "localhost", "login", "mail", "metrics", "nul", "null", "operator", "postgres", "prn", "public", "registry",
	"root", "shared", "static", "status", "system", "template0", "template1", "tenant", "tenants", "undefined", "www",
}

// reserved reports whether no tenant can be made with that name. What looks like
// an id is none either: routes take both.
func reserved(slug string) bool {
	return slices.Contains(reservedSlugs, slug) || uuid.Validate(slug) == nil
}

var slugPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,62}$`)

// ValidSlug reports whether s may name a tenant.
func ValidSlug(s string) bool { return slugPattern.MatchString(s) }
