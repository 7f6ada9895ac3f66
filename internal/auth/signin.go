package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/latchkey/latchkey/internal/password"
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
	l, err := s.identify(ctx, by, name, in.Password)
	if errors.Is(err, ErrCredentials) {
		s.pause(ctx, began)
	}
	if err != nil {
		return SignInResult{}, err
	}
	l.deviceName, l.device = in.DeviceName, s.device(l.account.User, in.DeviceToken, by.Device)
	if by.Tenant.Policy.OTP != OTPOff { // also one that is not set, or unheard of
		c, err := s.challenge(ctx, by, l)
		return SignInResult{Challenge: c}, err
	}
	g, err := s.openSession(ctx, by, l)
	if err != nil {
		return SignInResult{}, err
	}
	return SignInResult{Grant: &g}, nil
}

// pause holds a refusal back until it has taken as long as any: the work of a
// hash made under other settings would show that there is such an account.
func (s *Service) pause(ctx context.Context, began time.Time) {
	left := time.NewTimer(s.RefusalFloor - s.now().Sub(began))
	defer left.Stop()
	select {
	case <-left.C:
	case <-ctx.Done():
	}
}

// identify finds out whose name and password these are, and whether that person
// may come in here. The account is looked at once more after the hashing, which
// takes its time: a lock that landed meanwhile holds.
func (s *Service) identify(ctx context.Context, by Caller, name string, plain Secret) (login, error) {
	user, err := s.checkPassword(ctx, by, name, plain)
	if err != nil {
		return login{}, err
	}
	account, err := s.Records.Account(ctx, user.Directory, user.ID)
	switch {
	case err != nil && !errors.Is(err, ErrNoRecord):
		return login{}, s.fault(ctx, "find account", err)
	case err != nil || !account.User.Usable():
		return login{}, s.refuseLogin(ctx, by, user.ID, "disabled", ErrCredentials)
	case account.User.Locked(s.now()):
		return login{}, s.refuseLogin(ctx, by, user.ID, "locked", ErrLocked)
	}
	seat, ok := account.Seat(by.Tenant.ID, by.Space)
	if !ok {
		if _, elsewhere := account.Seat(by.Tenant.ID, ""); elsewhere {
			return login{}, s.refuseLogin(ctx, by, user.ID, "no_seat_in_space", ErrForbidden)
		}
		return login{}, s.refuseLogin(ctx, by, user.ID, "no_seat", ErrCredentials)
	}
	return login{account: account, seat: seat}, nil
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
	if in.Password == "" {
		p.add("password", "is required")
	}
	if len(in.Password) > loginPasswordLimit {
		p.add("password", fmt.Sprintf("must have at most %d bytes", loginPasswordLimit))
	}
	in.DeviceName = p.line("deviceName", in.DeviceName, deviceNameLimit, false)
	return name, p.err()
}

// checkPassword finds the user and checks the password, with one hash worth of
// work whatever is found. A right password under old settings is hashed anew.
func (s *Service) checkPassword(ctx context.Context, by Caller, name string, plain Secret) (User, error) {
	var user User
	err := ErrNoRecord
	if n, ok := ParseName(name); ok {
		user, err = s.Records.UserByName(ctx, by.Tenant.Directory, n)
	}
	if errors.Is(err, ErrNoRecord) {
		if err := s.Passwords.VerifyNobody(ctx, plain.Reveal()); err != nil {
			return User{}, s.fault(ctx, "hash password", err)
		}
		return User{}, s.refuseLogin(ctx, by, "", "unknown_name", ErrCredentials)
	}
	if err != nil {
		return User{}, s.fault(ctx, "find user", err)
	}
	match, err := s.Passwords.Verify(ctx, user.PasswordHash.Reveal(), plain.Reveal())
	if errors.Is(err, password.ErrHashFormat) { // none, or damaged: nobody knows its password
		s.Log.WarnContext(ctx, "the stored password hash has no known form", "user", user.ID)
		err = s.Passwords.VerifyNobody(ctx, plain.Reveal())
	}
	switch {
	case err != nil:
		return User{}, s.fault(ctx, "verify password", err)
	case !match.OK:
		return User{}, s.refuseLogin(ctx, by, user.ID, "wrong_password", ErrCredentials)
	case match.Rehash:
		s.rehash(ctx, by, user, plain)
	}
	return user, nil
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

// rehash brings a hash up to the setting. The login does not depend on it.
func (s *Service) rehash(ctx context.Context, by Caller, u User, plain Secret) {
	hash, err := s.Passwords.Hash(ctx, plain.Reveal())
	if err == nil {
		_, err = s.Records.UpdateUser(ctx, u.Directory, u.ID, func(now *User) error {
			if now.PasswordHash != u.PasswordHash {
				return ErrNoRecord // changed meanwhile: that one stands
			}
			now.PasswordHash = Secret(hash)
			return nil
		}, Note{Events: []Event{by.event(s, ActionPasswordHash, u.ID, "", "")}})
	}
	if err != nil && !errors.Is(err, ErrNoRecord) {
		s.Log.WarnContext(ctx, "password hash not renewed", "error", err.Error())
	}
}
