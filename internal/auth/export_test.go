package auth

import "time"

// What the tests of the rules see of the inside.
var (
	NewCode   = newCode
	MaskEmail = maskEmail
)

// The budget of codes, for tests that count it out.
const (
	CodeLife     = codeLife
	CodeTries    = codeTries
	CodeFailures = codeFailures
	CodeMails    = codeMails
)

// The budget of passwords and links.
const (
	RowBudget       = rowLeast
	Patience        = patience
	NetworkFailures = networkFailures
	LinkMails       = linkMails
	AskedMails      = askedMails
	UnlockLife      = unlockLife
	ResetLife       = resetLife
)

// The overlap of signing keys.
const (
	PublishAhead = publishAhead
	ClockLeeway  = clockLeeway
)

// RefreshToken makes the refresh token that a session with this counter has.
func (v *Vault) RefreshToken(session string, counter int64) (Token, error) {
	return v.refreshToken(Session{ID: session, Directory: DefaultDirectory, Counter: counter})
}

// Counter reads the number of a refresh token that this vault made.
func (v *Vault) Counter(t Secret) (session string, counter int64, ok bool) {
	s, ok := v.readRefreshToken(t)
	return s.ID, s.Counter, ok
}

// Proof is the keyed hash of a code.
func (v *Vault) Proof(k TicketKey, user, code string) []byte { return v.proof(k, user, code) }

// DeviceID reads a device token.
func (v *Vault) DeviceID(directory, user string, t Secret) (string, bool) {
	id, _, ok := v.readDeviceToken(directory, user, t)
	return id, ok
}

// Milliseconds cuts a time as the rules do.
func Milliseconds(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
