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

// OperatorKeyPrefix begins every operator key, so that doors and scanners of
// leaked secrets know one.
const OperatorKeyPrefix = "lko_"

// An operator key is: the prefix, and base64url of its id, a secret of 256 bits
// and a MAC over both, so that one that was made up is refused without the
// database. Of the secret only a keyed hash is kept.
const (
	operatorSecret = 32
	operatorBody   = 16 + operatorSecret
	operatorSize   = operatorBody + macSize
)

// usedEvery is how exactly the last use of a key is known.
const usedEvery = time.Minute

// Operate makes the caller of a request that carries an operator key: whoever
// runs the deployment, for any tenant, active or not.
func (s *Service) Operate(ctx context.Context, o Origin, key Secret) (Caller, error) {
	b, ok := s.Vault.readOperatorKey(key)
	if !ok {
		return Caller{}, ErrTokenInvalid.because("malformed")
	}
	id := uuid.UUID(b[:16]).String()
	k, err := s.Registry.OperatorKey(ctx, id)
	if errors.Is(err, ErrNoRecord) {
		return Caller{}, ErrTokenInvalid.because("unknown")
	}
	if err != nil {
		return Caller{}, s.fault(ctx, "find operator key", err)
	}
	now := s.now()
	switch {
	case !hmac.Equal(k.Proof, s.Vault.operatorProof(b)):
		return Caller{}, ErrTokenInvalid.because("unknown")
	case !k.RevokedAt.IsZero():
		return Caller{}, ErrTokenInvalid.because("revoked")
	case !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt):
		return Caller{}, ErrTokenInvalid.because("expired")
	}
	if now.Sub(k.UsedAt) >= usedEvery {
		if err := s.Registry.OperatorKeyUsed(ctx, id, now); err != nil {
			s.Log.WarnContext(ctx, "use of operator key not written", "key", id, "error", err.Error())
		}
	}
	return s.operator(ctx, o, "operator:"+id)
}

// CommandLine makes the caller of a command at the machine itself.
func (s *Service) CommandLine(ctx context.Context, o Origin) (Caller, error) {
	return s.operator(ctx, o, AtCommandLine)
}

func (s *Service) operator(ctx context.Context, o Origin, who string) (Caller, error) {
	t, err := s.anyTenant(ctx, o.TenantSlug)
	if err != nil {
		return Caller{}, err
	}
	t.Policy = t.Policy.over(s.Policy)
	return Caller{Tenant: t, Origin: o, Operator: who}, nil
}

// operates refuses everybody but operators.
func (c Caller) operates() error {
	if c.Operator == "" {
		return ErrForbidden
	}
	return nil
}

// administers refuses everybody but the tenant's admins and operators.
func (c Caller) administers() error {
	if c.Operator == "" && c.Seat.Role != RoleAdmin {
		return ErrForbidden
	}
	return nil
}

// NewOperatorKey is a key as it is shown once.
type NewOperatorKey struct {
	OperatorKeyView
	Key Token `json:"key"`
}

// OperatorKeyView is a key as it is listed.
type OperatorKeyView struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	UsedAt    time.Time `json:"usedAt,omitzero"`
	RevokedAt time.Time `json:"revokedAt,omitzero"`
}

func (k OperatorKey) view() OperatorKeyView {
	return OperatorKeyView{ID: k.ID, Name: k.Name, CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, UsedAt: k.UsedAt, RevokedAt: k.RevokedAt}
}

// CreateOperatorKey makes a key; life 0 is without end.
func (s *Service) CreateOperatorKey(ctx context.Context, by Caller, name string, life time.Duration) (NewOperatorKey, error) {
	if err := by.operates(); err != nil {
		return NewOperatorKey{}, err
	}
	var p problems
	name = p.line("name", name, nameLimit, true)
	if err := p.err(); err != nil {
		return NewOperatorKey{}, err
	}
	id := uuid.Must(uuid.NewV7())
	b := append([]byte{}, id[:]...)
	b = append(b, make([]byte, operatorSecret)...)
	rand.Read(b[16:]) // never fails (crypto/rand)
	k := OperatorKey{ID: id.String(), Name: name, Proof: s.Vault.operatorProof(b), CreatedAt: s.now()}
	if life > 0 {
		k.ExpiresAt = k.CreatedAt.Add(life)
	}
	err := s.Registry.AddOperatorKey(ctx, k, s.registryNote(by, Tenant{}, ActionOperatorKey, k.ID))
	if errors.Is(err, ErrTaken) {
		return NewOperatorKey{}, ErrKeyTaken
	}
	if err != nil {
		return NewOperatorKey{}, s.fault(ctx, "add operator key", err)
	}
	return NewOperatorKey{OperatorKeyView: k.view(), Key: s.Vault.operatorKey(b)}, nil
}

// ListOperatorKeys returns every key, oldest first.
func (s *Service) ListOperatorKeys(ctx context.Context, by Caller) ([]OperatorKeyView, error) {
	if err := by.operates(); err != nil {
		return nil, err
	}
	keys, err := s.Registry.OperatorKeys(ctx)
	if err != nil {
		return nil, s.fault(ctx, "list operator keys", err)
	}
	views := make([]OperatorKeyView, 0, len(keys))
	for _, k := range keys {
		views = append(views, k.view())
	}
	return views, nil
}

// RevokeOperatorKey revokes the key with that id or name. It is refused from
// the next request on.
func (s *Service) RevokeOperatorKey(ctx context.Context, by Caller, ref string) (OperatorKeyView, error) {
	keys, err := s.ListOperatorKeys(ctx, by)
	if err != nil {
		return OperatorKeyView{}, err
	}
	for _, k := range keys {
		if !k.RevokedAt.IsZero() || k.ID != ref && k.Name != ref {
			continue
		}
		k.RevokedAt = s.now()
		err := s.Registry.RevokeOperatorKey(ctx, k.ID, k.RevokedAt, s.registryNote(by, Tenant{}, ActionKeyRevoked, k.ID))
		if errors.Is(err, ErrNoRecord) { // just now
			return OperatorKeyView{}, ErrKeyNotFound
		}
		return k, s.fault(ctx, "revoke operator key", err)
	}
	return OperatorKeyView{}, ErrKeyNotFound
}

func (v *Vault) operatorKey(body []byte) Token {
	b := append(body[:operatorBody:operatorBody], mac(v.operator, "key", string(body))[:macSize]...)
	return Token(OperatorKeyPrefix + tokenEncoding.EncodeToString(b))
}

// readOperatorKey returns id and secret of a key that this service made.
func (v *Vault) readOperatorKey(key Secret) (body []byte, ok bool) {
	text, found := strings.CutPrefix(key.Reveal(), OperatorKeyPrefix)
	b, ok := decodeToken(Secret(text), operatorSize)
	if !found || !ok || !hmac.Equal(b[operatorBody:], mac(v.operator, "key", string(b[:operatorBody]))[:macSize]) {
		return nil, false
	}
	return b[:operatorBody], true
}

// operatorProof is what is kept of a key.
func (v *Vault) operatorProof(body []byte) []byte { return mac(v.operator, "proof", string(body)) }
