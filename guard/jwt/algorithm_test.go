package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

// the algorithm is the key's, whatever the token says.

func TestNoneIsNoAlgorithm(t *testing.T) {
	v := verifier(t, allKeys(t)...)
	for _, none := range []string{"none", "None", "NONE", "nOnE", "none ", "", "\u0000none", "HS256,none"} {
		for _, kid := range []string{"es", "ed", "rs", "hs", ""} {
			header := fmt.Sprintf(`{"alg":%q,"typ":"at+jwt","kid":%q}`, none, kid)
			if kid == "" {
				header = fmt.Sprintf(`{"alg":%q,"typ":"at+jwt"}`, none)
			}
			signed := encode([]byte(header)) + "." + encode([]byte(goodPayload()))
			for _, signature := range []string{"", ".", ".AA", "." + encode(make([]byte, 64)), "." + encode(mac(nil, []byte(signed)))} {
				refused(t, v, signed+signature, "")
			}
		}
	}
}

func TestPublicKeyIsNoSecret(t *testing.T) {
	for _, s := range signers(t)[:3] {
		public := publicOf(s.private)
		pkix, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			t.Fatal(err)
		}
		document, err := JWKS(s.key(t))
		if err != nil {
			t.Fatal(err)
		}
		var set struct{ Keys []json.RawMessage }
		if err := json.Unmarshal(document, &set); err != nil {
			t.Fatal(err)
		}
		_, bare, err := soundPublic(s.alg, public)
		if err != nil {
			t.Fatal(err)
		}
		text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix})
		for name, secret := range map[string][]byte{
			"PEM": text, "PEM without last line break": []byte(strings.TrimSpace(string(text))), "DER": pkix,
			"JWK": set.Keys[0], "JWKS": document, "bare": bare, "base64": []byte(encode(pkix)), "empty": {},
		} {
			t.Run(string(s.alg)+" "+name, func(t *testing.T) {
				forger := signer{s.kid, HS256, secret}
				refused(t, verifier(t, s.key(t)), forger.good(t), Signature)
				refused(t, verifier(t, allKeys(t)...), forger.good(t), Signature)
			})
		}
	}
}

func TestAlgorithmsDoNotSwap(t *testing.T) {
	names := []string{"ES256", "EdDSA", "RS256", "HS256", "HS384", "HS512", "ES384", "ES256K", "RS384", "PS256", "Ed25519", "es256", "hs256", "rs256", "EDDSA"}
	v := verifier(t, allKeys(t)...)
	for _, s := range signers(t) {
		for _, claimed := range names {
			for _, named := range signers(t) {
				if claimed == string(s.alg) && named.kid == s.kid {
					accepted(t, v, s.good(t))
					continue
				}
				header := fmt.Sprintf(`{"alg":%q,"typ":"at+jwt","kid":%q}`, claimed, named.kid)
				t.Run(fmt.Sprintf("%s signs as %s for %s", s.alg, claimed, named.kid), func(t *testing.T) {
					refused(t, v, s.raw(t, header, goodPayload()), Signature)
				})
			}
		}
	}
}

func TestAlgIsOneString(t *testing.T) {
	s := ecSigner(t, "es")
	v := verifier(t, s.key(t))
	for _, header := range []string{
		`{"typ":"at+jwt","kid":"es"}`,
		`{"alg":null,"typ":"at+jwt","kid":"es"}`,
		`{"alg":["ES256"],"typ":"at+jwt","kid":"es"}`,
		`{"alg":256,"typ":"at+jwt","kid":"es"}`,
		`{"alg":true,"typ":"at+jwt","kid":"es"}`,
		`{"alg":{"alg":"ES256"},"typ":"at+jwt","kid":"es"}`,
		`{"alg":"ES256","alg":"ES256","typ":"at+jwt","kid":"es"}`,
		`{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"es"}`,
		`{"Alg":"ES256","typ":"at+jwt","kid":"es"}`,
		`{"alg":"ES256","ALG":"none","typ":"at+jwt","kid":"es"}`,
		`{"alg":"ES256","typ":"at+jwt","kid":"es"}{"alg":"none"}`,
		`{"alg":"ES256","typ":"at+jwt","kid":"es"} x`,
		`[{"alg":"ES256","typ":"at+jwt","kid":"es"}]`,
		`{"alg":"ES256","typ":"at+jwt","kid":"es",}`,
		`{'alg':'ES256','typ':'at+jwt','kid':'es'}`,
		`"ES256"`, `null`, `{}`, ` `,
	} {
		t.Run(header, func(t *testing.T) { refused(t, v, s.raw(t, header, goodPayload()), Malformed) })
	}
}

func TestSignatureHasOneSpelling(t *testing.T) {
	es := ecSigner(t, "es")
	signed := encode([]byte(es.header())) + "." + encode([]byte(goodPayload()))
	good := es.signature(t, signed)
	v := verifier(t, allKeys(t)...)
	accepted(t, v, signed+"."+encode(good))

	n, high := elliptic.P256().Params().N, highTwin(good)
	digest := sha256.Sum256([]byte(signed))
	if !ecdsa.Verify(publicOf(es.private).(*ecdsa.PublicKey), digest[:], new(big.Int).SetBytes(high[:32]), new(big.Int).SetBytes(high[32:])) {
		t.Fatal("the high s should be valid to a lenient reader")
	}
	der, err := es.private.(*ecdsa.PrivateKey).Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	for name, signature := range map[string][]byte{
		"high s": high, "DER": der, "zeros": make([]byte, 64), "r is n": append(n.FillBytes(make([]byte, 32)), good[32:]...),
		"one byte more": append(append([]byte(nil), good...), 0), "one byte less": good[:63], "padded": append([]byte{0}, good...),
	} {
		t.Run(name, func(t *testing.T) { refused(t, v, signed+"."+encode(signature), Signature) })
	}

	ed := edSigner("ed")
	text := encode([]byte(ed.header())) + "." + encode([]byte(goodPayload()))
	plusOrder := ed.signature(t, text)
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	s := new(big.Int).SetBytes(reverse(plusOrder[32:]))
	copy(plusOrder[32:], reverse(s.Add(s, order).FillBytes(make([]byte, 32))))
	t.Run("Ed25519 s plus order", func(t *testing.T) { refused(t, v, text+"."+encode(plusOrder), Signature) })

	rs := rsaSigner(t, "rs")
	text = encode([]byte(rs.header())) + "." + encode([]byte(goodPayload()))
	modulus := rs.private.(*rsa.PrivateKey).N
	sum := new(big.Int).Add(new(big.Int).SetBytes(rs.signature(t, text)), modulus)
	t.Run("RSA plus modulus", func(t *testing.T) { refused(t, v, text+"."+encode(sum.Bytes()), Signature) })
	t.Run("RSA with a zero in front", func(t *testing.T) {
		refused(t, v, text+"."+encode(append([]byte{0}, rs.signature(t, text)...)), Signature)
	})
}

// highTwin is the other signature that is valid where this one is.
func highTwin(low []byte) []byte {
	high := append([]byte(nil), low...)
	new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(low[32:])).FillBytes(high[32:])
	return high
}

func reverse(b []byte) []byte {
	r := make([]byte, len(b))
	for i := range b {
		r[len(b)-1-i] = b[i]
	}
	return r
}
