package password

import (
	"errors"
	"fmt"
)

// refusal says, to an operator, why a hash is not verified. It wraps nothing of
// the hash but one parameter, and is [ErrHashFormat] to errors.Is.
type refusal string

func (r refusal) Error() string { return string(r) }

func (r refusal) Is(target error) bool { return target == ErrHashFormat }

const unknownForm refusal = "unknown form: give bcrypt ($2a$, $2b$, $2y$), argon2id (PHC, v=19), scrypt (PHC), " +
	"or PBKDF2 with SHA-256 or SHA-512 (PHC, passlib, Django with SHA-256)"

// Check says, without hashing, whether [Hasher.Verify] can verify a hash that
// another program made: nil, or an error for the operator that names the
// parameter out of bounds, or the forms that are known. The error is
// [ErrHashFormat] to errors.Is, and holds neither salt nor key.
func Check(hash string) error {
	_, err := parse(hash)
	var r refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &r):
		return r
	default:
		return unknownForm
	}
}

// within refuses a parameter out of its bounds.
func within(what string, value, least, most uint64) error {
	switch {
	case value > most:
		return refusal(fmt.Sprintf("%s too high: %d, at most %d", what, value, most))
	case value < least:
		return refusal(fmt.Sprintf("%s too low: %d, at least %d", what, value, least))
	default:
		return nil
	}
}

// sized refuses salts and keys that are too short to be worth anything, or too
// long to be a hash.
func sized(salt, key []byte) error {
	if err := within("salt length in bytes", uint64(len(salt)), minSalt, maxSalt); err != nil {
		return err
	}
	return within("key length in bytes", uint64(len(key)), minKey, maxKey)
}
