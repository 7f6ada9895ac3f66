package limit

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// bucket is a rate told in another way: a bucket of tokens that fills up by the
// clock, of which every event takes one.
type bucket struct {
	nanos time.Duration // its contents, an interval for each token
	at    time.Time
}

func (b *bucket) take(r Rate, now time.Time) bool {
	interval := r.Per / time.Duration(r.Events)
	if passed := now.Sub(b.at); passed > 0 {
		b.nanos = min(b.nanos+passed, interval*time.Duration(r.Burst))
	}
	b.at = now
	if b.nanos < interval {
		return false
	}
	b.nanos -= interval
	return true
}

// TestItIsABucketOfTokens: for any rate and any arrivals, also under a clock
// that goes back, the answers are those of the bucket.
func TestItIsABucketOfTokens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := Rate{
			Name: "any", Events: rapid.IntRange(1, 7000).Draw(t, "events"), Burst: rapid.IntRange(1, 50).Draw(t, "burst"),
			Per: rapid.SampledFrom([]time.Duration{time.Second, time.Minute, time.Hour}).Draw(t, "per"),
		}
		l, c := newLimiter(width)
		interval := r.Per / time.Duration(r.Events)
		b := &bucket{interval * time.Duration(r.Burst), c.now}
		for range rapid.IntRange(1, 200).Draw(t, "arrivals") {
			wait := time.Duration(rapid.Int64Range(0, 3*int64(interval)).Draw(t, "wait"))
			switch rapid.IntRange(0, 20).Draw(t, "pace") {
			case 0:
				wait = -wait
			case 1:
				wait *= 100
			default:
				wait /= 3
			}
			c.advance(wait)
			v, err := l.Take(t.Context(), "ann", r)
			if want := b.take(r, c.now); err != nil || v.OK != want {
				t.Fatalf("got %+v %v, want %v", v, err, want)
			}
			full := interval * time.Duration(r.Burst)
			if v.Remaining != int(b.nanos/interval) || v.Reset != full-b.nanos || v.OK != (v.Retry == 0) || !v.OK && v.Retry != interval-b.nanos {
				t.Fatalf("got %+v of a bucket with %v of %v", v, b.nanos, full)
			}
		}
	})
}
