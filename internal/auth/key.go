package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/guard/jwt"
)

// KeyConfig says how access tokens are signed.
type KeyConfig struct {
	Algorithm jwt.Algorithm // of new keys: ES256 (default), EdDSA, RS256
	// Secret, when set, signs everything with HS256 instead, so that the guards
	// of a seed deployment keep verifying. 32 bytes at least (RFC 7518 §3.2).
	Secret []byte
	// Life is the longest that an access token lives; a key is kept that much
	// longer than it signs.
	Life time.Duration
	// Rotation is how often a new key is made; 0: only by hand.
	Rotation time.Duration
}

// KeyRing signs access tokens and knows the keys that verify them. It is a
// jwt.KeySet. What it holds it has from the registry as of the last
// [KeyRing.Tend].
type KeyRing struct {
	registry Registry
	vault    *Vault
	config   KeyConfig
	now      func() time.Time
	held     atomic.Pointer[[]signingKey] // oldest first
	secret   *signingKey
}

type signingKey struct {
	record  KeyRecord
	private any
	public  jwt.Key
}

// The overlap of two keys. A new key is published this long before it signs, so
// that guards which fetch the set now and then have it in time; an old one
// stays for the life of the last token it signed and clockLeeway more.
const (
	publishAhead = 10 * time.Minute
	clockLeeway  = time.Minute
)

// NewKeyRing makes a ring that holds nothing until the first [KeyRing.Tend].
func NewKeyRing(r Registry, v *Vault, c KeyConfig, now func() time.Time) (*KeyRing, error) {
	k := &KeyRing{registry: r, vault: v, config: c, now: now}
	k.held.Store(new([]signingKey))
	if c.Secret == nil {
		return k, nil
	}
	sum := sha256.Sum256(append([]byte("latchkey kid "), c.Secret...))
	id := base64.RawURLEncoding.EncodeToString(sum[:9])
	public, err := jwt.NewKey(id, jwt.HS256, c.Secret)
	if err != nil {
		return nil, err
	}
	k.secret = &signingKey{record: KeyRecord{ID: id, Algorithm: string(jwt.HS256)}, private: c.Secret, public: public}
	return k, nil
}

// Load reads the keys and changes none: for looking at them.
func (k *KeyRing) Load(ctx context.Context) error {
	if k.secret != nil {
		return nil
	}
	_, _, err := k.load(ctx)
	return err
}

// Tend brings the ring up to date: it loads the keys, makes the first one and
// the next one when it is due, and removes those whose last token has expired.
func (k *KeyRing) Tend(ctx context.Context) error {
	if k.secret != nil {
		return nil
	}
	keys, newest, err := k.load(ctx)
	if err != nil {
		return err
	}
	switch {
	case len(keys) == 0:
		_, err = k.add(ctx, k.now(), newest)
	case k.due(keys[len(keys)-1]):
		_, err = k.add(ctx, k.now().Add(publishAhead), newest)
	}
	if err != nil && !errors.Is(err, ErrTaken) { // taken: another instance was first
		return err
	}
	if keys, _, err = k.load(ctx); err != nil {
		return err
	}
	return k.retire(ctx, keys)
}

// errFixedKey: there is nothing to rotate.
var errFixedKey = errors.New("access tokens are signed with JWT_SECRET: change that to rotate")

// Rotate adds a new signing key: one that signs after a time in which guards
// learn of it, or at once. ErrTaken when another caller was first.
func (k *KeyRing) Rotate(ctx context.Context, atOnce bool) (KeyRecord, error) {
	if k.secret != nil {
		return KeyRecord{}, errFixedKey
	}
	keys, newest, err := k.load(ctx)
	if err != nil {
		return KeyRecord{}, err
	}
	from := k.now()
	if len(keys) > 0 && !atOnce {
		from = from.Add(publishAhead)
	}
	made, err := k.add(ctx, from, newest)
	if err != nil {
		return KeyRecord{}, err
	}
	_, _, err = k.load(ctx)
	return made, err
}

func (k *KeyRing) due(last signingKey) bool {
	return k.config.Rotation > 0 && !k.now().Before(last.record.SignsFrom.Add(k.config.Rotation))
}

// load reads and opens the keys and makes them the ring's, in the order in
// which they sign. newest is the id of the one made last, which need not be the
// last to sign: a key made at once overtakes one that waits for its time.
func (k *KeyRing) load(ctx context.Context) (keys []signingKey, newest string, err error) {
	records, err := k.registry.Keys(ctx)
	if err != nil {
		return nil, "", err
	}
	known := *k.held.Load()
	keys = make([]signingKey, 0, len(records))
	for _, r := range records {
		if i := slices.IndexFunc(known, func(s signingKey) bool { return s.record.ID == r.ID }); i >= 0 {
			keys = append(keys, known[i])
			continue
		}
		key, err := k.openKey(r)
		if err != nil {
			return nil, "", fmt.Errorf("signing key %s: %w", r.ID, err)
		}
		keys = append(keys, key)
	}
	if len(records) > 0 {
		newest = records[len(records)-1].ID
	}
	slices.SortStableFunc(keys, func(a, b signingKey) int { return a.record.SignsFrom.Compare(b.record.SignsFrom) })
	k.held.Store(&keys)
	return keys, newest, nil
}

func (k *KeyRing) openKey(r KeyRecord) (signingKey, error) {
	der, err := k.vault.Open("signing key "+r.ID, r.Sealed)
	if err != nil {
		return signingKey{}, err
	}
	private, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return signingKey{}, errSealed
	}
	signer, ok := private.(crypto.Signer)
	if !ok {
		return signingKey{}, errSealed
	}
	public, err := jwt.NewKey(r.ID, jwt.Algorithm(r.Algorithm), signer.Public())
	return signingKey{record: r, private: private, public: public}, err
}

// add makes a key and stores it, if newest is still the newest there is.
func (k *KeyRing) add(ctx context.Context, from time.Time, newest string) (KeyRecord, error) {
	algorithm := k.config.Algorithm
	if algorithm == "" {
		algorithm = jwt.ES256
	}
	private, err := generate(algorithm)
	if err != nil {
		return KeyRecord{}, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return KeyRecord{}, err
	}
	id := rand.Text()
	r := KeyRecord{
		ID: id, Algorithm: string(algorithm), Sealed: k.vault.Seal("signing key "+id, der),
		CreatedAt: k.now().Truncate(time.Millisecond).UTC(), SignsFrom: from.Truncate(time.Millisecond).UTC(),
	}
	return r, k.registry.AddKey(ctx, r, newest, Note{Events: []Event{{
		ID: uuid.Must(uuid.NewV7()).String(), Directory: DefaultDirectory, At: r.CreatedAt, Action: ActionKeyAdded, Reason: id,
	}}})
}

func generate(a jwt.Algorithm) (any, error) {
	switch a {
	case jwt.ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jwt.EdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	case jwt.RS256:
		return rsa.GenerateKey(rand.Reader, 2048)
	default:
		return nil, fmt.Errorf("no keys are made for algorithm %q", a)
	}
}

// retire removes the keys whose last token has expired.
func (k *KeyRing) retire(ctx context.Context, keys []signingKey) error {
	kept := keys[:0:0]
	for i, key := range keys {
		if until := k.until(keys, i); !until.IsZero() && !k.now().Before(until) {
			if err := k.registry.RemoveKey(ctx, key.record.ID); err != nil {
				return err
			}
			continue
		}
		kept = append(kept, key)
	}
	k.held.Store(&kept)
	return nil
}

// until returns when the last token of the i-th key has expired; zero for the
// newest key.
func (k *KeyRing) until(keys []signingKey, i int) time.Time {
	if i+1 >= len(keys) {
		return time.Time{}
	}
	return keys[i+1].record.SignsFrom.Add(k.config.Life + clockLeeway)
}

// Key finds a key that verifies (jwt.KeySet).
func (k *KeyRing) Key(kid string) (jwt.Key, bool) {
	if k.secret != nil {
		return k.secret.public, kid == k.secret.record.ID
	}
	keys := *k.held.Load()
	for i := range keys {
		if keys[i].record.ID == kid {
			until := k.until(keys, i)
			return keys[i].public, until.IsZero() || k.now().Before(until)
		}
	}
	return jwt.Key{}, false
}

// Sign makes an access token with the key that signs now.
func (k *KeyRing) Sign(c jwt.Claims) (Token, error) {
	key, ok := k.signer()
	if !ok {
		return "", errors.New("no signing key")
	}
	t, err := jwt.Sign(c, key.record.ID, key.public.Algorithm(), key.private)
	return Token(t), err
}

func (k *KeyRing) signer() (signingKey, bool) {
	if k.secret != nil {
		return *k.secret, true
	}
	keys := *k.held.Load()
	now := k.now()
	for i := len(keys) - 1; i >= 0; i-- {
		if !now.Before(keys[i].record.SignsFrom) {
			return keys[i], true
		}
	}
	if len(keys) > 0 { // the clock went backwards
		return keys[0], true
	}
	return signingKey{}, false
}

// Published returns the keys of /.well-known/jwks.json: none when tokens are
// signed with a shared secret.
func (k *KeyRing) Published() []jwt.Key {
	var out []jwt.Key
	for _, key := range *k.held.Load() {
		if public, ok := k.Key(key.record.ID); ok {
			out = append(out, public)
		}
	}
	return out
}

// KeyInfo tells of a key without telling the key.
type KeyInfo struct {
	ID        string    `json:"kid"`
	Algorithm string    `json:"algorithm"`
	State     string    `json:"state"` // next, signing, retiring
	CreatedAt time.Time `json:"createdAt,omitzero"`
	SignsFrom time.Time `json:"signsFrom,omitzero"`
	GoneAfter time.Time `json:"goneAfter,omitzero"`
}

// List tells of every key that the ring holds, oldest first.
func (k *KeyRing) List() []KeyInfo {
	if k.secret != nil {
		return []KeyInfo{{ID: k.secret.record.ID, Algorithm: string(jwt.HS256), State: "signing"}}
	}
	keys := *k.held.Load()
	signer, _ := k.signer()
	out := make([]KeyInfo, 0, len(keys))
	for i, key := range keys {
		state := "retiring"
		switch {
		case key.record.ID == signer.record.ID:
			state = "signing"
		case k.now().Before(key.record.SignsFrom):
			state = "next"
		}
		out = append(out, KeyInfo{key.record.ID, key.record.Algorithm, state, key.record.CreatedAt, key.record.SignsFrom, k.until(keys, i)})
	}
	return out
}
