package guard

import (
	"context"
	"errors"
	"strings"

	"github.com/latchkey/latchkey/guard/jwt"
)

const (
	servicePrefix  = "lks_"
	operatorPrefix = "lko_"
)

// staleness is what a route makes of a silent feed.
type staleness int

const (
	standard staleness = iota
	strict
	lenient
)

// verify is Verify, into a place of the caller's.
func (g *Guard) verify(ctx context.Context, token string, id *Identity) error {
	made, err := g.genuine(ctx, token, id)
	if err != nil {
		return err
	}
	if err := g.current(ctx, id, made); err != nil {
		return err
	}
	return g.fresh(standard)
}

// genuine finds out who a credential is from, as far as it says so itself. made is when, in seconds since 1970.
func (g *Guard) genuine(ctx context.Context, token string, id *Identity) (made int64, err error) {
	if strings.HasPrefix(token, servicePrefix) {
		*id, err = g.services.verify(ctx, token, "")
		return 0, err
	}
	if token == "" {
		return 0, errTokenMissing
	}
	if strings.HasPrefix(token, operatorPrefix) {
		return 0, errTokenInvalid.because("operator_key")
	}
	if err := g.source.ready(ctx); err != nil {
		return 0, err
	}
	c, err := g.verifier.Verify(token)
	if err != nil && g.learn(ctx, token, err) {
		c, err = g.verifier.Verify(token)
	}
	if err != nil {
		return 0, errTokenInvalid.because(reason(err))
	}
	*id = Identity{
		Kind: User, UserID: c.Subject, Username: c.Username, TenantID: c.TenantID, SpaceID: c.SpaceID, Role: c.Role,
		Permissions: c.Permissions, SessionID: c.SessionID, TokenID: c.ID,
		IssuedAt: c.IssuedAt, ExpiresAt: c.ExpiresAt,
	}
	return c.IssuedAt.Unix(), nil
}

// learn looks for the key of a token that was refused because its key is not in the set.
func (g *Guard) learn(ctx context.Context, token string, why error) bool {
	if !errors.Is(why, jwt.Signature) {
		return false
	}
	kid := jwt.KeyID(token)
	if kid == "" {
		return false
	}
	if _, known := g.source.Key(kid); known {
		return false
	}
	return g.source.learn(ctx, kid, token)
}

func reason(err error) string {
	var e jwt.Error
	if errors.As(err, &e) {
		return string(e.Reason)
	}
	return string(jwt.Malformed)
}

// current brings an identity up to date with what the feed has told, or refuses it.
func (g *Guard) current(ctx context.Context, id *Identity, made int64) error {
	if g.feed == nil {
		return nil
	}
	g.feed.await(ctx)
	return g.state.judge(id, made)
}

// fresh tells whether what the feed has told is recent enough.
func (g *Guard) fresh(s staleness) error {
	if g.feed == nil {
		if s == strict {
			return errFeedSilent
		}
		return nil
	}
	switch {
	case g.feed.live.Load() || s == lenient:
		return nil
	case s == standard && g.config.Now().Sub(*g.feed.heard.Load()) <= g.config.MaxStale:
		return nil
	}
	return errFeedSilent
}
