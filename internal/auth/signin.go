package auth

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/google/uuid"

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
	user, err := s.checkPassword(ctx, by, name, in.Password)
	if err != nil {
		return SignInResult{}, err
	}
	if user.Locked(s.now()) {
		return SignInResult{}, s.refuseLogin(ctx, by, user.ID, "locked", ErrLocked)
	}
	account, err := s.Records.Account(ctx, user.Directory, user.ID)
	if err != nil {
		return SignInResult{}, s.fault(ctx, "find account", err)
	}
	seat, ok := account.Seat(by.Tenant.ID, by.Space)
	if !ok {
		if _, elsewhere := account.Seat(by.Tenant.ID, ""); elsewhere {
			return SignInResult{}, s.refuseLogin(ctx, by, user.ID, "no_seat_in_space", ErrForbidden)
		}
		return SignInResult{}, s.refuseLogin(ctx, by, user.ID, "no_seat", ErrCredentials)
	}
	l := login{account: account, seat: seat, deviceName: in.DeviceName, device: in.DeviceToken}
	if l.device == "" {
		l.device = by.Device
	}
	if by.Tenant.Policy.OTP == OTPEmail {
		c, err := s.challenge(ctx, by, l)
		return SignInResult{Challenge: c}, err
	}
	g, err := s.openSession(ctx, by, l)
	if err != nil {
		return SignInResult{}, err
	}
	return SignInResult{Grant: &g}, nil
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
	case !user.Usable():
		return User{}, s.refuseLogin(ctx, by, user.ID, "disabled", ErrCredentials)
	case match.Rehash:
		s.rehash(ctx, by, user, plain)
	}
	return user, nil
}

// refuseLogin writes down that a login failed and returns the answer.
func (s *Service) refuseLogin(ctx context.Context, by Caller, user, reason string, answer *Error) error {
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

// pending is what a challenge keeps of its login.
type pending struct {
	Space      string `json:"space"`
	DeviceName string `json:"deviceName,omitempty"`
	Device     string `json:"device,omitempty"` // device token
}

// challenge mails a code and asks for it.
func (s *Service) challenge(ctx context.Context, by Caller, l login) (*Challenge, error) {
	data, err := json.Marshal(pending{Space: l.seat.Space, DeviceName: l.deviceName, Device: l.device.Reveal()})
	if err != nil {
		return nil, s.fault(ctx, "write challenge", err)
	}
	now := s.now()
	t := Ticket{
		TicketKey: TicketKey{Directory: by.Tenant.Directory, Tenant: by.Tenant.ID, Kind: TicketLogin, ID: uuid.NewString()},
		User:      l.account.User.ID, Data: data, CreatedAt: now,
	}
	return s.sendCode(ctx, by, l.account.User, t, s.Tickets.Issue)
}

// sendCode gives a ticket a new code and mails it at once: the answer says
// whether the mail server took it.
func (s *Service) sendCode(ctx context.Context, by Caller, u User, t Ticket, put func(context.Context, Ticket) error) (*Challenge, error) {
	if err := s.spendCodeMail(ctx, u); err != nil {
		return nil, err
	}
	code, err := newCode()
	if err != nil {
		return nil, s.fault(ctx, "make code", err)
	}
	t.Proof, t.Tries, t.ExpiresAt = s.Vault.proof(t.TicketKey, u.ID, code), codeTries, s.now().Add(codeLife)
	if err := put(ctx, t); err != nil {
		if errors.Is(err, ErrNoRecord) {
			return nil, ErrOTPGone
		}
		return nil, s.fault(ctx, "store challenge", err)
	}
	f := Facts{Code: code, Life: codeLife, Device: by.DeviceName, Address: by.Addr, At: s.now()}
	sending, cancel := context.WithTimeout(ctx, codeDeliveryTime)
	defer cancel()
	if err := s.Mailer.Send(sending, s.message(s.newID(), u, by.Tenant, MessageLoginCode, f)); err != nil {
		s.Log.ErrorContext(ctx, "login code not sent", "user", u.ID, "error", err.Error())
		if err := s.Tickets.Void(context.WithoutCancel(ctx), t.TicketKey); err != nil {
			s.Log.WarnContext(ctx, "challenge not voided", "error", err.Error())
		}
		return nil, ErrOTPNotSent
	}
	if err := s.Records.Write(ctx, Note{Events: []Event{by.event(s, ActionCodeSent, u.ID, "", "")}}); err != nil {
		return nil, s.fault(ctx, "write code sent", err)
	}
	return &Challenge{LoginID: t.ID, Channel: "email", MaskedEmail: maskEmail(u.Email), ExpiresAt: t.ExpiresAt}, nil
}

// spendCodeMail refuses an account that was mailed too many codes, or whose
// owner (or somebody) typed too many wrong ones.
func (s *Service) spendCodeMail(ctx context.Context, u User) error {
	failed, err := s.Tickets.Count(ctx, s.failedCodes(u, 0))
	if err != nil {
		return s.fault(ctx, "count failed codes", err)
	}
	if failed.N >= codeFailures {
		return s.limited(failed)
	}
	if s.Unlimited {
		return nil
	}
	mails, err := s.Tickets.Count(ctx, Count{Directory: u.Directory, Key: "code_mails/" + u.ID, Add: 1, Window: codeMailSpan, Now: s.now()})
	if err != nil {
		return s.fault(ctx, "count code mails", err)
	}
	if mails.N > codeMails {
		return s.limited(mails)
	}
	return nil
}

// failedCodes is the account's counter of wrong codes over all challenges.
func (s *Service) failedCodes(u User, add int) Count {
	return Count{Directory: u.Directory, Key: "code_failures/" + u.ID, Add: add, Window: codeFailureSpan, Now: s.now()}
}

func (s *Service) limited(t Tally) error {
	wait := t.Resets.Sub(s.now())
	return ErrRateLimited.With(Meta{RetryAfter: int((wait + time.Second - 1) / time.Second)})
}

// newCode draws six digits (NIST SP 800-63B-4 §3.1.3.2).
func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%06d", n.Int64()), nil
}
