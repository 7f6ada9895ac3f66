package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"os"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// Step is a part of the way to a mail server, in which a probe failed.
type Step string

// The steps, in their order.
const (
	StepName     Step = "name"     // the host has no address
	StepConnect  Step = "connect"  // nobody listens there, or a firewall swallows it
	StepGreeting Step = "greeting" // what listens does not speak SMTP in the clear, or nothing
	StepHello    Step = "hello"    // EHLO
	StepTLS      Step = "tls"      // TLS from the first byte, or STARTTLS, with the certificate
	StepLogin    Step = "login"    // AUTH
	StepSender   Step = "sender"   // MAIL FROM
)

// Passed is what a probe that came through has seen.
type Passed struct {
	Encrypted bool
	Expires   time.Time // of the server's certificate; zero without TLS
	LoggedIn  bool
}

// ProbeError says in which step a probe failed. Its text holds no password,
// is one line and is bounded.
type ProbeError struct {
	Step Step
	Code int // of the server's answer (RFC 5321 §4.2), 0 when there was none

	text string
	err  error
}

func (e *ProbeError) Error() string { return e.text }

// Unwrap gives the cause, which may hold what the server repeated: to be asked
// with errors.As, not to be printed.
func (e *ProbeError) Unwrap() error { return e.err }

// Probe goes the way of a delivery up to the letter, and turns back: connect,
// greeting, EHLO, TLS as the mode asks, AUTH when there is a user, MAIL FROM.
// Nothing is sent. from is the sender's address. It takes no longer than
// Timeout, and its errors are of type [*ProbeError].
func (s SMTP) Probe(ctx context.Context, from string) (Passed, error) {
	timeout := cmp.Or(s.Timeout, defaultTimeout)
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	p := &probe{ctx: limited, smtp: s}
	step, err := p.walk(from)
	if p.conn != nil {
		p.conn.Close() // the goodbye is said; an error means nothing
	}
	if err == nil {
		return p.passed, nil
	}
	text := err.Error()
	if ended := limited.Err(); ended != nil {
		// The connection was closed under go-mail; what it saw is an accident.
		err, text = ended, "gave up: "+ended.Error()
		if errors.Is(ended, context.DeadlineExceeded) {
			text = fmt.Sprintf("no answer within %s", timeout)
		}
	}
	failed := &ProbeError{Step: step, text: clip(Letter{}.hush(text, s.echoes()...)), err: err}
	var answer *textproto.Error
	if errors.As(err, &answer) {
		failed.Code = answer.Code
	}
	return Passed{}, failed
}

// echoes are the forms in which a server may repeat the password.
func (s SMTP) echoes() []string {
	pass := s.Pass.Reveal()
	if pass == "" {
		return nil
	}
	return []string{
		base64.StdEncoding.EncodeToString([]byte("\x00" + s.User + "\x00" + pass)),
		base64.StdEncoding.EncodeToString([]byte(pass)), pass,
	}
}

// probe is one walk.
type probe struct {
	ctx    context.Context
	smtp   SMTP
	conn   net.Conn
	client *smtp.Client
	passed Passed
}

func (p *probe) walk(from string) (Step, error) {
	for _, leg := range []struct {
		step Step
		walk func() error
	}{
		{StepName, p.resolve},
		{StepConnect, p.connect},
		{StepTLS, p.encryptFirst},
		{StepGreeting, p.greet},
		{StepHello, p.hello},
		{StepTLS, p.startTLS},
		{StepLogin, p.logIn},
		{StepSender, func() error { return p.client.Mail("<" + from + ">") }},
	} {
		if err := leg.walk(); err != nil {
			return leg.step, err
		}
	}
	// The sender is taken back, so that nothing is left half-done.
	return StepSender, errors.Join(p.client.Reset(), p.client.Quit())
}

func (p *probe) resolve() error {
	addresses, err := net.DefaultResolver.LookupHost(p.ctx, p.smtp.Host)
	if err == nil && len(addresses) == 0 {
		err = errors.New("the name has no address")
	}
	return err
}

func (p *probe) connect() (err error) {
	var d net.Dialer
	p.conn, err = d.DialContext(p.ctx, "tcp", p.smtp.address())
	if err != nil {
		p.conn = nil
		return err
	}
	conn := p.conn
	context.AfterFunc(p.ctx, func() { conn.Close() }) // go-mail does not look at contexts
	return nil
}

func (p *probe) encryptFirst() error {
	if p.smtp.TLS != TLSImplicit {
		return nil
	}
	encrypted := tls.Client(p.conn, p.smtp.tls())
	p.conn = encrypted
	if err := encrypted.HandshakeContext(p.ctx); err != nil {
		return err
	}
	p.seen(encrypted.ConnectionState())
	return nil
}

func (p *probe) greet() (err error) {
	p.client, err = smtp.NewClient(p.conn, p.smtp.Host)
	return err
}

func (p *probe) hello() error {
	name, err := os.Hostname()
	if err != nil {
		return err
	}
	return p.client.Hello(name)
}

var errNoTLS = errors.New("it does not offer STARTTLS")

func (p *probe) startTLS() error {
	if p.smtp.TLS == TLSImplicit || p.smtp.TLS == TLSNone {
		return nil
	}
	if offered, _ := p.client.Extension("STARTTLS"); !offered {
		if p.smtp.TLS == TLSOffered {
			return nil
		}
		return errNoTLS
	}
	if err := p.client.StartTLS(p.smtp.tls()); err != nil {
		return err
	}
	if state, ok := p.client.TLSConnectionState(); ok {
		p.seen(state)
	}
	return nil
}

func (p *probe) seen(state tls.ConnectionState) {
	p.passed.Encrypted = true
	if len(state.PeerCertificates) > 0 {
		p.passed.Expires = state.PeerCertificates[0].NotAfter
	}
}

func (p *probe) logIn() error {
	if p.smtp.User == "" {
		return nil
	}
	p.passed.LoggedIn = true
	return p.client.Auth(&login{user: p.smtp.User, pass: p.smtp.Pass, host: p.smtp.Host})
}
