package attacks

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

var b64 = base64.RawURLEncoding

// A signer signs the first two parts of a token.
type signer func(t *testing.T, input string) []byte

// unsigned leaves the third part empty.
func unsigned(*testing.T, string) []byte { return nil }

// hs signs with a shared secret; sum is SHA-256 unless given.
func hs(secret string, sum ...crypto.Hash) signer {
	return func(_ *testing.T, input string) []byte {
		h := hmac.New(sha256.New, []byte(secret))
		if len(sum) > 0 {
			h = hmac.New(sum[0].New, []byte(secret))
		}
		h.Write([]byte(input))
		return h.Sum(nil)
	}
}

func es256(key *ecdsa.PrivateKey) signer {
	return func(t *testing.T, input string) []byte {
		digest := sha256.Sum256([]byte(input))
		r, s, err := ecdsa.Sign(rand.Reader, key, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		out := make([]byte, 64)
		r.FillBytes(out[:32])
		s.FillBytes(out[32:])
		return out
	}
}

func eddsa(key ed25519.PrivateKey) signer {
	return func(_ *testing.T, input string) []byte { return ed25519.Sign(key, []byte(input)) }
}

func rsa256(key *rsa.PrivateKey, pss bool) signer {
	return func(t *testing.T, input string) []byte {
		digest := sha256.Sum256([]byte(input))
		out, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		if pss {
			out, err = rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// forge makes a token of a header and a payload as they are written.
func forge(t *testing.T, header, payload string, sign signer) string {
	t.Helper()
	input := b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload))
	return input + "." + b64.EncodeToString(sign(t, input))
}

// parts reads the header and the payload of a token.
func parts(t *testing.T, token string) (header, payload fields) {
	t.Helper()
	for i, into := range []*fields{&header, &payload} {
		text, err := b64.DecodeString(strings.Split(token, ".")[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, payload
}

// text writes JSON.
func text(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// refuses tries a token at every place of an access token, and at the doors.
func (c *client) refuses(v *verdict, variant, token string) {
	for _, path := range []string{"/auth/verify-token", "/auth/verify"} {
		for _, headers := range places(token) {
			a, err := c.do(get(path, headers...))
			if err != nil { // a header that cannot be sent, or one too long
				continue
			}
			if a.status < 400 || a.status >= 500 {
				v.breach(variant, "by %s as %s: %v", path, headers[0], a)
			}
		}
	}
	c.doors.refuse(v, variant, token)
}
