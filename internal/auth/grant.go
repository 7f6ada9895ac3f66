package auth

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/guard"
)

// Grant is what a login or a refresh gives out (CONTRACT.md §6). The door
// leaves the tokens out where they travel as cookies only.
type Grant struct {
	AccessToken           Token     `json:"accessToken,omitempty" doc:"JWT, type at+jwt"`
	RefreshToken          Token     `json:"refreshToken,omitempty" doc:"Opaque; good for one refresh"`
	DeviceToken           Token     `json:"deviceToken,omitempty" doc:"Marks a device that has logged in before; send it with the next login"`
	AccessTokenExpiresAt  time.Time `json:"accessTokenExpiresAt"`
	RefreshTokenExpiresAt time.Time `json:"refreshTokenExpiresAt"`
	SessionID             string    `json:"sessionId" format:"uuid"`
	MainTenantID          string    `json:"mainTenantId" doc:"Slug of the user's main tenant"`
	User                  UserView  `json:"user"`
}

// Tokens returns what the grant gives out, so that a door can carry it its way.
func (g Grant) Tokens() Grant { return g }

// WithoutTokens returns the grant as it may be shown to a page script.
func (g Grant) WithoutTokens() Grant {
	g.AccessToken, g.RefreshToken, g.DeviceToken = "", "", ""
	return g
}

// login is a person who has shown all that the policy asks for.
type login struct {
	account    Account
	seat       Seat
	deviceName string // as the client calls the device, "" when it does not
	device     string // id of the device, "" when it is not known yet
}

// openSession makes the session of a login and its first tokens. A browser's
// old session, whose cookies the new ones overwrite, ends (ASVS 5.0 V7.2.4).
func (s *Service) openSession(ctx context.Context, by Caller, l login) (Grant, error) {
	now, life := s.now(), s.Lifetimes.withDefaults()
	user := l.account.User
	name := l.deviceName
	if name == "" {
		name = by.DeviceName
	}
	session := Session{
		ID: s.newID(), Directory: user.Directory, User: user.ID, Tenant: by.Tenant.ID, Space: l.seat.Space,
		Device: cmp.Or(l.device, uuid.NewString()), DeviceName: name, IP: by.Addr, Agent: clip(by.Agent, agentLimit),
		CreatedAt: now, RotatedAt: now, LastSeen: now, IdleUntil: now.Add(jitter(life.Refresh)), ExpiresAt: now.Add(life.Session),
	}
	if session.IdleUntil.After(session.ExpiresAt) {
		session.IdleUntil = session.ExpiresAt
	}
	l.account.User.LastLoginAt = now
	v, main, err := s.view(ctx, l.account, l.seat)
	if err != nil {
		return Grant{}, err
	}
	g, err := s.grant(ctx, v, main, l.seat, by.Tenant, session)
	if err != nil {
		return Grant{}, err
	}
	if g.DeviceToken, err = s.Vault.deviceToken(user.Directory, user.ID, session.Device); err != nil {
		return Grant{}, s.fault(ctx, "make device token", err)
	}
	note := Note{Events: []Event{by.event(s, ActionLogin, user.ID, session.ID, "")}}
	err = s.Sessions.CreateSession(ctx, session, note)
	s.Live.DropAccount(user.Directory, user.ID)
	if errors.Is(err, ErrNoRecord) { // locked, disabled or gone while it was on its way in
		return Grant{}, s.refuseLogin(ctx, by, user.ID, "locked_meanwhile", ErrCredentials)
	}
	if err != nil {
		return Grant{}, s.fault(ctx, "create session", err)
	}
	s.endReplaced(ctx, by)
	return g, nil
}

// device returns the id of the first of the device tokens that is one of this
// account's, "" when none is.
func (s *Service) device(u User, tokens ...Secret) string {
	for _, t := range tokens {
		if id, ok := s.Vault.readDeviceToken(u.Directory, u.ID, t); ok {
			return id
		}
	}
	return ""
}

// endReplaced ends the session of the cookies that a login overwrites. It is
// nobody's any more; that it could not be ended must not fail the login.
func (s *Service) endReplaced(ctx context.Context, by Caller) {
	id, _, ok := s.Vault.readRefreshToken(by.Replaces)
	if !ok {
		claims, err := s.Verifier.Verify(by.ReplacesAccess.Reveal())
		if err != nil {
			return
		}
		id = claims.SessionID
	}
	old, err := s.Live.Session(ctx, by.Tenant.Directory, id)
	if err != nil || old.Ended() {
		return
	}
	if err := s.end(ctx, by, old.User, id, EndLogout); err != nil {
		s.Log.WarnContext(ctx, "the session that a login replaces was not ended", "error", err.Error())
	}
}

// grant computes the tokens of a session as it stands and signs them. It
// neither reads nor writes, so that it cannot fail for the database's sake once
// a token has been rotated.
func (s *Service) grant(ctx context.Context, v UserView, main string, seat Seat, t Tenant, session Session) (Grant, error) {
	// Whole seconds, as in the token: rounded up, so that none is born dead, and
	// never past the session's own end.
	expires := s.now().Add(jitter(s.Lifetimes.withDefaults().Access) + time.Second - time.Nanosecond)
	if expires.After(session.IdleUntil) { // never later than ExpiresAt
		expires = session.IdleUntil
	}
	expires = expires.Truncate(time.Second)
	access, err := s.Keys.Sign(guard.Claims{
		Issuer: s.Issuer, Audience: []string{s.Audience}, Subject: v.ID, TenantID: t.Slug, SpaceID: seat.Space,
		Username: v.Username, Role: seat.Role, Permissions: seat.Permissions, SessionID: session.ID,
		ID: uuid.NewString(), IssuedAt: s.now(), ExpiresAt: expires,
	})
	if err != nil {
		return Grant{}, s.fault(ctx, "sign access token", err)
	}
	refresh, err := s.Vault.refreshToken(session.ID, session.Counter)
	if err != nil {
		return Grant{}, s.fault(ctx, "make refresh token", err)
	}
	return Grant{
		AccessToken: access, RefreshToken: refresh,
		AccessTokenExpiresAt: expires, RefreshTokenExpiresAt: session.IdleUntil,
		SessionID: session.ID, MainTenantID: main, User: v,
	}, nil
}
