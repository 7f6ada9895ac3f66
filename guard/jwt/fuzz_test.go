package jwt

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

// FuzzVerify looks for a token that is accepted and is none of ours, and for a panic.
func FuzzVerify(f *testing.F) {
	ours := map[string]bool{}
	for _, s := range signers(f) {
		token := s.good(f)
		ours[token] = true
		f.Add(token)
		f.Add(token[:len(token)-1])
	}
	f.Add("")
	f.Add("..")
	v := verifier(f, allKeys(f)...)
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := v.Verify(token); (err == nil) != ours[token] {
			t.Errorf("got error %v for %q", err, token)
		}
	})
}

// FuzzReader signs whatever comes: the readers behind the signature accept nothing that encoding/json does not, and
// agree with it on every value.
func FuzzReader(f *testing.F) {
	s := hsSigner("hs")
	v := verifier(f, s.key(f))
	f.Add(s.header(), goodPayload())
	f.Add(`{"alg":"HS256","typ":"at+jwt","kid":"h\u0073"}`, with(f, "username", `"\ud83d\ude00\n\/"`))
	f.Add(s.header(), with(f, "x", `[1,-0.5e+7,true,null,{"a":"b"}]`))
	f.Fuzz(func(t *testing.T, header, payload string) {
		c, err := v.Verify(s.raw(t, header, payload))
		if err != nil {
			return
		}
		var plain struct {
			Sub, Role, Username, TenantID string
			Exp                           int64
		}
		if err := json.Unmarshal([]byte(payload), &plain); err != nil || !utf8.ValidString(payload) || !json.Valid([]byte(header)) {
			t.Fatalf("accepted what is not JSON: %q %q: %v", header, payload, err)
		}
		if plain.Sub != c.Subject || plain.Role != c.Role || plain.Username != c.Username || plain.TenantID != c.TenantID || plain.Exp != c.ExpiresAt.Unix() {
			t.Fatalf("got %+v, encoding/json reads %+v", c, plain)
		}
	})
}

// FuzzParseJWKS looks for a panic, and for a set that cannot be published again.
func FuzzParseJWKS(f *testing.F) {
	document, err := JWKS(allKeys(f)[:3]...)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(document)
	f.Fuzz(func(t *testing.T, document []byte) {
		keys, err := ParseJWKS(document)
		if err != nil {
			return
		}
		if _, err := JWKS(keys...); err != nil {
			t.Errorf("%q was read and cannot be written: %v", document, err)
		}
	})
}
