package password

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/scrypt"
)

const scryptPrefix = "$scrypt$"

// Bounds of scrypt (RFC 7914 §2) beside maxMemory, which its 128·N·r bytes must
// not exceed.
const (
	maxScryptLog    = 20
	maxScryptBlock  = 32
	maxScryptCopies = 16
)

// scryptHash is a scrypt hash that another program made:
//
//	$scrypt$ln=16,r=8,p=1$<salt>$<key>
type scryptHash struct {
	log, block, copies int
	salt, key          []byte
}

func (s scryptHash) matches(plain string) bool {
	key, err := scrypt.Key([]byte(plain), s.salt, 1<<s.log, s.block, s.copies, len(s.key))
	return err == nil && subtle.ConstantTimeCompare(key, s.key) == 1
}

// like is never true: no setting makes such a hash.
func (s scryptHash) like(stored) bool { return false }

func (s scryptHash) needs() need { return need{slots: 1, memory: s.memory()} }

// memory is what it takes, in KiB.
func (s scryptHash) memory() int { return max(s.block<<s.log/8, 1) }

func (s scryptHash) encode() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("%sln=%d,r=%d,p=%d$%s$%s", scryptPrefix, s.log, s.block, s.copies, b64.EncodeToString(s.salt), b64.EncodeToString(s.key))
}

// parseScrypt reads a PHC string. What it accepts, encode writes back byte for
// byte.
func parseScrypt(hash string) (stored, error) {
	var s scryptHash
	part := strings.Split(strings.TrimPrefix(hash, scryptPrefix), "$")
	if len(part) != 3 {
		return nil, ErrHashFormat
	}
	if _, err := fmt.Sscanf(part[0], "ln=%d,r=%d,p=%d", &s.log, &s.block, &s.copies); err != nil {
		return nil, ErrHashFormat
	}
	var ok bool
	if s.salt, s.key, ok = saltAndKey(base64.RawStdEncoding, part[1], part[2]); !ok || s.encode() != hash {
		return nil, ErrHashFormat
	}
	return s, s.bounded()
}

// bounded says whether a verification is affordable.
func (s scryptHash) bounded() error {
	switch {
	case s.log < 1 || s.block < 1 || s.copies < 1:
		return ErrHashFormat
	case s.log > maxScryptLog:
		return &costly{"scrypt ln", strconv.Itoa(s.log), strconv.Itoa(maxScryptLog)}
	case s.block > maxScryptBlock:
		return &costly{"scrypt r", strconv.Itoa(s.block), strconv.Itoa(maxScryptBlock)}
	case s.copies > maxScryptCopies:
		return &costly{"scrypt p", strconv.Itoa(s.copies), strconv.Itoa(maxScryptCopies)}
	case s.memory() > maxMemory:
		return &costly{"scrypt memory", strconv.Itoa(s.memory()/1024) + " MiB", strconv.Itoa(maxMemory/1024) + " MiB"}
	}
	return nil
}

// saltAndKey decodes both, within their bounds.
func saltAndKey(b64 *base64.Encoding, salt, key string) (s, k []byte, ok bool) {
	s, saltErr := b64.DecodeString(salt)
	k, keyErr := b64.DecodeString(key)
	return s, k, saltErr == nil && keyErr == nil &&
		len(s) >= minSalt && len(s) <= maxSalt && len(k) >= minKey && len(k) <= maxKey
}
