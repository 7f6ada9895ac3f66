package jwt

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
)

// Algorithm is a JWS signature algorithm (RFC 7518 §3.1, RFC 8037).
type Algorithm string

// The algorithms that a key may have. There is no none.
const (
	ES256 Algorithm = "ES256" // ECDSA on P-256 with SHA-256
	EdDSA Algorithm = "EdDSA" // Ed25519
	RS256 Algorithm = "RS256" // RSASSA-PKCS1-v1_5 with SHA-256
	HS256 Algorithm = "HS256" // HMAC with SHA-256: whoever can verify can also sign
)

// Key verifies the tokens of one signer, by one algorithm. [NewKey] makes it, so it is sound; the zero Key verifies
// nothing. Printing one shows no secret.
type Key struct{ *material }

// NewKey checks and copies a key: for ES256 an *ecdsa.PublicKey on P-256, for EdDSA an ed25519.PublicKey, for RS256 an
// *rsa.PublicKey of 2048 to 8192 bits, for HS256 a secret of at least 32 bytes as []byte. The id has 1 to 64 characters
// of A–Z a–z 0–9 _ -; an HS256 key may have none, and then verifies tokens that name no key.
func NewKey(id string, alg Algorithm, public any) (Key, error) {
	if !soundKeyID(id) && (id != "" || alg != HS256) {
		return Key{}, errors.New("jwt: a key id has 1 to 64 characters of A-Z a-z 0-9 _ -")
	}
	own, text, err := soundPublic(alg, public)
	if err != nil {
		return Key{}, err
	}
	mark := sha256.Sum256(fmt.Appendf(nil, "%s %s %s", id, alg, text))
	return Key{&material{id: id, alg: alg, public: own, mark: mark}}, nil
}

// ID is what a token names in kid, empty for the zero Key.
func (k Key) ID() string {
	if k.material == nil {
		return ""
	}
	return k.id
}

// Algorithm is the only one by which the key verifies, empty for the zero Key.
func (k Key) Algorithm() Algorithm {
	if k.material == nil {
		return ""
	}
	return k.alg
}

// same tells whether two keys are one, even where they were made apart.
func (k Key) same(other Key) bool {
	return k.material == other.material || k.material != nil && other.material != nil && k.mark == other.mark
}

// KeySet finds the key that a token names. It is asked on every verification, also of a token that is remembered: so
// a key that it no longer gives refuses its tokens from then on. Key must be safe for concurrent use, quick, and give
// a key whose ID is the kid it was asked for. For the empty kid, that of a token which names no key, it answers only
// where a deployment has such a key.
type KeySet interface {
	Key(kid string) (Key, bool)
}

type keys map[string]Key

// Keys is the set of these keys and no other. Of two with one id the first counts.
func Keys(k ...Key) KeySet {
	set := make(keys, len(k))
	for _, key := range k {
		if key.material == nil {
			continue
		}
		if _, taken := set[key.id]; !taken {
			set[key.id] = key
		}
	}
	return set
}

func (s keys) Key(kid string) (Key, bool) {
	k, ok := s[kid]
	return k, ok
}

// JWKS writes the document of /.well-known/jwks.json (RFC 7517 §5). An HS256 key is an error: it must never be
// published. So are two keys with one id. No keys make an empty set.
func JWKS(keys ...Key) ([]byte, error) {
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: []jwk{}}
	seen := map[string]bool{}
	for _, k := range keys {
		if k.material == nil {
			return nil, errors.New("jwt: the zero Key cannot be published")
		}
		if seen[k.id] {
			return nil, errors.New("jwt: two keys to publish have one id")
		}
		seen[k.id] = true
		j, err := k.jwk()
		if err != nil {
			return nil, err
		}
		set.Keys = append(set.Keys, j)
	}
	return json.Marshal(set)
}

// ParseJWKS reads such a document. Keys of kinds, algorithms and uses that this package does not have are left out
// (RFC 7517 §5), so that a service may publish a newer kind beside the old. All else is an error: a key of ours
// without kid or alg, two with one kid, a value that is not strict base64url of the right length, a secret or private
// part, JSON with duplicate names or anything behind it.
func ParseJWKS(document []byte) ([]Key, error) {
	var keys []Key
	found := false
	r := reader{text: string(document)}
	err := r.whole(func(name string) error {
		if name != "keys" {
			return r.skip()
		}
		found = true
		return r.array(func() error {
			k, known, err := r.jwk()
			if known {
				keys = append(keys, k)
			}
			return err
		})
	})
	if err == nil && !found {
		err = errors.New("it has no keys member")
	}
	seen := map[string]bool{}
	for _, k := range keys {
		if seen[k.id] {
			err = errors.New("two keys have one kid")
		}
		seen[k.id] = true
	}
	if err != nil {
		return nil, errors.New("jwt: this is no JWKS document: " + err.Error())
	}
	return keys, nil
}
