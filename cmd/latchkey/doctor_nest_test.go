package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/rpcd"
)

// writePair makes a certificate that ends then, with its key, and returns their
// paths.
func writePair(t *testing.T, until time.Time) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "latchkey"}, NotBefore: until.Add(-365 * day), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, bytes []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", secret)
}

func TestDoctorNest(t *testing.T) {
	with := func(until time.Duration, change func(*Settings)) func(*patient) {
		cert, key := writePair(t, time.Now().Add(until))
		return func(p *patient) {
			s := &p.settings
			s.NestPorts, s.NestCert, s.NestKey, s.NestClientCA, s.NestTenants = []int{4502}, cert, key, cert, rpcd.TenantsRead
			change(s)
		}
	}
	as := func(*Settings) {}
	diagnose(t, checkNest, []illness{
		{name: "open to this machine", change: with(100*day, func(s *Settings) { s.NestCert = "" }), want: ok("open to this machine alone")},
		{name: "all well", change: with(100*day, as), want: ok("takes mutual TLS")},
		{name: "ends soon", change: with(10*day, as), want: warn("certificate ends on", "renew it")},
		{name: "has ended", change: with(-day, as), want: fail("certificate ended on", "renew it")},
		{name: "no such file", change: with(100*day, func(s *Settings) { s.NestCert += ".old" }), want: fail("AUTH_SERVICE_TCP_TLS_CERT", "name PEM files")},
		{name: "another's key", change: with(100*day, func(s *Settings) { _, s.NestKey = writePair(t, time.Now().Add(day)) }), want: fail("does not match", "name PEM files")},
		{name: "no authority", change: with(100*day, func(s *Settings) { s.NestClientCA = s.NestKey }), want: fail("AUTH_SERVICE_TCP_TLS_CLIENT_CA: there is no certificate", "name PEM files")},
		{name: "a key for all to read", change: with(100*day, func(s *Settings) {
			if err := os.Chmod(s.NestKey, 0o644); err != nil {
				t.Fatal(err)
			}
		}), want: warn("mode 0644", "chmod 600")},
		{name: "tenants for everybody", change: with(100*day, func(s *Settings) { s.NestTenants = rpcd.TenantsWrite }), want: warn("tenant.* commands", "AUTH_SERVICE_TCP_TENANTS")},
	})
}
