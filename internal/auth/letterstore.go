package auth

import (
	"context"
	"time"
)

// LetterRecords lets those who run a tenant look into its outbox.
type LetterRecords interface {
	// Letters returns mails of a tenant, newest first, without what is in them.
	Letters(ctx context.Context, q LetterQuery) ([]Letter, error)
	// Redeliver makes a mail of a tenant that waits, or a dead letter, due at now
	// with its attempts forgotten; ErrNoRecord when there is none, it was sent, or
	// now is past its NotAfter.
	Redeliver(ctx context.Context, directory, tenant, id string, now time.Time) error
}

// LetterQuery asks for mails of a tenant, newest first: by the time they were
// made, then by id.
type LetterQuery struct {
	Directory string
	Tenant    string    // tenant id
	State     MailState // "": any
	Before    EventPlace
	Max       int
}
