package password

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"
)

const (
	bcryptLength   = 60 // $2a$10$ and 53 characters of salt and key
	bcryptMaxBytes = 72 // bcrypt ignores what comes after
	bcryptAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// bcryptHash is a bcrypt hash ($2a$, $2b$, $2y$: the same function for what we
// feed it) of the password itself.
type bcryptHash struct {
	cost int
	text string
}

// fitsBcrypt says whether bcrypt sees all of plain and nothing else: it cuts at
// 72 bytes, and it repeats its key with a NUL between the copies, so that
// "abcdefgh" and "abcdefgh\x00abcdefgh" have one hash.
func fitsBcrypt(plain string) bool {
	return len(plain) <= bcryptMaxBytes && strings.IndexByte(plain, 0) < 0
}

// matches refuses a password that bcrypt does not see whole, though its first
// 72 bytes be right, after the same work as for any other.
func (b bcryptHash) matches(plain string) bool {
	fits := fitsBcrypt(plain)
	err := bcrypt.CompareHashAndPassword([]byte(b.text), []byte(plain))
	return err == nil && fits
}

func (b bcryptHash) like(other stored) bool {
	o, ok := other.(bcryptHash)
	return ok && b.cost == o.cost
}

// needs counts the tables of Blowfish.
func (b bcryptHash) needs() need { return need{slots: 1, memory: 4} }

// about is 61 ms at cost 10, and twice that with each step.
func (b bcryptHash) about() time.Duration { return 60 * time.Microsecond << b.cost }

// fresh makes a plain bcrypt hash where it can, so that other programs can read
// it, and a marked one where bcrypt would not see the whole password.
func (b bcryptHash) fresh(plain string) (string, error) {
	if !fitsBcrypt(plain) {
		return freshBcryptSHA384(plain, b.cost)
	}
	return generate([]byte(plain), b.cost)
}

func generate(key []byte, cost int) (string, error) {
	hash, err := bcrypt.GenerateFromPassword(key, cost)
	if err != nil {
		return "", fmt.Errorf("password: hash with bcrypt: %w", err)
	}
	return string(hash), nil
}

// emptyBcrypt returns a well-formed hash of the given cost that no password is
// known to have.
func emptyBcrypt(cost int) string {
	return fmt.Sprintf("$2a$%02d$%s", cost, strings.Repeat(".", 53))
}

// parseBcrypt reads a hash of the costs that we hash with ourselves. Each step
// doubles the time in which the slot is taken: at 15 it is two seconds, at 31,
// which bcrypt allows, it is days. It checks what x/crypto leaves open: the
// version letter, the exact length and the alphabet.
func parseBcrypt(hash string) (stored, error) {
	if len(hash) != bcryptLength {
		return nil, ErrHashFormat
	}
	switch hash[:4] {
	case "$2a$", "$2b$", "$2y$":
	default:
		return nil, ErrHashFormat
	}
	cost, err := strconv.ParseUint(hash[4:6], 10, 8)
	if err != nil || hash[6] != '$' {
		return nil, ErrHashFormat
	}
	// Trim stops at the first character from either end that is not in the alphabet.
	if strings.Trim(hash[7:], bcryptAlphabet) != "" {
		return nil, ErrHashFormat
	}
	if err := within("bcrypt cost", cost, minBcryptSetting, maxBcryptSetting); err != nil {
		return nil, err
	}
	return bcryptHash{cost: int(cost), text: hash}, nil
}
