package jwt

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write ../testdata/vectors.json anew")

const vectorFile = "../testdata/vectors.json"

// vectors is what every verifier of ours, in whatever language, must agree on.
type vectors struct {
	About  string   `json:"about"`
	Leeway int64    `json:"leeway"` // seconds
	Keys   []jwkOct `json:"keys"`
	Cases  []vector `json:"vectors"`
}

type jwkOct struct {
	jwk
	K string `json:"k,omitempty"` // the secret of an HS256 key, RFC 7518 §6.4
}

type vector struct {
	Name     string   `json:"name"`
	Token    string   `json:"token"`
	Keys     []string `json:"keys"` // the set, by kid
	Now      int64    `json:"now"`  // seconds since 1970
	Issuer   string   `json:"issuer"`
	Audience string   `json:"audience"`
	Want     string   `json:"want"` // ok, or the reason
}

func TestVectors(t *testing.T) {
	want := makeVectors(t)
	if *update {
		if err := os.WriteFile(vectorFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		t.Errorf("%s is not what the generator makes: run go test -run TestVectors -update", vectorFile)
	}
	var file vectors
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	ring := map[string]Key{}
	for _, j := range file.Keys {
		ring[j.Kid] = j.read(t)
	}
	count := map[string]int{}
	for _, c := range file.Cases {
		count[c.Want]++
		t.Run(c.Name, func(t *testing.T) { c.run(t, ring, time.Duration(file.Leeway)*time.Second) })
	}
	for _, want := range []string{"ok", "malformed", "signature", "claims", "expired"} {
		if count[want] == 0 {
			t.Errorf("no vector wants %q", want)
		}
	}
}

func (j jwkOct) read(t *testing.T) Key {
	t.Helper()
	if j.Kty == "oct" {
		secret, err := decode(j.K)
		if err != nil {
			t.Fatal(err)
		}
		k, err := NewKey(j.Kid, HS256, secret)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	text, err := json.Marshal(map[string][]jwk{"keys": {j.jwk}})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ParseJWKS(text)
	if err != nil || len(keys) != 1 {
		t.Fatalf("got %d keys, %v", len(keys), err)
	}
	return keys[0]
}

func (c vector) run(t *testing.T, ring map[string]Key, leeway time.Duration) {
	var set []Key
	for _, kid := range c.Keys {
		set = append(set, ring[kid])
	}
	v, err := New(Config{Issuer: c.Issuer, Audience: c.Audience, Keys: Keys(set...), Leeway: leeway, Now: func() time.Time { return time.Unix(c.Now, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // at first sight, and remembered
		got := "ok"
		var e Error
		if _, err := v.Verify(c.Token); errors.As(err, &e) {
			got = string(e.Reason)
		}
		if got != c.Want {
			t.Errorf("got %s, want %s", got, c.Want)
		}
	}
}

func makeVectors(t *testing.T) []byte {
	t.Helper()
	file := vectors{
		About:  "Access tokens and what a Latchkey verifier says to them; made by vectors_test.go with keys that nothing else uses.",
		Leeway: 30,
	}
	all := append(signers(t), hsSigner(""))
	for _, s := range all {
		j := jwkOct{jwk: jwk{Kty: "oct", Kid: s.kid, Alg: string(s.alg), Use: "sig"}}
		if secret, ok := s.private.([]byte); ok {
			j.K = encode(secret)
		} else if public, err := s.key(t).jwk(); err != nil {
			t.Fatal(err)
		} else {
			j.jwk = public
		}
		file.Keys = append(file.Keys, j)
	}
	add := func(want, name, token string, change ...func(*vector)) {
		c := vector{Name: name, Token: token, Keys: []string{"es", "ed", "rs", "hs"}, Now: start.Unix(), Issuer: issuer, Audience: audience, Want: want}
		for _, f := range change {
			f(&c)
		}
		file.Cases = append(file.Cases, c)
	}
	for _, s := range all[:4] {
		vectorsOf(t, s, add)
	}
	headerVectors(t, all, add)
	payloadVectors(t, all[0], add)
	confusionVectors(t, all, add)
	numberVectors(t, all[0], add)
	kindVectors(t, all[0], add)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(file); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type adder = func(want, name, token string, change ...func(*vector))

func vectorsOf(t *testing.T, s signer, add adder) {
	good, alg := s.good(t), string(s.alg)
	dot := strings.LastIndexByte(good, '.')
	add("ok", alg, good)
	add("ok", alg+" a second before its end", good, func(c *vector) { c.Now += 15*60 + 29 })
	add("expired", alg+" at its end", good, func(c *vector) { c.Now += 15*60 + 30 })
	add("claims", alg+" before its time", good, func(c *vector) { c.Now -= 31 })
	add("claims", alg+" for another audience", good, func(c *vector) { c.Audience += "/" })
	add("claims", alg+" of another issuer", good, func(c *vector) { c.Issuer += "/" })
	add("signature", alg+" with no keys", good, func(c *vector) { c.Keys = []string{} })
	add("signature", alg+" with another payload", s.raw(t, s.header(), with(t, "role", `"owner"`))[:dot]+good[dot:])
	add("malformed", alg+" without signature", good[:dot+1])
	add("malformed", alg+" with a line break", good+"\n")
	add("malformed", alg+" with padding", good+"=")
	add("malformed", alg+" with + for -", good[:dot+1]+"+"+good[dot+2:])
	last := strings.IndexByte(letters, good[len(good)-1])
	add("malformed", alg+" with a spare bit set", good[:len(good)-1]+letters[last+1:last+2])
}

func headerVectors(t *testing.T, all []signer, add adder) {
	es, hs, plain := all[0], all[3], all[4]
	seeded := func(c *vector) { c.Keys = []string{""} }
	add("ok", "no kid, and a key without id", plain.good(t), seeded)
	add("signature", "no kid, and no key without id", plain.good(t))
	add("ok", "typ with application in front", es.raw(t, `{"typ":"application/at+jwt","kid":"es","alg":"ES256"}`, goodPayload()))
	add("signature", "alg none", es.raw(t, `{"alg":"none","typ":"at+jwt","kid":"es"}`, goodPayload()))
	add("signature", "alg HS256 for an ES256 key", signer{"es", HS256, hs.private}.good(t))
	add("signature", "unknown kid", es.raw(t, `{"alg":"ES256","typ":"at+jwt","kid":"gone"}`, goodPayload()))
	text := encode([]byte(es.header())) + "." + encode([]byte(goodPayload()))
	add("signature", "ES256 with high s", text+"."+encode(highTwin(es.signature(t, text))))
	for _, h := range []string{
		`{"alg":"ES256","kid":"es"}`, `{"alg":"ES256","typ":"JWT","kid":"es"}`, `{"typ":"at+jwt","kid":"es"}`, `{"alg":["ES256"],"typ":"at+jwt","kid":"es"}`,
		`{"alg":"ES256","alg":"ES256","typ":"at+jwt","kid":"es"}`, `{"alg":"ES256","typ":"at+jwt","kid":"es","crit":["exp"]}`,
		`{"alg":"ES256","typ":"at+jwt","kid":"es","jku":"https://evil.example"}`, `{"alg":"ES256","typ":"at+jwt","kid":"es","jwk":{}}`,
		`{"alg":"ES256","typ":"at+jwt","kid":"../es"}`, `{"alg":"ES256","typ":"at+jwt","kid":""}`, `{"Alg":"ES256","typ":"at+jwt","kid":"es"}`,
		`{"alg":"ES256","typ":"at+jwt","kid":"es"} {}`,
	} {
		add("malformed", "header "+h, es.raw(t, h, goodPayload()))
	}
	add("malformed", "empty", "")
	add("malformed", "two parts", text)
	add("malformed", "four parts", es.good(t)+".AAAA")
	add("malformed", "over 8 KiB", strings.Repeat("A", maxToken+1))
}

func payloadVectors(t *testing.T, s signer, add adder) {
	token := func(claim, value string) string { return s.raw(t, s.header(), with(t, claim, value)) }
	add("ok", "aud among several", token("aud", `["https://other.example.com","`+audience+`"]`))
	add("ok", "unknown claims", token("extra", `{"a":[null,-1.5e3]}`))
	add("ok", "nbf within the leeway", token("nbf", unix(start.Add(30*time.Second))))
	add("ok", "no spaceId", token("spaceId", ""))
	add("ok", "escapes", token("username", `"\uc9c4 \ud83d\ude00 \/"`))
	add("claims", "nbf to come", token("nbf", unix(start.Add(31*time.Second))))
	add("claims", "aud that begins alike", token("aud", `"`+audience+`.evil.example"`))
	for _, claim := range []string{"iss", "aud", "sub", "tenantId", "role", "sid", "jti", "iat", "exp"} {
		for _, value := range []string{"", `null`, `-1`, `1e300`, `[]`, `{}`, `""`, `true`} {
			add("claims", strings.TrimSpace(fmt.Sprintf("%s %s", claim, map[bool]string{true: "missing", false: value}[value == ""])), token(claim, value))
		}
	}
	good := strings.TrimSuffix(goodPayload(), "}")
	for _, member := range []string{`"role":"owner"`, `"Role":"owner"`, `"\u0072ole":"owner"`} {
		add("claims", "role beside "+member, s.raw(t, s.header(), good+","+member+"}"))
	}
	add("claims", "sid with a long s", s.raw(t, s.header(), good+`,"ſid":"x"}`))
	add("claims", "half a surrogate", token("username", `"\ud800"`))
	add("claims", "text behind the payload", s.raw(t, s.header(), goodPayload()+"{}"))
	add("claims", "exp as text", token("exp", `"1767323945"`))
	add("claims", "exp with a fraction", token("exp", `1767323945.0`))
	add("expired", "exp of 1970", token("exp", `0`))
}
