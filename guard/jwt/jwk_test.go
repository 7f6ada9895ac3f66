package jwt

import (
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestJWKSRoundTrip(t *testing.T) {
	published := allKeys(t)[:3]
	document, err := JWKS(published...)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ParseJWKS(document)
	if err != nil || len(keys) != len(published) {
		t.Fatalf("got %d keys, %v; want %d", len(keys), err, len(published))
	}
	v := verifier(t, keys...)
	for i, s := range signers(t)[:3] {
		if !keys[i].same(published[i]) || keys[i].ID() != s.kid || keys[i].Algorithm() != s.alg {
			t.Errorf("%s: the key that was read is another", s.alg)
		}
		accepted(t, v, s.good(t))
	}
}

func TestJWKSPublishesNoSecret(t *testing.T) {
	es := ecSigner(t, "es").key(t)
	for name, keys := range map[string][]Key{
		"HS256": {es, hsSigner("hs").key(t)}, "HS256 without id": {hsSigner("").key(t)}, "zero": {{}}, "one id twice": {es, es},
	} {
		if got, err := JWKS(keys...); err == nil || got != nil {
			t.Errorf("%s: got %s, %v; want an error", name, got, err)
		}
	}
	if got, err := JWKS(); err != nil || string(got) != `{"keys":[]}` {
		t.Errorf("no keys: got %s, %v", got, err)
	}
}

// published returns the JWK of a signer, changed.
func published(t *testing.T, s signer, change func(map[string]any)) string {
	t.Helper()
	j, err := s.key(t).jwk()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	change(members)
	if text, err = json.Marshal(members); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestParseJWKSIsStrict(t *testing.T) {
	es, ed, rs := ecSigner(t, "es"), edSigner("ed"), rsaSigner(t, "rs")
	put := func(name string, value any) func(map[string]any) { return func(m map[string]any) { m[name] = value } }
	without := func(name string) func(map[string]any) { return func(m map[string]any) { delete(m, name) } }
	same := func(map[string]any) {}
	whole := published(t, es, same)
	set := func(keys ...string) string { return `{"keys":[` + strings.Join(keys, ",") + `]}` }
	for name, document := range map[string]string{
		"empty": ``, "null": `null`, "no keys": `{}`, "keys null": `{"keys":null}`, "keys object": `{"keys":{}}`, "bare array": `[]`, "key null": set(`null`),
		"trailing": set(whole) + `x`, "keys twice": `{"keys":[],"keys":[]}`, "member twice": set(strings.TrimSuffix(whole, "}") + `,"kid":"es"}`),
		"one kid twice":    set(whole, whole),
		"not UTF-8":        "{\"keys\":[],\"\xff\":1}",
		"no kid":           set(published(t, es, without("kid"))),
		"bad kid":          set(published(t, es, put("kid", "a/b"))),
		"kid null":         set(published(t, es, put("kid", nil))),
		"no alg":           set(published(t, es, without("alg"))),
		"alg of another":   set(published(t, es, put("alg", "EdDSA"))),
		"private EC":       set(published(t, es, put("d", encode(seed("x"))))),
		"private RSA":      set(published(t, rs, put("dp", "AQ"))),
		"secret":           set(`{"kty":"oct","k":"` + encode(seed("x")) + `","kid":"k","alg":"HS256"}`),
		"no y":             set(published(t, es, without("y"))),
		"x of 31 bytes":    set(published(t, es, put("x", encode(seed("x")[:31])))),
		"off the curve":    set(published(t, es, put("x", encode(seed("x"))))),
		"x with padding":   set(published(t, ed, put("x", encode(seed("x"))+"="))),
		"x with spare bit": set(published(t, ed, put("x", strings.Repeat("A", 42)+"B"))),
		"Ed of 33 bytes":   set(published(t, ed, put("x", encode(make([]byte, 33))))),
		"n number":         set(published(t, rs, put("n", 5))),
		"n zero in front":  set(published(t, rs, put("n", encode(append([]byte{0}, publicOf(rs.private).(*rsa.PublicKey).N.Bytes()...))))),
		"n small":          set(published(t, rs, put("n", encode(seed("x"))))),
		"e of 3":           set(published(t, rs, put("e", "Aw"))),
		"e long":           set(published(t, rs, put("e", encode([]byte{1, 0, 0, 0, 0, 0, 1, 0, 1})))),
	} {
		t.Run(name, func(t *testing.T) {
			if keys, err := ParseJWKS([]byte(document)); err == nil || keys != nil {
				t.Errorf("got %d keys and error %v, want an error", len(keys), err)
			}
		})
	}
	for name, other := range map[string]string{
		"kty": `{"kty":"AKP","alg":"ML-DSA-44","pub":"AA","kid":"new"}`, "kty without alg": `{"kty":"AKP","kid":"new"}`,
		"crv": published(t, es, put("crv", "P-521")), "alg": published(t, rs, put("alg", "PS256")), "use": published(t, es, put("use", "enc")),
	} {
		keys, err := ParseJWKS([]byte(set(other, published(t, ed, put("x5t", "AA")))))
		if err != nil || len(keys) != 1 || keys[0].ID() != "ed" {
			t.Errorf("unknown %s: got %d keys, %v; want it left out", name, len(keys), err)
		}
	}
}

func TestFirstOfTwoKeysCounts(t *testing.T) {
	a, b := ecSigner(t, "a"), ecSigner(t, "b")
	a.kid, b.kid = "k", "k"
	v := verifier(t, Key{}, a.key(t), b.key(t))
	accepted(t, v, a.good(t))
	refused(t, v, b.good(t), Signature)
	refused(t, v, fmt.Sprint(a.good(t), "A"), "")
}
