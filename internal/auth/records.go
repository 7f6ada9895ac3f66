package auth

import (
	"context"
	"errors"
	"time"
)

// Records is what a directory holds for good. Every method names the directory;
// what belongs to another one does not exist for it, and what belongs to another
// tenant does not where it names a tenant.
type Records interface {
	SpaceRecords
	RoleRecords
	LetterRecords
	PulseRecords
	// CreateUser adds the user, the seat and the note, all or nothing; a
	// *TakenError names every field that another account of the directory has.
	// ErrNoRole as in ChangeAccount.
	CreateUser(ctx context.Context, u User, s Seat, n Note) error
	// User returns a user with the password hash, else ErrNoRecord.
	User(ctx context.Context, directory, id string) (User, error)
	// UserByName returns the user of whom name is the e-mail, username or
	// mobile, as name.Kind says; else ErrNoRecord.
	UserByName(ctx context.Context, directory string, name Name) (User, error)
	// Account returns a user without the hash, with every seat, else ErrNoRecord.
	Account(ctx context.Context, directory, id string) (Account, error)
	// Accounts returns those with a seat in a tenant, a page at a time. However
	// many there are, a page costs what is on it.
	Accounts(ctx context.Context, q AccountQuery) ([]FoundAccount, error)
	// UpdateUser reads the user, lets change edit it and writes it back with
	// the note; no concurrent update is lost, and change may run more than
	// once. An error of change is returned as it is and changes nothing.
	// ErrNoRecord when there is no such user; *TakenError as in CreateUser. ID,
	// Directory and CreatedAt cannot be changed.
	UpdateUser(ctx context.Context, directory, id string, change func(*User) error, n Note) (User, error)
	// ChangeAccount reads an account, lets change edit the user and the seats,
	// and writes both back with the note, all or nothing; see [AccountChange].
	ChangeAccount(ctx context.Context, c AccountChange) (Account, error)
	// Write writes a note that no change goes with.
	Write(ctx context.Context, n Note) error
	// Events returns events of a tenant, newest first.
	Events(ctx context.Context, q EventQuery) ([]Event, error)
	// Trail returns a directory's record in the order in which it was written,
	// at most max links, beginning after the one with that number. Of events
	// that were written at once each has a number of its own, without gaps.
	Trail(ctx context.Context, directory string, after int64, max int) ([]Link, error)
	// TrailEnd returns number and hash of the newest link of a directory's
	// record, kept apart from the record itself; zero when there is none.
	TrailEnd(ctx context.Context, directory string) (number int64, hash []byte, err error)
	// Trails returns the directories that have a record, sorted.
	Trails(ctx context.Context) ([]string, error)
}

// SpaceRecords keeps the spaces of tenants.
type SpaceRecords interface {
	// Space returns a tenant's space by id or by slug, else ErrNoRecord.
	Space(ctx context.Context, directory, tenant, ref string) (Space, error)
	// Spaces returns a tenant's spaces, oldest first.
	Spaces(ctx context.Context, directory, tenant string) ([]Space, error)
	// CreateSpace adds a space and writes the note; ErrTaken when the tenant has
	// one with the slug.
	CreateSpace(ctx context.Context, sp Space, n Note) error
}

// RoleRecords keeps the roles that tenants make themselves. The built-in ones
// ([BuiltIn]) are not in it.
type RoleRecords interface {
	// Roles returns a tenant's own roles, by name.
	Roles(ctx context.Context, directory, tenant string) ([]Role, error)
	// CreateRole adds a role and writes the note; ErrTaken when the tenant has one
	// with the name.
	CreateRole(ctx context.Context, r Role, n Note) error
	// UpdateRole reads a role, lets change edit it and writes it back with the
	// note; ErrNoRecord when there is none. Of Role only Permissions, Description
	// and UpdatedAt can be changed. No concurrent update is lost, and change may
	// run more than once; an error of it is returned as it is and changes nothing.
	UpdateRole(ctx context.Context, directory, tenant, name string, change func(*Role) error, n Note) (Role, error)
	// DeleteRole removes a role that nobody has, and writes the note; else
	// ErrInUse, or ErrNoRecord.
	DeleteRole(ctx context.Context, directory, tenant, name string, n Note) error
}

// The answers of stores to changes of roles and seats.
var (
	// ErrNoRole: a seat has a role that is not built in and that its tenant does
	// not have.
	ErrNoRole = errors.New("no such role")
	// ErrInUse: somebody has the role.
	ErrInUse = errors.New("in use")
	// ErrAdminless: the change would leave a tenant without an admin.
	ErrAdminless = errors.New("the tenant would be without an admin")
)

// AccountChange asks to change an account.
type AccountChange struct {
	Directory string
	User      string
	// Change edits the user (without the hash, which stays) and the seats. It may
	// run more than once and must not use the store; an error of it is returned as
	// it is and changes nothing. ID, Directory and CreatedAt cannot be changed. Of
	// the seats left exactly one is main: the store leaves that to Change. A user
	// without any seat left is removed, with sessions, devices and all.
	Change func(*Account) error
	// Guard is the id of a tenant that must keep an admin: ErrAdminless when
	// before the change an account that is not disabled (User.Usable) had a seat
	// there with the role admin, and after it none would. "": no tenant.
	Guard string
	Note  Note
}

// AccountQuery asks for accounts of a tenant: without a prefix by id, newest
// first; with one by what was found, see [FoundAccount].
type AccountQuery struct {
	Directory string
	Tenant    string     // tenant id
	Prefix    string     // of one of [User.Terms], as [SearchTerm] makes it; "": any
	Role      string     // of one of the seats in the tenant; "": any
	Status    UserStatus // "": any
	After     AccountPlace
	Max       int
}

// FoundAccount is an account and its place in the list.
type FoundAccount struct {
	Account
	Place AccountPlace
}

// AccountPlace is a place in a list of accounts: ordered by Term, the first of
// the account's terms with the prefix ("" where none was asked for), then by ID.
type AccountPlace struct{ Term, ID string }

// EventQuery asks for events of a tenant, newest first: by time, then by id.
type EventQuery struct {
	Directory string
	Tenant    string    // tenant id
	User      string    // whom they are about; "": anybody
	Action    Action    // "": any
	Since     time.Time // no older ones; the zero time: all
	Before    EventPlace
	Max       int
}

// EventPlace is a place in a list of events; the zero place is before the
// newest.
type EventPlace struct {
	At time.Time
	ID string
}
