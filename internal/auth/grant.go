package auth

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/guard/jwt"
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
	epoch      int64  // of the account when the password was right
	deviceName string // as the client calls the device, "" when it does not
	device     device
	first      bool // part of a sign-up: nobody is told of the device
	coded      bool // a mailed code was given
}

// openSession makes the session of a login and its first tokens. A browser's
// old session, whose cookies the new ones overwrite, ends (ASVS 5.0 V7.2.4).
func (s *Service) openSession(ctx context.Context, by Caller, l login) (Grant, error) {
	session, policy := s.newSession(by, l), by.Tenant.Policy
	user := l.account.User
	l.account.User.LastLoginAt = session.CreatedAt
	v, main, err := s.view(ctx, l.account, l.seat)
	if err != nil {
		return Grant{}, err
	}
	g, err := s.grant(ctx, v, main, l.seat, by.Tenant, session)
	if err != nil {
		return Grant{}, err
	}
	o := Opening{
		Session: session, Epoch: l.epoch, Generation: l.device.generation + 1, Most: policy.MaxSessions, Refuse: policy.AtLimit == LimitRefuse,
		Note: Note{Events: []Event{by.event(s, ActionLogin, user.ID, session.ID, "")}}, Ended: s.evicted(by),
	}
	if g.DeviceToken, err = s.Vault.deviceToken(user.Directory, user.ID, session.Device, o.Generation); err != nil {
		return Grant{}, s.fault(ctx, "make device token", err)
	}
	if err := s.createSession(ctx, by, l, o); err != nil {
		return Grant{}, err
	}
	s.endReplaced(ctx, by)
	return g, nil
}

// newSession is the session of a login, not stored yet.
func (s *Service) newSession(by Caller, l login) Session {
	now, life := s.now(), s.lifetimes(by.Tenant.Policy)
	session := Session{
		ID: s.newID(), Directory: by.Tenant.Directory, User: l.account.User.ID, Tenant: by.Tenant.ID, Space: l.seat.Space,
		Device: cmp.Or(l.device.id, uuid.NewString()), Known: l.device.known, Coded: l.coded, DeviceName: cmp.Or(l.deviceName, by.DeviceName),
		IP: by.Addr, Agent: clip(by.Agent, agentLimit),
		CreatedAt: now, RotatedAt: now, LastSeen: now, IdleUntil: now.Add(jitter(life.Refresh)), ExpiresAt: now.Add(life.Session),
	}
	if session.IdleUntil.After(session.ExpiresAt) {
		session.IdleUntil = session.ExpiresAt
	}
	return session
}

// createSession stores a session. The owner is told of a device that has not
// logged in before.
func (s *Service) createSession(ctx context.Context, by Caller, l login, o Opening) error {
	user := l.account.User
	var disown TicketKey
	mailed := s.mails(user, "new_device", 1, linkMailSpan)
	if !l.device.known && !l.first {
		n, err := s.count(ctx, mailed)
		if err == nil && (n.N <= deviceMails || s.Unlimited) {
			told := by
			told.DeviceName = o.Session.DeviceName
			disown, err = s.addLinkMail(ctx, told, user, &o.Note, MessageNewDevice)
		}
		if err != nil {
			return s.fault(ctx, "make disown link", err)
		}
	}
	ended, err := s.Sessions.CreateSession(ctx, o)
	s.forgetAccount(ctx, by, user, EndLimit, ended, err)
	if (errors.Is(err, ErrNoRecord) || errors.Is(err, ErrFull)) && disown.ID != "" {
		s.dropLink(ctx, disown)
		s.uncount(ctx, mailed)
	}
	switch {
	case errors.Is(err, ErrNoRecord): // locked, disabled, gone or with a new password while it was on its way in
		return s.refuseLogin(ctx, by, user.ID, "changed_meanwhile", ErrCredentials)
	case errors.Is(err, ErrFull):
		return s.refuseLogin(ctx, by, user.ID, "session_limit", ErrTooMany)
	case err != nil:
		return s.fault(ctx, "create session", err)
	}
	s.Mailer.Wake()
	return nil
}

// evicted is what is written when a session ends for a newer one.
func (s *Service) evicted(by Caller) func(Session) Note {
	return func(ended Session) Note {
		return Note{Events: []Event{by.event(s, ActionSessionLimit, ended.User, ended.ID, string(EndLimit))}}
	}
}

// endReplaced ends the session of the cookies that a login overwrites. It is
// nobody's any more; that it could not be ended must not fail the login.
func (s *Service) endReplaced(ctx context.Context, by Caller) {
	token, ok := s.Vault.readRefreshToken(by.Replaces)
	if !ok {
		claims, err := s.Verifier.Verify(by.ReplacesAccess.Reveal())
		if err != nil {
			return
		}
		t, err := s.Live.Tenant(ctx, claims.TenantID)
		if err != nil {
			return
		}
		token = Session{Directory: t.Directory, ID: claims.SessionID}
	}
	old, err := s.Live.Session(ctx, token.Directory, token.ID)
	if err != nil || old.Ended() {
		return
	}
	if by.Tenant, err = s.Live.TenantByID(ctx, old.Tenant); err != nil { // it may have been in another tenant
		return
	}
	if err := s.end(ctx, by, old.User, old.ID, EndLogout); err != nil {
		s.Log.WarnContext(ctx, "the session that a login replaces was not ended", "error", err.Error())
	}
}

// grant computes the tokens of a session as it stands and signs them. It
// neither reads nor writes, so that it cannot fail for the database's sake once
// a token has been rotated.
func (s *Service) grant(ctx context.Context, v UserView, main string, seat Seat, t Tenant, session Session) (Grant, error) {
	// Whole seconds, as in the token: rounded up, so that none is born dead, and
	// never past the session's own end.
	expires := s.now().Add(jitter(s.lifetimes(t.Policy).Access) + time.Second - time.Nanosecond)
	if expires.After(session.IdleUntil) { // never later than ExpiresAt
		expires = session.IdleUntil
	}
	expires = expires.Truncate(time.Second)
	access, err := s.Keys.Sign(jwt.Claims{
		Issuer: s.Issuer, Audience: []string{s.Audience}, Subject: v.ID, TenantID: t.Slug, SpaceID: seat.Space,
		Username: v.Username, Role: seat.Role, Permissions: seat.Permissions, SessionID: session.ID,
		ID: uuid.NewString(), IssuedAt: s.now(), ExpiresAt: expires,
	})
	if err != nil {
		return Grant{}, s.fault(ctx, "sign access token", err)
	}
	refresh, err := s.Vault.refreshToken(session)
	if err != nil {
		return Grant{}, s.fault(ctx, "make refresh token", err)
	}
	return Grant{
		AccessToken: access, RefreshToken: refresh,
		AccessTokenExpiresAt: expires, RefreshTokenExpiresAt: session.IdleUntil,
		SessionID: session.ID, MainTenantID: main, User: v,
	}, nil
}
