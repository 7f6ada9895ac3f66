package auth

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/latchkey/latchkey/guard/jwt"
)

// Anyone makes the caller of a public route: a tenant, and nobody in it. The
// tenant is the one that the request names, else that of the access token that
// it happens to carry, else the default one.
func (s *Service) Anyone(ctx context.Context, o Origin, token Secret) (Caller, error) {
	slug := o.TenantSlug
	if slug == "" && token != "" {
		if claims, err := s.Verifier.Verify(token.Reveal()); err == nil {
			slug = claims.TenantID
		}
	}
	t, err := s.tenant(ctx, slug)
	if err != nil {
		return Caller{}, err
	}
	return Caller{Tenant: t, Origin: o}, nil
}

// TenantPolicy returns the policy that holds for the tenant that a request
// names, the deployment's when there is no such tenant.
func (s *Service) TenantPolicy(ctx context.Context, slug string) Policy {
	t, err := s.tenant(ctx, slug)
	if err != nil {
		return s.Policy
	}
	return t.Policy
}

// tenant finds the tenant that a request is for and refuses one that is not
// active.
func (s *Service) tenant(ctx context.Context, slug string) (Tenant, error) {
	t, err := s.anyTenant(ctx, slug)
	return s.open(ctx, t, err)
}

// anyTenant finds a tenant, active or not.
func (s *Service) anyTenant(ctx context.Context, slug string) (Tenant, error) {
	if slug == "" {
		slug = s.DefaultTenant
	}
	if !ValidSlug(slug) {
		return Tenant{}, ErrTenantNotFound
	}
	t, err := s.Live.Tenant(ctx, slug)
	if errors.Is(err, ErrNoRecord) {
		return Tenant{}, ErrTenantNotFound
	}
	return t, s.fault(ctx, "find tenant", err)
}

// open refuses a tenant that is not active and fills in its policy.
func (s *Service) open(ctx context.Context, t Tenant, err error) (Tenant, error) {
	if err != nil {
		return Tenant{}, s.fault(ctx, "find tenant", err)
	}
	if t.Status != TenantActive {
		return Tenant{}, ErrTenantInactive
	}
	t.Policy = t.Policy.over(s.Policy)
	return t, nil
}

// Authorize makes the caller of a request that carries an access token, or says
// why it may not come in. A valid signature is not enough: session, account,
// seat and tenant are looked at as they are now, from memory (CONTRACT.md §3;
// ASVS 5.0 V7.4.1, V8.3.2).
func (s *Service) Authorize(ctx context.Context, o Origin, token Secret) (Caller, error) {
	claims, err := s.Verifier.Verify(token.Reveal())
	if err != nil {
		return Caller{}, ErrTokenInvalid.because(tokenReason(err))
	}
	if !s.now().Before(claims.ExpiresAt) { // the verifier's leeway is for the clocks of others
		return Caller{}, ErrTokenInvalid.because("expired")
	}
	return s.admit(ctx, o, claims)
}

// Vouched makes the caller of a request whose sender checked an access token and
// tells of it what it says of itself: whose it is, of which session, in which
// tenant. That is believed as far as it names a living session of that person in
// that tenant, and no further: role, permissions and the rest are looked up. A
// door calls it only for senders that it has let in by name.
func (s *Service) Vouched(ctx context.Context, o Origin, user, session, tenant string) (Caller, error) {
	if user == "" || session == "" || tenant == "" {
		return Caller{}, ErrTokenInvalid.because("claims")
	}
	return s.admit(ctx, o, jwt.Claims{Subject: user, SessionID: session, TenantID: tenant})
}

// admit makes the caller whom claims name, as session, account, seat and tenant
// are now.
func (s *Service) admit(ctx context.Context, o Origin, claims jwt.Claims) (Caller, error) {
	if o.TenantSlug != "" && o.TenantSlug != claims.TenantID {
		if _, err := s.tenant(ctx, o.TenantSlug); err != nil {
			return Caller{}, err
		}
		return Caller{}, ErrTenantMismatch
	}
	t, err := s.tenant(ctx, claims.TenantID)
	if err != nil {
		return Caller{}, err
	}
	session, err := s.session(ctx, t.Directory, claims.SessionID)
	if err != nil {
		return Caller{}, err
	}
	if session.User != claims.Subject {
		return Caller{}, ErrTokenInvalid.because("claims")
	}
	if session.Tenant != t.ID { // it has been switched to another one since
		return Caller{}, ErrTenantMismatch
	}
	account, err := s.account(ctx, t.Directory, session.User)
	if err != nil {
		return Caller{}, err
	}
	space := cmp.Or(claims.SpaceID, session.Space)
	if o.Space != "" {
		space = o.Space
	}
	seat, ok := account.Seat(t.ID, space)
	if !ok {
		return Caller{}, ErrForbidden
	}
	s.Live.Seen(t.Directory, session.ID, s.now())
	return Caller{Tenant: t, Origin: o, Account: account, Session: session, Seat: seat}, nil
}

func tokenReason(err error) string {
	var e jwt.Error
	if errors.As(err, &e) {
		return string(e.Reason)
	}
	return "malformed"
}

// session returns a session that has not been ended and is not past its
// absolute end.
func (s *Service) session(ctx context.Context, directory, id string) (Session, error) {
	session, err := s.Live.Session(ctx, directory, id)
	switch {
	case errors.Is(err, ErrNoRecord):
		return Session{}, ErrSessionEnded
	case err != nil:
		return Session{}, s.fault(ctx, "find session", err)
	case session.Ended():
		return Session{}, ErrSessionEnded.because(string(session.EndReason))
	case !s.now().Before(session.ExpiresAt):
		return Session{}, ErrSessionEnded.because(string(EndExpired))
	}
	return session, nil
}

// account returns an account that is neither disabled nor locked by an admin.
func (s *Service) account(ctx context.Context, directory, user string) (Account, error) {
	account, err := s.Live.Account(ctx, directory, user)
	switch {
	case errors.Is(err, ErrNoRecord):
		return Account{}, ErrUserGone
	case err != nil:
		return Account{}, s.fault(ctx, "find account", err)
	case !account.User.Usable() || account.User.Shut():
		return Account{}, ErrUserGone
	}
	return account, nil
}

// OriginKnown reports whether the deployment or any tenant lets pages of that
// origin in. It is for preflights, which name no tenant: the request that follows
// is judged by the list of its own.
func (s *Service) OriginKnown(ctx context.Context, origin string) bool {
	if slices.Contains(s.Policy.AllowedOrigins, origin) {
		return true
	}
	known, err := s.Registry.OriginKnown(ctx, origin)
	if err != nil {
		s.Log.WarnContext(ctx, "origin not looked up", "error", err.Error())
	}
	return known
}
