package jwt

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// confusionVectors are signed with HMAC, and what everybody knows of a public key as the secret (RFC 8725 §2.1).
func confusionVectors(t *testing.T, all []signer, add adder) {
	for _, s := range all[:3] {
		spellings := publicSpellings(t, s)
		for _, name := range slices.Sorted(maps.Keys(spellings)) {
			secret := spellings[name]
			forged := signer{s.kid, HS256, secret}
			add("signature", "HS256 with the "+string(s.alg)+" key's "+name+" as secret", forged.raw(t, forged.header(), goodPayload()))
			only := func(c *vector) { c.Keys = []string{s.kid} }
			add("signature", "HS256 with the "+string(s.alg)+" key's "+name+" as secret, and no other key", forged.raw(t, forged.header(), goodPayload()), only)
		}
	}
	for _, alg := range []string{"none", "None", "NONE", "nOnE", "HS512", "ES384", "RS256", "PS256", "EdDSA", "es256"} {
		add("signature", "alg "+alg+" for an ES256 key", all[0].raw(t, `{"alg":"`+alg+`","typ":"at+jwt","kid":"es"}`, goodPayload()))
	}
	unsigned := encode([]byte(`{"alg":"none","typ":"at+jwt","kid":"es"}`)) + "." + encode([]byte(goodPayload()))
	add("malformed", "alg none and no signature", unsigned+".")
	add("malformed", "alg none and no third part", unsigned)
}

func publicSpellings(t *testing.T, s signer) map[string][]byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(publicOf(s.private))
	if err != nil {
		t.Fatal(err)
	}
	key := s.key(t)
	public, err := key.jwk()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(public)
	if err != nil {
		t.Fatal(err)
	}
	document, err := JWKS(key)
	if err != nil {
		t.Fatal(err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return map[string][]byte{
		"PEM": block, "PEM without its last line break": block[:len(block)-1], "PEM in one line": []byte(strings.ReplaceAll(string(block), "\n", "")),
		"DER": der, "JWK": text, "JWKS": document,
	}
}

// numberVectors have times that a reader with floating-point numbers, or with 64 bits, may take for something else.
func numberVectors(t *testing.T, s signer, add adder) {
	for _, claim := range []string{"iat", "exp", "nbf"} {
		for _, number := range []string{
			"1e300", "9223372036854775808", "9007199254740993", "18446744075476875661", "1e9", "-0", "253402300800", "01767323045",
		} {
			add("claims", claim+" of "+number, s.raw(t, s.header(), with(t, claim, number)))
		}
	}
	last := `253402300799`
	add("ok", "exp at the end of the year 9999", s.raw(t, s.header(), with(t, "exp", last)))
	add("claims", "exp at the end of the year 9999, and a hundred zeros", s.raw(t, s.header(), with(t, "exp", last+strings.Repeat("0", 100))))
}

// kindVectors are other tokens than access tokens, and keys that are to be fetched.
func kindVectors(t *testing.T, s signer, add adder) {
	// A refresh token is a version, a session's id, a counter and a MAC, in base64url.
	refresh := append([]byte{1}, seed("session")[:16]...)
	refresh = append(append(refresh, 0, 0, 0, 7), seed("mac")[:16]...)
	add("malformed", "a refresh token", encode(refresh))
	add("malformed", "a refresh token in three parts", encode(refresh)+"."+encode(refresh)+"."+encode(refresh))
	add("malformed", "an API key", "lks_"+encode(seed("API key")))
	for _, typ := range []string{"rt+jwt", "refresh+jwt", "id+jwt", "logout+jwt", "at+JWT", "dpop+jwt", "JWE"} {
		add("malformed", "typ "+typ, s.raw(t, `{"alg":"ES256","typ":"`+typ+`","kid":"es"}`, goodPayload()))
	}
	for _, kid := range []string{
		"https://evil.example/jwks.json", "http://169.254.169.254/", "//evil.example/es", "file:///dev/null", "/etc/passwd", "../../es", "es%00",
		"es\\u0000", "es' OR '1'='1", "es;id", "es es", strings.Repeat("e", 65),
	} {
		add("malformed", "kid "+kid, s.raw(t, `{"alg":"ES256","typ":"at+jwt","kid":"`+kid+`"}`, goodPayload()))
	}
	for _, member := range []string{
		`"jku":"https://evil.example/jwks.json"`, `"x5u":"https://evil.example/es.pem"`, `"x5c":["AAAA"]`, `"x5t":"AAAA"`, `"jwk":{"kty":"oct","k":"AAAA"}`,
		`"b64":false`, `"zip":"DEF"`, `"enc":"A256GCM"`, `"kid":"ed"`, `"cty":"JWT"`,
	} {
		add("malformed", "header with "+member, s.raw(t, `{"alg":"ES256","typ":"at+jwt","kid":"es",`+member+`}`, goodPayload()))
	}
	add("expired", "long over", s.good(t), func(c *vector) { c.Now += int64(365 * 24 * time.Hour / time.Second) })
}

func TestKeyID(t *testing.T) {
	s := ecSigner(t, "es")
	for name, c := range map[string]struct{ token, want string }{
		"a good token":        {s.good(t), "es"},
		"a bad signature":     {s.good(t)[:len(s.good(t))-4] + "AAAA", "es"},
		"none named":          {hsSigner("").good(t), ""},
		"a path":              {s.raw(t, `{"alg":"ES256","typ":"at+jwt","kid":"../es"}`, goodPayload()), ""},
		"no token":            {"es", ""},
		"longer than a token": {strings.Repeat("A", maxToken+1), ""},
	} {
		if got := KeyID(c.token); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}
