package auth

import (
	"context"
	"time"
)

// Registry is what a deployment has once: its tenants, the directories that
// hold their users, operator keys and signing keys.
//
// All methods of all store interfaces may be called at once from anywhere, and
// each is atomic: it happens whole, or not at all, and when it returns nil the
// change is on disk.
type Registry interface {
	TenantRegistry
	DirectoryRegistry
	APIKeys
	Bulletin
	// Keys returns every signing key, oldest first.
	Keys(ctx context.Context) ([]KeyRecord, error)
	// AddKey adds a signing key and writes the note when the newest key is still
	// the one with the id newest ("" when there was none), else ErrTaken: of
	// instances that start or rotate at the same time, one makes the key.
	AddKey(ctx context.Context, k KeyRecord, newest string, n Note) error
	// RemoveKey forgets a key; a key that is not there is no error.
	RemoveKey(ctx context.Context, id string) error
	// SettingsInForce keeps a digest for each setting in force, in place of
	// those kept before. Where names came, went or have another digest, note is
	// called with them, sorted, and what it makes is written with the change; it
	// may run more than once and must not use the store. It is not called when
	// nothing had been kept before, or nothing changed. Of instances that start
	// with the same change at the same time, one writes the note.
	SettingsInForce(ctx context.Context, digests map[string]string, note func(changed []string) Note) error
}

// TenantRegistry keeps the tenants of a deployment. One that was deleted is not
// there for any method, but its slug is never used again.
type TenantRegistry interface {
	// Tenant returns the tenant with that slug, else ErrNoRecord.
	Tenant(ctx context.Context, slug string) (Tenant, error)
	// TenantByID returns the tenant with that id, else ErrNoRecord.
	TenantByID(ctx context.Context, id string) (Tenant, error)
	// Tenants returns tenants by slug.
	Tenants(ctx context.Context, q TenantQuery) ([]Tenant, error)
	// CreateTenant adds a tenant, its default space and, unless it is there
	// already, its directory, and writes the note; ErrTaken when the slug was
	// ever used. The zero Space is none: the tenant's directory is another
	// database, which has it.
	CreateTenant(ctx context.Context, t Tenant, d Directory, defaultSpace Space, n Note) error
	// UpdateTenant reads the tenant, lets change edit it and writes it back with
	// the note; no concurrent update is lost, and change may run more than once.
	// An error of change is returned as it is and changes nothing. Slug, ID,
	// Directory and CreatedAt cannot be changed. A DeletedAt that is set deletes
	// the tenant; a Logo that is not nil replaces the one that it has, an empty
	// one removes it.
	UpdateTenant(ctx context.Context, id string, change func(*Tenant) error, n Note) (Tenant, error)
	// Logo returns a tenant's picture, else ErrNoRecord.
	Logo(ctx context.Context, id string) ([]byte, error)
	// OriginKnown reports whether a tenant has the origin in the list of its own
	// policy.
	OriginKnown(ctx context.Context, origin string) (bool, error)
}

// TenantQuery asks for tenants in the order of their slugs.
type TenantQuery struct {
	Prefix string       // of the slug; "": any
	Status TenantStatus // "": any
	After  string       // slug of the last one seen
	Max    int
}

// DirectoryRegistry keeps where the directories are.
type DirectoryRegistry interface {
	// Directory returns the directory with that id, else ErrNoRecord.
	Directory(ctx context.Context, id string) (Directory, error)
	// Directories returns every directory by id, from the one after the id given,
	// at most max.
	Directories(ctx context.Context, after string, max int) ([]Directory, error)
	// FlagDirectory says to other processes that this one has written to a
	// directory's own database. No flag is put with the time of one that stands:
	// the new one is later then. One that is not there is no error.
	FlagDirectory(ctx context.Context, id string, at time.Time) error
	// FlaggedDirectories returns the ids of directories that are flagged, each
	// with the time.
	FlaggedDirectories(ctx context.Context) (map[string]time.Time, error)
	// UnflagDirectory takes the flag away when it is still the one with that time.
	UnflagDirectory(ctx context.Context, id string, at time.Time) error
}

// Directory is a database of users, or, with the id [DefaultDirectory], the
// part of the control database that tenants share.
type Directory struct {
	ID   string // [DefaultDirectory] or a UUID
	Name string // slug of the tenant that it was made for
	// Sealed is the URL of its database (see [Vault.DirectoryURL]); nil: where the
	// deployment keeps those of its tenants.
	Sealed    []byte
	CreatedAt time.Time
}

// APIKeys keeps the keys of operators and services.
type APIKeys interface {
	// AddAPIKey adds a key and writes the note; ErrTaken when a key of its kind
	// and tenant that is not revoked has the name.
	AddAPIKey(ctx context.Context, k APIKey, n Note) error
	// APIKey returns a key, also one that is revoked or over, else ErrNoRecord.
	APIKey(ctx context.Context, id string) (APIKey, error)
	// APIKeys returns every key of a kind, oldest first.
	APIKeys(ctx context.Context, kind KeyKind) ([]APIKey, error)
	// RevokeAPIKey revokes a key and writes the note; ErrNoRecord when there is
	// none or it is revoked already.
	RevokeAPIKey(ctx context.Context, id string, at time.Time, n Note) error
	// APIKeyUsed sets UsedAt where that moves it forward; a key that is not there
	// is no error.
	APIKeyUsed(ctx context.Context, id string, at time.Time) error
}

// KeyKind says what an API key is good for.
type KeyKind string

// What API keys are good for.
const (
	KeyOperator KeyKind = "operator" // to run the deployment
	KeyService  KeyKind = "service"  // to call services, as one
)

// APIKey is a key with which an operator, or a program, shows who it is.
type APIKey struct {
	ID        string // UUIDv7
	Kind      KeyKind
	Tenant    string // id of the tenant that it is for; "": the deployment
	Name      string
	Scopes    []string // what a service may do, written like permissions; nil for operators
	Proof     []byte   // keyed hash of the secret
	CreatedAt time.Time
	ExpiresAt time.Time // zero: no end
	UsedAt    time.Time // to the minute; zero: never
	RevokedAt time.Time // zero while it is good
}

// KeyRecord is a signing key as it is stored.
type KeyRecord struct {
	ID        string // kid
	Algorithm string // ES256, EdDSA, RS256
	Sealed    []byte // PKCS #8 private key, sealed with the master key
	CreatedAt time.Time
	SignsFrom time.Time // it is published before it signs
}
