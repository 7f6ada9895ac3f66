package password

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"strings"
	"time"
)

// sha384Prefix marks a bcrypt hash whose key is not the password but an HMAC of
// it. After it come the 22 characters of the salt and a $2a$ hash:
//
//	$bcrypt-sha384$v=1$<salt>$2a$10$<53 characters>
//
// The key of bcrypt is base64(HMAC-SHA-384(salt, password)): 64 characters, so
// nothing is cut, and none is NUL. The salt, unpadded standard base64 of 16
// random bytes, keeps anyone from feeding SHA-384 sums that leaked elsewhere.
const sha384Prefix = "$bcrypt-sha384$v=1$"

// bcryptSHA384 is such a marked hash.
type bcryptSHA384 struct {
	salt  []byte
	inner bcryptHash
}

func (b bcryptSHA384) matches(plain string) bool {
	return b.inner.matches(prehash(b.salt, plain))
}

// like takes the marked form for what bcrypt makes: whether a hash is marked
// follows from the password, not from the setting.
func (b bcryptSHA384) like(other stored) bool { return b.inner.like(other) }

func (b bcryptSHA384) needs() need { return b.inner.needs() }

func (b bcryptSHA384) about() time.Duration { return b.inner.about() }

func freshBcryptSHA384(plain string, cost int) (string, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: the program ends instead (crypto/rand)
	hash, err := generate([]byte(prehash(salt, plain)), cost)
	if err != nil {
		return "", err
	}
	return sha384Prefix + base64.RawStdEncoding.EncodeToString(salt) + hash, nil
}

func prehash(salt []byte, plain string) string {
	mac := hmac.New(sha512.New384, salt)
	mac.Write([]byte(plain))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func parseBcryptSHA384(hash string) (stored, error) {
	rest := strings.TrimPrefix(hash, sha384Prefix)
	end := base64.RawStdEncoding.EncodedLen(saltSize)
	if len(rest) != end+bcryptLength || !strings.HasPrefix(rest[end:], "$2a$") {
		return nil, ErrHashFormat
	}
	salt, err := base64.RawStdEncoding.DecodeString(rest[:end])
	if err != nil || base64.RawStdEncoding.EncodeToString(salt) != rest[:end] {
		return nil, ErrHashFormat
	}
	inner, err := parseBcrypt(rest[end:])
	if err != nil {
		return nil, err
	}
	return bcryptSHA384{salt: salt, inner: inner.(bcryptHash)}, nil
}
