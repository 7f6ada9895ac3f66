package jwt

import (
	"crypto/x509"
	"encoding/pem"
	"testing"
)

// TestPEM: what is written is the key, and a secret is never written.
func TestPEM(t *testing.T) {
	for _, s := range []signer{ecSigner(t, "es"), edSigner("ed"), rsaSigner(t, "rs")} {
		text, err := s.key(t).PEM()
		if err != nil {
			t.Fatal(err)
		}
		block, rest := pem.Decode(text)
		if block == nil || block.Type != "PUBLIC KEY" || len(rest) > 0 {
			t.Fatalf("%s: got %s", s.alg, text)
		}
		public, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		again, err := NewKey(s.kid, s.alg, public)
		if err != nil || !again.same(s.key(t)) {
			t.Errorf("%s: the key that is read is another one: %v", s.alg, err)
		}
	}
	shared, err := NewKey("hs", HS256, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]Key{"a secret": shared, "the zero Key": {}} {
		if text, err := k.PEM(); err == nil {
			t.Errorf("%s is written as %s", name, text)
		}
	}
}
