package mail

import (
	"context"
	"errors"
	netmail "net/mail"
)

// Letter is a message as it is sent: to exactly one person, in plain text and
// in HTML that say the same.
type Letter struct {
	ID      string // Message-ID without the angle brackets; the same in every try
	From    netmail.Address
	To      netmail.Address
	Subject string
	Text    string
	HTML    string
	Code    string // the code that the letter tells, "" when it tells none
	Link    string // the link that it is about, likewise

	Logo     []byte // a picture in the HTML, by the content id logo; nil: none
	LogoType string // its media type
}

// Transport takes letters to where they are read.
type Transport interface {
	// Deliver returns nil when the letter has been taken over, and an error
	// that is [ErrRefused] when another try would end in the same way. It gives
	// up when ctx ends. Its errors can be logged: they hold neither the code,
	// the link nor the address of the letter. It may be called at once from anywhere.
	Deliver(ctx context.Context, l Letter) error
}

// ErrRefused says that this letter cannot be delivered to this address, now or later.
var ErrRefused = errors.New("refused for good")
