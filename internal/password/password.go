// Package password hashes passwords, verifies them against hashes made here or
// elsewhere, and judges whether a new one is good enough.
//
// It hashes with argon2id or bcrypt as [Config] says, verifies imported bcrypt,
// argon2id, scrypt and PBKDF2 hashes whatever the setting (see [Check]), never
// truncates, and never hashes more than [Config.Parallel] passwords at once, nor
// holds more than [Config.PoolMiB] of memory for them. A bounded number waits,
// served by tenant in turn; who finds no place is refused with an [*Overload].
// Every password is brought to Unicode NFC here, so no caller can forget it.
//
// It knows nothing of users, storage or HTTP: a hash is a string that the caller
// keeps, and the words a password must not be made of come with the call. Of a
// tenant it knows that two names are two lines in the queue. No error of this
// package holds a password or a hash.
package password

import (
	"context"
	"time"
)

// Match is the outcome of a verification.
type Match struct {
	// OK says that the password is the right one.
	OK bool
	// Rehash says that the password is right and its stored hash is not as the
	// setting says (other algorithm, cost, parameters, salt or key length), so
	// that the caller should store a new one. It is never true without OK:
	// a wrong password must not become the stored one.
	Rehash bool
}

// stored is one stored hash, read and found within bounds.
type stored interface {
	// matches does the whole work of a verification whatever plain is.
	matches(plain string) bool
	// like says whether this is what the setting would make today.
	like(setting stored) bool
	// needs is what a verification takes meanwhile.
	needs() need
	// about is the time that one core takes for a hash, to within a factor of
	// about two: known before the first is made, and the same on every start.
	about() time.Duration
}

// setting is what new hashes are made with: itself a stored hash, with an empty
// salt and key, so that verifying against it is real work that finds nothing.
type setting interface {
	stored
	// fresh makes a new hash with a random salt under the same parameters.
	fresh(plain string) (string, error)
}

// Hasher hashes and verifies under one setting. It is safe for concurrent use.
type Hasher struct {
	setting setting
	pool    *pool
}

// New returns a Hasher for c, or an error that names the field to mend.
func New(c Config) (*Hasher, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	s := c.setting()
	size := need{slots: c.Parallel, memory: c.PoolMiB * 1024}
	return &Hasher{setting: s, pool: newPool(size, c.Queue, pace(s.about()))}, nil
}

// Waiting returns how many wait to be hashed now, for a metric.
func (h *Hasher) Waiting() int { return h.pool.waiting() }

// Hash returns a new hash of plain under the setting, to be stored as it is.
// It waits for its turn, which tenant decides; when ctx ends first, the error
// wraps ctx.Err(), and when too many wait it is an [*Overload]. It does not judge
// plain: see [Rules].
func (h *Hasher) Hash(ctx context.Context, tenant, plain string) (string, error) {
	var hash string
	err := h.pool.run(ctx, tenant, h.setting.needs(), func() error {
		var err error
		hash, err = h.setting.fresh(Normalize(plain))
		return err
	})
	return hash, err
}

// Verify says whether plain is the password of hash, which may come from
// another setting or another program. A hash that is none we know, or whose
// parameters are out of bounds, gives [ErrHashFormat] without any work: whoever
// must hide that such an account exists calls VerifyNobody then. The
// call waits, and is refused, as Hash is.
//
// Only the NFC form is tried. A program that hashed decomposed text made hashes
// that only decomposed text opens; trying several forms would double the work
// for everyone and show by its time which accounts were imported.
func (h *Hasher) Verify(ctx context.Context, tenant, hash, plain string) (Match, error) {
	found, err := parse(hash)
	if err != nil {
		return Match{}, err
	}
	var m Match
	err = h.pool.run(ctx, tenant, found.needs(), func() error {
		m.OK = found.matches(Normalize(plain))
		m.Rehash = m.OK && !found.like(h.setting)
		return nil
	})
	return m, err
}

// VerifyNobody does the work of one verification under the setting and finds
// nothing, so that an unknown user costs what a known one costs. Accounts whose
// imported hash has other parameters still differ, until their first login.
// The call waits, and is refused, as Hash is.
func (h *Hasher) VerifyNobody(ctx context.Context, tenant, plain string) error {
	return h.pool.run(ctx, tenant, h.setting.needs(), func() error {
		h.setting.matches(Normalize(plain))
		return nil
	})
}
