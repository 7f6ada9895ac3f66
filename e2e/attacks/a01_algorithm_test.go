package attacks

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha512" // for HS384 and HS512
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
)

// TestA01AlgorithmConfusion: a token is verified by the algorithm of its key,
// never by the one that it names (RFC 8725 §3.1). A session is open, and its
// claims are genuine: only the signature is not.
func TestA01AlgorithmConfusion(t *testing.T) {
	t.Parallel()
	mine := newStrangersKeys(t)
	for _, algorithm := range []string{"ES256", "EdDSA", "RS256"} {
		t.Run(algorithm, func(t *testing.T) {
			t.Parallel()
			s := start(t, open().with(env{"JWT_ALGORITHM": algorithm}))
			public := s.publicKey(t)
			attackAlgorithm(t, s, func(payload string, kid string) []forged {
				return append(mine.swaps(t, kid, payload), publicAsSecret(t, kid, payload, public)...)
			})
		})
	}
	t.Run("HS256", func(t *testing.T) {
		t.Parallel()
		const shared = "a-seed-deployments-secret-of-47-letters-in-all!"
		secret(shared)
		s := start(t, open().with(env{"JWT_SECRET": shared}))
		attackAlgorithm(t, s, func(payload, kid string) []forged {
			return append(mine.swaps(t, kid, payload),
				forged{"HS384 with the right secret", forge(t, head("HS384", kid), payload, hs(shared, crypto.SHA384))},
				forged{"HS512 with the right secret", forge(t, head("HS512", kid), payload, hs(shared, crypto.SHA512))},
				forged{"hs256 with the right secret", forge(t, head("hs256", kid), payload, hs(shared))},
				forged{"RS256 named, signed with the secret", forge(t, head("RS256", kid), payload, hs(shared))},
				forged{"no alg, signed with the secret", forge(t, `{"typ":"at+jwt","kid":"`+kid+`"}`, payload, hs(shared))})
		})
	})
}

type forged struct{ name, token string }

func head(alg, kid string) string { return `{"alg":"` + alg + `","typ":"at+jwt","kid":"` + kid + `"}` }

func attackAlgorithm(t *testing.T, s *server, more func(payload, kid string) []forged) {
	v, c := judge(t), s.guarded(t)
	_, g := c.join(t)
	c.opens(t, g)
	header, claims := parts(t, g.AccessToken)
	kid, _ := header["kid"].(string)
	payload := text(t, claims)
	all := append(unsignedTokens(t, kid, payload), more(payload, kid)...)
	signed := strings.Split(g.AccessToken, ".")
	all = append(all,
		forged{"alg none before a genuine signature", b64.EncodeToString([]byte(head("none", kid))) + "." + signed[1] + "." + signed[2]},
		forged{"two headers", b64.EncodeToString([]byte(head("none", kid))) + "." + g.AccessToken},
		forged{"two headers, the genuine first", signed[0] + "." + b64.EncodeToString([]byte(head("none", kid))) + "." + signed[1] + "." + signed[2]},
		forged{"no signature", signed[0] + "." + signed[1] + "."},
		forged{"no third part", signed[0] + "." + signed[1]})
	each(all, func(f forged) { c.refuses(v, f.name, f.token) })
	c.opens(t, g)
}

// unsignedTokens name no algorithm, one that is none, or two.
func unsignedTokens(t *testing.T, kid, payload string) (all []forged) {
	for _, none := range []string{"none", "None", "NONE", "nOnE", "none ", "", "nоne", "HS256", "ES256", "EdDSA", "RS256"} {
		for _, name := range []string{kid, ""} {
			all = append(all, forged{"unsigned, alg " + none, forge(t, head(none, name), payload, unsigned)})
		}
	}
	rest := `,"typ":"at+jwt","kid":"` + kid + `"}`
	for _, alg := range []string{
		`{"typ":"at+jwt","kid":"` + kid + `"}`, `{"alg":null` + rest, `{"alg":0` + rest, `{"alg":["none"]` + rest, `{"alg":["ES256","none"]` + rest,
		`{"alg":{"name":"none"}` + rest, `{"alg":true` + rest, `{"alg":"ES256","alg":"none"` + rest, `{"alg":"none","alg":"ES256"` + rest,
		`{"alg":"none","Alg":"ES256"` + rest, `{"ALG":"none"` + rest, `[]`, `"none"`, `{}`, ``,
	} {
		all = append(all, forged{"unsigned, header " + alg, forge(t, alg, payload, unsigned)})
	}
	return all
}

// strangersKeys are keys that the server has never seen.
type strangersKeys struct {
	ec  *ecdsa.PrivateKey
	ed  ed25519.PrivateKey
	rsa *rsa.PrivateKey
}

func newStrangersKeys(t *testing.T) (k strangersKeys) {
	t.Helper()
	var errs [3]error
	k.ec, errs[0] = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, k.ed, errs[1] = ed25519.GenerateKey(rand.Reader)
	k.rsa, errs[2] = rsa.GenerateKey(rand.Reader, 2048)
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	return k
}

// swaps are tokens in the name of the server's key, signed by another of every
// algorithm, under every name of an algorithm.
func (k strangersKeys) swaps(t *testing.T, kid, payload string) (all []forged) {
	for _, by := range []struct {
		name string
		sign signer
	}{
		{"ECDSA", es256(k.ec)}, {"Ed25519", eddsa(k.ed)}, {"RSA", rsa256(k.rsa, false)}, {"RSA-PSS", rsa256(k.rsa, true)},
		{"HMAC with no secret", hs("")}, {"HMAC with a guess", hs("secret")},
		{"zeros", func(*testing.T, string) []byte { return make([]byte, 64) }}, // CVE-2022-21449
	} {
		for _, alg := range []string{"ES256", "EdDSA", "RS256", "PS256", "HS256", "ES384", "Ed25519"} {
			all = append(all, forged{alg + " signed by a stranger's " + by.name, forge(t, head(alg, kid), payload, by.sign)})
		}
	}
	return all
}

// publicAsSecret are tokens signed by HMAC with the public key, in each of the
// forms in which a program may hold it.
func publicAsSecret(t *testing.T, kid, payload string, public any) (all []forged) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	block := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	forms := map[string]string{
		"PEM": block, "PEM without a line end": strings.TrimSpace(block), "PEM with CRLF": strings.ReplaceAll(block, "\n", "\r\n"),
		"DER": string(der), "base64 of DER": strings.Join(strings.Split(block, "\n")[1:len(strings.Split(block, "\n"))-2], ""),
	}
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		point, err := key.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		forms["point"], forms["coordinates"] = string(point), string(point[1:])
	case ed25519.PublicKey:
		forms["32 bytes"], forms["base64url of 32 bytes"] = string(key), b64.EncodeToString(key)
	case *rsa.PublicKey:
		pkcs1 := x509.MarshalPKCS1PublicKey(key)
		forms["PKCS #1"], forms["modulus"] = string(pkcs1), string(key.N.Bytes())
		forms["PKCS #1 in PEM"] = string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: pkcs1}))
	}
	for name, form := range forms {
		for _, alg := range []string{"HS256", "HS384", "HS512"} {
			sum := map[string]crypto.Hash{"HS256": crypto.SHA256, "HS384": crypto.SHA384, "HS512": crypto.SHA512}[alg]
			all = append(all, forged{alg + " with the public key as " + name, forge(t, head(alg, kid), payload, hs(form, sum))})
		}
	}
	return all
}

// jwk is a key as /.well-known/jwks.json has it.
type jwk struct{ Kid, Kty, Crv, Alg, X, Y, N, E string }

func (s *server) keySet(t *testing.T) (keys []jwk) {
	t.Helper()
	var set struct{ Keys []jwk }
	if err := json.Unmarshal(s.client().must(t, get("/.well-known/jwks.json")).body, &set); err != nil {
		t.Fatal(err)
	}
	return set.Keys
}

// publicKey is the one key that the server publishes.
func (s *server) publicKey(t *testing.T) any {
	t.Helper()
	keys := s.keySet(t)
	if len(keys) != 1 {
		t.Fatalf("%d keys are published, want one", len(keys))
	}
	number := func(text string) []byte {
		b, err := b64.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	switch k := keys[0]; k.Kty {
	case "EC":
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, number(k.X)...), number(k.Y)...))
		if err != nil {
			t.Fatal(err)
		}
		return key
	case "OKP":
		return ed25519.PublicKey(number(k.X))
	default:
		return &rsa.PublicKey{N: new(big.Int).SetBytes(number(k.N)), E: int(new(big.Int).SetBytes(number(k.E)).Int64())}
	}
}
