package auth

import "time"

// EndReason says why a session ended. Clients are told.
type EndReason string

// Why a session ends.
const (
	EndLogout          EndReason = "logout"         // by the device itself
	EndRemoteLogout    EndReason = "remote_logout"  // by the same person from another device
	EndReuse           EndReason = "reuse_detected" // an old refresh token was presented
	EndPasswordChanged EndReason = "password_changed"
	EndLocked          EndReason = "locked"
	EndExpired         EndReason = "expired"
	EndAdmin           EndReason = "admin"
	EndLimit           EndReason = "session_limit" // a newer one took its place
)

// Session is one logged-in device. Counter is the number of its newest refresh
// token; the token itself is computed from it and kept nowhere.
type Session struct {
	ID         string // UUIDv7
	Directory  string
	User       string
	Tenant     string // tenant id, as of the login or the last switch
	Space      string // space id, likewise
	Device     string // id of the device
	Known      bool   // the device had logged in before
	Coded      bool   // a mailed code was given at the login
	DeviceName string
	IP         string
	Agent      string // User-Agent header, cut at 512 bytes
	Counter    int64
	CreatedAt  time.Time
	RotatedAt  time.Time // when Counter last changed; CreatedAt before that
	LastSeen   time.Time
	IdleUntil  time.Time // a refresh at or after it is too late
	ExpiresAt  time.Time // the session's end whatever happens
	EndedAt    time.Time // zero while it lives
	EndReason  EndReason
}

// Ended reports whether the session was ended (not merely expired).
func (s Session) Ended() bool { return !s.EndedAt.IsZero() }

// Expired reports whether the session has run out at now.
func (s Session) Expired(now time.Time) bool {
	return !now.Before(s.IdleUntil) || !now.Before(s.ExpiresAt)
}

// Lives reports whether the session is neither ended nor expired at now.
func (s Session) Lives(now time.Time) bool { return !s.Ended() && !s.Expired(now) }
