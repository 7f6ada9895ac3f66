package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// SignInInput is a name and a password.
type SignInInput struct {
	Name        string `json:"usernameOrEmailOrMobile,omitempty" maxLength:"254" example:"ann@example.com"`
	Email       string `json:"email,omitempty" format:"email" maxLength:"254" doc:"Another way to name the account"`
	Password    Secret `json:"password" maxLength:"1024" example:"quiet-orbit-42-lantern"`
	DeviceName  string `json:"deviceName,omitempty" maxLength:"64" example:"Ann's laptop"`
	DeviceToken Secret `json:"deviceToken,omitempty" doc:"From an earlier login on this device"`
}

// Bounds of a login, in bytes: of what hashing should never see.
const (
	loginNameLimit     = 254
	loginPasswordLimit = 1024
)

// SignInResult is either a grant or a challenge.
type SignInResult struct {
	*Grant
	*Challenge
}

// Challenge is a pending second step: a code was mailed.
type Challenge struct {
	LoginID     string    `json:"loginId" format:"uuid"`
	Channel     string    `json:"channel" enum:"email"`
	MaskedEmail string    `json:"maskedEmail" example:"a***@example.com"`
	ExpiresAt   time.Time `json:"expiresAt"`
}

// Outcome says which of the two it is.
func (r SignInResult) Outcome() Outcome {
	if r.Challenge != nil {
		return OutcomeOTPSent
	}
	return OutcomeLogin
}

// Tokens returns the grant, empty when a code is asked for.
func (r SignInResult) Tokens() Grant {
	if r.Grant == nil {
		return Grant{}
	}
	return *r.Grant
}

// WithoutTokens returns the result as it may be shown to a page script.
func (r SignInResult) WithoutTokens() SignInResult {
	if r.Grant != nil {
		g := r.Grant.WithoutTokens()
		r.Grant = &g
	}
	return r
}

// SignIn checks a password and opens a session, or mails a code where the
// tenant asks for one. Unknown name, wrong password, disabled account and no
// seat in the tenant have one answer, and cost the same work (ASVS 5.0 V6.3.8).
func (s *Service) SignIn(ctx context.Context, by Caller, in SignInInput) (SignInResult, error) {
	name, err := in.check()
	if err != nil {
		return SignInResult{}, err
	}
	began := s.now()
	l, err := s.identify(ctx, by, name, in)
	if errors.Is(err, ErrCredentials) {
		s.pause(ctx, began)
	}
	if err != nil {
		return SignInResult{}, err
	}
	if by.Tenant.Policy.OTP.asks(l.device.known) {
		c, err := s.challenge(ctx, by, l)
		return SignInResult{Challenge: c}, err
	}
	g, err := s.openSession(ctx, by, l)
	if err != nil {
		return SignInResult{}, err
	}
	return SignInResult{Grant: &g}, nil
}

// Subject names the account that the request is about, for its rate limit.
func (in SignInInput) Subject() string { return cmp.Or(in.Email, in.Name) }

// pause holds an answer back until it has taken as long as any: the work that
// is done only where there is such an account, or such a hash, would show. Where
// it took longer than the floor, as on a machine that is busy, the answer comes
// at the next multiple of it.
func (s *Service) pause(ctx context.Context, began time.Time) {
	if s.RefusalFloor <= 0 {
		return
	}
	// Never longer than the floor, though the clock be put back meanwhile.
	sleep(ctx, s.RefusalFloor-max(s.now().Sub(began), 0)%s.RefusalFloor)
}

// identify finds out whose name and password these are, and whether that person
// may come in here. The account is looked at once more after the hashing, which
// takes its time: a lock that landed meanwhile holds.
func (s *Service) identify(ctx context.Context, by Caller, name string, in SignInInput) (login, error) {
	user, device, err := s.checkPassword(ctx, by, name, in)
	if err != nil {
		return login{}, err
	}
	account, err := s.Records.Account(ctx, user.Directory, user.ID)
	switch {
	case err != nil && !errors.Is(err, ErrNoRecord):
		return login{}, s.fault(ctx, "find account", err)
	case err != nil || !account.User.Usable():
		return login{}, s.refuseLogin(ctx, by, user.ID, "disabled", ErrCredentials)
	case account.User.Locked(s.now(), device.known):
		return login{}, s.refuseLogin(ctx, by, user.ID, "locked", s.locked(account.User))
	}
	seat, ok := account.Seat(by.Tenant.ID, by.Space)
	if !ok {
		return login{}, s.refuseLogin(ctx, by, user.ID, "no_seat_in_space", ErrForbidden)
	}
	return login{account: account, seat: seat, epoch: user.Epoch, deviceName: in.DeviceName, device: device}, nil
}

// locked is the answer to who knows the password of a locked account.
func (s *Service) locked(u User) *Error {
	if u.Status == UserLocked && u.LockedUntil.IsZero() {
		return ErrLocked.saying("This account was locked by those who run it. Please ask them to unlock it.")
	}
	left := u.LockedUntil.Sub(s.now())
	if left <= 0 { // an end that is not written down yet
		return ErrLocked
	}
	return ErrLocked.With(Meta{RetryAfter: seconds(left)})
}

// check validates the input and returns the name that was meant.
func (in *SignInInput) check() (string, error) {
	var p problems
	name, field := in.Name, "usernameOrEmailOrMobile"
	if in.Email != "" {
		if in.Name != "" && in.Name != in.Email {
			p.add("email", "differs from usernameOrEmailOrMobile; send one of them")
		}
		name, field = in.Email, "email"
	}
	if name == "" {
		p.add(field, "is required")
	}
	if len(name) > loginNameLimit {
		p.add(field, fmt.Sprintf("must have at most %d bytes", loginNameLimit))
	}
	p.given("password", in.Password)
	in.DeviceName = p.line("deviceName", in.DeviceName, deviceNameLimit, false)
	return name, p.err()
}

// given checks a password that is to be compared, not to be stored.
func (p *problems) given(field string, plain Secret) {
	if plain == "" {
		p.add(field, "is required")
	}
	if len(plain) > loginPasswordLimit {
		p.add(field, fmt.Sprintf("must have at most %d bytes", loginPasswordLimit))
	}
}

// refuseLogin writes down that a login failed and returns the answer.
func (s *Service) refuseLogin(ctx context.Context, by Caller, user, reason string, answer *Error) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	note := Note{Events: []Event{by.event(s, ActionLoginFailed, user, "", reason)}}
	if err := s.Records.Write(ctx, note); err != nil {
		return s.fault(ctx, "write failed login", err)
	}
	return answer
}
