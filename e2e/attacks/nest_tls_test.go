package attacks

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestA30NestTLS: with TLS on, nobody is answered who does not prove with a
// certificate of the authority, good for a client and good today, that he is let
// in; what was said once cannot be said again by who overheard it; and an
// authority that is taken away takes its tickets along.
func TestA30NestTLS(t *testing.T) {
	t.Parallel()
	ours, theirs := newAuthority(t, "gateways"), newAuthority(t, "gateways")
	own := ours.issue(doorCertificate())
	files := t.TempDir()
	n := startNest(t, open().with(env{"LOG_LEVEL": "warn"}).with(ours.files(files, own)))
	v, good := judge(t), ours.issue(gatewayCertificate())
	gateway := ours.peer(good)
	in := func(when string) {
		t.Helper()
		if a, err := n.through(gateway, packet("tenant.validate", "default", "in")); err != nil || !bytes.Contains(a, []byte(`"valid":true`)) {
			t.Fatalf("%s: a gateway with its certificate gets %.200q, %v", when, a, err)
		}
	}
	in("at first")
	before := strings.Join(n.rows("SELECT * FROM tenants"), "\n")
	intruder := packet("tenant.create", fields{"name": "intruder", "displayName": "Intruder"}, "intruder")
	each(intruders(ours, theirs, own, good), func(way intruderWay) {
		if a, err := n.through(way.config, intruder); err == nil {
			v.breach(way.name, "it is answered: %.200q", a)
		}
	})
	plain := &nest{server: n.server, door: n.door}
	for range 10 {
		if bodies, err := plain.says(t, strings.Repeat(frame(intruder), 3)); len(bodies) > 0 {
			v.breach("plain TCP", "it is answered by %.200q, %v", bodies, err)
		}
	}
	overheard(t, v, n, gateway)
	expired(t, v, n, ours)
	stalled := make([]net.Conn, 200) // handshakes that have begun
	for i := range stalled {
		stalled[i] = plain.enter(t)
		if _, err := stalled[i].Write([]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")); err != nil {
			t.Fatal(err)
		}
	}
	in("beside handshakes that do not go on")
	replaced(t, v, n, ours, theirs, own, files)
	if now := strings.Join(n.rows("SELECT * FROM tenants"), "\n"); now != before {
		v.breach("all of it", "the tenants are\n%s\nwere\n%s", now, before)
	}
	n.sane(v)
}

// through sends one packet over a TLS connection of its own and returns the
// answer.
func (n *nest) through(config *tls.Config, body string) ([]byte, error) {
	conn, err := (&nest{server: n.server, door: n.door, secure: config}).connect()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, frame(body)); err != nil {
		return nil, err
	}
	return readFrame(bufio.NewReader(conn))
}

type intruderWay struct {
	name   string
	config *tls.Config
}

func intruders(ours, theirs *authority, own, good tls.Certificate) (all []intruderWay) {
	try := func(name string, c ...tls.Certificate) {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			config := ours.peer(c...)
			config.MinVersion, config.MaxVersion = version, version
			all = append(all, intruderWay{name + ", " + tls.VersionName(version), config})
		}
	}
	other := func(a *authority, change func(*x509.Certificate)) tls.Certificate {
		c := gatewayCertificate()
		change(&c)
		return a.issue(c)
	}
	same := func(*x509.Certificate) {}
	try("no certificate")
	try("an empty certificate", tls.Certificate{})
	try("an authority of the same name", theirs.issue(gatewayCertificate()))
	try("self-signed", (&authority{t: ours.t}).issue(gatewayCertificate()))
	try("self-signed, of the authority's name", other(&authority{t: ours.t}, func(c *x509.Certificate) { c.Subject = ours.cert.Subject; c.IsCA = true }))
	try("expired an hour ago", other(ours, func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-time.Hour)
	}))
	try("expired this second", other(ours, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Second) }))
	try("good from tomorrow on", other(ours, func(c *x509.Certificate) {
		c.NotBefore = time.Now().Add(24 * time.Hour)
		c.NotAfter = c.NotBefore.Add(time.Hour)
	}))
	try("for servers alone", other(ours, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }))
	try("the door's own, which it shows to everybody", tls.Certificate{Certificate: own.Certificate, PrivateKey: good.PrivateKey})
	try("the gateway's with another key", tls.Certificate{Certificate: good.Certificate, PrivateKey: other(ours, same).PrivateKey})
	try("theirs, with the authority behind", tls.Certificate{Certificate: append(append([][]byte{}, theirs.issue(gatewayCertificate()).Certificate...), ours.cert.Raw), PrivateKey: good.PrivateKey})
	signed := (&authority{t: ours.t, cert: good.Leaf, key: good.PrivateKey.(*ecdsa.PrivateKey)}).issue(gatewayCertificate())
	try("signed by a gateway", tls.Certificate{Certificate: append(append([][]byte{}, signed.Certificate...), good.Certificate...), PrivateKey: signed.PrivateKey})
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		config := ours.peer(good)
		config.MinVersion, config.MaxVersion = version, version
		all = append(all, intruderWay{tls.VersionName(version), config})
	}
	return all
}

// A tape keeps what is said over a connection.
type tape struct {
	net.Conn
	mu   sync.Mutex
	said []byte
}

// Write implements net.Conn.
func (r *tape) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, b...)
	return r.Conn.Write(b)
}

// overheard: the bytes of a whole session, said again by who recorded them, are
// not taken for the session.
func overheard(t *testing.T, v *verdict, n *nest, gateway *tls.Config) {
	t.Helper()
	plain := &nest{server: n.server, door: n.door}
	one := newPerson()
	data := fields{"name": one.Name, "email": one.Email, "password": one.Password}
	if _, err := n.through(gateway, packet("auth.signup", spread(data, "default", nil), "s")); err != nil {
		t.Fatal(err)
	}
	config := gateway.Clone()
	config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	count := func() string { return n.one(t, "SELECT count(*) FROM sessions") }
	login := frame(packet("auth.login", spread(fields{"email": one.Email, "password": one.Password}, "default", nil), "l"))
	for range 2 { // the second time with the first one's ticket
		record := &tape{Conn: plain.enter(t)}
		conn := tls.Client(record, config)
		if _, err := io.WriteString(conn, login); err != nil {
			t.Fatal(err)
		}
		if body, err := readFrame(bufio.NewReader(conn)); err != nil || !bytes.Contains(body, []byte("LOGIN_SUCCESS")) {
			t.Fatalf("login over TLS: %.300q, %v", body, err)
		}
		conn.Close()
		before := count()
		eachOf(8, make([]struct{}, 8), func(struct{}) {
			again := plain.enter(t)
			_, err := again.Write(record.said) // it may be hung up on before its end
			if err == nil {
				err = hangsUp(again)
			}
			if errors.Is(err, os.ErrDeadlineExceeded) {
				v.breach("a session said again", "the server waits for more: %v", err)
			}
		})
		if now := count(); now != before {
			v.breach("a session said again", "there are %s sessions, were %s", now, before)
		}
	}
}

// expired: a ticket is not good for longer than the certificate that it stands
// for.
func expired(t *testing.T, v *verdict, n *nest, ours *authority) {
	t.Helper()
	c := gatewayCertificate()
	c.NotAfter = time.Now().Add(4 * time.Second)
	brief := ours.issue(c)
	held := n.tickets(t, ours, brief)
	eventually(t, "the certificate is over", func() bool { return time.Now().After(brief.Leaf.NotAfter.Add(time.Second)) })
	for _, config := range held {
		if a, err := n.through(config, packet("tenant.validate", "default", "x")); err == nil {
			v.breach("a ticket of an expired certificate, "+tls.VersionName(config.MaxVersion), "it is answered: %.200q", a)
		}
	}
}

// tickets are what a gateway with that certificate goes on with, after it was let
// in once by each version.
func (n *nest) tickets(t *testing.T, a *authority, own tls.Certificate) (held []*tls.Config) {
	t.Helper()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config := a.peer(own)
		config.MaxVersion, config.ClientSessionCache = version, tls.NewLRUClientSessionCache(1)
		if _, err := n.through(config, packet("tenant.validate", "default", "x")); err != nil {
			t.Fatalf("a good certificate is refused: %v", err)
		}
		held = append(held, config)
	}
	return held
}

// replaced: another authority's file ends the first one's gateways, those with
// tickets too, and does not need a restart.
func replaced(t *testing.T, v *verdict, n *nest, ours, theirs *authority, own tls.Certificate, files string) {
	t.Helper()
	held := n.tickets(t, ours, ours.issue(gatewayCertificate()))
	theirs.files(files, own)
	newcomer := ours.peer(theirs.issue(gatewayCertificate()))
	if a, err := n.through(newcomer, packet("tenant.validate", "default", "x")); err != nil {
		v.breach("a gateway of the new authority", "%.200q, %v", a, err)
	}
	for _, config := range held {
		if a, err := n.through(config, packet("tenant.validate", "default", "x")); err == nil {
			v.breach(fmt.Sprintf("a ticket of the authority before, %s", tls.VersionName(config.MaxVersion)), "it is answered: %.200q", a)
		}
	}
	if a, err := n.through(ours.peer(ours.issue(gatewayCertificate())), packet("tenant.validate", "default", "x")); err == nil {
		v.breach("a gateway of the authority before", "it is answered: %.200q", a)
	}
}
