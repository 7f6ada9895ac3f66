package e2e

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// A postOffice is a real SMTP server that keeps what it gets. It is its own
// backend. With a certificate it offers STARTTLS, and then insists on it and on
// a login.
type postOffice struct {
	cert       *tls.Certificate
	user, pass string

	mu      sync.Mutex
	letters []letter
}

// A letter as it arrived.
type letter struct {
	From, To, Subject, Text, HTML string
	User                          string // who delivered it
	TLS                           bool
}

// open serves on a port of loopback until the test ends.
func (o *postOffice) open(t *testing.T, port int) {
	t.Helper()
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &delivery{office: o, conn: c}, nil
	}))
	server.Domain, server.ErrorLog = "post.test", log.New(io.Discard, "", 0)
	if o.cert != nil {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*o.cert}}
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		if err := errors.Join(server.Close(), <-done); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	})
}

// openPost opens a post office and returns the settings that lead to it.
func openPost(t *testing.T) (*postOffice, env) {
	t.Helper()
	port := freePort(t)
	office := new(postOffice)
	office.open(t, port)
	return office, smtpAt(port)
}

func smtpAt(port int) env { return env{"SMTP_HOST": "127.0.0.1", "SMTP_PORT": strconv.Itoa(port)} }

// letter waits for a letter to somebody whose subject or text holds a word.
func (o *postOffice) letter(t *testing.T, to, holds string) letter {
	t.Helper()
	var found letter
	eventually(t, "a letter with “"+holds+"” has come", func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		for _, l := range o.letters {
			if l.To == to && (strings.Contains(l.Subject, holds) || strings.Contains(l.Text, holds)) {
				found = l
			}
		}
		return found.To != ""
	})
	return found
}

var codeLine = regexp.MustCompile(`(?m)^\s*(\d{6})\s*$`)

// code waits for the newest login code of somebody; the language is English.
func (o *postOffice) code(t *testing.T, to string) string {
	t.Helper()
	return o.letter(t, to, "login code").code(t)
}

func (l letter) code(t *testing.T) string {
	t.Helper()
	m := codeLine.FindStringSubmatch(l.Text)
	if m == nil {
		t.Fatalf("no line with a code in the letter:\n%s", l.Text)
	}
	secret(m[1])
	return m[1]
}

// A delivery is one SMTP connection.
type delivery struct {
	office *postOffice
	conn   *smtp.Conn
	now    letter
}

func (d *delivery) Reset()        { d.now = letter{User: d.now.User} }
func (d *delivery) Logout() error { return nil }

func (d *delivery) Mail(from string, _ *smtp.MailOptions) error {
	if d.office.user != "" && d.now.User == "" {
		return smtp.ErrAuthRequired
	}
	d.now.From = from
	return nil
}

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	if d.now.To != "" {
		return errors.New("one letter, one recipient")
	}
	d.now.To = to
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	_, d.now.TLS = d.conn.TLSConnectionState()
	if err := d.now.read(r); err != nil {
		return err
	}
	d.office.mu.Lock()
	defer d.office.mu.Unlock()
	d.office.letters = append(d.office.letters, d.now)
	return nil
}

func (d *delivery) AuthMechanisms() []string {
	if d.office.user == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (d *delivery) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, pass string) error {
		if user != d.office.user || pass != d.office.pass {
			return smtp.ErrAuthFailed
		}
		d.now.User = user
		return nil
	}), nil
}

// read takes a message with a text and an HTML part apart (RFC 2045, 2046).
func (l *letter) read(r io.Reader) error {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		return err
	}
	if to, err := mail.ParseAddress(m.Header.Get("To")); err != nil || to.Address != l.To {
		return errors.New("the To header is not the recipient")
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	for parts := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if part.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			return errors.New("a part in another encoding than quoted-printable")
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return err
		}
		text := string(bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")))
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			l.HTML = text
		} else {
			l.Text = text
		}
	}
}
