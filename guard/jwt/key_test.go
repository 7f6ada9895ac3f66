package jwt

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

// a token brings no key along and reaches none but by its plain name.

func TestHeaderBringsNoKey(t *testing.T) {
	s, thief := ecSigner(t, "es"), ecSigner(t, "thief")
	v := verifier(t, s.key(t))
	document, err := JWKS(thief.key(t))
	if err != nil {
		t.Fatal(err)
	}
	own := strings.TrimSuffix(strings.TrimPrefix(string(document), `{"keys":[`), `]}`)
	for _, member := range []string{
		`"jwk":` + own, `"jku":"https://evil.example/jwks.json"`, `"jku":"https://auth.example.com/.well-known/jwks.json"`,
		`"x5u":"https://evil.example/c.pem"`, `"x5c":["MIIB"]`, `"x5t":"AAAA"`, `"x5t#S256":"AAAA"`,
		`"crit":["exp"]`, `"crit":[]`, `"crit":["b64"],"b64":false`, `"b64":true`, `"zip":"DEF"`, `"enc":"A128GCM"`, `"cty":"JWT"`,
		`"url":"x"`, `"nonce":"x"`, `"KID":"es"`, `"Kid":"es"`, `"kıd":"es"`, `"":""`,
	} {
		for _, by := range []signer{s, thief} { // not even the right key makes such a header right
			t.Run(by.kid+" "+member[:min(len(member), 30)], func(t *testing.T) {
				refused(t, v, by.raw(t, `{"alg":"ES256","typ":"at+jwt","kid":"es",`+member+`}`, goodPayload()), Malformed)
			})
		}
	}
}

func TestKidIsAPlainName(t *testing.T) {
	s := ecSigner(t, "es")
	v := verifier(t, s.key(t))
	for _, kid := range []string{
		`""`, `"../../../../dev/null"`, `"/dev/null"`, `"es' OR '1'='1"`, `"es\u0000"`, `"\u0000"`, `"es "`, `" es"`, `"es\n"`, `"es/"`,
		`"https://evil.example/key"`, `"${jndi:ldap://evil}"`, `"еs"`, `"es="`, `"` + strings.Repeat("e", 65) + `"`,
		`"` + strings.Repeat("e", 5000) + `"`, `null`, `1`, `["es"]`, `{"$ne":""}`, `true`, `"es","kid":"es"`, `"es","kid":"thief"`,
	} {
		t.Run(kid[:min(len(kid), 30)], func(t *testing.T) {
			refused(t, v, s.raw(t, `{"alg":"ES256","typ":"at+jwt","kid":`+kid+`}`, goodPayload()), Malformed)
		})
	}
	for _, kid := range []string{"other", "ES", "e", "ess", strings.Repeat("e", 64)} { // of another tenant, retired, unknown
		t.Run("not in the set "+kid[:min(len(kid), 10)], func(t *testing.T) {
			refused(t, v, s.raw(t, fmt.Sprintf(`{"alg":"ES256","typ":"at+jwt","kid":%q}`, kid), goodPayload()), Signature)
		})
	}
	refused(t, v, s.raw(t, `{"alg":"ES256","typ":"at+jwt","kid":"`+strings.Repeat("e", 64<<10)+`"}`, goodPayload()), Malformed)
}

func TestTokenWithoutKidNeedsAKeyWithoutID(t *testing.T) {
	named, plain := hsSigner("hs"), hsSigner("")
	refused(t, verifier(t, named.key(t)), signer{"", HS256, named.private}.good(t), Signature)
	refused(t, verifier(t, ecSigner(t, "es").key(t)), signer{"", ES256, ecSigner(t, "es").private}.good(t), Signature)
	accepted(t, verifier(t, plain.key(t)), plain.good(t))
	if strings.Contains(plain.header(), "kid") {
		t.Errorf("got header %s, want none with kid", plain.header())
	}
	if _, err := NewKey("", ES256, publicOf(ecSigner(t, "es").private)); err == nil {
		t.Error("an ES256 key without an id was accepted")
	}
}

// sloppy is a key set that gives one key by any name.
type sloppy struct{ key Key }

func (s sloppy) Key(string) (Key, bool) { return s.key, true }

func TestKeyOfAnotherNameIsRefused(t *testing.T) {
	s := ecSigner(t, "es")
	for name, key := range map[string]Key{"another name": signer{"other", ES256, s.private}.key(t), "zero": {}} {
		t.Run(name, func(t *testing.T) {
			v, err := New(Config{Issuer: issuer, Audience: audience, Keys: sloppy{key}})
			if err != nil {
				t.Fatal(err)
			}
			refused(t, v, s.good(t), Signature)
			refused(t, v, signer{"", HS256, seed("x")}.good(t), Signature)
		})
	}
}

func TestTypIsAccessToken(t *testing.T) {
	s := edSigner("ed")
	v := verifier(t, s.key(t))
	for _, typ := range []string{`,"typ":"at+jwt"`, `,"typ":"application/at+jwt"`} {
		accepted(t, v, s.raw(t, `{"alg":"EdDSA","kid":"ed"`+typ+`}`, goodPayload()))
	}
	for _, typ := range []string{
		``, `,"typ":""`, `,"typ":"JWT"`, `,"typ":"jwt"`, `,"typ":"rt+jwt"`, `,"typ":"AT+JWT"`, `,"typ":"at+jwt "`, `,"typ":"at jwt"`, `,"typ":"logout+jwt"`,
		`,"typ":null`, `,"typ":["at+jwt"]`, `,"typ":-1`, `,"typ":1e300`, `,"typ":"JWT","typ":"at+jwt"`, `,"Typ":"at+jwt"`,
	} {
		t.Run(typ, func(t *testing.T) {
			refused(t, v, s.raw(t, `{"alg":"EdDSA","kid":"ed"`+typ+`}`, goodPayload()), Malformed)
		})
	}
}

func TestNewKeyRefusesUnfitKeys(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, ed, rs := publicOf(ecSigner(t, "es").private), publicOf(edSigner("ed").private), publicOf(rsaSigner(t, "rs").private).(*rsa.PublicKey)
	small := &rsa.PublicKey{N: new(big.Int).Rsh(rs.N, 1), E: rs.E}
	for _, tt := range []struct {
		name   string
		id     string
		alg    Algorithm
		public any
	}{
		{"P-384", "k", ES256, &p384.PublicKey},
		{"off the curve", "k", ES256, &ecdsa.PublicKey{Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)}},
		{"no EC key", "k", ES256, (*ecdsa.PublicKey)(nil)},
		{"EC for EdDSA", "k", EdDSA, ec},
		{"EC for HS256", "k", HS256, ec},
		{"Ed25519 for HS256", "k", HS256, ed},
		{"Ed25519 for ES256", "k", ES256, ed},
		{"short Ed25519", "k", EdDSA, ed25519.PublicKey(make([]byte, 31))},
		{"RSA for ES256", "k", ES256, rs},
		{"RSA of 2047 bits", "k", RS256, small},
		{"RSA with exponent 3", "k", RS256, &rsa.PublicKey{N: rs.N, E: 3}},
		{"RSA with an even exponent", "k", RS256, &rsa.PublicKey{N: rs.N, E: 65538}},
		{"RSA with an even modulus", "k", RS256, &rsa.PublicKey{N: new(big.Int).Sub(rs.N, big.NewInt(1)), E: rs.E}},
		{"RSA of 8193 bits", "k", RS256, &rsa.PublicKey{N: new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 8192), big.NewInt(1)), E: rs.E}},
		{"no RSA key", "k", RS256, (*rsa.PublicKey)(nil)},
		{"empty RSA key", "k", RS256, &rsa.PublicKey{}},
		{"31 byte secret", "k", HS256, make([]byte, 31)},
		{"secret for ES256", "k", ES256, make([]byte, 32)},
		{"secret as text", "k", HS256, strings.Repeat("s", 32)},
		{"a private key", "k", ES256, ecSigner(t, "es").private},
		{"nothing", "k", ES256, nil},
		{"none", "k", "none", make([]byte, 32)},
		{"no algorithm", "k", "", make([]byte, 32)},
		{"id with a slash", "a/b", ES256, ec},
		{"id of 65", strings.Repeat("k", 65), ES256, ec},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if k, err := NewKey(tt.id, tt.alg, tt.public); err == nil || k != (Key{}) {
				t.Errorf("got %v and error %v, want an error", k, err)
			}
		})
	}
}

func TestKeyIsACopyAndShowsNoSecret(t *testing.T) {
	for _, s := range signers(t) {
		public := publicOf(s.private)
		k, err := NewKey(s.kid, s.alg, public)
		if err != nil {
			t.Fatal(err)
		}
		v := verifier(t, k)
		token := s.good(t)
		switch p := public.(type) {
		case []byte:
			if text := fmt.Sprintf("%v %+v %#v", k, k, k); strings.Contains(text, fmt.Sprint(p[0], " ", p[1])) || strings.Contains(text, string(p)) {
				t.Errorf("printing a key shows the secret: %s", text)
			}
			clear(p)
		case ed25519.PublicKey:
			clear(p)
		case *rsa.PublicKey:
			defer p.N.Set(p.N.SetBit(new(big.Int).Set(p.N), 0, 1))
			p.N.SetBit(p.N, 0, 0)
		}
		accepted(t, v, token)
	}
}

func TestNewRefusesHalfAConfig(t *testing.T) {
	full := Config{Issuer: issuer, Audience: audience, Keys: Keys()}
	for name, change := range map[string]func(*Config){
		"no issuer":   func(c *Config) { c.Issuer = "" },
		"no audience": func(c *Config) { c.Audience = "" },
		"no keys":     func(c *Config) { c.Keys = nil },
		"long leeway": func(c *Config) { c.Leeway = maxLeeway + 1 },
	} {
		c := full
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := New(full); err != nil {
		t.Errorf("full: %v", err)
	}
}
