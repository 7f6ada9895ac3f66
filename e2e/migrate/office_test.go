package migrate

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// An office is a mail server as the tutorial's .env describes one: TLS from the
// first byte, and a login. Codes that come by are typed by the reader.
type office struct {
	authority string // PEM file, of who vouches for it

	mu       sync.Mutex
	keyboard io.WriteCloser
}

// openOffice opens it until the test ends; here gets where it is.
func openOffice(t *testing.T, here map[string]string) *office {
	t.Helper()
	o := &office{authority: filepath.Join(t.TempDir(), "authority.pem")}
	lender := httptest.NewUnstartedServer(nil) // has a certificate for 127.0.0.1
	lender.StartTLS()
	lender.Close()
	must(t, os.WriteFile(o.authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: lender.Certificate().Raw}), 0o600))
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: lender.TLS.Certificates, MinVersion: tls.VersionTLS12})
	must(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	must(t, err)
	here["SMTP_HOST=mail.darmist.com"], here["SMTP_PORT=465"] = "SMTP_HOST=127.0.0.1", "SMTP_PORT="+port
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{office: o}, nil }))
	server.Domain, server.ErrorLog = "post.test", log.New(io.Discard, "", 0)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		if err := errors.Join(server.Close(), <-done); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	})
	return o
}

// typing says where codes are typed from now on; nil for nowhere.
func (o *office) typing(keyboard io.WriteCloser) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.keyboard != nil {
		o.keyboard.Close()
	}
	o.keyboard = keyboard
}

var codeLine = regexp.MustCompile(`(?m)^\s*(\d{6})\s*$`)

// read types the code of a letter, if it has one.
func (o *office) read(letter io.Reader) error {
	text, err := io.ReadAll(letter)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if m := codeLine.FindSubmatch(text); m != nil && o.keyboard != nil {
		_, err = fmt.Fprintf(o.keyboard, "%s\n", m[1])
	}
	return err
}

// A delivery is one SMTP connection.
type delivery struct {
	office *office
	known  bool
}

func (d *delivery) Reset()        {}
func (d *delivery) Logout() error { return nil }

func (d *delivery) Mail(string, *smtp.MailOptions) error {
	if !d.known {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (d *delivery) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (d *delivery) Data(r io.Reader) error               { return d.office.read(r) }
func (d *delivery) AuthMechanisms() []string             { return []string{sasl.Plain} }

func (d *delivery) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, _, pass string) error {
		if pass != "YourSecreetPassword@2025" {
			return smtp.ErrAuthFailed
		}
		d.known = true
		return nil
	}), nil
}
