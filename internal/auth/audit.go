package auth

import "time"

// Action names what an audit event tells of.
type Action string

// What is written to the record.
const (
	ActionSignUp            Action = "user.sign_up"
	ActionLogin             Action = "session.create"
	ActionLoginFailed       Action = "login.failed"
	ActionCodeSent          Action = "login.code_sent"
	ActionCodeFailed        Action = "login.code_failed"
	ActionLogout            Action = "session.end"
	ActionLogoutAll         Action = "session.end_all"
	ActionReuse             Action = "session.reuse_detected"
	ActionPasswordHash      Action = "user.password_rehashed" // #nosec G101 -- a name, not a password
	ActionSessionLimit      Action = "session.evicted"
	ActionLocked            Action = "user.locked"
	ActionUnlockSent        Action = "user.unlock_sent"
	ActionUnlocked          Action = "user.unlocked"
	ActionResetSent         Action = "user.reset_sent"
	ActionReset             Action = "user.password_reset"   // #nosec G101 -- likewise
	ActionPassword          Action = "user.password_changed" // #nosec G101 -- likewise
	ActionDisowned          Action = "session.disowned"
	ActionSignUpTaken       Action = "user.sign_up_taken"
	ActionKeyAdded          Action = "key.added"
	ActionOperatorKey       Action = "operator_key.created"
	ActionKeyRevoked        Action = "operator_key.revoked"
	ActionServiceKey        Action = "api_key.created"
	ActionServiceKeyRevoked Action = "api_key.revoked"
	ActionTenantMade        Action = "tenant.created"
	ActionTenant            Action = "tenant.updated" // Reason lists what
	ActionTenantStatus      Action = "tenant.status"  // Reason: the new one
	ActionTenantGone        Action = "tenant.deleted"
	ActionSpaceMade         Action = "space.created"
	ActionRoleMade          Action = "role.created"
	ActionRoleChanged       Action = "role.updated"
	ActionRoleGone          Action = "role.deleted"
	ActionUserMade          Action = "user.created"
	ActionUserImported      Action = "user.imported"
	ActionUserChanged       Action = "user.updated" // Reason lists what
	ActionUserStatus        Action = "user.status"  // Reason: the new one
	ActionUserRole          Action = "membership.role"
	ActionUserRemoved       Action = "membership.removed"
	ActionUserLeft          Action = "membership.left"
	ActionMain              Action = "membership.main"
	ActionInvited           Action = "membership.invited"
	ActionUninvited         Action = "membership.invitation_revoked"
	ActionJoined            Action = "membership.accepted"
	ActionSwitched          Action = "session.switch_tenant"
	ActionGathered          Action = "record.gathered"  // events from before the chain, or of an older release, were put into it
	ActionSettings          Action = "settings.changed" // Reason lists the names
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
	Actor     string // who did it, where that is not User: a user's id, operator:<id of the key>, command-line
	Session   string
	IP        string
	Agent     string
	RequestID string
	Reason    string // a stable word: why it failed or ended
}

// Link is an event in its place in the record of its directory. Hash covers
// the event, its number and the link before it, so that nobody without the
// master key can change, take out or put in an event unseen.
type Link struct {
	Number int64 // 1, 2, 3 …
	Event
	Hash []byte
}

// Chain computes the hash of an event that is number in the record, from the
// hash of the link before it (nil before the first). A store calls it inside
// the write that adds the event.
type Chain func(before []byte, number int64, e Event) []byte

// Note is what a change leaves behind beside itself: lines of the record and
// mails to send, all of one directory. A store writes the change and its note
// together or neither.
type Note struct {
	Events []Event
	Mails  []Mail
}
