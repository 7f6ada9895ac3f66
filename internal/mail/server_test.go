package mail

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// sink is a real SMTP server that keeps what it gets. Set the fields before
// start.
type sink struct {
	cert     *tls.Certificate // with one it offers STARTTLS
	implicit bool             // it speaks TLS from the first byte
	mechs    []string         // AUTH, also in the clear; then it insists on it
	answer   func(command string, try int) error

	mu    sync.Mutex
	tries map[string]int
	taken []taken
}

// taken is a letter that the server took.
type taken struct {
	from string
	to   []string
	raw  []byte
	user string
	tls  bool
}

const sinkUser, sinkPass = "relay", "p4ss-canary-word"

// start serves on loopback and returns how to reach it.
func (s *sink) start(t *testing.T) SMTP {
	t.Helper()
	s.tries = map[string]int{}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		if s.mechs == nil {
			return &session{sink: s, conn: c}, nil
		}
		return &authSession{session{sink: s, conn: c}}, nil
	}))
	server.Domain = "sink.test"
	server.AllowInsecureAuth = true
	server.ErrorLog = log.New(io.Discard, "", 0)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	if s.cert != nil {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*s.cert}}
	}
	if s.implicit {
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		server.Close()
		listener.Close() // of a server that was closed before it began to serve
		<-done
	})
	return SMTP{Host: "127.0.0.1", Port: port, TLS: TLSOffered}
}

// ask counts a command and gives the answer that the test wants.
func (s *sink) ask(command string) error {
	s.mu.Lock()
	s.tries[command]++
	try := s.tries[command]
	s.mu.Unlock()
	if s.answer == nil {
		return nil
	}
	return s.answer(command, try)
}

func (s *sink) letters() []taken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]taken(nil), s.taken...)
}

type session struct {
	sink *sink
	conn *smtp.Conn
	now  taken
}

type authSession struct{ session }

func (s *session) Reset()        { s.now = taken{user: s.now.user} }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.sink.mechs != nil && s.now.user == "" {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	s.now.from = from
	return s.sink.ask("MAIL")
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.now.to = append(s.now.to, to)
	return s.sink.ask("RCPT")
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.sink.ask("DATA"); err != nil {
		return err
	}
	_, s.now.tls = s.conn.TLSConnectionState()
	s.now.raw = raw
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.taken = append(s.sink.taken, s.now)
	return nil
}

func (s *authSession) AuthMechanisms() []string { return s.sink.mechs }

func (s *authSession) Auth(mech string) (sasl.Server, error) {
	check := func(_, user, pass string) error {
		if user != sinkUser || pass != sinkPass {
			return smtp.ErrAuthFailed
		}
		s.now.user = user
		return nil
	}
	if mech == "LOGIN" {
		return &loginServer{check: check}, nil
	}
	return sasl.NewPlainServer(check), nil
}

// loginServer is the server's side of AUTH LOGIN.
type loginServer struct {
	check func(identity, user, pass string) error
	said  []string
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response != nil {
		l.said = append(l.said, string(response))
	}
	switch len(l.said) {
	case 0:
		return []byte("Username:"), false, nil
	case 1:
		return []byte("Password:"), false, nil
	default:
		return nil, true, l.check("", l.said[0], l.said[1])
	}
}

// newCert makes a self-signed certificate for 127.0.0.1 and the pool that
// trusts it.
func newCert(t *testing.T) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sink.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
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
