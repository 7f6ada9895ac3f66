package auth

import (
	"cmp"
	"time"
)

// OTPPolicy says when a login needs a mailed code.
type OTPPolicy string

// When a login needs a mailed code.
const (
	OTPInherit OTPPolicy = ""           // as the deployment says
	OTPOff     OTPPolicy = "off"        // never
	OTPEmail   OTPPolicy = "email"      // always
	OTPDevice  OTPPolicy = "new-device" // on a device that has not logged in before
)

// asks reports whether a login from such a device needs a code; also under a
// policy that is not set, or unheard of.
func (p OTPPolicy) asks(known bool) bool {
	return p != OTPOff && (p != OTPDevice || !known)
}

// SignUpPolicy says who may make an account.
type SignUpPolicy string

// Who may make an account.
const (
	SignUpInherit SignUpPolicy = ""       // as the deployment says
	SignUpOpen    SignUpPolicy = "open"   // anyone
	SignUpInvite  SignUpPolicy = "invite" // who was sent an invitation
	SignUpClosed  SignUpPolicy = "closed" // who an admin or operator makes one for
)

// TakenPolicy says whether sign-up tells that an e-mail address has an account.
type TakenPolicy string

// Whether sign-up tells that an e-mail address has an account.
const (
	TakenInherit TakenPolicy = ""     // as the deployment says
	TakenTell    TakenPolicy = "tell" // 409 DUPLICATE_ENTRY
	// TakenHide: the answer is that of a new account, and its owner is told by
	// mail (ASVS 5.0 V6.3.8). It hides as much as sign-up can: who goes on to log
	// in with what was signed up still finds out whether it was made.
	TakenHide TakenPolicy = "hide"
)

// LimitPolicy says what a login does when the account has as many sessions as
// it may.
type LimitPolicy string

// What a login does when the account has as many sessions as it may.
const (
	LimitInherit LimitPolicy = ""           // as the deployment says
	LimitOldest  LimitPolicy = "end-oldest" // the session made first ends
	LimitRefuse  LimitPolicy = "refuse"     // the login is refused
)

// Policy is what a tenant decides for itself. Each zero field means: as the
// deployment says. It is stored as JSON with the tenant.
type Policy struct {
	OTP            OTPPolicy    `json:"otp,omitempty"`
	SignUp         SignUpPolicy `json:"signUp,omitempty"`
	AllowedOrigins []string     `json:"allowedOrigins,omitzero"`
	// BrowserTokens lets a page script ask for tokens in the body with
	// x-token-delivery: body.
	BrowserTokens *bool  `json:"browserTokens,omitempty"`
	Language      string `json:"language,omitempty"` // of mails: "en", "ko"

	Taken        TakenPolicy `json:"taken,omitempty"`
	LockAttempts int         `json:"lockAttempts,omitempty"` // wrong passwords in a row that lock; 7
	LockMinutes  int         `json:"lockMinutes,omitempty"`  // until a lock ends by itself; 60
	MaxSessions  int         `json:"maxSessions,omitempty"`  // of a user; 20
	AtLimit      LimitPolicy `json:"atLimit,omitempty"`

	AccessLife  Span `json:"accessLife,omitempty"`  // of access tokens; JWT_EXPIRES_IN
	RefreshLife Span `json:"refreshLife,omitempty"` // of sessions that nobody refreshes; JWT_REFRESH_EXPIRES_IN
	SessionLife Span `json:"sessionLife,omitempty"` // of sessions in all; SESSION_MAX_AGE

	PasswordLength int    `json:"passwordLength,omitempty"` // least code points of a new password; 8
	MailFrom       string `json:"mailFrom,omitempty"`       // sender of mails: "Acme <no-reply@acme.example>"
}

// over fills what p leaves open from the deployment's policy.
func (p Policy) over(deployment Policy) Policy { return p.or(deployment).withDefaults() }

// or fills what p leaves open from another policy.
func (p Policy) or(deployment Policy) Policy {
	p.OTP = cmp.Or(p.OTP, deployment.OTP)
	p.SignUp = cmp.Or(p.SignUp, deployment.SignUp)
	if p.AllowedOrigins == nil {
		p.AllowedOrigins = deployment.AllowedOrigins
	}
	if p.BrowserTokens == nil {
		p.BrowserTokens = deployment.BrowserTokens
	}
	p.Language = cmp.Or(p.Language, deployment.Language)
	p.Taken = cmp.Or(p.Taken, deployment.Taken)
	p.LockAttempts = cmp.Or(p.LockAttempts, deployment.LockAttempts)
	p.LockMinutes = cmp.Or(p.LockMinutes, deployment.LockMinutes)
	p.MaxSessions = cmp.Or(p.MaxSessions, deployment.MaxSessions)
	p.AtLimit = cmp.Or(p.AtLimit, deployment.AtLimit)
	p.AccessLife = cmp.Or(p.AccessLife, deployment.AccessLife)
	p.RefreshLife = cmp.Or(p.RefreshLife, deployment.RefreshLife)
	p.SessionLife = cmp.Or(p.SessionLife, deployment.SessionLife)
	p.PasswordLength = cmp.Or(p.PasswordLength, deployment.PasswordLength)
	p.MailFrom = cmp.Or(p.MailFrom, deployment.MailFrom)
	return p
}

// withDefaults says what holds where nobody says anything.
func (p Policy) withDefaults() Policy {
	p.OTP = cmp.Or(p.OTP, OTPEmail)
	p.SignUp = cmp.Or(p.SignUp, SignUpOpen)
	p.Taken = cmp.Or(p.Taken, TakenTell)
	p.LockAttempts = cmp.Or(p.LockAttempts, 7)
	p.LockMinutes = cmp.Or(p.LockMinutes, 60)
	p.MaxSessions = cmp.Or(p.MaxSessions, 20)
	p.AtLimit = cmp.Or(p.AtLimit, LimitOldest)
	p.PasswordLength = cmp.Or(p.PasswordLength, passwordLeast)
	return p
}

// lockTime is how long a lock lasts that nobody ends.
func (p Policy) lockTime() time.Duration { return time.Duration(p.LockMinutes) * time.Minute }

// lifetimes are those of a tenant with that policy: its own, else the
// deployment's.
func (s *Service) lifetimes(p Policy) Lifetimes {
	l := s.Lifetimes.withDefaults()
	l.Access = min(cmp.Or(time.Duration(p.AccessLife), l.Access), l.Access) // also where the deployment allowed more once
	l.Refresh = cmp.Or(time.Duration(p.RefreshLife), l.Refresh)
	l.Session = max(cmp.Or(time.Duration(p.SessionLife), l.Session), l.Refresh)
	return l
}

// Lifetimes are the lives of what a login gives out. The zero value of a field
// means its default.
type Lifetimes struct {
	Access  time.Duration // of an access token; 15 minutes
	Refresh time.Duration // of a session that nobody refreshes; 7 days
	Session time.Duration // of a session in all; 90 days
	Grace   time.Duration // in which the last refresh token may come again; 10 s, negative: none
}

func (l Lifetimes) withDefaults() Lifetimes {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&l.Access, 15*time.Minute)
	set(&l.Refresh, 7*24*time.Hour)
	set(&l.Session, 90*24*time.Hour)
	set(&l.Grace, 10*time.Second)
	return l
}
