package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// A postOffice is a real mail server on loopback.
type postOffice struct {
	cert     *tls.Certificate
	implicit bool
	login    bool // it wants the user relay with the password open-sesame-canary
	refuse   bool // any sender
}

// start returns the settings that lead to it.
func (o postOffice) start(t *testing.T) []string {
	t.Helper()
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		if o.login {
			return &member{anybody: anybody{o}}, nil
		}
		return &anybody{o}, nil
	}))
	server.Domain, server.AllowInsecureAuth, server.ErrorLog = "office.test", true, log.New(io.Discard, "", 0)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if o.cert != nil {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*o.cert}}
	}
	if o.implicit {
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { server.Close(); <-done })
	return []string{"SMTP_HOST=127.0.0.1", "SMTP_PORT=" + strconv.Itoa(port), "APP_BASE_URL=https://auth.example.com"}
}

// anybody may send, and nothing is to be sent.
type anybody struct{ office postOffice }

func (anybody) Reset()        {}
func (anybody) Logout() error { return nil }

func (s anybody) Mail(string, *smtp.MailOptions) error {
	if s.office.refuse {
		return &smtp.SMTPError{Code: 553, EnhancedCode: smtp.NoEnhancedCode, Message: "not one of ours"}
	}
	return nil
}

func (anybody) Rcpt(string, *smtp.RcptOptions) error { return errors.New("doctor addresses a mail") }
func (anybody) Data(io.Reader) error                 { return errors.New("doctor sends a mail") }

// A member logs in first.
type member struct {
	anybody
	known bool
}

func (s *member) Mail(from string, o *smtp.MailOptions) error {
	if !s.known {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.NoEnhancedCode, Message: "Authentication required"}
	}
	return s.anybody.Mail(from, o)
}

func (s *member) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *member) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, pass string) error {
		if user != "relay" || pass != "open-sesame-canary" {
			return smtp.ErrAuthFailed
		}
		s.known = true
		return nil
	}), nil
}

// certify makes a certificate for 127.0.0.1 that signs itself, and the pool
// that trusts it.
func certify(t *testing.T, from, until time.Time) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: until,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// silent listens and says nothing.
func silent(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

func TestDoctorMail(t *testing.T) {
	now := time.Now()
	cert, pool := certify(t, now.Add(-time.Hour), now.Add(90*day))
	ending, endingPool := certify(t, now.Add(-time.Hour), now.Add(5*day+time.Hour))
	over, overPool := certify(t, now.Add(-2*time.Hour), now.Add(-time.Hour))
	at := func(o postOffice) func(*testing.T, string) []string {
		return func(t *testing.T, _ string) []string { return o.start(t) }
	}
	trusting := func(pool *x509.CertPool) func(*patient) { return func(p *patient) { p.roots = pool } }
	known := []string{"SMTP_USER=relay", "SMTP_PASS=open-sesame-canary"}
	diagnose(t, checkMail, []illness{
		{name: "in the clear on loopback", bare: true, prepare: at(postOffice{}), want: ok("answers without TLS")},
		{name: "STARTTLS", bare: true, prepare: at(postOffice{cert: cert}), change: trusting(pool), want: ok("answers with TLS")},
		{
			name: "TLS and a login", bare: true, environ: append(known, "SMTP_SECURE=true"),
			prepare: at(postOffice{cert: cert, implicit: true, login: true}), change: trusting(pool), want: ok("takes SMTP_USER with SMTP_PASS"),
		},
		{name: "dev", bare: true, mode: modeDev, environ: []string{"SMTP_PORT=1"}, want: ok("/dev/mail")},
		{name: "no such host", bare: true, environ: []string{"SMTP_HOST=mail.invalid"}, want: fail("its name", "correct SMTP_HOST")},
		{name: "refused", bare: true, environ: []string{"SMTP_PORT=1"}, want: fail("connecting", "SMTP_PORT")},
		{
			name: "TLS wanted, none spoken", bare: true, prepare: at(postOffice{}), environ: []string{"SMTP_SECURE=true"},
			want: fail("TLS", "SMTP_SECURE=false"),
		},
		{
			name: "STARTTLS wanted, none offered", bare: true, prepare: at(postOffice{}), environ: []string{"SMTP_REQUIRE_TLS=true"},
			want: fail("does not offer STARTTLS", "SMTP_PORT"),
		},
		{name: "unknown authority", bare: true, prepare: at(postOffice{cert: cert}), want: fail("certificate", "SSL_CERT_FILE")},
		{
			name: "expired", bare: true, prepare: at(postOffice{cert: over}), change: trusting(overPool),
			want: fail("expired", "renew the mail server's certificate"),
		},
		{
			name: "another's certificate", bare: true, change: trusting(pool), want: fail("certificate", "set SMTP_HOST to the name"),
			prepare: func(t *testing.T, _ string) []string {
				return append(postOffice{cert: cert}.start(t), "SMTP_HOST=localhost")
			},
		},
		{
			name: "ends soon", bare: true, prepare: at(postOffice{cert: ending}), change: trusting(endingPool),
			want: warn("ends in 5 days", "renew the mail server's certificate"),
		},
		{
			name: "wrong password", bare: true, prepare: at(postOffice{login: true}), environ: []string{"SMTP_USER=relay", "SMTP_PASS=sesame"},
			want: fail("logging in: 535", "correct SMTP_USER and SMTP_PASS"),
		},
		{name: "a login nobody wants", bare: true, prepare: at(postOffice{}), environ: known, want: fail("neither AUTH PLAIN", "unset SMTP_USER")},
		{name: "a login is wanted", bare: true, prepare: at(postOffice{login: true}), want: fail("the sender: 530", "set SMTP_USER and SMTP_PASS")},
		{name: "sender refused", bare: true, prepare: at(postOffice{refuse: true}), want: fail("not one of ours", "set EMAIL_FROM")},
		{
			name: "a sender of nowhere", bare: true, want: warn("no-reply@localhost", "set EMAIL_FROM"),
			prepare: func(t *testing.T, _ string) []string { return postOffice{}.start(t)[:2] },
		},
	})
}

// A server that says nothing is left when the doctor's time is over.
func TestDoctorLeavesASilentMailServer(t *testing.T) {
	p := admit(modeServe, nil, &console{Dir: t.TempDir(), Environ: []string{"SMTP_HOST=127.0.0.1", "SMTP_PORT=" + strconv.Itoa(silent(t))}})
	p.patience = time.Second // enough to connect, on a busy machine too
	if got, want := checkMail(t.Context(), p), fail("no answer within 1s", "SMTP_PORT"); !tells(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
