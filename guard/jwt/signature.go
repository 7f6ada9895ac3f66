package jwt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"math/big"
)

// verifies tells whether the signature is this key's over the signed bytes, in the one spelling it can have.
func (k Key) verifies(signed, signature []byte) bool {
	switch p := k.public.(type) {
	case *ecdsa.PublicKey:
		if len(signature) != 64 || highS(signature[32:]) {
			return false
		}
		digest := sha256.Sum256(signed)
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(p, digest[:], r, s)
	case ed25519.PublicKey:
		return ed25519.Verify(p, signed, signature)
	case *rsa.PublicKey:
		digest := sha256.Sum256(signed)
		return rsa.VerifyPKCS1v15(p, crypto.SHA256, digest[:], signature) == nil
	case secret:
		return hmac.Equal(mac(p, signed), signature)
	}
	return false
}

// highS tells whether s is above half the order of P-256. With (r, s) also (r, n−s) is a valid signature; we make and
// accept the lower one alone, so that nobody can respell a token.
func highS(s []byte) bool {
	return bytes.Compare(s, halfOrder) > 0
}

var halfOrder = new(big.Int).Rsh(elliptic.P256().Params().N, 1).FillBytes(make([]byte, 32))

// sign expects a signer that fits the algorithm.
func sign(alg Algorithm, signer any, input []byte) ([]byte, error) {
	digest := sha256.Sum256(input)
	switch k := signer.(type) {
	case *ecdsa.PrivateKey:
		// Without a source of randomness the nonce comes from key and digest
		// (RFC 6979, advised by RFC 8725 §3.2), which is quicker, too.
		der, err := k.Sign(nil, digest[:], crypto.SHA256)
		if err != nil {
			return nil, err
		}
		var pair struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(der, &pair); err != nil {
			return nil, err
		}
		return lowS(pair.R, pair.S), nil
	case ed25519.PrivateKey:
		return ed25519.Sign(k, input), nil
	case *rsa.PrivateKey:
		return rsa.SignPKCS1v15(nil, k, crypto.SHA256, digest[:])
	case []byte:
		return mac(k, input), nil
	}
	return nil, errors.New("jwt: this signer cannot sign by " + string(alg))
}

// lowS writes r and s in 64 bytes (RFC 7518 §3.4), with the lower of the two values that s may have.
func lowS(r, s *big.Int) []byte {
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	if highS(signature[32:]) {
		new(big.Int).Sub(elliptic.P256().Params().N, s).FillBytes(signature[32:])
	}
	return signature
}

// publicOf returns the public part of a signer, nil for one of a kind that we do not have.
func publicOf(signer any) any {
	switch k := signer.(type) {
	case *ecdsa.PrivateKey:
		if k != nil {
			return &k.PublicKey
		}
	case ed25519.PrivateKey:
		if len(k) == ed25519.PrivateKeySize {
			return k.Public()
		}
	case *rsa.PrivateKey:
		if k != nil {
			return &k.PublicKey
		}
	case []byte:
		return k
	}
	return nil
}

func mac(key, input []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(input)
	return h.Sum(nil)
}
