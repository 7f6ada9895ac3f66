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

// parseArgon reads a PHC string of ours or of another program, in the one way
// that encode writes it.
func parseArgon(hash string) (stored, error) {
	part := strings.Split(strings.TrimPrefix(hash, argonPrefix), "$")
	if len(part) != 4 || part[0] != "v="+strconv.Itoa(argon2.Version) {
		return nil, ErrHashFormat
	}
	cost, isCost := named(part[1], "m", "t", "p")
	salt, isSalt := decode(base64.RawStdEncoding, part[2])
	key, isKey := decode(base64.RawStdEncoding, part[3])
	if !isCost || !isSalt || !isKey {
		return nil, ErrHashFormat
	}
	memory, time, threads := cost[0], cost[1], cost[2]
	if err := argonBounds(memory, time, threads); err != nil {
		return nil, err
	}
	if err := sized(salt, key); err != nil {
		return nil, err
	}
	return argonHash{memory: uint32(memory), time: uint32(time), threads: uint8(threads), salt: salt, key: key}, nil
}

func argonBounds(memory, time, threads uint64) error {
	if err := within("argon2id p", threads, 1, maxThreads); err != nil {
		return err
	}
	if err := within("argon2id t", time, 1, maxTime); err != nil {
		return err
	}
	return within("argon2id m in KiB", memory, 8*threads, maxMemory)
}
