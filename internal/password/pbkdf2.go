package password

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"hash"
	"strings"
	"time"
)

// Bounds of the iterations of PBKDF2 (RFC 8018 §4.2 asks for 1,000 at least): at
// the most, three seconds with SHA-512.
const (
	minIterations = 1000
	maxIterations = 5_000_000
)

// digest is the hash function of a PBKDF2 hash.
type digest struct {
	make func() hash.Hash
	each time.Duration // about, for an iteration of a block
}

// pbkdf2Hash is a PBKDF2 hash (RFC 8018) that another program made.
type pbkdf2Hash struct {
	digest     digest
	iterations int
	salt, key  []byte
}

func (p pbkdf2Hash) matches(plain string) bool {
	key, err := pbkdf2.Key(p.digest.make, plain, p.salt, p.iterations, len(p.key))
	return err == nil && subtle.ConstantTimeCompare(key, p.key) == 1 && fitsHMAC(plain)
}

// fitsHMAC says whether the HMAC inside PBKDF2 and scrypt tells plain from a
// shorter password: it fills its key up with NUL (RFC 2104 §2), so that "abc"
// and "abc\x00" have one hash.
func fitsHMAC(plain string) bool { return !strings.HasSuffix(plain, "\x00") }

// like is never true: no setting makes such a hash.
func (p pbkdf2Hash) like(stored) bool { return false }

func (p pbkdf2Hash) needs() need { return need{slots: 1, memory: 1} }

// rounds is the work: a key longer than the digest is made in blocks, and each
// takes all the iterations.
func (p pbkdf2Hash) rounds() int {
	size := p.digest.make().Size()
	return (len(p.key) + size - 1) / size * p.iterations
}

func (p pbkdf2Hash) about() time.Duration { return time.Duration(p.rounds()) * p.digest.each }

// Django's hashes begin with their name, all others with a dollar.
const (
	pbkdf2Prefix = "$pbkdf2-"
	djangoPrefix = "pbkdf2_sha256$"
)

func sha256Digest() digest { return digest{sha256.New, 190 * time.Nanosecond} }
func sha512Digest() digest { return digest{sha512.New, 600 * time.Nanosecond} }

// parsePBKDF2 reads a PHC string, with or without the length of the key, or what
// passlib writes instead:
//
//	$pbkdf2-sha256$i=600000,l=32$<salt>$<key>
//	$pbkdf2-sha512$29000$<salt>$<key>
func parsePBKDF2(text string) (stored, error) {
	part := strings.Split(strings.TrimPrefix(text, pbkdf2Prefix), "$")
	if len(part) != 4 {
		return nil, ErrHashFormat
	}
	var p pbkdf2Hash
	switch part[0] {
	case "sha256":
		p.digest = sha256Digest()
	case "sha512":
		p.digest = sha512Digest()
	default:
		return nil, ErrHashFormat
	}
	var isSalt, isKey bool
	p.salt, isSalt = decodeForeign(part[2])
	p.key, isKey = decodeForeign(part[3])
	iterations, isCost := pbkdf2Cost(part[1], len(p.key))
	if !isSalt || !isKey || !isCost {
		return nil, ErrHashFormat
	}
	return p.bounded(iterations)
}

// pbkdf2Cost reads the iterations, and the length of the key where it is given.
func pbkdf2Cost(text string, length int) (uint64, bool) {
	if n, ok := number(text); ok {
		return n, true
	}
	if v, ok := named(text, "i"); ok {
		return v[0], true
	}
	v, ok := named(text, "i", "l")
	if !ok || v[1] != uint64(length) {
		return 0, false
	}
	return v[0], true
}

// parseDjango reads what Django writes: the salt is text, the key is padded.
//
//	pbkdf2_sha256$600000$<salt>$<key>
func parseDjango(text string) (stored, error) {
	part := strings.Split(strings.TrimPrefix(text, djangoPrefix), "$")
	if len(part) != 3 {
		return nil, ErrHashFormat
	}
	iterations, isCost := number(part[0])
	key, isKey := decode(base64.StdEncoding, part[2])
	if !isCost || !isKey || !printable(part[1]) {
		return nil, ErrHashFormat
	}
	return pbkdf2Hash{digest: sha256Digest(), salt: []byte(part[1]), key: key}.bounded(iterations)
}

// printable says whether text is ASCII without spaces and control characters.
func printable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// bounded returns p with these iterations, if they and p are within bounds.
func (p pbkdf2Hash) bounded(iterations uint64) (stored, error) {
	if err := sized(p.salt, p.key); err != nil {
		return nil, err
	}
	if err := within("PBKDF2 iterations", iterations, minIterations, maxIterations); err != nil {
		return nil, err
	}
	p.iterations = int(iterations)
	if err := within("PBKDF2 iterations times blocks of the key", uint64(p.rounds()), 0, maxIterations); err != nil {
		return nil, err
	}
	return p, nil
}
