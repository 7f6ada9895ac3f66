package password

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// Sizes of what we make, in bytes (RFC 9106 §3.1 recommends both).
const (
	saltSize = 16
	keySize  = 32
)

// Bounds on what we verify, checked before any hashing, so that a hostile hash
// exhausts neither memory nor time. Memory is in KiB, salts and keys in bytes.
const (
	maxMemory  = 256 * 1024
	maxTime    = 16
	maxThreads = 16

	minSalt, maxSalt = 8, 64
	minKey, maxKey   = 16, 64
)

const argonPrefix = "$argon2id$"

// argonHash is an argon2id hash, version 19 (RFC 9106).
type argonHash struct {
	memory, time uint32
	threads      uint8
	salt, key    []byte
}

func (a argonHash) derive(plain string) []byte {
	return argon2.IDKey([]byte(plain), a.salt, a.time, a.memory, a.threads, uint32(len(a.key)))
}

func (a argonHash) matches(plain string) bool {
	return subtle.ConstantTimeCompare(a.derive(plain), a.key) == 1
}

func (a argonHash) like(other stored) bool {
	o, ok := other.(argonHash)
	return ok && a.memory == o.memory && a.time == o.time && a.threads == o.threads &&
		len(a.salt) == len(o.salt) && len(a.key) == len(o.key)
}

func (a argonHash) needs() need { return need{slots: int(a.threads), memory: int(a.memory)} }

// about is 0.64 µs for each KiB of each pass: 25 ms for the default setting.
func (a argonHash) about() time.Duration {
	return time.Duration(a.memory) * time.Duration(a.time) * 640 * time.Nanosecond
}

func (a argonHash) fresh(plain string) (string, error) {
	a.salt = make([]byte, saltSize)
	rand.Read(a.salt) // never fails: the program ends instead (crypto/rand)
	a.key = a.derive(plain)
	return a.encode(), nil
}

// encode writes the PHC string format: parameters in this order, decimal,
// unpadded standard base64.
func (a argonHash) encode() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("%sv=%d$m=%d,t=%d,p=%d$%s$%s", argonPrefix, argon2.Version,
		a.memory, a.time, a.threads, b64.EncodeToString(a.salt), b64.EncodeToString(a.key))
}

// parseArgon reads a PHC string of ours or of another program. What it accepts,
// encode writes back byte for byte: that alone rules out leading zeros, signs,
// line breaks, padding and spare base64 bits.
func parseArgon(hash string) (stored, error) {
	part := strings.Split(strings.TrimPrefix(hash, argonPrefix), "$")
	if len(part) != 4 || part[0] != "v="+strconv.Itoa(argon2.Version) {
		return nil, ErrHashFormat
	}
	var a argonHash
	if !a.setParameters(part[1]) || !a.setBytes(part[2], part[3]) || a.encode() != hash {
		return nil, ErrHashFormat
	}
	return a, nil
}

// setParameters reads m, t and p: each once, in the order PHC prescribes.
func (a *argonHash) setParameters(list string) bool {
	part := strings.Split(list, ",")
	if len(part) != 3 {
		return false
	}
	var value [3]uint64
	for i, name := range [3]string{"m=", "t=", "p="} {
		digits, ok := strings.CutPrefix(part[i], name)
		n, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil {
			return false
		}
		value[i] = n
	}
	memory, time, threads := value[0], value[1], value[2]
	if time < 1 || time > maxTime || threads < 1 || threads > maxThreads ||
		memory < 8*threads || memory > maxMemory {
		return false
	}
	a.memory, a.time, a.threads = uint32(memory), uint32(time), uint8(threads)
	return true
}

func (a *argonHash) setBytes(salt, key string) bool {
	var saltErr, keyErr error
	a.salt, saltErr = base64.RawStdEncoding.DecodeString(salt)
	a.key, keyErr = base64.RawStdEncoding.DecodeString(key)
	return saltErr == nil && keyErr == nil &&
		len(a.salt) >= minSalt && len(a.salt) <= maxSalt &&
		len(a.key) >= minKey && len(a.key) <= maxKey
}
