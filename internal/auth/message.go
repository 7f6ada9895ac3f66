package auth

import (
	"context"
	"time"
)

// MessageKind names a mail.
type MessageKind string

// The mails that are sent.
const (
	MessageWelcome      MessageKind = "welcome"
	MessageLoginCode    MessageKind = "login_code"
	MessageSessionEnded MessageKind = "session_ended" // an old refresh token came: the session was ended
	MessageLocked       MessageKind = "locked"        // too many wrong passwords; with the link that unlocks
	MessageReset        MessageKind = "password_reset"
	MessagePassword     MessageKind = "password_changed"
	MessageNewDevice    MessageKind = "new_device"    // a login from a device not seen before; with the link that disowns it
	MessageSignUpTaken  MessageKind = "sign_up_taken" // somebody tried to sign up with this person's address
	MessageInvitation   MessageKind = "invitation"    // somebody may join a tenant; with the link that does
	MessageEmailChanged MessageKind = "email_changed" // to the address that the account had
)

// Mail is a mail in the outbox. Its address is not in it: the worker asks for
// the account's address when it sends, unless User is "": then Facts.To has it. Facts may hold links and codes, so they
// are stored sealed.
type Mail struct {
	ID        string // UUIDv7
	Directory string
	Tenant    string // tenant id
	User      string
	Kind      MessageKind
	Sealed    []byte // Facts, sealed with the master key
	CreatedAt time.Time
	NotAfter  time.Time // not sent after this; zero: no end
	Attempts  int       // deliveries tried so far
}

// Facts is what a mail tells beyond its addressee. Which fields are set depends
// on the kind.
type Facts struct {
	Code    string        `json:"code,omitempty"`
	Link    string        `json:"link,omitempty"` // to one of our pages, with a token in it; stored without the base URL
	Life    time.Duration `json:"life,omitempty"` // of the code or the link, nanoseconds
	Device  string        `json:"device,omitempty"`
	Address string        `json:"address,omitempty"`
	At      time.Time     `json:"at,omitzero"`
	To      string        `json:"to,omitempty"`   // the address, where the mail is for nobody's account
	From    string        `json:"from,omitempty"` // who invites, by name
	New     string        `json:"new,omitempty"`  // the address that the account has now, masked
}

// Message is a mail that is ready to be written and sent: to one person, in one
// language.
type Message struct {
	ID         string // stable over retries of the same mail
	Kind       MessageKind
	Name       string // of the person
	Email      string
	Language   string
	TenantName string
	Sender     string // "Acme <no-reply@acme.example>"; "": the deployment's
	Color      string // of the tenant's brand, #rrggbb; "": the deployment's
	Logo       []byte // the tenant's picture; nil: none
	LogoType   string // its media type
	Facts      Facts
}

// Mailer sends mail.
type Mailer interface {
	// Send writes and delivers one message and returns when the mail server
	// has taken it, or with an error. It gives up when ctx ends.
	Send(ctx context.Context, m Message) error
	// Wake tells the outbox worker that there is mail. It never blocks.
	Wake()
}
