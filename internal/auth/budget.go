package auth

import "time"

// The budget of mailed codes (SECURITY.md §1; NIST SP 800-63B-4 §3.2.2: a new
// code does not reset the count of failures).
const (
	codeLife         = 5 * time.Minute
	codeTries        = 5
	codeFailures     = 20 // per account and group of devices, over all codes
	codeFailureSpan  = 24 * time.Hour
	codeMails        = 5 // per account
	codeMailSpan     = time.Hour
	codeDeliveryTime = 10 * time.Second // how long a login waits for the mail server
)

// The budget of passwords (SECURITY.md §1; NIST SP 800-63B-4 §3.2.2: no more
// than 100 wrong ones in a row on one account). Each device that has logged in
// before is counted by itself: strangers cannot use up what is the owner's.
const (
	rowLeast = 50 // wrong passwords in a row of strangers, or of one known device, that are compared at all
	rowMost  = 100
	rowSpan  = 30 * 24 * time.Hour
	// After so many in a row each further try has to wait, twice as long as the
	// one before it, from a second to a quarter of an hour.
	patience  = 5
	firstWait = time.Second
	lastWait  = 15 * time.Minute
	// A wait that is this short is waited out within the request; a longer one
	// is for the client.
	heldWait = 3 * time.Second

	networkFailures = 100 // wrong passwords, and wrong codes, from unknown devices of one /24 or /64
	networkSpan     = time.Hour
)

// Links in mails (SECURITY.md §1), and how many of them an account is sent.
const (
	unlockLife   = 24 * time.Hour
	disownLife   = 24 * time.Hour
	resetLife    = 15 * time.Minute
	inviteLife   = 24 * time.Hour
	linkMails    = 5 // of one kind, to one account
	linkMailSpan = 24 * time.Hour
	deviceMails  = 20               // about new devices; more than anybody logs in from in a day
	askedMails   = 2                // of one kind, asked for by whoever knows the address
	askedSpan    = 10 * time.Minute // less than any link lives: strangers who ask leave the owner a good one
	takenMails   = 3                // a day, about sign-ups with a taken address
)

// rowBudget is how many wrong passwords in a row are compared at all; less than
// a lock takes would make the lock silent.
func rowBudget(p Policy) int { return min(max(rowLeast, p.LockAttempts), rowMost) }
