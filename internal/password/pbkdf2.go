package password

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"hash"
	"strconv"
	"strings"
)

// Bounds of the iterations of PBKDF2 (RFC 8018 §5.2): at the most, some seconds.
const (
	minIterations = 1000
	maxIterations = 5_000_000
)

// digests are the hash functions of PBKDF2 as their names begin: PHC strings,
// which passlib writes in its own way, and Django's.
var digests = map[string]func() hash.Hash{
	"$pbkdf2-sha256$": sha256.New, "$pbkdf2-sha512$": sha512.New,
	"pbkdf2_sha256$": sha256.New,
}

// pbkdf2Hash is a PBKDF2 hash that another program made:
//
//	$pbkdf2-sha256$i=600000$<salt>$<key>  (PHC; also with l=<length of the key>)
//	$pbkdf2-sha256$29000$<salt>$<key>     (passlib: . for + in base64)
//	pbkdf2_sha256$600000$<salt>$<key>     (Django: the salt as it is, the key padded)
type pbkdf2Hash struct {
	digest     func() hash.Hash
	iterations int
	salt, key  []byte
}

func (p pbkdf2Hash) matches(plain string) bool {
	key, err := pbkdf2.Key(p.digest, plain, p.salt, p.iterations, len(p.key))
	return err == nil && subtle.ConstantTimeCompare(key, p.key) == 1
}

// like is never true: no setting makes such a hash.
func (p pbkdf2Hash) like(stored) bool { return false }

func (p pbkdf2Hash) needs() need { return need{slots: 1, memory: 1} }

// isPBKDF2 reports whether a hash says that it is one.
func isPBKDF2(hash string) bool {
	for prefix := range digests {
		if strings.HasPrefix(hash, prefix) {
			return true
		}
	}
	return false
}

func parsePBKDF2(text string) (stored, error) {
	for prefix, digest := range digests {
		rest, found := strings.CutPrefix(text, prefix)
		part := strings.Split(rest, "$")
		if !found || len(part) != 3 {
			continue
		}
		p := pbkdf2Hash{digest: digest}
		var whole bool
		iterations, length, isPHC := cutPHC(part[0])
		switch {
		case strings.HasPrefix(prefix, "pbkdf2_"):
			p.salt = []byte(part[1])
			p.key, whole = padded(part[2])
		case isPHC:
			p.salt, p.key, whole = saltAndKey(base64.RawStdEncoding.Strict(), part[1], part[2])
		default:
			p.salt, p.key, whole = saltAndKey(base64.RawStdEncoding.Strict(), strings.ReplaceAll(part[1], ".", "+"), strings.ReplaceAll(part[2], ".", "+"))
		}
		n, err := strconv.Atoi(iterations)
		if !whole || err != nil || strconv.Itoa(n) != iterations || len(p.salt) < minSalt || len(p.salt) > maxSalt ||
			length != "" && length != strconv.Itoa(len(p.key)) || strings.ContainsAny(rest, "\r\n") {
			return nil, ErrHashFormat
		}
		p.iterations = n
		return p, p.bounded()
	}
	return nil, ErrHashFormat
}

// padded decodes a key that is padded.
func padded(text string) (key []byte, ok bool) {
	key, err := base64.StdEncoding.Strict().DecodeString(text)
	return key, err == nil && len(key) >= minKey && len(key) <= maxKey
}

// cutPHC reads i=… and l=…, or returns the text as it is.
func cutPHC(parameters string) (iterations, length string, isPHC bool) {
	iterations, isPHC = strings.CutPrefix(parameters, "i=")
	iterations, length, _ = strings.Cut(iterations, ",l=")
	return iterations, length, isPHC
}

// bounded says whether a verification is affordable, and worth anything.
func (p pbkdf2Hash) bounded() error {
	switch {
	case p.iterations < minIterations:
		return ErrHashFormat
	case p.iterations > maxIterations:
		return &costly{"PBKDF2 iterations", strconv.Itoa(p.iterations), strconv.Itoa(maxIterations)}
	}
	return nil
}
