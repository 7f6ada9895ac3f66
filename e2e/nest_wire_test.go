package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestNestText: names in every script arrive as they were typed, and go back so.
func TestNestText(t *testing.T) {
	t.Parallel()
	s, options := startNest(t, nil)
	for _, version := range nestVersions {
		t.Run(version, func(t *testing.T) {
			g := nestGateway{openNest(t, version, options), "default"}
			for _, name := range []string{"한글 이름 로그인 성공", "Zoë Ångström", "🔑🔑 key 👩‍💻", "a<&>\"b'\\/c", "тест", "𝒜𝓃𝓃"} {
				p := newPerson()
				a := g.want(t, "USER_CREATED", "auth.signup", g.public(map[string]any{"name": name, "email": p.Email, "password": p.Password}))
				var u struct{ Name string }
				if err := json.Unmarshal(a.Data, &u); err != nil || u.Name != name {
					t.Errorf("%q came back as %q", name, u.Name)
				}
				got := g.logIn(t, s, p)
				a = g.want(t, "ACCESS_TOKEN_VALID", "auth.session.validate", map[string]any{"token": got.AccessToken, "tenantId": "default"})
				if err := json.Unmarshal(a.Data, &u); err != nil || u.Name != name {
					t.Errorf("%q is known as %q", name, u.Name)
				}
			}
			// A line separator is no part of a name, and half a character is no text:
			// both are refused, and the connection goes on.
			for _, name := range []any{"a\u2028b", json.RawMessage(`"half \ud83d"`)} {
				p := newPerson()
				g.want(t, "VALIDATION_FAILED", "auth.signup", g.public(map[string]any{"name": name, "email": p.Email, "password": p.Password}))
			}
		})
	}
}

// TestNestManyAtOnce: 200 calls in flight over the one connection of a client,
// each answered with its own.
func TestNestManyAtOnce(t *testing.T) {
	t.Parallel()
	s, options := startNest(t, nil)
	for _, version := range nestVersions {
		t.Run(version, func(t *testing.T) {
			g := nestGateway{openNest(t, version, options), "default"}
			var tokens [4]string
			var subjects [4]any
			for i := range tokens {
				_, got, claims := g.join(t, s)
				tokens[i], subjects[i] = got.AccessToken, claims["sub"]
			}
			var all sync.WaitGroup
			for i := range 200 {
				all.Go(func() {
					a, err := g.do(map[string]any{"op": "send", "cmd": "auth.session.validate", "data": map[string]any{"token": tokens[i%4], "tenantId": "default"}})
					var e struct {
						Data struct{ ID string }
						Meta struct{ Code string }
					}
					if err != nil || json.Unmarshal(a.Response, &e) != nil || e.Meta.Code != "ACCESS_TOKEN_VALID" || e.Data.ID != subjects[i%4] {
						t.Errorf("call %d: %v %v", i, a, err)
					}
				})
			}
			all.Wait()
		})
	}
}

// TestNestReconnect: a client outlives a restart of ours: calls fail while we are
// away, and the first one after it works, with the session as it was.
func TestNestReconnect(t *testing.T) {
	t.Parallel()
	s, options := startNest(t, nil)
	for _, version := range nestVersions {
		t.Run(version, func(t *testing.T) {
			g := nestGateway{openNest(t, version, options), "default"}
			_, got, claims := g.join(t, s)
			ask := g.validate(got.AccessToken, claims)
			g.want(t, "ACCESS_TOKEN_VALID", "auth.session.validate", ask)
			s.stop()
			if a := g.send(t, "auth.session.validate", ask); a.Thrown == "" {
				t.Errorf("while nobody listens: %v", a)
			}
			s.launch()
			s.await()
			g.want(t, "ACCESS_TOKEN_VALID", "auth.session.validate", ask)
		})
	}
}

// TestNestEventsAndPatience: an event does nothing, one that is called like a
// command too; who gives up waiting can go on with the same connection.
func TestNestEventsAndPatience(t *testing.T) {
	t.Parallel()
	s, options := startNest(t, nil)
	for _, version := range nestVersions {
		t.Run(version, func(t *testing.T) {
			g := nestGateway{openNest(t, version, options), "default"}
			_, got, claims := g.join(t, s)
			for cmd, data := range map[string]any{"user.created": map[string]any{"id": 7}, "auth.logoutAll": g.protected(claims, nil)} {
				if a, err := g.do(map[string]any{"op": "emit", "cmd": cmd, "data": data}); err != nil || a.Thrown != "" || a.Err != nil {
					t.Errorf("event %s: %v %v", cmd, a, err)
				}
			}
			g.want(t, "ACCESS_TOKEN_VALID", "auth.session.validate", g.validate(got.AccessToken, claims))
			if a := g.send(t, "auth.unheard-of", map[string]any{}); string(a.Err) != `"There is no matching message handler defined in the remote service."` {
				t.Errorf("a command that there is not: %v", a)
			}
			// A wrong password is answered no sooner than after 300 ms.
			wrong := g.public(map[string]any{"usernameOrEmailOrMobile": newPerson().Email, "password": "not-a-password-of-anybody"})
			a, err := g.do(map[string]any{"op": "send", "cmd": "auth.login", "data": wrong, "wait": 50})
			if err != nil || a.Thrown != "Timeout has occurred" {
				t.Errorf("who waits for 50 ms: %v %v", a, err)
			}
			g.want(t, "INVALID_CREDENTIALS", "auth.login", wrong)
			// By now an event that did something would have done it.
			g.want(t, "ACCESS_TOKEN_VALID", "auth.session.validate", g.validate(got.AccessToken, claims))
		})
	}
}

// TestNestTLS: with certificates, both ends prove themselves or nothing is said.
func TestNestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ours, others := newAuthority(t, dir, "ours"), newAuthority(t, dir, "others")
	door := ours.sign(t, "door", x509.ExtKeyUsageServerAuth)
	s, options := startNest(t, env{
		"AUTH_SERVICE_TCP_TLS_CERT": door["cert"].(string), "AUTH_SERVICE_TCP_TLS_KEY": door["key"].(string), "AUTH_SERVICE_TCP_TLS_CLIENT_CA": ours.path,
	})
	for _, version := range nestVersions {
		t.Run(version, func(t *testing.T) {
			options.TLS = ours.sign(t, "gateway-"+version, x509.ExtKeyUsageClientAuth)
			options.TLS["ca"], options.TLS["servername"] = ours.path, "localhost"
			g := nestGateway{openNest(t, version, options), "default"}
			_, got, claims := g.join(t, s)
			g.want(t, "ACCESS_TOKEN_VALID", "auth.session.validate", g.validate(got.AccessToken, claims))

			stranger := others.sign(t, "stranger-"+version, x509.ExtKeyUsageClientAuth)
			stranger["ca"], stranger["servername"] = ours.path, "localhost"
			for name, tls := range map[string]map[string]any{
				"no certificate":     {"ca": ours.path, "servername": "localhost"},
				"another authority":  stranger,
				"we are not trusted": {"ca": others.path, "cert": options.TLS["cert"], "key": options.TLS["key"], "servername": "localhost"},
				"no TLS":             nil,
			} {
				c := openNest(t, version, nestOptions{Port: options.Port, TLS: tls})
				a, err := c.do(map[string]any{"op": "send", "cmd": "auth.session.validate", "data": g.validate(got.AccessToken, claims), "wait": 5000})
				if err != nil || a.Response != nil || a.Thrown == "" || a.Thrown == "Timeout has occurred" {
					t.Errorf("%s: %v %v", name, a, err)
				}
			}
		})
	}
}

// An authority signs certificates.
type authority struct {
	dir, path string
	cert      *x509.Certificate
	key       *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, dir, name string) *authority {
	t.Helper()
	a := &authority{dir: dir, path: filepath.Join(dir, name+".pem")}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	var der []byte
	a.key, der = signed(t, template, nil)
	var err error
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	writePEM(t, a.path, "CERTIFICATE", der)
	return a
}

// signed makes a key and its certificate, by the authority or by itself.
func signed(t *testing.T, template *x509.Certificate, by *authority) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	return key, der
}

// sign makes a certificate for localhost and returns the paths of it and its key.
func (a *authority) sign(t *testing.T, name string, usage x509.ExtKeyUsage) map[string]any {
	t.Helper()
	key, der := signed(t, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}, a)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]any{"cert": filepath.Join(a.dir, fmt.Sprintf("%s-cert.pem", name)), "key": filepath.Join(a.dir, fmt.Sprintf("%s-key.pem", name))}
	writePEM(t, files["cert"].(string), "CERTIFICATE", der)
	writePEM(t, files["key"].(string), "PRIVATE KEY", private)
	return files
}

func writePEM(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
