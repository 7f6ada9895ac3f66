package auth

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/latchkey/latchkey/internal/password"
)

// hashTime is how long a request waits for its hash: nobody hears an answer
// that comes after the server's time to write one (SECURITY.md §1) is over.
const hashTime = 10 * time.Second

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
		if g.device != "" && !g.user.Locked(s.now(), true) { // this device only
			return s.refuseLogin(ctx, by, g.user.ID, "locked", ErrLocked.
				saying("Too many wrong passwords came from this device. Please try again later, or set a new password.").
				With(Meta{RetryAfter: seconds(g.until.Sub(s.now()))}))
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
