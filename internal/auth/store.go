package auth

import (
	"context"
	"errors"
	"strings"
	"time"
)

// The errors that stores answer with. Everything else that a store returns is
// an internal fault.
var (
	// ErrNoRecord: absent, expired or spent; the three are never told apart.
	ErrNoRecord = errors.New("no such record")
	// ErrTaken: a name that must be unique is in use. See [TakenError].
	ErrTaken = errors.New("already taken")
	// ErrUnavailable: the database cannot be reached or cannot write; the
	// change did not happen, or is not known to have happened.
	ErrUnavailable = errors.New("database unavailable")
)

// TakenError is an ErrTaken that says which fields are in use, in the order
// email, username, mobile.
type TakenError struct{ Fields []string }

func (e *TakenError) Error() string { return ErrTaken.Error() + ": " + strings.Join(e.Fields, ", ") }

// Is makes errors.Is(err, ErrTaken) true.
func (e *TakenError) Is(target error) bool { return target == ErrTaken }

// Outbox is the queue of mails, filled by notes.
type Outbox interface {
	// Lease gives out at most max mails that are due at now, oldest first, and
	// keeps them from other callers until the lease ends: each mail is with one
	// caller at a time. Attempts is counted up by it. Mails past NotAfter are
	// buried instead.
	Lease(ctx context.Context, now time.Time, lease time.Duration, max int) ([]Mail, error)
	// Sent marks a mail of a directory as delivered; ErrNoRecord when it is not
	// waiting.
	Sent(ctx context.Context, directory, id string, at time.Time) error
	// Postpone puts a mail back until next; problem says why, without secrets.
	Postpone(ctx context.Context, directory, id string, next time.Time, problem string) error
	// Bury keeps a mail as a dead letter that is not tried again.
	Bury(ctx context.Context, directory, id string, at time.Time, problem string) error
	// Waiting counts the mails that are queued and the dead letters.
	Waiting(ctx context.Context) (queued, dead int, err error)
}

// Sessions is the store of sessions.
type Sessions interface {
	// CreateSession adds the session of a login, sets the user's LastLoginAt to
	// its CreatedAt, remembers its device with that generation (never a lower
	// one) and writes the note, all or nothing. ErrNoRecord when there is no such
	// user, it has no seat in the session's tenant and space, its Epoch is another
	// one, it may not log in at CreatedAt from such a device (User.MayLogIn), or the device is said to be known and has been
	// forgotten: so what lands while a password is being hashed holds. When the user would have more than Most living
	// sessions, those made first end with EndLimit and their note, and are
	// returned; with Refuse it is ErrFull instead, and nothing happens. However
	// many callers come at once, there are never more than Most. A session that
	// is Coded sets the user's VerifiedAt to its CreatedAt where that is zero.
	CreateSession(ctx context.Context, o Opening) (ended []string, err error)
	// Device returns a device from which the user has logged in and that was not
	// forgotten since, else ErrNoRecord.
	Device(ctx context.Context, directory, user, id string) (Device, error)
	// Session returns a session, also one that ended or expired as long as it
	// has not been swept; else ErrNoRecord.
	Session(ctx context.Context, directory, id string) (Session, error)
	// LivingSessions returns a user's sessions that live at now, newest first.
	LivingSessions(ctx context.Context, directory, user string, now time.Time) ([]Session, error)
	// MoveSession puts a session that lives at m.At and belongs to m.User into
	// another tenant and space, in which the user must have a seat, and writes the
	// note; else ErrNoRecord, and nothing happens. Its counter stays. It returns
	// the session as it is then.
	MoveSession(ctx context.Context, m Move) (Session, error)
	// Rotate moves a session to its next refresh token, or says why not. It is
	// one atomic compare-and-swap on the counter: of any number of callers with
	// the same counter exactly one gets Rotated.
	Rotate(ctx context.Context, r Rotation) (RotationResult, error)
	// Touch sets LastSeen of living sessions where that moves it forward;
	// sessions that are not there are no error.
	Touch(ctx context.Context, directory string, seen map[string]time.Time) error
	// EndSession ends a session that lives at e.At and belongs to e.User, and
	// writes the note; else ErrNoRecord, and nothing is written. Of any number
	// of callers exactly one gets nil.
	EndSession(ctx context.Context, e Ending) error
	// EndSessions ends all of a user's sessions that live at e.At but the one
	// with the id e.Session and those that e passes over, writes the note, and
	// returns the ids of those that it ended. Of any number of callers each id is
	// returned to one.
	EndSessions(ctx context.Context, e Ending) ([]string, error)
	// Secure changes a user as Records.UpdateUser does and ends sessions as
	// EndSessions does, with one note, all or nothing: nobody ever sees the new
	// password beside the old sessions. ErrNoRecord, too, when the session to
	// keep does not live at e.At.
	Secure(ctx context.Context, e Ending, change func(*User) error) (User, []string, error)
}

// ErrFull says that an account has as many sessions as it may.
var ErrFull = errors.New("as many sessions as may be")

// Opening asks to open a session.
type Opening struct {
	Session    Session
	Epoch      int64 // of the user, as it was when the person was recognised
	Generation int64 // of the device token that is given out with the session
	Note       Note
	Most       int  // living sessions of the user, with this one; 0: no bound
	Refuse     bool // at the bound, instead of ending the oldest
	// Ended makes the note that goes with ending a session for a newer one. It
	// must not use the store. May be nil.
	Ended func(Session) Note
}

// Device is a device from which somebody has logged in. It is forgotten when
// nobody logs in from it for as long as the record is kept.
type Device struct {
	Directory  string
	User       string
	ID         string
	Generation int64 // of the token that it holds
	SeenAt     time.Time
}

// Rotation asks for a session's next refresh token.
type Rotation struct {
	Directory string
	Tenant    string // tenant id; a session of another tenant is ErrNoRecord. "": any
	Session   string
	Counter   int64 // of the token that was presented
	Now       time.Time
	Grace     time.Duration
	IdleUntil time.Time // the new one, if it comes to that; the store caps it at ExpiresAt
	IP        string    // where the session is seen now; "" keeps the old
	// Reused makes the note that goes with ending the session because of a
	// token that is too old. It must not use the store.
	Reused func(Session) Note
}

// Outcome says what becomes of a session to which the token is presented. A
// store asks it of the session as it is in the transaction.
func (r Rotation) Outcome(s Session) RotationOutcome {
	switch {
	case s.Ended():
		return Ended
	case s.Expired(r.Now):
		return Expired
	case r.Counter > s.Counter:
		return Unknown
	case r.Counter == s.Counter:
		return Rotated
	case r.Counter == s.Counter-1 && (r.Now.Before(s.RotatedAt) || r.Now.Sub(s.RotatedAt) < r.Grace):
		return Repeated
	}
	return Reused
}

// Move asks to move a session to another seat of its user.
type Move struct {
	Directory string
	User      string
	Session   string
	Tenant    string // tenant id
	Space     string // space id
	At        time.Time
	// IdleUntil and ExpiresAt are the latest that the session's may be then;
	// neither is moved forward by it.
	IdleUntil time.Time
	ExpiresAt time.Time
	Note      Note
}

// RotationOutcome says what Rotate did.
type RotationOutcome int

// What Rotate did. In the first two the session's Counter is that of the token
// to hand out.
const (
	_ RotationOutcome = iota
	// Rotated: the counter was current and has been moved on by one.
	Rotated
	// Repeated: the counter was the one before, and its rotation is less than
	// the grace ago (or, by a clock that went backwards, in the future);
	// nothing changed.
	Repeated
	// Reused: the counter was older; the session was ended by this call with
	// EndReuse, its device was forgotten and the note was written.
	Reused
	// Ended: the session had been ended before; nothing changed.
	Ended
	// Expired: the session had run out; nothing changed.
	Expired
	// Unknown: the counter is higher than any given out by this database, as
	// after a restore from a backup; nothing changed.
	Unknown
)

// RotationResult is the outcome and the session as it is afterwards.
type RotationResult struct {
	Outcome RotationOutcome
	Session Session
}

// Ending asks to end one session, or all but one.
type Ending struct {
	Directory string
	User      string
	Session   string // the one to end, or the one to keep ("": keep none)
	Reason    EndReason
	At        time.Time
	Note      Note
	// Forget forgets the device of the session, or, of EndSessions and Secure,
	// all devices of the user but that of the session kept, whether or not they
	// have a living session; with Strangers only those of the sessions that end.
	Forget bool
	// Tenant makes EndSessions and Secure pass over sessions that are not in that
	// tenant (by id); "": none.
	Tenant string
	// From and Strangers make EndSessions and Secure pass over sessions that
	// were made before From, and those of devices that were known (Session.Known).
	From      time.Time
	Strangers bool
}

// TicketKind says what a ticket is good for; a ticket of one kind is never
// found under another.
type TicketKind string

// What tickets are good for.
const (
	TicketLogin  TicketKind = "login"  // the second step of a login
	TicketUnlock TicketKind = "unlock" // a mailed link that ends a lock
	TicketReset  TicketKind = "reset"  // a mailed link that sets a new password
	TicketDisown TicketKind = "disown" // a mailed link that says: this was not me
	TicketInvite TicketKind = "invite" // a mailed link that makes an account, or gives it a seat
)

// Listed reports whether tickets of the kind can be asked for all together.
func (k TicketKind) Listed() bool { return k == TicketInvite }

// TicketQuery asks for the tickets of a kind, which is one of those that are
// Listed.
type TicketQuery struct {
	Directory string
	Tenant    string // tenant id
	Kind      TicketKind
	After     string // id of the last one of the page before; "": from the first on
	Max       int
}

// TicketKey names a ticket.
type TicketKey struct {
	Directory string
	Tenant    string // tenant id
	Kind      TicketKind
	ID        string
}

// Ticket is something to be spent once before it ends: a challenge, a link.
type Ticket struct {
	TicketKey
	User      string
	Proof     []byte // keyed hash of what the person must show
	Tries     int    // left
	Data      []byte // the flow's own, opaque to the store
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Tickets holds what ends soon. Losing it costs a new code, nothing more.
type Tickets interface {
	// Issue puts a ticket; ErrTaken when one with the key lives.
	Issue(ctx context.Context, t Ticket) error
	// Ticket returns a ticket that lives at now, with or without tries left,
	// else ErrNoRecord.
	Ticket(ctx context.Context, k TicketKey, now time.Time) (Ticket, error)
	// Reissue gives a living ticket (with or without tries left) a new proof,
	// tries and end; the old proof is void. Else ErrNoRecord.
	Reissue(ctx context.Context, t Ticket, now time.Time) error
	// Attempt shows a proof. Right: the ticket is spent and returned, to
	// exactly one caller. Wrong: one try is used up and ErrWrongProof returned
	// with a ticket whose Tries says how many are left. ErrNoRecord when the
	// ticket is gone, over or out of tries. However many callers come at once,
	// no more proofs are compared than there were tries.
	Attempt(ctx context.Context, k TicketKey, proof []byte, now time.Time) (Ticket, error)
	// Standing returns tickets that live at now, with or without tries left, in
	// the order of their ids.
	Standing(ctx context.Context, q TicketQuery, now time.Time) ([]Ticket, error)
	// Void removes a ticket; one that is not there is no error.
	Void(ctx context.Context, k TicketKey) error
	// Count adds to counters, in one write, and returns their tallies in that
	// order. Each starts at zero and starts again when its window, begun by the
	// first addition, is over, or ends more than two windows from now: a clock
	// that went far ahead and came back leaves no counter standing. No addition
	// is lost. Add 0 reads; a count never goes below zero. When the same counter
	// is named twice, the later one sees what the earlier did.
	Count(ctx context.Context, counts ...Count) ([]Tally, error)
}

// ErrWrongProof says that the proof shown to Tickets.Attempt is not the right
// one.
var ErrWrongProof = errors.New("wrong proof")

// Count asks to add to a counter.
type Count struct {
	Directory string
	Key       string
	Add       int
	Window    time.Duration
	Now       time.Time
}

// Tally is a counter's state: how many, and when it starts again (zero time
// when it stands at its start).
type Tally struct {
	N      int
	Resets time.Time
}

// Sweeper removes what is over: expired tickets and counters, lines of the
// bulletin, sessions that ended or expired before keep, sent mails and dead
// letters before keep, events and devices that were last seen before keepEvents.
// Of the record only the oldest links go, and the newest never, so that what is
// left has no gap. Small batches; it returns how many rows went, and 0 when
// nothing is left to sweep.
type Sweeper interface {
	Sweep(ctx context.Context, now, keep, keepEvents time.Time) (int, error)
}

// Store is everything together, as one database gives it.
type Store interface {
	Registry
	Records
	Outbox
	Sessions
	Tickets
	Sweeper
}
