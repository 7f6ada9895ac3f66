package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/latchkey/latchkey/internal/auth"
)

// TLSMode says how the way to the mail server is protected.
type TLSMode string

// The ways to protect it. Wherever TLS is used the certificate is verified.
const (
	TLSImplicit TLSMode = "implicit" // from the first byte (RFC 8314), usually port 465
	TLSRequired TLSMode = "starttls" // STARTTLS, else no delivery; the zero value means the same
	TLSOffered  TLSMode = "offered"  // STARTTLS when the server offers it, else in the clear
	TLSNone     TLSMode = "none"     // in the clear; only for a server on the same machine
)

// SMTP delivers letters to a mail server, over one connection each. The zero
// values of TLS and Timeout are usable. See [SMTP.Check].
type SMTP struct {
	Host string
	Port int
	// User and Pass are for AUTH PLAIN or LOGIN, which is never tried in the
	// clear but on loopback. User "": no authentication.
	User string
	Pass auth.Secret
	TLS  TLSMode
	// Timeout bounds a delivery in whole; 0: 15 s, at most 30 s.
	Timeout time.Duration
	// Roots are the authorities that may vouch for the server; nil: those of
	// the system.
	Roots *x509.CertPool
}

const defaultTimeout = 15 * time.Second

// Check says what is wrong with the settings, nil if nothing is.
func (s SMTP) Check() error {
	switch s.TLS {
	case "", TLSImplicit, TLSRequired, TLSOffered, TLSNone:
	default:
		return fmt.Errorf("mail server: TLS is %q; it can be implicit, starttls, offered or none", s.TLS)
	}
	switch {
	case s.Host == "":
		return errors.New("mail server: the host is missing")
	case s.Port < 1 || s.Port > 65535:
		return fmt.Errorf("mail server: the port is %d; it must be from 1 to 65535", s.Port)
	case s.User == "" && s.Pass != "":
		return errors.New("mail server: there is a password and no user name")
	case s.Timeout < 0 || s.Timeout > patience:
		return fmt.Errorf("mail server: the timeout is %v; it must be from 0 to %v", s.Timeout, patience)
	}
	return nil
}

func (s SMTP) address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// Deliver implements [Transport].
func (s SMTP) Deliver(ctx context.Context, l Letter) error {
	timeout := s.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	way := &passage{ctx: ctx, smtp: s}
	defer way.close()
	client, err := gomail.NewClient(s.Host, s.options(timeout, way.dial)...)
	if err != nil {
		return fmt.Errorf("mail server: %w", err)
	}
	msg := compose(l)
	err = client.DialAndSendWithContext(ctx, msg)
	// Once the server has taken the letter, a failing goodbye is no failure:
	// to try again would be to send it twice.
	if err == nil || msg.IsDelivered() {
		return nil
	}
	return explain(ctx, s.address(), err, l, s.Pass.Reveal())
}

func (s SMTP) options(timeout time.Duration, dial gomail.DialContextFunc) []gomail.Option {
	policy := map[TLSMode]gomail.TLSPolicy{
		TLSImplicit: gomail.NoTLS, // no STARTTLS: dial has done it
		TLSOffered:  gomail.TLSOpportunistic,
		TLSNone:     gomail.NoTLS,
	}
	tlsPolicy, ok := policy[s.TLS]
	if !ok {
		tlsPolicy = gomail.TLSMandatory
	}
	opts := []gomail.Option{
		gomail.WithPort(s.Port),
		gomail.WithTimeout(2 * timeout), // so that it is always the context that ends a delivery
		gomail.WithTLSPolicy(tlsPolicy),
		gomail.WithTLSConfig(s.tls()),
		gomail.WithDialContextFunc(dial),
		gomail.WithoutNoop(),
		gomail.WithoutRset(),
	}
	if s.User != "" {
		opts = append(opts, gomail.WithSMTPAuthCustom(&login{user: s.User, pass: s.Pass, host: s.Host}))
	}
	return opts
}

func (s SMTP) tls() *tls.Config {
	return &tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
}

// compose makes the message of RFC 5322. The values of the headers are encoded
// by go-mail (RFC 2047), after [line] has taken out what ends a line.
func compose(l Letter) *gomail.Msg {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&l.From)
	msg.ToMailAddress(&l.To)
	msg.Subject(l.Subject)
	msg.SetMessageIDWithValue(l.ID)
	msg.SetDate()
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 §5: no holiday notes, please
	msg.SetBodyString(gomail.TypeTextPlain, l.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	if l.Logo != nil {
		// The reader fails only when it is none, and this is one.
		_ = msg.EmbedReader(logoName, bytes.NewReader(l.Logo), gomail.WithFileContentType(gomail.ContentType(l.LogoType)), gomail.WithFileContentID("<"+logoName+">"))
	}
	return msg
}
