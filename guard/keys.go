package guard

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/latchkey/latchkey/guard/jwt"
)

// source is where the keys come from that verify signatures.
type source interface {
	jwt.KeySet
	// ready returns nil when there is something to verify with, an Error when not. It may wait, until ctx ends.
	ready(ctx context.Context) error
	// learn looks for the key that a token names and that the set does not have. It tells whether it found it.
	learn(ctx context.Context, kid, token string) bool
	// count tells how many keys there are, and what is wrong with them.
	count() (int, error)
}

// fixed are keys that are known from the start, and no other.
type fixed struct {
	jwt.KeySet
	size int
}

func (fixed) ready(context.Context) error                { return nil }
func (fixed) learn(context.Context, string, string) bool { return false }
func (f fixed) count() (int, error)                      { return f.size, nil }

type secretKeys string

// open makes the key that Latchkey has of the same secret, under the id that it derives from it (internal/auth,
// NewKeyRing), and under none.
func (s secretKeys) open(*Guard) (source, error) {
	sum := sha256.Sum256([]byte("latchkey kid " + s))
	named, err := jwt.NewKey(base64.RawURLEncoding.EncodeToString(sum[:9]), jwt.HS256, []byte(s))
	if err != nil {
		return nil, fmt.Errorf("guard: Secret: %w", err)
	}
	plain, err := jwt.NewKey("", jwt.HS256, []byte(s))
	if err != nil {
		return nil, fmt.Errorf("guard: Secret: %w", err)
	}
	return fixed{jwt.Keys(named, plain), 1}, nil
}

type pemKeys string

func (p pemKeys) open(g *Guard) (source, error) {
	s := &pemSource{guard: g}
	rest := []byte(p)
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		public, err := publicKey(block)
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, public)
	}
	if len(s.keys) == 0 || strings.TrimSpace(string(rest)) != "" {
		return nil, errors.New("guard: PEM: give it PUBLIC KEY blocks, and nothing after them")
	}
	s.byID.Store(&map[string]jwt.Key{})
	return s, nil
}

type publicPart struct {
	alg jwt.Algorithm
	key any
}

func publicKey(block *pem.Block) (publicPart, error) {
	if block.Type != "PUBLIC KEY" {
		return publicPart{}, fmt.Errorf("guard: PEM: %q is not a PUBLIC KEY block", block.Type)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return publicPart{}, errors.New("guard: PEM: a block is damaged")
	}
	p := publicPart{key: key}
	switch key.(type) {
	case *ecdsa.PublicKey:
		p.alg = jwt.ES256
	case ed25519.PublicKey:
		p.alg = jwt.EdDSA
	case *rsa.PublicKey:
		p.alg = jwt.RS256
	}
	if _, err := jwt.NewKey("pem", p.alg, key); err != nil {
		return publicPart{}, fmt.Errorf("guard: PEM: %w", err)
	}
	return p, nil
}

// pemSource has keys without ids. It learns the id of one from the first genuine token that names it, so that whoever
// makes tokens up cannot fill it.
type pemSource struct {
	guard *Guard
	keys  []publicPart
	byID  atomic.Pointer[map[string]jwt.Key]
	mu    sync.Mutex
}

const maxLearned = 64

func (s *pemSource) Key(kid string) (jwt.Key, bool) {
	k, ok := (*s.byID.Load())[kid]
	return k, ok
}

func (s *pemSource) ready(context.Context) error { return nil }
func (s *pemSource) count() (int, error)         { return len(s.keys), nil }

func (s *pemSource) learn(_ context.Context, kid, token string) bool {
	for _, p := range s.keys {
		key, err := jwt.NewKey(kid, p.alg, p.key)
		if err != nil || !s.guard.signed(token, key) {
			continue
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		known := maps.Clone(*s.byID.Load())
		if len(known) >= maxLearned {
			clear(known)
		}
		known[kid] = key
		s.byID.Store(&known)
		return true
	}
	return false
}

// signed tells whether a token has a key's signature, whatever else is wrong with it.
func (g *Guard) signed(token string, key jwt.Key) bool {
	v, err := jwt.New(jwt.Config{Issuer: g.config.Issuer, Audience: g.config.Audience, Keys: jwt.Keys(key), Now: g.config.Now, CacheSize: -1})
	if err != nil {
		return false
	}
	_, err = v.Verify(token)
	return err == nil || errors.Is(err, jwt.Expired) || errors.Is(err, jwt.Unacceptable)
}
