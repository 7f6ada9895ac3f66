package limit

import (
	"errors"
	"math"
	"math/bits"
	"time"
)

// Rate allows Burst events at once and gives back Events of them every Per. The
// name is part of the key: rates of different names do not share what is used
// up, rates of one name have to be the same.
type Rate struct {
	Name   string
	Events int           // at least 1
	Per    time.Duration // at least one nanosecond an event
	Burst  int           // at least 1
}

// ErrRate is what a rate gets that can allow nothing or cannot be counted in
// nanoseconds. It is a mistake in the program, not of whom it was asked for.
var ErrRate = errors.New("limit: a rate needs a name, and positive events, time and burst that fill less than 146 years")

// Verdict is the answer for one event.
type Verdict struct {
	OK        bool
	Limit     int           // events that are allowed at once: the burst
	Remaining int           // events that are allowed now, after this one
	Reset     time.Duration // until all of Limit is allowed again
	Retry     time.Duration // until this event would be allowed; zero when it is
}

// Check returns ErrRate for a rate that cannot be counted.
func (r Rate) Check() error {
	_, err := r.pace()
	return err
}

// pace is a rate as it is counted.
type pace struct {
	interval time.Duration // after which one more event is allowed
	span     time.Duration // in which a key that is used up becomes as good as new
	burst    int
}

func (r Rate) pace() (pace, error) {
	if r.Name == "" || r.Events < 1 || r.Burst < 1 || r.Per < time.Duration(r.Events) {
		return pace{}, ErrRate
	}
	interval := r.Per / time.Duration(r.Events)
	high, span := bits.Mul64(uint64(interval), uint64(r.Burst))
	if high > 0 || span > longest {
		return pace{}, ErrRate
	}
	return pace{interval, time.Duration(span), r.Burst}, nil
}

// longest is the greatest span of a rate: twice as much is still a Duration.
const longest = math.MaxInt64 / 2

// charge is GCRA, all of it. full is the moment at which everything is allowed
// again, times are counted from any one moment. It returns the moment after the
// event, the same where the event is refused.
func (p pace) charge(full, now time.Duration) (time.Duration, Verdict) {
	owed := max(full-now, 0)
	v := Verdict{Limit: p.burst}
	if v.OK = owed+p.interval <= p.span; v.OK {
		owed += p.interval
	} else {
		v.Retry = owed + p.interval - p.span
	}
	v.Remaining, v.Reset = max(int((p.span-owed)/p.interval), 0), owed
	return now + owed, v
}
