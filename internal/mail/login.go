package mail

import (
	"errors"
	"slices"

	"github.com/wneessen/go-mail/smtp"

	"github.com/latchkey/latchkey/internal/auth"
)

var errNoLogin = errors.New("it offers neither AUTH PLAIN nor AUTH LOGIN, and a user name is set")

// login authenticates by PLAIN (RFC 4616), else by LOGIN. Both give the
// password away, so go-mail's halves refuse a connection in the clear that does
// not end on this machine.
type login struct {
	user string
	pass auth.Secret
	host string
	smtp.Auth
}

// Start implements [smtp.Auth].
func (a *login) Start(server *smtp.ServerInfo) (string, []byte, error) {
	switch {
	case slices.Contains(server.Auth, "PLAIN"):
		a.Auth = smtp.PlainAuth("", a.user, a.pass.Reveal(), a.host, false)
	case slices.Contains(server.Auth, "LOGIN"):
		a.Auth = smtp.LoginAuth(a.user, a.pass.Reveal(), a.host, false)
	default:
		return "", nil, errNoLogin
	}
	return a.Auth.Start(server)
}
