package jwt

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// payload is what a token carries: the claims that we hand out and one that we only obey.
type payload struct {
	Claims
	notBefore time.Time // nbf
}

// readPayload reads claims strictly. Its errors name a claim at most, never a value.
func readPayload(text string) (payload, error) {
	var p payload
	r := reader{text: text}
	err := r.whole(func(name string) error {
		if err := p.member(&r, name); err != nil {
			return errors.New(err.Error() + where(name))
		}
		return nil
	})
	if err != nil {
		return payload{}, err
	}
	if missing := p.missing(); missing != "" {
		return payload{}, errors.New(missing + " is missing or empty")
	}
	return p, nil
}

func (p *payload) member(r *reader, name string) (err error) {
	switch name {
	case "iss":
		p.Issuer, err = r.string()
	case "aud":
		p.Audience, err = r.stringOrStrings()
	case "sub":
		p.Subject, err = r.string()
	case "tenantId":
		p.TenantID, err = r.string()
	case "spaceId":
		p.SpaceID, err = r.string()
	case "username":
		p.Username, err = r.string()
	case "role":
		p.Role, err = r.string()
	case "permissions":
		p.Permissions, err = r.strings()
	case "sid":
		p.SessionID, err = r.string()
	case "jti":
		p.ID, err = r.string()
	case "iat":
		p.IssuedAt, err = r.time()
	case "exp":
		p.ExpiresAt, err = r.time()
	case "nbf":
		p.notBefore, err = r.time()
	default:
		if nearly(name) != "" {
			return errors.New("a name in the wrong case")
		}
		err = r.skip()
	}
	return err
}

var known = [...]string{"iss", "aud", "sub", "tenantId", "spaceId", "username", "role", "permissions", "sid", "jti", "iat", "exp", "nbf"}

// nearly returns the claim that a lenient reader, folding case as Unicode does, would take the name for.
func nearly(name string) string {
	for _, k := range known {
		if strings.EqualFold(name, k) {
			return k
		}
	}
	return ""
}

// where names a claim of ours for an error. Other names belong to the token and are not repeated.
func where(name string) string {
	if k := nearly(name); k != "" {
		return " at " + k
	}
	return ""
}

// missing names a required claim that is not there or empty (RFC 9068 §2.2).
func (p *payload) missing() string {
	for _, c := range [...]struct{ name, value string }{
		{"iss", p.Issuer}, {"sub", p.Subject}, {"tenantId", p.TenantID}, {"role", p.Role}, {"sid", p.SessionID}, {"jti", p.ID},
	} {
		if c.value == "" {
			return c.name
		}
	}
	switch {
	case len(p.Audience) == 0:
		return "aud"
	case p.IssuedAt.IsZero():
		return "iat"
	case p.ExpiresAt.IsZero():
		return "exp"
	}
	return ""
}

// appendPayload writes claims as JSON, the ones that may be absent only where they are there.
func (c Claims) appendPayload(dst []byte) []byte {
	dst = append(dst, '{')
	dst = appendMember(dst, "iss", c.Issuer)
	if len(c.Audience) == 1 {
		dst = appendMember(dst, "aud", c.Audience[0])
	} else {
		dst = appendStrings(append(dst, `"aud":`...), c.Audience)
	}
	dst = appendMember(dst, "sub", c.Subject)
	dst = appendMember(dst, "tenantId", c.TenantID)
	if c.SpaceID != "" {
		dst = appendMember(dst, "spaceId", c.SpaceID)
	}
	dst = appendMember(dst, "username", c.Username) // also when the user has none: who reads it finds it
	dst = appendMember(dst, "role", c.Role)
	if len(c.Permissions) > 0 {
		dst = appendStrings(append(dst, `"permissions":`...), c.Permissions)
	}
	dst = appendMember(dst, "sid", c.SessionID)
	dst = appendMember(dst, "jti", c.ID)
	dst = strconv.AppendInt(append(dst, `"iat":`...), c.IssuedAt.Unix(), 10)
	dst = strconv.AppendInt(append(dst, `,"exp":`...), c.ExpiresAt.Unix(), 10)
	return append(dst, '}')
}

func appendMember(dst []byte, name, value string) []byte {
	dst = appendString(dst, name)
	dst = append(dst, ':')
	dst = appendString(dst, value)
	return append(dst, ',')
}

func appendStrings(dst []byte, values []string) []byte {
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, v)
	}
	return append(dst, ']', ',')
}

// appendString quotes a string. What is not UTF-8 stays as it is, for the reader to refuse.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
