package jwt

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

const (
	minSecret = 32   // bytes, RFC 7518 §3.2
	minRSA    = 2048 // bits, RFC 7518 §3.3
	maxRSA    = 8192 // bits: a larger one costs milliseconds a token
	minRSAExp = 65537
	maxRSAExp = 1<<31 - 1 // what crypto/rsa takes
	maxKeyID  = 64
)

// secret has a type of its own, so that no public key, which is also bytes, can ever stand in for one.
type secret []byte

// material never changes once it is made.
type material struct {
	id     string
	alg    Algorithm
	public any               // *ecdsa.PublicKey, ed25519.PublicKey, *rsa.PublicKey or secret
	mark   [sha256.Size]byte // of all the above
}

func soundKeyID(id string) bool {
	return id != "" && len(id) <= maxKeyID && onlyLetters(id)
}

// soundPublic copies a public key that fits the algorithm and returns its bytes as well.
func soundPublic(alg Algorithm, public any) (own any, text []byte, err error) {
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		if alg != ES256 || k == nil || k.Curve != elliptic.P256() {
			break
		}
		point, err := k.Bytes()
		if err != nil {
			return nil, nil, errors.New("jwt: the ES256 key is not a point of P-256")
		}
		own, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		return own, point, err
	case ed25519.PublicKey:
		if alg != EdDSA || len(k) != ed25519.PublicKeySize {
			break
		}
		return slices.Clone(k), k, nil
	case *rsa.PublicKey:
		if alg != RS256 || k == nil || k.N == nil {
			break
		}
		bits := k.N.BitLen()
		if bits < minRSA || bits > maxRSA || k.N.Bit(0) == 0 || k.E < minRSAExp || k.E&1 == 0 || k.E > maxRSAExp {
			return nil, nil, errors.New("jwt: an RS256 key has 2048 to 8192 bits and an odd exponent of at least 65537")
		}
		own := &rsa.PublicKey{N: new(big.Int).Set(k.N), E: k.E}
		return own, fmt.Appendf(nil, "%x %x", k.N, k.E), nil
	case []byte:
		if alg != HS256 {
			break
		}
		if len(k) < minSecret {
			return nil, nil, errors.New("jwt: an HS256 secret has at least 32 bytes")
		}
		return secret(bytes.Clone(k)), k, nil
	}
	return nil, nil, fmt.Errorf("jwt: a key of type %T is not one for the algorithm %q", public, alg)
}
