package nest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	a := authority{t: t}
	made := a.sign(&x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	a.cert, a.key = made.Leaf, made.PrivateKey.(*ecdsa.PrivateKey)
	return a
}

// sign makes a certificate and its key; of an authority without one, its own.
func (a authority) sign(c *x509.Certificate) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	c.SerialNumber, c.Subject = big.NewInt(1), pkix.Name{CommonName: "a test"}
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// client is a certificate that names a client.
func (a authority) client() []tls.Certificate {
	return []tls.Certificate{a.sign(&x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})}
}

func (a authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// server is how a server is configured that asks for certificates of the
// authority.
func (a authority) server() *tls.Config {
	cert := a.sign(&x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
	return &tls.Config{Certificates: []tls.Certificate{cert}, ClientCAs: a.pool(), ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12}
}

// mutual serves with TLS and asks for certificates of the authority.
func mutual(t *testing.T, a authority, c Config) (*Server, string) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", a.server())
	if err != nil {
		t.Fatal(err)
	}
	return startOn(t, l, c), l.Addr().String()
}

// secure is the other end of a connection that shows these certificates.
func (a authority) secure(c net.Conn, version uint16, certs []tls.Certificate) *tls.Conn {
	return tls.Client(c, &tls.Config{RootCAs: a.pool(), ServerName: "127.0.0.1", Certificates: certs, MinVersion: version, MaxVersion: version})
}

// dialTLS is a peer that shows these certificates.
func dialTLS(t *testing.T, a authority, addr string, version uint16, certs []tls.Certificate) (*peer, error) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	secure := a.secure(c, version, certs)
	if err := secure.Handshake(); err != nil {
		return nil, err
	}
	return newPeer(t, secure), nil
}

// With mutual TLS only those come in whom the authority knows; whoever does not
// is refused before a frame is read.
func TestMutualTLS(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			s, addr := mutual(t, ours, Config{Handler: echo})
			p, err := dialTLS(t, ours, addr, version, ours.client())
			if err != nil {
				t.Fatal(err)
			}
			p.serves()
			for who, certs := range map[string][]tls.Certificate{
				"nobody":            nil,
				"a stranger":        theirs.client(),
				"a server as guest": {ours.sign(&x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})},
			} {
				before := s.Stats().Refused
				q, err := dialTLS(t, ours, addr, version, certs)
				if err == nil { // TLS 1.3 tells with the first answer
					_, _ = io.WriteString(q.Conn, framed(ask("a", `1`, `1`))) // may be too late
					_, err = q.next()
				}
				if err == nil || errors.Is(err, io.EOF) {
					t.Errorf("%s: got %v, want to be refused", who, err)
				}
				eventually(t, who+" is counted", func() bool { return s.Stats().Refused == before+1 })
			}
			plain := dialPeer(t, addr)
			plain.send(ask("a", `1`, `1`))
			if got, err := io.ReadAll(plain.r); strings.Contains(string(got), "response") {
				t.Errorf("without TLS: got %q, %v", got, err)
			}
			eventually(t, "it is counted", func() bool { return s.Stats().Refused == 4 })
			p.serves()
			if got := s.Stats(); got.Connections != 1 || got.Requests != 2 {
				t.Errorf("got %+v, want one connection and two requests", got)
			}
			// Ends are the same as without TLS.
			p.send(ask("a", `2`, `2`))
			p.write("0#" + strings.Repeat(framed(ask("a", `1`, `1`)), 1000))
			p.gets(answered(`2`, `2`))
			p.ends()
		})
	}
}

// Who says nothing, or stops in the middle, has as long for a handshake as for
// a frame.
func TestHandshakeHasATime(t *testing.T) {
	a := newAuthority(t)
	s, addr := mutual(t, a, Config{Handler: echo, ReadTimeout: 100 * time.Millisecond})
	for _, said := range []string{"", "\x16", "\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03"} {
		q := dialPeer(t, addr)
		q.write(said)
		q.refused()
	}
	eventually(t, "they are counted", func() bool { return s.Stats().Refused == 3 })
}

// Time over TLS is what it is without: nobody waits for a peer that takes
// nothing to take a farewell as well.
func TestTimesWithTLS(t *testing.T) {
	var config *tls.Config
	heldBehind(t, Config{Handler: echo}, func(c net.Conn) net.Conn { return tls.Server(c, config) }, func(t *testing.T, s *Server, dial func() *peer) {
		a := newAuthority(t) // of the time that is held
		config = a.server()
		certs := a.client()
		deaf := dial()
		deaf.Conn = a.secure(deaf.Conn, tls.VersionTLS12, certs)
		deaf.send(ask("a", `1`, `1`))
		dial() // shakes no hands
		idle := dial()
		idle.Conn = a.secure(idle.Conn, tls.VersionTLS12, certs)
		idle.r.Reset(idle.Conn)
		idle.serves()
		inside := dial()
		inside.Conn = a.secure(inside.Conn, tls.VersionTLS12, certs)
		inside.write(`86#{"pattern":`)
		check := func(connections int64, refused uint64) {
			t.Helper()
			synctest.Wait()
			if got := s.Stats(); got.Connections != connections || got.Refused != refused {
				t.Errorf("got %+v, want %d connections and %d refused", got, connections, refused)
			}
		}
		time.Sleep(15*time.Second - time.Nanosecond)
		check(4, 0)
		time.Sleep(time.Nanosecond)
		check(2, 1)
		inside.r.Reset(inside.Conn)
		inside.ends()
		inside.Close()
		time.Sleep(time.Hour)
		check(1, 1)
		idle.serves()
	})
}

// A server that ends waits neither for handshakes nor, when its time is up, for
// peers that do not take its farewell.
func TestShutdownWithTLS(t *testing.T) {
	a := newAuthority(t)
	large := []byte(strings.Repeat("1", 8<<20))
	begun := make(chan bool, 1)
	s, addr := mutual(t, a, Config{Log: slog.New(slog.DiscardHandler), Handler: serveFunc(func(context.Context, Request) ([]byte, error) {
		begun <- true
		return large, nil
	})})
	dialPeer(t, addr) // shakes no hands
	idle, err := dialTLS(t, a, addr, tls.VersionTLS13, a.client())
	if err != nil {
		t.Fatal(err)
	}
	deaf, err := dialTLS(t, a, addr, tls.VersionTLS13, a.client())
	if err != nil {
		t.Fatal(err)
	}
	deaf.send(ask("a", `1`, `1`))
	wait(t, "it is served", begun)
	eventually(t, "all are in", func() bool { return s.Stats().Connections == 3 })
	ctx, cancel := context.WithCancel(context.Background())
	done := shutdown(t, ctx, s)
	idle.ends()
	idle.Close()
	eventually(t, "only the deaf one is left", func() bool { return s.Stats().Connections == 1 })
	cancel()
	if err := wait(t, "it ends", done); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cut off", err)
	}
}
