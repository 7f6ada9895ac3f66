package jwt

import (
	"encoding/base64"
	"errors"
	"strings"
)

const maxToken = 8 << 10 // bytes

// token is a JWS in compact form (RFC 7515 §7.1), taken apart.
type token struct {
	header    header
	payload   string // decoded, not yet read
	signed    []byte
	signature []byte
}

// split takes a token apart. It refuses every spelling but the one that Sign writes: the alphabet is checked before
// the decoder sees a byte, since that skips line breaks, and the bits left over at the end must be zero.
func split(text string) (token, error) {
	head, rest, _ := strings.Cut(text, ".")
	body, tail, two := strings.Cut(rest, ".")
	if !two {
		return token{}, refuse(Malformed, "it has not three parts")
	}
	var parts [3][]byte
	for i, part := range [...]string{head, body, tail} {
		b, err := decode(part)
		if err != nil {
			return token{}, refuse(Malformed, err.Error())
		}
		parts[i] = b
	}
	h, err := readHeader(string(parts[0]))
	if err != nil {
		return token{}, refuse(Malformed, err.Error())
	}
	return token{header: h, payload: string(parts[1]), signed: []byte(text[:len(head)+1+len(body)]), signature: parts[2]}, nil
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" // RFC 4648 §5

// onlyLetters tells whether nothing but the base64url alphabet is in the text: trimming stops at anything else.
func onlyLetters(text string) bool { return strings.Trim(text, letters) == "" }

var errBase64 = errors.New("a part of it is not strict base64url")

// decode reads non-empty base64url without padding, in its only spelling (RFC 4648 §3.5).
func decode(text string) ([]byte, error) {
	if text == "" || !onlyLetters(text) {
		return nil, errBase64
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, errBase64
	}
	return b, nil
}

// header is what a token's header may say, and all it may say: jwk, jku, x5u and x5c would bring a key along, and crit
// asks for rules that we do not have (RFC 8725 §3.10, RFC 7515 §4.1.11).
type header struct {
	alg, kid string
}

func readHeader(text string) (header, error) {
	var h header
	var typ string
	r := reader{text: text}
	err := r.whole(func(name string) (err error) {
		switch name {
		case "alg":
			h.alg, err = r.string()
		case "typ":
			typ, err = r.string()
		case "kid":
			h.kid, err = r.string()
			if err == nil && !soundKeyID(h.kid) {
				err = errors.New("its kid is not 1 to 64 characters of A-Z a-z 0-9 _ -")
			}
		default:
			err = errors.New("its header has a member beyond alg, typ and kid")
		}
		return err
	})
	switch {
	case err != nil:
		return header{}, err
	case h.alg == "":
		return header{}, errors.New("its header has no alg")
	case typ != "at+jwt" && typ != "application/at+jwt": // RFC 9068 §4
		return header{}, errors.New("its typ is not at+jwt")
	}
	return h, nil
}

// appendHeader writes a header. kid and alg need no escaping.
func appendHeader(dst []byte, kid string, alg Algorithm) []byte {
	dst = append(dst, `{"alg":"`...)
	dst = append(dst, alg...)
	dst = append(dst, `","typ":"at+jwt"`...)
	if kid != "" {
		dst = append(dst, `,"kid":"`...)
		dst = append(dst, kid...)
		dst = append(dst, '"')
	}
	return append(dst, '}')
}

// KeyID returns the id of the key that a token names, "" where it names none or is no access token by its form. It
// verifies nothing: it is for finding a key that a [KeySet] does not have yet.
func KeyID(token string) string {
	if len(token) > maxToken {
		return ""
	}
	t, err := split(token)
	if err != nil {
		return ""
	}
	return t.header.kid
}
