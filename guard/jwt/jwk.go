package jwt

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"math/big"
)

// jwk is one public key on the wire (RFC 7517, RFC 7518 §6, RFC 8037 §2).
type jwk struct {
	Kty string `json:"kty"`
	Crv string `json:"crv,omitempty"`
	X   string `json:"x,omitempty"`
	Y   string `json:"y,omitempty"`
	N   string `json:"n,omitempty"`
	E   string `json:"e,omitempty"`
	Kid string `json:"kid"`
	Alg string `json:"alg"`
	Use string `json:"use"`
}

func (k Key) jwk() (jwk, error) {
	j := jwk{Kid: k.id, Alg: string(k.alg), Use: "sig"}
	text := base64.RawURLEncoding.EncodeToString
	switch p := k.public.(type) {
	case *ecdsa.PublicKey:
		point, err := p.Bytes()
		if err != nil {
			return jwk{}, err
		}
		j.Kty, j.Crv, j.X, j.Y = "EC", "P-256", text(point[1:33]), text(point[33:])
	case ed25519.PublicKey:
		j.Kty, j.Crv, j.X = "OKP", "Ed25519", text(p)
	case *rsa.PublicKey:
		j.Kty, j.N, j.E = "RSA", text(p.N.Bytes()), text(big.NewInt(int64(p.E)).Bytes())
	default:
		return jwk{}, errors.New("jwt: an HS256 key is a secret and must not be published")
	}
	return j, nil
}

// jwk reads one member of the set. known is false for a key to be left out.
func (r *reader) jwk() (k Key, known bool, err error) {
	j := jwk{Use: "sig"}
	field := map[string]*string{"kty": &j.Kty, "crv": &j.Crv, "x": &j.X, "y": &j.Y, "n": &j.N, "e": &j.E, "kid": &j.Kid, "alg": &j.Alg, "use": &j.Use}
	err = r.object(func(name string) (err error) {
		switch name {
		case "d", "p", "q", "dp", "dq", "qi", "oth", "k":
			return errors.New("it holds a secret: withdraw that key at once")
		}
		if to := field[name]; to != nil {
			*to, err = r.string()
			return err
		}
		return r.skip()
	})
	if err != nil {
		return Key{}, false, err
	}
	public, alg, known, err := j.public()
	if err != nil || !known {
		return Key{}, false, err
	}
	if string(alg) != j.Alg {
		return Key{}, false, errors.New("a key has no alg, or one that is not for its kty")
	}
	if j.Kid == "" {
		return Key{}, false, errors.New("a key has no kid")
	}
	k, err = NewKey(j.Kid, alg, public)
	return k, err == nil, err
}

// public builds the key of a kind that we have, and names the algorithm of that kind.
func (j jwk) public() (public any, alg Algorithm, known bool, err error) {
	switch {
	case j.Use != "sig", j.Alg != "" && j.Alg != string(ES256) && j.Alg != string(EdDSA) && j.Alg != string(RS256):
		return nil, "", false, nil
	case j.Kty == "EC" && j.Crv == "P-256":
		x, errX := number(j.X, 32)
		y, errY := number(j.Y, 32)
		if err := errors.Join(errX, errY); err != nil {
			return nil, "", false, err
		}
		p, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), bytes.Join([][]byte{{4}, x, y}, nil))
		return p, ES256, true, err
	case j.Kty == "OKP" && j.Crv == "Ed25519":
		x, err := number(j.X, ed25519.PublicKeySize)
		return ed25519.PublicKey(x), EdDSA, true, err
	case j.Kty == "RSA":
		n, errN := number(j.N, 0)
		e, errE := number(j.E, 0)
		if err := errors.Join(errN, errE); err != nil {
			return nil, "", false, err
		}
		if len(e) > 4 {
			return nil, "", false, errors.New("an RSA exponent has over 32 bits")
		}
		return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, RS256, true, nil
	}
	return nil, "", false, nil
}

// number decodes a value of exactly size bytes or, for size 0, one in its shortest form.
func number(text string, size int) ([]byte, error) {
	b, err := decode(text)
	if err != nil || len(b) == 0 || size > 0 && len(b) != size || size == 0 && b[0] == 0 {
		return nil, errors.New("a key's value is not strict base64url of the right length")
	}
	return b, nil
}
