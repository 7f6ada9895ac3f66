package auth

import "time"

// UserStatus says whether an account may be used.
type UserStatus string

// The states of an account.
const (
	UserActive   UserStatus = "active"
	UserLocked   UserStatus = "locked"   // until somebody unlocks it, or LockedUntil
	UserDisabled UserStatus = "disabled" // by an admin; treated as absent at every door
)

// User is an account: one person in one directory. E-mail, username and mobile
// are stored in the form in which they are compared (see [Email], [Username],
// [Mobile]) and each is unique in the directory.
type User struct {
	ID           string // UUIDv7
	Directory    string
	Name         string
	Nickname     string
	Email        string
	Username     string // "" when the person has none
	Mobile       string // "" when the person has none
	PasswordHash Secret // PHC string or bcrypt; "" in an Account
	Status       UserStatus
	LockedUntil  time.Time // zero: no end but an unlock by an admin
	Epoch        int64     // counts resets, unlocks and password changes: what was given out under another one is void
	CreatedAt    time.Time
	UpdatedAt    time.Time
	LastLoginAt  time.Time // zero before the first login
	VerifiedAt   time.Time // when the owner of the address first proved to be; zero: not yet
}

// Locked reports whether the account is locked at now. A lock with an end is
// against strangers, and a device that has logged in before passes it; one
// without an end was put by an admin, and nobody passes.
func (u User) Locked(now time.Time, known bool) bool {
	if u.Status != UserLocked {
		return false
	}
	return u.LockedUntil.IsZero() || now.Before(u.LockedUntil) && !known
}

// Shut reports whether an admin has locked the account. Unlike a lock that wrong
// passwords bring about, that one is for its sessions too.
func (u User) Shut() bool { return u.Status == UserLocked && u.LockedUntil.IsZero() }

// Usable reports whether the account may log in and use its sessions at now. A
// lock stops logins, not the sessions that lived before it, so a locked account
// is usable too; see [User.Locked] and [User.Shut].
func (u User) Usable() bool { return u.Status == UserActive || u.Status == UserLocked }

// MayLogIn reports whether a session may be opened for the account at now, from
// a device that has logged in before, or has not.
func (u User) MayLogIn(now time.Time, known bool) bool { return u.Usable() && !u.Locked(now, known) }

// Seat is a membership as its holder sees it: a place in a tenant's space with
// one role. Exactly one seat of a user is the main one.
type Seat struct {
	Tenant      string // tenant id
	Space       string // space id
	Role        string
	Permissions []string // of the role; nil for the built-in ones
	Main        bool
}

// Account is what memory holds of a user: the user without the password hash,
// and every seat.
type Account struct {
	User  User
	Seats []Seat
}

// Seat returns the account's seat in a tenant: that of the named space, else
// the main one, else the first.
func (a Account) Seat(tenant, space string) (Seat, bool) {
	var found Seat
	ok := false
	for _, s := range a.Seats {
		if s.Tenant != tenant || space != "" && s.Space != space {
			continue
		}
		if !ok || s.Main {
			found, ok = s, true
		}
	}
	return found, ok
}

// MainSeat returns the seat that is marked main.
func (a Account) MainSeat() (Seat, bool) {
	for _, s := range a.Seats {
		if s.Main {
			return s, true
		}
	}
	return Seat{}, false
}
