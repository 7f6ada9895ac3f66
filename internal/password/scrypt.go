package password

import (
	"crypto/subtle"
	"strings"
	"time"

	"golang.org/x/crypto/scrypt"
)

const scryptPrefix = "$scrypt$"

// Bounds of scrypt (RFC 7914 §2). Its N is 2 to the log: at 21 already r = 1
// takes all of maxMemory. Its time grows with p and its memory does not, so that
// N·r·p is bounded too: 2^23 is some three seconds.
const (
	maxScryptLog   = 21
	maxScryptBlock = 32
	maxScryptLanes = 16
	maxScryptWork  = 1 << 23
)

// scryptHash is a scrypt hash that another program made:
//
//	$scrypt$ln=16,r=8,p=1$<salt>$<key>
type scryptHash struct {
	log, block, lanes int // ln, r and p
	salt, key         []byte
}

func (s scryptHash) matches(plain string) bool {
	key, err := scrypt.Key([]byte(plain), s.salt, 1<<s.log, s.block, s.lanes, len(s.key))
	return err == nil && subtle.ConstantTimeCompare(key, s.key) == 1 && fitsHMAC(plain)
}

// like is never true: no setting makes such a hash.
func (s scryptHash) like(stored) bool { return false }

// needs counts one slot, as the lanes are computed one after the other, and the
// tables: 128·r bytes for each of N, of p, and of two blocks at work. The last
// two are a rounding error beside an N worth having, and must not make the
// largest legal hash larger than the smallest pool: it would wait for ever.
func (s scryptHash) needs() need {
	bytes := 128 * s.block * (1<<s.log + s.lanes + 2)
	return need{slots: 1, memory: min((bytes+1023)/1024, maxMemory)}
}

// about is 0.4 µs for each N·r·p: 100 ms for ln=15,r=8,p=1.
func (s scryptHash) about() time.Duration {
	return time.Duration(s.block*s.lanes) << s.log * 400 * time.Nanosecond
}

// parseScrypt reads the PHC string of passlib and others.
func parseScrypt(hash string) (stored, error) {
	part := strings.Split(strings.TrimPrefix(hash, scryptPrefix), "$")
	if len(part) != 3 {
		return nil, ErrHashFormat
	}
	cost, isCost := named(part[0], "ln", "r", "p")
	salt, isSalt := decodeForeign(part[1])
	key, isKey := decodeForeign(part[2])
	if !isCost || !isSalt || !isKey {
		return nil, ErrHashFormat
	}
	if err := scryptBounds(cost[0], cost[1], cost[2]); err != nil {
		return nil, err
	}
	if err := sized(salt, key); err != nil {
		return nil, err
	}
	return scryptHash{log: int(cost[0]), block: int(cost[1]), lanes: int(cost[2]), salt: salt, key: key}, nil
}

// scryptBounds looks at each alone first: then their product cannot overflow.
func scryptBounds(log, block, lanes uint64) error {
	if err := within("scrypt ln", log, 1, maxScryptLog); err != nil {
		return err
	}
	if err := within("scrypt r", block, 1, maxScryptBlock); err != nil {
		return err
	}
	if err := within("scrypt p", lanes, 1, maxScryptLanes); err != nil {
		return err
	}
	if err := within("scrypt memory (128·N·r) in bytes", 128*block<<log, 0, maxMemory*1024); err != nil {
		return err
	}
	return within("scrypt work (N·r·p)", block*lanes<<log, 0, maxScryptWork)
}
