package jwt

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
)

// PEM writes a public key as a PUBLIC KEY block (RFC 7468 §13), for verifiers that
// fetch no JWKS. An HS256 key is an error: it must never be published.
func (k Key) PEM() ([]byte, error) {
	if k.material == nil {
		return nil, errors.New("jwt: the zero Key cannot be published")
	}
	if _, shared := k.public.(secret); shared {
		return nil, errors.New("jwt: an HS256 key is a secret and cannot be published")
	}
	der, err := x509.MarshalPKIXPublicKey(k.public)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}
