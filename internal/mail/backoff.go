package mail

import (
	"crypto/rand"
	"math/big"
	"time"
)

// Tries of one mail. The waits double from firstWait to longestWait, which makes
// the last try about a day after the first: a mail server may be away for a
// night.
const (
	maxAttempts = 32
	firstWait   = 10 * time.Second
	longestWait = time.Hour
)

// wait is how long to wait after so many tries, at least one. Up to a tenth is
// taken off at random, so that what failed together does not come back together.
func wait(attempts int) time.Duration {
	d := longestWait
	if shift := attempts - 1; shift < 9 { // 10 s << 9 is more than an hour
		d = firstWait << max(shift, 0)
	}
	n, err := rand.Int(rand.Reader, big.NewInt(int64(d/10)))
	if err != nil { // crypto/rand does not fail
		return d
	}
	return d - time.Duration(n.Int64())
}
