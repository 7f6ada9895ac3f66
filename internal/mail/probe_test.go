package mail

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

func TestProbePasses(t *testing.T) {
	cert, pool := newCert(t)
	for _, c := range []struct {
		name   string
		server *sink
		client func(*SMTP)
		want   Passed // Expires is compared when Encrypted
	}{
		{"in the clear", &sink{}, func(*SMTP) {}, Passed{}},
		{"STARTTLS", &sink{cert: cert}, func(s *SMTP) { s.TLS = TLSRequired }, Passed{Encrypted: true}},
		{"TLS from the first byte", &sink{cert: cert, implicit: true}, func(s *SMTP) { s.TLS = TLSImplicit }, Passed{Encrypted: true}},
		{
			"PLAIN over STARTTLS", &sink{cert: cert, mechs: []string{"PLAIN"}},
			func(s *SMTP) { s.User, s.Pass = sinkUser, sinkPass }, Passed{Encrypted: true, LoggedIn: true},
		},
		{
			"LOGIN over TLS", &sink{cert: cert, implicit: true, mechs: []string{"LOGIN"}},
			func(s *SMTP) { s.TLS, s.User, s.Pass = TLSImplicit, sinkUser, sinkPass }, Passed{Encrypted: true, LoggedIn: true},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := c.server.start(t)
			client.Roots = pool
			c.client(&client)
			got, err := client.Probe(t.Context(), "no-reply@example.com")
			if err != nil {
				t.Fatal(err)
			}
			if c.want.Encrypted {
				c.want.Expires = leaf(t, cert).NotAfter
			}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if n := len(c.server.letters()); n != 0 {
				t.Errorf("%d letters were sent, want none", n)
			}
		})
	}
}

func TestProbeSaysWhereItFailed(t *testing.T) {
	cert, pool := newCert(t)
	late, latePool := lateCert(t)
	for _, c := range []struct {
		name   string
		server *sink
		client func(*SMTP)
		step   Step
		code   int
		says   string
		as     func(error) bool
	}{
		{name: "no such name", client: func(s *SMTP) { s.Host = "mail.invalid" }, step: StepName},
		{name: "refused", client: func(s *SMTP) { s.Port = freePort(t) }, step: StepConnect, says: "refused"},
		{name: "TLS where SMTP is spoken", client: func(s *SMTP) { s.TLS = TLSImplicit }, step: StepTLS, as: is[tls.RecordHeaderError]},
		{name: "no STARTTLS", client: func(s *SMTP) { s.TLS = TLSRequired }, step: StepTLS, says: "does not offer STARTTLS"},
		{
			name: "unknown authority", server: &sink{cert: cert}, client: func(*SMTP) {},
			step: StepTLS, says: "certificate", as: is[x509.UnknownAuthorityError],
		},
		{
			name: "another's certificate", server: &sink{cert: cert, implicit: true},
			client: func(s *SMTP) { s.TLS, s.Roots, s.Host = TLSImplicit, pool, "localhost" }, step: StepTLS, as: is[x509.HostnameError],
		},
		{
			name: "expired certificate", server: &sink{cert: late}, client: func(s *SMTP) { s.Roots = latePool },
			step: StepTLS, says: "expired", as: is[x509.CertificateInvalidError],
		},
		{
			name: "wrong password", server: &sink{mechs: []string{"PLAIN"}},
			client: func(s *SMTP) { s.User, s.Pass = sinkUser, sinkPass+"x" }, step: StepLogin, code: 535,
		},
		{
			name: "no mechanism of ours", server: &sink{mechs: []string{"XOAUTH2"}},
			client: func(s *SMTP) { s.User, s.Pass = sinkUser, sinkPass }, step: StepLogin, says: "neither AUTH PLAIN nor AUTH LOGIN",
		},
		{name: "a login is asked for", server: &sink{mechs: []string{"PLAIN"}}, client: func(*SMTP) {}, step: StepSender, code: 530},
		{
			name: "sender refused", client: func(*SMTP) {}, step: StepSender, code: 553, says: "not you",
			server: &sink{answer: func(string, int) error {
				return &smtp.SMTPError{Code: 553, EnhancedCode: smtp.NoEnhancedCode, Message: "not you"}
			}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := c.server
			if server == nil {
				server = &sink{}
			}
			client := server.start(t)
			c.client(&client)
			_, err := client.Probe(t.Context(), "no-reply@example.com")
			got := new(ProbeError)
			if !errors.As(err, &got) || got.Step != c.step || got.Code != c.code || !strings.Contains(got.Error(), c.says) {
				t.Fatalf("got %+v, want step %s, code %d, %q", err, c.step, c.code, c.says)
			}
			if c.as != nil && !c.as(err) {
				t.Errorf("the cause of %v is another", err)
			}
			if strings.Contains(err.Error(), sinkPass) {
				t.Errorf("the password is in %q", err)
			}
		})
	}
}

// A server may repeat what it was told, in the form in which it was told.
func TestProbeHushesThePassword(t *testing.T) {
	told := base64.StdEncoding.EncodeToString([]byte("\x00" + sinkUser + "\x00" + sinkPass))
	for _, echo := range []string{sinkPass, strings.ToUpper(sinkPass), told, base64.StdEncoding.EncodeToString([]byte(sinkPass))} {
		server := &sink{mechs: []string{"PLAIN"}, answer: func(string, int) error {
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.NoEnhancedCode, Message: "no: " + echo + "\x1b[31m"}
		}}
		client := server.start(t)
		client.User, client.Pass = sinkUser, sinkPass
		_, err := client.Probe(t.Context(), "no-reply@example.com")
		if err == nil || !strings.Contains(err.Error(), "[…]") || strings.Contains(err.Error(), echo) || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("got %v, want it without %q", err, echo)
		}
	}
}

// A server that says nothing holds a probe no longer than its timeout.
func TestProbeLeavesASilentServer(t *testing.T) {
	for stage, want := range map[string][]Step{
		"greeting": {StepConnect, StepGreeting}, // the server may be quicker than our dialer
		"EHLO":     {StepHello}, "MAIL": {StepSender},
	} {
		t.Run(stage, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			client := script(t, stage, cancel)
			_, err := client.Probe(ctx, "no-reply@example.com")
			got := new(ProbeError)
			if !errors.As(err, &got) || !slices.Contains(want, got.Step) || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want it to be left in %s", err, want)
			}
		})
	}
	client := script(t, "greeting", func() {})
	client.Timeout = time.Millisecond
	_, err := client.Probe(t.Context(), "no-reply@example.com")
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer within 1ms") {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
}

// is reports whether an error has a cause of a type.
func is[T error](err error) bool {
	var want T
	return errors.As(err, &want)
}

func leaf(t *testing.T, c *tls.Certificate) *x509.Certificate {
	t.Helper()
	parsed, err := x509.ParseCertificate(c.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// freePort is a port on which nobody listens.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// lateCert is as newCert, but its time is over.
func lateCert(t *testing.T) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(-time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	pool := x509.NewCertPool()
	pool.AddCert(leaf(t, cert))
	return cert, pool
}
