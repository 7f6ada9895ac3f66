package auth

import "time"

// Action names what an audit event tells of.
type Action string

// What is written to the record.
const (
	ActionSignUp       Action = "user.sign_up"
	ActionLogin        Action = "session.create"
	ActionLoginFailed  Action = "login.failed"
	ActionCodeSent     Action = "login.code_sent"
	ActionCodeFailed   Action = "login.code_failed"
	ActionLogout       Action = "session.end"
	ActionLogoutAll    Action = "session.end_all"
	ActionReuse        Action = "session.reuse_detected"
	ActionPasswordHash Action = "user.password_rehashed" // #nosec G101 -- a name, not a password
)

// Event is one line of the record. It is written by the same store call as the
// change that it tells of, and never changed afterwards.
type Event struct {
	ID        string // UUIDv7
	Directory string
	Tenant    string // tenant id
	At        time.Time
	Action    Action
	User      string // whom it is about; "" when no account is meant
	Session   string
	IP        string
	Agent     string
	RequestID string
	Reason    string // a stable word: why it failed or ended
}

// Note is what a change leaves behind beside itself: lines of the record and
// mails to send. A store writes the change and its note together or neither.
type Note struct {
	Events []Event
	Mails  []Mail
}
