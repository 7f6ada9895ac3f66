package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// issuer is an authority that signs for the door and for gateways.
type issuer struct {
	about *x509.Certificate
	key   *ecdsa.PrivateKey
	der   []byte
}

func newIssuer(t *testing.T, name string) issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return issuer{about, key, der}
}

func (i issuer) pool(t *testing.T) *x509.CertPool {
	t.Helper()
	c, err := x509.ParseCertificate(i.der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(c)
	return pool
}

// sign makes a certificate for that use, which holds for so long.
func (i issuer) sign(t *testing.T, serial int64, use x509.ExtKeyUsage, life time.Duration) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(life),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{use},
	}
	der, err := x509.CreateCertificate(rand.Reader, about, i.about, key.Public(), i.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// files are what the settings of the door name.
type files struct {
	t        *testing.T
	settings Settings
	written  time.Time // of the file that was written last: each is a second newer
}

func newFiles(t *testing.T) *files {
	return &files{t, Settings{dir: t.TempDir(), NestCert: "door.pem", NestKey: "door.key", NestClientCA: "gateways.pem"}, time.Now().Add(-time.Hour)}
}

// put writes a file, as old as the clock of the test says.
func (f *files) put(name string, text []byte) {
	f.t.Helper()
	path := filepath.Join(f.settings.dir, name)
	f.written = f.written.Add(time.Second)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Chtimes(path, f.written, f.written); err != nil {
		f.t.Fatal(err)
	}
}

func (f *files) putPair(c tls.Certificate) {
	f.t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		f.t.Fatal(err)
	}
	f.put("door.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))
	f.put("door.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func (f *files) putAuthority(i issuer) {
	f.t.Helper()
	f.put("gateways.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.der}))
}

// listen opens the door's TLS on loopback; who comes in is greeted.
func (f *files) listen() (address string) {
	f.t.Helper()
	secure, err := nestTLS(f.settings, slog.New(slog.DiscardHandler))
	if err != nil {
		f.t.Fatal(err)
	}
	socket, err := tls.Listen("tcp", "127.0.0.1:0", secure)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { socket.Close() })
	go func() {
		for {
			c, err := socket.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = c.Write([]byte("."))
			}()
		}
	}()
	return socket.Addr().String()
}

// showing is a client that shows a certificate, whether or not it is asked for
// one of that authority.
func showing(t *testing.T, door issuer, with ...tls.Certificate) *tls.Config {
	t.Helper()
	return &tls.Config{RootCAs: door.pool(t), GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if len(with) == 0 {
			return new(tls.Certificate), nil
		}
		return &with[0], nil
	}}
}

// comeIn comes to the door and returns the number of the certificate that it
// shows, and whether one was let in.
func comeIn(t *testing.T, address string, c *tls.Config) (serial int64, resumed bool, err error) {
	t.Helper()
	conn, err := tls.Dial("tcp", address, c)
	if err != nil {
		return 0, false, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(3 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil { // with TLS 1.3 one learns only then
		return 0, false, err
	}
	state := conn.ConnectionState()
	return state.PeerCertificates[0].SerialNumber.Int64(), state.DidResume, nil
}

// TestNestLetsInWhoProvesHimself, by a certificate of the authority that is made
// for clients and holds still.
func TestNestLetsInWhoProvesHimself(t *testing.T) {
	ours, theirs := newIssuer(t, "ours"), newIssuer(t, "theirs")
	f := newFiles(t)
	f.putPair(ours.sign(t, 7, x509.ExtKeyUsageServerAuth, time.Hour))
	f.putAuthority(ours)
	address := f.listen()
	for name, tt := range map[string]struct {
		with []tls.Certificate
		in   bool
	}{
		"a gateway":                 {[]tls.Certificate{ours.sign(t, 8, x509.ExtKeyUsageClientAuth, time.Hour)}, true},
		"nobody":                    {nil, false},
		"of another authority":      {[]tls.Certificate{theirs.sign(t, 8, x509.ExtKeyUsageClientAuth, time.Hour)}, false},
		"made for servers":          {[]tls.Certificate{ours.sign(t, 8, x509.ExtKeyUsageServerAuth, time.Hour)}, false},
		"whose certificate expired": {[]tls.Certificate{ours.sign(t, 8, x509.ExtKeyUsageClientAuth, -time.Minute)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			serial, _, err := comeIn(t, address, showing(t, ours, tt.with...))
			if (err == nil) != tt.in || tt.in && serial != 7 {
				t.Errorf("got certificate %d, %v; let in should be %t", serial, err, tt.in)
			}
		})
	}
	old := showing(t, ours, ours.sign(t, 8, x509.ExtKeyUsageClientAuth, time.Hour))
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	_, _, err := comeIn(t, address, old)
	if err == nil {
		t.Error("TLS 1.1 was let in")
	}
}

// TestNestTakesUpNewCertificates while the door is open, and no broken ones.
func TestNestTakesUpNewCertificates(t *testing.T) {
	ours := newIssuer(t, "ours")
	f := newFiles(t)
	old := f.written
	f.putPair(ours.sign(t, 1, x509.ExtKeyUsageServerAuth, time.Hour))
	f.putAuthority(ours)
	address := f.listen()
	client := showing(t, ours, ours.sign(t, 9, x509.ExtKeyUsageClientAuth, time.Hour))
	shows := func(when string, want int64) {
		t.Helper()
		if got, _, err := comeIn(t, address, client); got != want || err != nil {
			t.Errorf("%s: got certificate %d, %v; want %d", when, got, err, want)
		}
	}
	shows("at first", 1)
	f.putPair(ours.sign(t, 2, x509.ExtKeyUsageServerAuth, time.Hour))
	shows("renewed", 2)
	f.put("door.pem", []byte("-----BEGIN CERTIFICATE-----\n"))
	shows("half written", 2)
	f.put("door.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ours.sign(t, 3, x509.ExtKeyUsageServerAuth, time.Hour).Certificate[0]}))
	shows("of another key", 2)
	f.putPair(ours.sign(t, 4, x509.ExtKeyUsageServerAuth, time.Hour))
	f.put("gateways.pem", []byte("nothing"))
	shows("with a broken authority", 2)
	if err := os.Remove(filepath.Join(f.settings.dir, "gateways.pem")); err != nil {
		t.Fatal(err)
	}
	shows("without an authority", 2)
	f.putAuthority(ours)
	shows("mended", 4)
	f.written = old // as of a copy that keeps its age
	f.putPair(ours.sign(t, 5, x509.ExtKeyUsageServerAuth, time.Hour))
	shows("one that is older than what it replaces", 5)
}

// TestNestShutsOutWhomTheAuthorityDoesNotKnowAnyMore: also who was let in before
// and comes back with the ticket of then.
func TestNestShutsOutWhomTheAuthorityDoesNotKnowAnyMore(t *testing.T) {
	ours, before := newIssuer(t, "ours"), newIssuer(t, "before")
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			f := newFiles(t)
			f.putPair(ours.sign(t, 1, x509.ExtKeyUsageServerAuth, time.Hour))
			f.putAuthority(before)
			address := f.listen()
			client := showing(t, ours, before.sign(t, 9, x509.ExtKeyUsageClientAuth, time.Hour))
			client.MaxVersion, client.ClientSessionCache = version, tls.NewLRUClientSessionCache(8)
			for range 2 {
				if _, resumed, err := comeIn(t, address, client); err != nil || resumed {
					t.Fatalf("got %v, resumed: %t", err, resumed)
				}
			}
			f.putAuthority(ours)
			if _, _, err := comeIn(t, address, client); err == nil {
				t.Error("was let in")
			}
		})
	}
}

// TestNestFilesThatCannotBeUsed stop the start, with the setting to mend.
func TestNestFilesThatCannotBeUsed(t *testing.T) {
	ours := newIssuer(t, "ours")
	for name, tt := range map[string]struct {
		spoil func(*files)
		want  string
	}{
		"no certificate": {func(f *files) { f.settings.NestCert = "missing.pem" }, "AUTH_SERVICE_TCP_TLS_CERT: "},
		"no key":         {func(f *files) { f.settings.NestKey = "missing.pem" }, "AUTH_SERVICE_TCP_TLS_KEY: "},
		"no authority":   {func(f *files) { f.settings.NestClientCA = "missing.pem" }, "AUTH_SERVICE_TCP_TLS_CLIENT_CA: "},
		"a folder":       {func(f *files) { f.settings.NestClientCA = "." }, "AUTH_SERVICE_TCP_TLS_CLIENT_CA: "},
		"no PEM":         {func(f *files) { f.put("gateways.pem", ours.der) }, "AUTH_SERVICE_TCP_TLS_CLIENT_CA: there is no certificate in the file; it must be PEM"},
		"key of another": {func(f *files) {
			f.put("door.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ours.der}))
		}, "AUTH_SERVICE_TCP_TLS_CERT and AUTH_SERVICE_TCP_TLS_KEY: "},
		"key and cert swapped": {func(f *files) { f.settings.NestCert, f.settings.NestKey = f.settings.NestKey, f.settings.NestCert }, "AUTH_SERVICE_TCP_TLS_CERT and AUTH_SERVICE_TCP_TLS_KEY: "},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFiles(t)
			f.putPair(ours.sign(t, 1, x509.ExtKeyUsageServerAuth, time.Hour))
			f.putAuthority(ours)
			tt.spoil(f)
			_, err := nestTLS(f.settings, slog.New(slog.DiscardHandler))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s…", err, tt.want)
			}
		})
	}
}

// TestNestFilesAreWhereTheSettingsAre, or where their paths say.
func TestNestFilesAreWhereTheSettingsAre(t *testing.T) {
	f := certificates{settings: Settings{dir: "/etc/latchkey"}}
	for path, want := range map[string]string{"tls/door.pem": "/etc/latchkey/tls/door.pem", "/run/door.pem": "/run/door.pem"} {
		if got := f.path(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

// A renewal that cannot be used is told once, however many come, and so is the
// next one.
func TestBadRenewalsAreTold(t *testing.T) {
	cert, key := writePair(t, time.Now().Add(100*day))
	var log bytes.Buffer
	f := &certificates{settings: Settings{NestCert: cert, NestKey: key, NestClientCA: cert}, log: slog.New(slog.NewTextHandler(&log, nil))}
	good, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		for _, text := range []string{string(good) + strings.Repeat("\n", round), "no certificate" + strings.Repeat(".", round)} {
			if err := os.WriteFile(cert, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if held, err := f.current(); err != nil || held == nil {
					t.Fatalf("nothing is in use: %v", err)
				}
			}
		}
		if got := strings.Count(log.String(), "was not renewed"); got != round+1 {
			t.Errorf("after %d bad renewals there are %d lines:\n%s", round+1, got, log.String())
		}
	}
}
