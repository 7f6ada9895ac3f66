package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The prefixes of API keys, by which doors and scanners of leaked secrets know
// them.
const (
	OperatorKeyPrefix = "lko_"
	ServiceKeyPrefix  = "lks_"
)

// An API key is: the prefix of its kind, and base64url of its id, a secret of
// 256 bits and a MAC over both, so that one that was made up is refused without
// the database. Of the secret only a keyed hash is kept.
const (
	keySecret = 32
	keyBody   = 16 + keySecret
	keySize   = keyBody + macSize
)

// usedEvery is how exactly the last use of a key is known.
const usedEvery = time.Minute

// keyForm is how the keys of a kind are written and authenticated.
type keyForm struct{ prefix, mac, proof string }

var keyForms = map[KeyKind]keyForm{
	KeyOperator: {OperatorKeyPrefix, "key", "proof"},
	KeyService:  {ServiceKeyPrefix, "service key", "service proof"},
}

// apiKey returns the key of a kind that a request carries, or says why it is no
// good. The last use is written down once a minute.
func (s *Service) apiKey(ctx context.Context, kind KeyKind, key Secret) (APIKey, error) {
	b, ok := s.Vault.readAPIKey(kind, key)
	if !ok {
		return APIKey{}, ErrTokenInvalid.because("malformed")
	}
	id := uuid.UUID(b[:16]).String()
	k, err := s.Registry.APIKey(ctx, id)
	if errors.Is(err, ErrNoRecord) {
		return APIKey{}, ErrTokenInvalid.because("unknown")
	}
	if err != nil {
		return APIKey{}, s.fault(ctx, "find API key", err)
	}
	now := s.now()
	switch {
	case k.Kind != kind || !hmac.Equal(k.Proof, s.Vault.keyProof(kind, b)):
		return APIKey{}, ErrTokenInvalid.because("unknown")
	case !k.RevokedAt.IsZero():
		return APIKey{}, ErrTokenInvalid.because("revoked")
	case !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt):
		return APIKey{}, ErrTokenInvalid.because("expired")
	}
	if now.Sub(k.UsedAt) >= usedEvery {
		if err := s.Registry.APIKeyUsed(ctx, id, now); err != nil {
			s.Log.WarnContext(ctx, "use of API key not written", "key", id, "error", err.Error())
		}
	}
	return k, nil
}

// NewAPIKey is a key as it is shown once.
type NewAPIKey struct {
	APIKeyView
	Key Token `json:"key"`
}

// APIKeyView is a key as it is listed.
type APIKeyView struct {
	ID        string    `json:"id" format:"uuid"`
	Name      string    `json:"name"`
	TenantID  string    `json:"tenantId,omitempty" doc:"Slug of the tenant that the key is for; left out: every tenant"`
	Scopes    []string  `json:"scopes,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	UsedAt    time.Time `json:"usedAt,omitzero" doc:"To the minute"`
	RevokedAt time.Time `json:"revokedAt,omitzero"`
}

func (k APIKey) view(t Tenant) APIKeyView {
	return APIKeyView{
		ID: k.ID, Name: k.Name, TenantID: t.Slug, Scopes: k.Scopes,
		CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, UsedAt: k.UsedAt, RevokedAt: k.RevokedAt,
	}
}

// addKey makes a key of k's kind, tenant and scopes; life 0 is without end. The
// zero Tenant is the deployment.
func (s *Service) addKey(ctx context.Context, by Caller, t Tenant, k APIKey, life time.Duration, a Action) (NewAPIKey, error) {
	var p problems
	k.Name = p.line("name", k.Name, nameLimit, true)
	k.Scopes = p.permissions("scopes", k.Scopes)
	if life < 0 {
		p.add("expiresIn", "must not be negative")
	}
	if err := p.err(); err != nil {
		return NewAPIKey{}, err
	}
	id := uuid.Must(uuid.NewV7())
	b := append([]byte{}, id[:]...)
	b = append(b, make([]byte, keySecret)...)
	rand.Read(b[16:]) // never fails (crypto/rand)
	k.ID, k.Tenant, k.Proof, k.CreatedAt = id.String(), t.ID, s.Vault.keyProof(k.Kind, b), s.now()
	if life > 0 {
		k.ExpiresAt = k.CreatedAt.Add(life)
	}
	err := s.Registry.AddAPIKey(ctx, k, s.registryNote(by, t, a, k.ID))
	if errors.Is(err, ErrTaken) {
		return NewAPIKey{}, ErrKeyTaken
	}
	if err != nil {
		return NewAPIKey{}, s.fault(ctx, "add API key", err)
	}
	return NewAPIKey{APIKeyView: k.view(t), Key: s.Vault.apiKey(k.Kind, b)}, nil
}

// revokeKey revokes a key, and tells guards elsewhere where they may hold it.
func (s *Service) revokeKey(ctx context.Context, by Caller, t Tenant, k APIKey, a Action) (APIKeyView, error) {
	ctx, cancel := lasting(ctx)
	defer cancel()
	k.RevokedAt = s.now()
	err := s.Registry.RevokeAPIKey(ctx, k.ID, k.RevokedAt, s.registryNote(by, t, a, k.ID))
	if errors.Is(err, ErrNoRecord) { // just now
		return APIKeyView{}, ErrKeyNotFound
	}
	if k.Kind == KeyService {
		n := News{Event: NewsKeyRevoked, KeyID: k.ID}
		if t.Slug != "" {
			n.Tenants = []string{t.Slug}
		}
		if err == nil {
			s.tell(ctx, n)
		}
		s.tellDoubtfulKey(ctx, n, err)
		s.Live.TellOthers()
	}
	return k.view(t), s.fault(ctx, "revoke API key", err)
}

func (v *Vault) apiKey(kind KeyKind, body []byte) Token {
	f := keyForms[kind]
	b := append(body[:keyBody:keyBody], mac(v.operator, f.mac, string(body))[:macSize]...)
	return Token(f.prefix + tokenEncoding.EncodeToString(b))
}

// readAPIKey returns id and secret of a key that this service made.
func (v *Vault) readAPIKey(kind KeyKind, key Secret) (body []byte, ok bool) {
	f := keyForms[kind]
	text, found := strings.CutPrefix(key.Reveal(), f.prefix)
	b, ok := decodeToken(Secret(text), keySize)
	if !found || !ok || !hmac.Equal(b[keyBody:], mac(v.operator, f.mac, string(b[:keyBody]))[:macSize]) {
		return nil, false
	}
	return b[:keyBody], true
}

// keyProof is what is kept of a key.
func (v *Vault) keyProof(kind KeyKind, body []byte) []byte {
	return mac(v.operator, keyForms[kind].proof, string(body))
}
