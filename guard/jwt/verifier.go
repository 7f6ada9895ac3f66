// Package jwt verifies Latchkey's access tokens: signature, issuer, audience and times, from memory alone.
//
//	keys, err := jwt.ParseJWKS(document) // the body of https://auth.example.com/.well-known/jwks.json
//	…
//	verifier, err := jwt.New(jwt.Config{
//		Issuer:   "https://auth.example.com",
//		Audience: "https://api.example.com",
//		Keys:     jwt.Keys(keys...),
//	})
//	…
//	claims, err := verifier.Verify(token)
//	switch {
//	case errors.Is(err, jwt.Expired):
//		// ask the client to refresh
//	case err != nil:
//		// refuse
//	case claims.Role == "admin":
//		// claims.Subject may
//	}
//
// The rules are those of RFC 7519, 8725 and 9068, with nothing left to the token: the algorithm belongs to the key,
// which the token only names; JSON is read strictly; and of the many spellings that a lenient parser takes for one
// token a single one is accepted, so the exact bytes may serve as a key of a cache or a list.
//
// A token that was verified is recognised by its exact bytes and answered from memory, without allocation. What can
// change is still checked each time: that its key is in the set, and the clock. What is remembered cannot be used as a
// token by one who reads the memory.
//
// The package knows neither HTTP nor the network nor whether a session has been ended since the token was made:
// whoever needs that asks with [Claims.SessionID].
package jwt

import (
	"errors"
	"slices"
	"strings"
	"time"
)

const (
	defaultLeeway    = 30 * time.Second
	maxLeeway        = 5 * time.Minute
	defaultCacheSize = 16384
)

// Config says which tokens a [Verifier] accepts. Issuer, Audience and Keys are required.
type Config struct {
	Issuer    string           // equals the token's iss, byte for byte
	Audience  string           // equals the token's aud, or one of them, byte for byte
	Keys      KeySet           // asked on every call of Verify
	Leeway    time.Duration    // how far clocks may differ: 30 s when zero, none when negative, at most 5 min
	Now       func() time.Time // time.Now when nil; tests bring their own
	CacheSize int              // verified tokens to remember: 16,384 when zero, none when negative; about 1.5 KiB each
}

// Verifier verifies access tokens. It is safe for concurrent use.
type Verifier struct {
	issuer, audience string
	keys             KeySet
	leeway           time.Duration
	now              func() time.Time
	cache            *cache // nil: remembers nothing
}

// New makes a verifier. It fails when a required setting is missing or the leeway is over five minutes.
func New(c Config) (*Verifier, error) {
	switch {
	case c.Issuer == "":
		return nil, errors.New("jwt: set Config.Issuer to the service's address, as it stands in iss")
	case c.Audience == "":
		return nil, errors.New("jwt: set Config.Audience: a token made for anyone would be accepted without it")
	case c.Keys == nil:
		return nil, errors.New("jwt: set Config.Keys, for example to jwt.Keys(…) of a parsed JWKS")
	case c.Leeway > maxLeeway:
		return nil, errors.New("jwt: Config.Leeway is over 5 minutes: mend the clocks instead")
	}
	v := &Verifier{issuer: c.Issuer, audience: c.Audience, keys: c.Keys, leeway: c.Leeway, now: c.Now}
	if c.Leeway == 0 {
		v.leeway = defaultLeeway
	}
	v.leeway = max(v.leeway, 0)
	if v.now == nil {
		v.now = time.Now
	}
	if c.CacheSize == 0 {
		c.CacheSize = defaultCacheSize
	}
	if c.CacheSize > 0 {
		v.cache = newCache(c.CacheSize)
	}
	return v, nil
}

// Verify returns the claims of a token that is genuine, meant for this audience and in its time; otherwise an [Error]
// and no claims. The claims' slices are shared among callers: read them, do not write to them.
func (v *Verifier) Verify(token string) (Claims, error) {
	if len(token) > maxToken {
		return Claims{}, refuse(Malformed, "it is longer than 8 KiB")
	}
	if v.cache == nil {
		_, p, err := v.read(token)
		return p.Claims, err
	}
	seen := imprintOf(token)
	if e := v.cache.find(&seen); e != nil {
		if v.holds(e.key) {
			if err := v.inTime(&e.payload); err != nil {
				return Claims{}, err
			}
			return e.payload.Claims, nil
		}
		v.cache.drop(e)
	}
	key, p, err := v.read(token)
	if err != nil {
		return Claims{}, err
	}
	seen.front = strings.Clone(seen.front) // or the piece would keep the whole token alive
	v.cache.put(&entry{imprint: seen, key: key, payload: p}, v.now().Add(-v.leeway))
	return p.Claims, nil
}

// holds tells whether the key that once verified a token is still the one the set has by that name.
func (v *Verifier) holds(key Key) bool {
	now, ok := v.keys.Key(key.ID())
	return ok && now.same(key)
}

// read verifies a token from its bytes. The signature comes before any claim (ASVS 9.1.1), the clock last: a token
// that is refused as expired was right in everything else.
func (v *Verifier) read(token string) (Key, payload, error) {
	t, err := split(token)
	if err != nil {
		return Key{}, payload{}, err
	}
	key, ok := v.keys.Key(t.header.kid)
	if !ok || key.ID() != t.header.kid {
		return Key{}, payload{}, refuse(Signature, "the key it names is not in the set")
	}
	if t.header.alg != string(key.Algorithm()) {
		return Key{}, payload{}, refuse(Signature, "its algorithm is not the key's")
	}
	if !key.verifies(t.signed, t.signature) {
		return Key{}, payload{}, refuse(Signature, "the signature does not match")
	}
	p, err := readPayload(t.payload)
	if err != nil {
		return Key{}, payload{}, refuse(Unacceptable, err.Error())
	}
	if p.Issuer != v.issuer {
		return Key{}, payload{}, refuse(Unacceptable, "iss is not the expected issuer")
	}
	if !slices.Contains(p.Audience, v.audience) {
		return Key{}, payload{}, refuse(Unacceptable, "aud does not name this audience")
	}
	if err := v.inTime(&p); err != nil {
		return Key{}, payload{}, err
	}
	return key, p, nil
}

// inTime holds a payload against the clock (RFC 7519 §4.1.4–4.1.6).
func (v *Verifier) inTime(p *payload) error {
	now := v.now()
	latest := now.Add(v.leeway)
	switch {
	case p.IssuedAt.After(latest):
		return refuse(Unacceptable, "iat lies in the future: compare the clocks")
	case p.notBefore.After(latest):
		return refuse(Unacceptable, "nbf lies in the future")
	case !now.Add(-v.leeway).Before(p.ExpiresAt):
		return refuse(Expired, "exp has passed")
	}
	return nil
}
