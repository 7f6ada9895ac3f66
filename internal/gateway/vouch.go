package gateway

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/latchkey/latchkey/guard"
	"github.com/latchkey/latchkey/guard/jwt"
)

// vouch signs who asks, for services that want more than a header: an access
// token of the gateway's own, for one service and for a moment.
type vouch struct {
	header   string
	issuer   string
	life     time.Duration
	kid      string
	key      *ecdsa.PrivateKey
	document []byte // JWKS
}

func newVouch(f *AssertionFile, _ string) (*vouch, error) {
	v := &vouch{header: cmp.Or(f.Header, "X-Identity-Assertion"), issuer: cmp.Or(f.Issuer, "latchkey-gateway"), life: f.Life.or(30 * time.Second)}
	var err error
	if f.KeyFile == "" {
		v.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		v.key, err = readKey(f.KeyFile)
	}
	if err != nil {
		return nil, fmt.Errorf("assertion: %w", err)
	}
	der, err := x509.MarshalPKIXPublicKey(&v.key.PublicKey)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(der)
	v.kid = base64.RawURLEncoding.EncodeToString(sum[:12])
	public, err := jwt.NewKey(v.kid, jwt.ES256, &v.key.PublicKey)
	if err != nil {
		return nil, err
	}
	v.document, err = jwt.JWKS(public)
	return v, err
}

// readKey reads a private key on P-256, in PKCS #8 or SEC 1.
func readKey(path string) (*ecdsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block", path)
	}
	if k, err := x509.ParseECPrivateKey(block.Bytes); err == nil && k.Curve == elliptic.P256() {
		return k, nil
	}
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if ec, ok := k.(*ecdsa.PrivateKey); err == nil && ok && ec.Curve == elliptic.P256() {
		return ec, nil
	}
	return nil, errors.New(path + " holds no private key on P-256; openssl ecparam -name prime256v1 -genkey -noout makes one")
}

// sign vouches for an identity to one service.
func (v *vouch) sign(id guard.Identity, audience, request string) (string, error) {
	now := time.Now()
	c := jwt.Claims{
		Issuer: v.issuer, Audience: []string{audience}, Subject: id.UserID, TenantID: id.TenantID, SpaceID: id.SpaceID, Username: id.Username,
		Role: id.Role, Permissions: id.Permissions, SessionID: id.SessionID, ID: request, IssuedAt: now, ExpiresAt: now.Add(v.life),
	}
	if id.Kind == guard.Service { // a token names somebody, somewhere, as something
		c.Subject, c.SessionID, c.Role, c.TenantID = id.KeyID, id.KeyID, "service", cmp.Or(id.TenantID, "*")
	}
	return jwt.Sign(c, v.kid, jwt.ES256, v.key)
}
