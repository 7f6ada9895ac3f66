package jwt

import (
	"encoding/base64"
	"errors"
	"time"
)

// Claims are what an access token says (RFC 9068). A verified token has all of them but SpaceID, Username and
// Permissions, which may be absent.
type Claims struct {
	Issuer      string    // iss
	Audience    []string  // aud, one at least; a single one travels as a plain string
	Subject     string    // sub: the user's id
	TenantID    string    // tenantId
	SpaceID     string    // spaceId
	Username    string    // username
	Role        string    // role
	Permissions []string  // permissions
	SessionID   string    // sid
	ID          string    // jti
	IssuedAt    time.Time // iat, whole seconds, UTC
	ExpiresAt   time.Time // exp, whole seconds, UTC
}

// MarshalJSON writes a token's payload. It fails where [Verifier.Verify] would refuse to read it: a required claim is
// missing, text is not UTF-8, a time lies before 1970.
func (c Claims) MarshalJSON() ([]byte, error) {
	text := c.appendPayload(nil)
	if _, err := readPayload(string(text)); err != nil {
		return nil, errors.New("jwt: these claims make no token: " + err.Error())
	}
	return text, nil
}

// UnmarshalJSON reads a payload as strictly as [Verifier.Verify] does. It verifies nothing.
func (c *Claims) UnmarshalJSON(text []byte) error {
	p, err := readPayload(string(text))
	if err != nil {
		return errors.New("jwt: this is no token's payload: " + err.Error())
	}
	*c = p.Claims
	return nil
}

// Sign makes an access token. The signer is an *ecdsa.PrivateKey on P-256, an ed25519.PrivateKey, an *rsa.PrivateKey
// or, for HS256, the secret itself as []byte; one that does not fit the algorithm is refused, as are a kid that
// [NewKey] refuses, claims that [Claims.MarshalJSON] refuses, and a token of more than 8 KiB. Times lose what is below
// a second.
func Sign(c Claims, kid string, alg Algorithm, signer any) (string, error) {
	if _, err := NewKey(kid, alg, publicOf(signer)); err != nil {
		return "", err
	}
	payload, err := c.MarshalJSON()
	if err != nil {
		return "", err
	}
	token := base64.RawURLEncoding.AppendEncode(nil, appendHeader(nil, kid, alg))
	token = append(token, '.')
	token = base64.RawURLEncoding.AppendEncode(token, payload)
	signature, err := sign(alg, signer, token)
	if err != nil {
		return "", err
	}
	token = append(token, '.')
	token = base64.RawURLEncoding.AppendEncode(token, signature)
	if len(token) > maxToken {
		return "", errors.New("jwt: the token would be longer than 8 KiB: give it fewer permissions")
	}
	return string(token), nil
}

// Reason is why a token was refused, in one stable word. It is an error of its own, so that errors.Is(err, jwt.Expired)
// answers.
type Reason string

// The reasons, in the order in which a token is examined; Expired means that all else was right.
const (
	Malformed    Reason = "malformed" // no access token by its outer form or its header
	Signature    Reason = "signature" // not signed by a key of the set with that key's algorithm
	Unacceptable Reason = "claims"    // genuine, but a claim is missing, misshapen or not meant for here and now
	Expired      Reason = "expired"   // genuine, but past its time
)

// Error returns the word.
func (r Reason) Error() string { return string(r) }

// Error is what [Verifier.Verify] returns for a token it refuses. It holds nothing of the token.
type Error struct {
	Reason  Reason
	Problem string // for a log, not for a program
}

// Error tells what is wrong with the token, in fixed words.
func (e Error) Error() string { return "jwt: token refused (" + string(e.Reason) + "): " + e.Problem }

// Unwrap returns the Reason.
func (e Error) Unwrap() error { return e.Reason }

func refuse(r Reason, problem string) error { return Error{Reason: r, Problem: problem} }
