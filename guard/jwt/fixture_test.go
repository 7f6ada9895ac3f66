package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"
)

const (
	issuer   = "https://auth.example.com"
	audience = "https://api.example.com"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// signer is a private key for tests, the same on every run.
type signer struct {
	kid     string
	alg     Algorithm
	private any
}

func (s signer) key(t testing.TB) Key {
	t.Helper()
	k, err := NewKey(s.kid, s.alg, publicOf(s.private))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func seed(name string) []byte {
	sum := sha256.Sum256([]byte("a key that only tests use: " + name))
	return sum[:]
}

func ecSigner(t testing.TB, kid string) signer {
	t.Helper()
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed(kid))
	if err != nil {
		t.Fatal(err)
	}
	return signer{kid, ES256, k}
}

func edSigner(kid string) signer { return signer{kid, EdDSA, ed25519.NewKeyFromSeed(seed(kid))} }

func hsSigner(kid string) signer { return signer{kid, HS256, seed("secret " + kid)} }

func rsaSigner(t testing.TB, kid string) signer {
	t.Helper()
	text, err := os.ReadFile("testdata/rsa.pem")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return signer{kid, RS256, k.(*rsa.PrivateKey)}
}

// signers are one for each algorithm.
func signers(t testing.TB) []signer {
	t.Helper()
	return []signer{ecSigner(t, "es"), edSigner("ed"), rsaSigner(t, "rs"), hsSigner("hs")}
}

func allKeys(t testing.TB) []Key {
	t.Helper()
	var all []Key
	for _, s := range signers(t) {
		all = append(all, s.key(t))
	}
	return all
}

func goodClaims() Claims {
	return Claims{
		Issuer: issuer, Audience: []string{audience}, Subject: "0199c0de-0000-7000-8000-000000000001",
		TenantID: "0199c0de-0000-7000-8000-000000000002", SpaceID: "0199c0de-0000-7000-8000-000000000003",
		Username: "jin", Role: "admin", Permissions: []string{"users:read", "users:write"},
		SessionID: "0199c0de-0000-7000-8000-000000000004", ID: "0199c0de-0000-7000-8000-000000000005",
		IssuedAt: start, ExpiresAt: start.Add(15 * time.Minute),
	}
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// raw signs any header and payload, right or wrong, the same way on every run.
func (s signer) raw(t testing.TB, header, payload string) string {
	t.Helper()
	signed := encode([]byte(header)) + "." + encode([]byte(payload))
	return signed + "." + encode(s.signature(t, signed))
}

func (s signer) signature(t testing.TB, signed string) []byte {
	t.Helper()
	k, ok := s.private.(*ecdsa.PrivateKey)
	if !ok {
		b, err := sign(s.alg, s.private, []byte(signed))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	digest := sha256.Sum256([]byte(signed))
	der, err := k.Sign(nil, digest[:], crypto.SHA256) // deterministic, RFC 6979
	if err != nil {
		t.Fatal(err)
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		t.Fatal(err)
	}
	return lowS(rs.R, rs.S)
}

func (s signer) header() string { return string(appendHeader(nil, s.kid, s.alg)) }

func goodPayload() string { return string(goodClaims().appendPayload(nil)) }

// good is a token that everyone accepts.
func (s signer) good(t testing.TB) string {
	t.Helper()
	return s.raw(t, s.header(), goodPayload())
}

// verifier has the given keys, no leeway surprises and a clock at start.
func verifier(t testing.TB, keys ...Key) *Verifier {
	t.Helper()
	v, err := New(Config{Issuer: issuer, Audience: audience, Keys: Keys(keys...), Now: func() time.Time { return start }})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// refused fails the test unless the token is refused, for this reason if one is given, without repeating the token.
func refused(t *testing.T, v *Verifier, token string, want Reason) {
	t.Helper()
	got, err := v.Verify(token)
	var e Error
	switch {
	case err == nil:
		t.Errorf("accepted, want %q", want)
	case !errors.As(err, &e) || !errors.Is(err, e.Reason):
		t.Errorf("got error %v, want an Error that unwraps to its Reason", err)
	case want != "" && e.Reason != want:
		t.Errorf("got %v, want %q", err, want)
	case len(token) > 20 && strings.Contains(err.Error(), token[:20]):
		t.Errorf("the error repeats the token: %v", err)
	}
	if got.Subject != "" || got.Role != "" || got.Audience != nil {
		t.Errorf("got claims of a refused token: %+v", got)
	}
}

func accepted(t *testing.T, v *Verifier, token string) {
	t.Helper()
	if _, err := v.Verify(token); err != nil {
		t.Errorf("refused: %v", err)
	}
}
