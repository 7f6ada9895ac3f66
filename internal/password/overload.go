package password

import (
	"errors"
	"fmt"
	"time"
)

// ErrOverloaded is what every [Overload] wraps, for errors.Is.
var ErrOverloaded = errors.New("password: too many wait to be hashed")

// Overload is the refusal to hash: the queue is full, or its place went to a
// tenant that has fewer waiting. Nothing was hashed.
type Overload struct {
	// RetryAfter is about how long those who wait now will take: whole seconds,
	// 1 to 30, for the header of that name (RFC 9110 §10.2.3).
	RetryAfter time.Duration
}

func (o *Overload) Error() string {
	return fmt.Sprintf("%v: try again in %v", ErrOverloaded, o.RetryAfter)
}

// Unwrap returns [ErrOverloaded].
func (o *Overload) Unwrap() error { return ErrOverloaded }

const maxRetry = 30 * time.Second

// pace is the moving average of the time for which a hash takes one core. It
// only advises: what may wait is bounded by number, lest a tenant that imported
// dear hashes narrow the queue of all by slowing the average.
type pace time.Duration

// add counts one more hash. What takes very long counts as maxRetry, so that
// one such hash does not speak for all.
func (p *pace) add(took time.Duration) {
	*p += (pace(min(took, maxRetry)) - *p) / 8
}

// overload is the refusal when so many wait for so many slots.
func (p pace) overload(waiting, slots int) *Overload {
	wait := time.Duration(p) * time.Duration(waiting) / time.Duration(slots)
	seconds := (wait + time.Second - 1) / time.Second
	return &Overload{RetryAfter: min(max(seconds, 1)*time.Second, maxRetry)}
}
