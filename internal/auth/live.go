package auth

import (
	"context"
	"time"
)

// Live answers from memory who may still come in, and reads the database only
// for what it does not hold. A Drop returns when no later answer can come from
// what was held before, nor from a read that began before it.
type Live interface {
	// Tenant returns the tenant with that slug, else ErrNoRecord.
	Tenant(ctx context.Context, slug string) (Tenant, error)
	// TenantByID returns the tenant with that id, else ErrNoRecord.
	TenantByID(ctx context.Context, id string) (Tenant, error)
	// Session returns a session, ended ones too, else ErrNoRecord. Its Counter,
	// RotatedAt, LastSeen and IdleUntil may be old.
	Session(ctx context.Context, directory, id string) (Session, error)
	// Account returns an account, else ErrNoRecord. It is shared: do not change it.
	Account(ctx context.Context, directory, user string) (Account, error)

	// DropTenant forgets a tenant.
	DropTenant(t Tenant)
	// DropSessions forgets sessions.
	DropSessions(directory string, ids ...string)
	// DropAccount forgets an account.
	DropAccount(directory, user string)
	// DropAll forgets everything: for when it is not known what changed.
	DropAll()

	// TellOthers has other processes look at what is not held in memory.
	TellOthers()

	// Seen notes that a session was used. It costs no I/O: LastSeen is written
	// in batches, at most once a minute for a session.
	Seen(directory, session string, at time.Time)
}
