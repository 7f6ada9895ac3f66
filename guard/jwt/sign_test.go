package jwt

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSignedTokensAreAccepted(t *testing.T) {
	for _, s := range signers(t) {
		v := verifier(t, s.key(t))
		for i := range 40 { // enough for both halves of s
			c := goodClaims()
			c.ID = fmt.Sprint(i)
			c.IssuedAt = start.Add(999 * time.Millisecond)
			token, err := Sign(c, s.kid, s.alg, s.private)
			if err != nil {
				t.Fatal(err)
			}
			accepted(t, v, token)
		}
	}
}

func TestSignRefusesAnUnfitSigner(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]signer{
		"P-384":           {"k", ES256, p384},
		"EC for EdDSA":    {"k", EdDSA, ecSigner(t, "es").private},
		"Ed for ES256":    {"k", ES256, edSigner("ed").private},
		"RSA for HS256":   {"k", HS256, rsaSigner(t, "rs").private},
		"secret for ES":   {"k", ES256, seed("x")},
		"short secret":    {"k", HS256, seed("x")[:31]},
		"short Ed25519":   {"k", EdDSA, ed25519.PrivateKey("short")},
		"no EC key":       {"k", ES256, (*ecdsa.PrivateKey)(nil)},
		"no RSA key":      {"k", RS256, (*rsa.PrivateKey)(nil)},
		"a public key":    {"k", ES256, publicOf(ecSigner(t, "es").private)},
		"none":            {"k", "none", seed("x")},
		"nothing":         {"k", ES256, nil},
		"kid with quotes": {`k","x":"`, HS256, seed("x")},
		"ES without kid":  {"", ES256, ecSigner(t, "es").private},
	} {
		if token, err := Sign(goodClaims(), s.kid, s.alg, s.private); err == nil || token != "" {
			t.Errorf("%s: got %q and error %v, want an error", name, token, err)
		}
	}
}

func TestSignRefusesClaimsThatNobodyAccepts(t *testing.T) {
	for name, change := range map[string]func(*Claims){
		"no iss": func(c *Claims) { c.Issuer = "" }, "no aud": func(c *Claims) { c.Audience = nil }, "empty aud": func(c *Claims) { c.Audience = []string{""} },
		"no sub": func(c *Claims) { c.Subject = "" }, "no tenantId": func(c *Claims) { c.TenantID = "" }, "no role": func(c *Claims) { c.Role = "" },
		"no sid": func(c *Claims) { c.SessionID = "" }, "no jti": func(c *Claims) { c.ID = "" }, "no iat": func(c *Claims) { c.IssuedAt = time.Time{} },
		"no exp": func(c *Claims) { c.ExpiresAt = time.Time{} }, "year 10000": func(c *Claims) { c.ExpiresAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"not UTF-8": func(c *Claims) { c.Username = "\xff" }, "an empty permission": func(c *Claims) { c.Permissions = []string{""} },
		"too long": func(c *Claims) { c.Permissions = []string{strings.Repeat("p", 6100)} },
	} {
		c := goodClaims()
		change(&c)
		if token, err := Sign(c, "hs", HS256, seed("x")); err == nil || token != "" {
			t.Errorf("%s: got %q and error %v, want an error", name, token, err)
		}
	}
}

func TestClaimsJSON(t *testing.T) {
	want := `{"iss":"https://auth.example.com","aud":"https://api.example.com","sub":"0199c0de-0000-7000-8000-000000000001",` +
		`"tenantId":"0199c0de-0000-7000-8000-000000000002","spaceId":"0199c0de-0000-7000-8000-000000000003","username":"jin","role":"admin",` +
		`"permissions":["users:read","users:write"],"sid":"0199c0de-0000-7000-8000-000000000004","jti":"0199c0de-0000-7000-8000-000000000005",` +
		`"iat":1767323045,"exp":1767323945}`
	got, err := json.Marshal(goodClaims())
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
	nameless := goodClaims()
	nameless.Username = ""
	if text, err := json.Marshal(nameless); err != nil || !bytes.Contains(text, []byte(`"username":""`)) {
		t.Errorf("a user without a username: %s, %v; want an empty claim", text, err)
	}
	hard := goodClaims()
	hard.Username = "q\" b\\ n\n \x00 </script> \u2028 진 😀"
	hard.Audience = []string{"a", audience}
	hard.SpaceID, hard.Permissions = "", nil
	text, err := json.Marshal(hard)
	if err != nil {
		t.Fatal(err)
	}
	var back Claims
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, hard) {
		t.Errorf("got %+v, %v; want %+v", back, err, hard)
	}
	var plain map[string]any // encoding/json agrees with our writer
	if err := json.Unmarshal(text, &plain); err != nil || plain["username"] != hard.Username || bytes.Contains(text, []byte("permissions")) {
		t.Errorf("got %v, %v", plain, err)
	}
	if err := json.Unmarshal([]byte(`{"iss":"x"}`), &back); err == nil {
		t.Error("half a payload was read")
	}
}
