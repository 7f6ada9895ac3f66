package password

import (
	"errors"
	"strings"
)

// ErrHashFormat is returned for a stored hash that is not one of ours, not one
// we can import, not written the canonical way, or too dear to verify. It never
// holds the hash.
var ErrHashFormat = errors.New("password: the stored hash has no known form: " +
	"import bcrypt, argon2id, scrypt or PBKDF2 hashes (see Check), or let the user set a new password")

// maxHashLength bounds what is looked at, in bytes. The longest legal hash,
// argon2id with salt and key of 64 bytes, has 208.
const maxHashLength = 256

// parse reads a stored hash and checks its parameters; it does no hashing. What
// it refuses is ErrHashFormat, or a refusal where a parameter is to blame.
func parse(hash string) (stored, error) {
	if len(hash) > maxHashLength {
		return nil, ErrHashFormat
	}
	switch {
	case strings.HasPrefix(hash, argonPrefix):
		return parseArgon(hash)
	case strings.HasPrefix(hash, sha384Prefix):
		return parseBcryptSHA384(hash)
	case strings.HasPrefix(hash, scryptPrefix):
		return parseScrypt(hash)
	case strings.HasPrefix(hash, pbkdf2Prefix):
		return parsePBKDF2(hash)
	case strings.HasPrefix(hash, djangoPrefix):
		return parseDjango(hash)
	default:
		return parseBcrypt(hash)
	}
}
