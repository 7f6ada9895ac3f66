package jwt

import (
	"crypto/sha256"
	"encoding/binary"
	"sync/atomic"
	"time"
)

// ways is how many places one token may lie in.
const ways = 8

// tail is how many of a token's last characters are hashed: those of 64 bytes, so all of a signature by ES256, EdDSA
// or HS256, and 512 bits of one by RS256.
const tail = 86

// imprint recognises a token by its exact bytes: the front as it is, the tail by its digest, since hashing all of a
// token costs more than the rest of a look-up. Without the tail what is remembered is no token, so whoever reads this
// memory cannot use what is there.
type imprint struct {
	front string
	seal  [sha256.Size]byte // SHA-256 of the tail
}

// imprintOf does not allocate; the front is a piece of the token.
func imprintOf(token string) imprint {
	at := max(len(token)-tail, 0)
	var end [tail]byte
	n := copy(end[:], token[at:])
	return imprint{front: token[:at], seal: sha256.Sum256(end[:n])}
}

// entry is a token that was verified. It never changes.
type entry struct {
	imprint imprint
	key     Key // by which it was verified
	payload payload
}

// cache remembers verified tokens in a table of fixed size, without locks: the digest picks eight places, and in each
// lies a pointer that is swapped whole. Readers write nothing, so they do not slow each other. Two writers in one place
// cost one of them its entry, which costs no more than verifying that token again.
type cache struct {
	places []atomic.Pointer[entry]
	ways   int
}

func newCache(size int) *cache {
	w := min(ways, size)
	return &cache{places: make([]atomic.Pointer[entry], size/w*w), ways: w}
}

// set is the places of a token. Only verified tokens are put in, and SHA-256 leaves their makers no choice of place.
func (c *cache) set(i *imprint) []atomic.Pointer[entry] {
	sets := uint64(len(c.places) / c.ways)
	at := int(binary.LittleEndian.Uint64(i.seal[:])%sets) * c.ways
	return c.places[at : at+c.ways]
}

func (c *cache) find(i *imprint) *entry {
	set := c.set(i)
	for at := range set {
		if e := set[at].Load(); e != nil && e.imprint == *i {
			return e
		}
	}
	return nil
}

// drop forgets an entry, if it is still there.
func (c *cache) drop(e *entry) {
	set := c.set(&e.imprint)
	for at := range set {
		set[at].CompareAndSwap(e, nil)
	}
}

// put remembers an entry in a place that is free, or held by the same token or one that expired before the given
// time; else in one at random, by bits of the digest that pick no set.
func (c *cache) put(e *entry, expired time.Time) {
	set := c.set(&e.imprint)
	to := int(e.imprint.seal[8]) % len(set)
	for at := range set {
		old := set[at].Load()
		if old != nil && old.imprint == e.imprint {
			to = at
			break
		}
		if old == nil || !expired.Before(old.payload.ExpiresAt) {
			to = at
		}
	}
	set[to].Store(e)
}
