package auth

import (
	"context"
	"errors"
)

// RefreshInput carries a refresh token; a door fills it from the cookie when
// the body has none.
type RefreshInput struct {
	RefreshToken Secret `json:"refreshToken,omitempty" maxLength:"256" doc:"Left out where the cookie carries it"`
}

// Refresh rotates a session's refresh token (CONTRACT.md §7; RFC 9700 §4.14.2).
// All that could refuse the caller is looked at before the rotation, and all that
// the answer needs is read, so that neither a refusal nor a fault uses up a token.
func (s *Service) Refresh(ctx context.Context, by Caller, in RefreshInput) (Grant, error) {
	g, err := s.refresh(ctx, by, in)
	if errors.Is(err, errMoved) {
		g, err = s.refresh(ctx, by, in)
	}
	if errors.Is(err, errMoved) { // to and fro, or swept
		err = ErrSessionEnded
	}
	return g, err
}

// refresh is Refresh for the session as memory has it; errMoved when that is old.
func (s *Service) refresh(ctx context.Context, by Caller, in RefreshInput) (Grant, error) {
	if in.RefreshToken == "" {
		return Grant{}, ErrRefreshMissing
	}
	token, ok := s.Vault.readRefreshToken(in.RefreshToken)
	if !ok {
		return Grant{}, ErrRefreshInvalid
	}
	if by.Session.ID != "" && by.Session.ID != token.ID { // an access token of one login, the refresh token of another
		return Grant{}, ErrAmbiguous
	}
	if by.TenantSlug != "" && by.Tenant.Directory != token.Directory {
		return Grant{}, ErrTenantMismatch
	}
	session, err := s.session(ctx, token.Directory, token.ID)
	if errors.Is(err, ErrSessionEnded) && reason(err) == string(EndExpired) {
		return Grant{}, ErrRefreshExpired
	}
	if err != nil {
		return Grant{}, err
	}
	t, err := s.tenantOf(ctx, by, session)
	if err != nil {
		return Grant{}, err
	}
	by.Tenant = t
	account, err := s.account(ctx, session.Directory, session.User)
	if err != nil {
		return Grant{}, err
	}
	seat, ok := account.Seat(t.ID, session.Space)
	if !ok {
		return Grant{}, ErrForbidden
	}
	v, main, err := s.view(ctx, account, seat)
	if err != nil {
		return Grant{}, err
	}
	session, err = s.rotate(ctx, by, t, session, token.Counter)
	if err != nil {
		return Grant{}, err
	}
	return s.grant(ctx, v, main, seat, t, session)
}

// errMoved: the session has been switched to another tenant since it was read.
var errMoved = errors.New("switched meanwhile")

func reason(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Meta.Reason
	}
	return ""
}

// tenantOf returns the tenant that a session is in. A request that names another
// one is refused, and the session goes on: it may have been switched in another
// window.
func (s *Service) tenantOf(ctx context.Context, by Caller, session Session) (Tenant, error) {
	if session.Tenant == by.Tenant.ID {
		return by.Tenant, nil
	}
	if by.TenantSlug != "" {
		return Tenant{}, ErrTenantMismatch
	}
	t, err := s.Live.TenantByID(ctx, session.Tenant)
	if errors.Is(err, ErrNoRecord) {
		return Tenant{}, ErrTenantNotFound
	}
	return s.open(ctx, t, err)
}

// rotate asks the store and says what its outcome means.
func (s *Service) rotate(ctx context.Context, by Caller, t Tenant, session Session, counter int64) (Session, error) {
	now, life := s.now(), s.lifetimes(t.Policy)
	r, err := s.Sessions.Rotate(ctx, Rotation{
		Directory: session.Directory, Tenant: session.Tenant, Session: session.ID, Counter: counter,
		Now: now, Grace: max(life.Grace, 0), IdleUntil: now.Add(jitter(life.Refresh)), IP: by.Addr, Reused: s.reuseNote(by),
	})
	if err != nil { // it may have ended all the same
		s.tellDoubtful(ctx, t, err, session.ID)
		s.Live.DropSessions(session.Directory, session.ID)
		s.Mailer.Wake()
	}
	if errors.Is(err, ErrNoRecord) { // also one that is in another tenant now
		return Session{}, errMoved
	}
	if err != nil {
		return Session{}, s.fault(ctx, "rotate", err)
	}
	switch r.Outcome {
	case Rotated, Repeated:
		return r.Session, nil
	case Reused:
		s.tellEnded(ctx, t, session.User, EndReuse, session.ID)
		s.Live.DropSessions(session.Directory, session.ID)
		s.Mailer.Wake()
		s.Log.WarnContext(ctx, "an old refresh token came: session ended", "session", session.ID, "user", session.User, "addr", by.Addr)
		return Session{}, ErrRefreshReused
	case Ended:
		s.Live.DropSessions(session.Directory, session.ID)
		return Session{}, ErrSessionEnded.because(string(r.Session.EndReason))
	case Expired:
		return Session{}, ErrRefreshExpired
	case Unknown:
		return Session{}, ErrRefreshInvalid
	default:
		return Session{}, s.fault(ctx, "rotate", errors.New("unknown outcome"))
	}
}

// reuseNote is what is written when the token turns out to be an old one: to
// the record, and to the owner.
func (s *Service) reuseNote(by Caller) func(Session) Note {
	return func(ended Session) Note {
		return Note{
			Events: []Event{by.event(s, ActionReuse, ended.User, ended.ID, string(EndReuse))},
			Mails: []Mail{s.mail(ended.Directory, ended.Tenant, ended.User, MessageSessionEnded,
				Facts{Device: ended.DeviceName, Address: by.Addr, At: s.now()})},
		}
	}
}
