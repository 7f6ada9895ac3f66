package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
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

// hashTime is how long a request waits for its hash: nobody hears an answer
// that comes after the server's time to write one (SECURITY.md §1) is over.
const hashTime = 10 * time.Second

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
// is done only where there is such an account, or such a hash, would show.
func (s *Service) pause(ctx context.Context, began time.Time) {
	// Never longer than that, though the clock be put back meanwhile.
	sleep(ctx, s.RefusalFloor-max(s.now().Sub(began), 0))
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
	left := u.LockedUntil.Sub(s.now())
	if left <= 0 { // no end, or one that is not written down yet
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

// checkPassword finds the user and checks the password.
func (s *Service) checkPassword(ctx context.Context, by Caller, name string, in SignInInput) (User, device, error) {
	t := target{name: s.Vault.pseudonym(by.Tenant.Directory, name)}
	var d device
	if n, ok := ParseName(name); ok {
		t.name = s.Vault.pseudonym(by.Tenant.Directory, string(n.Kind)+":"+n.Value)
		var err error
		if t.user, d, err = s.whoIs(ctx, by, n, in); err != nil {
			return User{}, device{}, err
		}
	}
	if d.known {
		t.device = d.id
	}
	return t.user, d, s.try(ctx, by, t, in.Password)
}

// try tries a password, when its turn has come.
func (s *Service) try(ctx context.Context, by Caller, t target, plain Secret) error {
	waiting, cancel := context.WithTimeout(ctx, hashTime)
	defer cancel()
	done, err := s.turns.take(waiting, by.Tenant.Directory+"/"+t.prefix()+"/"+t.device)
	if err != nil {
		return s.hashFault(ctx, err)
	}
	defer done()
	g, err := s.guess(ctx, by, t)
	if err != nil {
		return err
	}
	return s.compare(ctx, by, g, plain)
}

// whoIs finds the account that has a name here, the zero User when none has, and
// the device that it is asked from. One without a seat in the tenant is nobody
// here: whoever comes by a tenant's door neither guesses nor locks what is
// another's.
func (s *Service) whoIs(ctx context.Context, by Caller, n Name, in SignInInput) (User, device, error) {
	u, err := s.Records.UserByName(ctx, by.Tenant.Directory, n)
	if err != nil && !errors.Is(err, ErrNoRecord) {
		return User{}, device{}, s.fault(ctx, "find user", err)
	}
	// Asked also where there is none, so that both take the same steps.
	a, err := s.Records.Account(ctx, by.Tenant.Directory, cmp.Or(u.ID, uuid.Nil.String()))
	if err != nil && !errors.Is(err, ErrNoRecord) {
		return User{}, device{}, s.fault(ctx, "find account", err)
	}
	if _, ok := a.Seat(by.Tenant.ID, ""); !ok {
		return User{}, device{}, nil
	}
	if u, err = s.withoutStuckLock(ctx, by, u); err != nil {
		return User{}, device{}, s.fault(ctx, "end lock", err)
	}
	d, err := s.device(ctx, u, in.DeviceToken, by.Device)
	if err != nil {
		return User{}, device{}, s.fault(ctx, "find device", err)
	}
	return u, d, nil
}

// Recognises reports whether one of the tokens is the newest of a device that
// has logged in before to the account with that name. It is for a door that
// would turn the account away: strangers must not use up what is the owner's.
func (s *Service) Recognises(ctx context.Context, by Caller, name string, tokens ...Secret) bool {
	n, ok := ParseName(name)
	if !ok || !slices.ContainsFunc(tokens, func(t Secret) bool { return t != "" }) {
		return false
	}
	u, err := s.Records.UserByName(ctx, by.Tenant.Directory, n)
	if err != nil {
		return false
	}
	d, err := s.device(ctx, u, tokens...)
	return err == nil && d.known
}

// Devices returns the device tokens of the request's body.
func (in SignInInput) Devices() []Secret { return []Secret{in.DeviceToken} }

// compare compares a password with that of the account, with one hash worth of
// work whatever is found. A right password under old settings is hashed anew.
func (s *Service) compare(ctx context.Context, by Caller, g guess, plain Secret) error {
	hashing, cancel := context.WithTimeout(ctx, hashTime)
	defer cancel()
	var match password.Match
	err := password.ErrHashFormat
	if g.compares() {
		match, err = s.Passwords.Verify(hashing, by.Tenant.ID, g.user.PasswordHash.Reveal(), plain.Reveal())
		if errors.Is(err, password.ErrHashFormat) { // none, or damaged: nobody knows its password
			s.Log.WarnContext(ctx, "the stored password hash has no known form", "user", g.user.ID)
		}
	}
	if errors.Is(err, password.ErrHashFormat) {
		err = s.Passwords.VerifyNobody(hashing, by.Tenant.ID, plain.Reveal())
	}
	switch {
	case err != nil: // nothing was compared
		s.uncount(ctx, g.counted...)
		return s.hashFault(ctx, err)
	case !match.OK:
		return s.wrongPassword(ctx, by, g)
	case g.shut:
		s.uncount(ctx, g.counted...)
		if err := s.lockIfDue(ctx, by, g, s.now()); err != nil { // whoever should have, did not get to it
			return err
		}
		return s.refuseLogin(ctx, by, g.user.ID, "locked", s.locked(g.user))
	}
	s.guessedRight(ctx, g)
	if match.Rehash {
		s.rehash(ctx, by, g.user, plain)
	}
	return nil
}

// wrongPassword does what a wrong password leads to, and returns the answer:
// the same whether there is such an account or not, and whether it is locked.
func (s *Service) wrongPassword(ctx context.Context, by Caller, g guess) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	if err := s.guessedWrong(ctx, by, g); err != nil {
		return err
	}
	reason := "wrong_password"
	switch {
	case !g.exists():
		reason = "unknown_name"
	case g.deaf:
		reason = "too_many_in_a_row"
	}
	return s.refuseLogin(ctx, by, g.user.ID, reason, ErrCredentials)
}

// hash hashes a new password.
func (s *Service) hash(ctx context.Context, by Caller, plain Secret) (Secret, error) {
	hashing, cancel := context.WithTimeout(ctx, hashTime)
	defer cancel()
	hash, err := s.Passwords.Hash(hashing, by.Tenant.ID, plain.Reveal())
	return Secret(hash), s.hashFault(ctx, err)
}

// hashFault says what came of a hash that was not made: the queue was full, or
// it took too long.
func (s *Service) hashFault(ctx context.Context, err error) error {
	var full *password.Overload
	switch {
	case errors.As(err, &full):
		return ErrOverloaded.With(Meta{RetryAfter: seconds(full.RetryAfter)})
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return ErrOverloaded.With(Meta{RetryAfter: seconds(hashTime)})
	}
	return s.fault(ctx, "hash password", err)
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
	hash, err := s.hash(ctx, by, plain)
	if err == nil {
		_, err = s.Records.UpdateUser(ctx, u.Directory, u.ID, func(now *User) error {
			if now.PasswordHash != u.PasswordHash {
				return ErrNoRecord // changed meanwhile: that one stands
			}
			now.PasswordHash = hash
			return nil
		}, Note{Events: []Event{by.event(s, ActionPasswordHash, u.ID, "", "")}})
	}
	if err != nil && !errors.Is(err, ErrNoRecord) {
		s.Log.WarnContext(ctx, "password hash not renewed", "error", err.Error())
	}
}
