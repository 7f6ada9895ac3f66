package password

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestRetryAfter(t *testing.T) {
	for _, tt := range []struct {
		each           time.Duration
		waiting, slots int
		want           time.Duration
	}{
		{25 * time.Millisecond, 128, 1, 4 * time.Second},
		{25 * time.Millisecond, 120, 1, 3 * time.Second},
		{25 * time.Millisecond, 121, 1, 4 * time.Second},
		{25 * time.Millisecond, 128, 7, time.Second},
		{0, 128, 1, time.Second},
		{2 * time.Second, 15, 1, 30 * time.Second},
		{maxRetry, maxQueue, 1, 30 * time.Second},
	} {
		if got := pace(tt.each).overload(tt.waiting, tt.slots).RetryAfter; got != tt.want {
			t.Errorf("%d wait for %d slots at %v each: got %v, want %v", tt.waiting, tt.slots, tt.each, got, tt.want)
		}
	}
}

func TestThePaceFollowsWhatIsSeen(t *testing.T) {
	p := pace(100 * time.Millisecond)
	for range 50 {
		p.add(20 * time.Millisecond)
	}
	if got := time.Duration(p).Round(time.Millisecond); got != 20*time.Millisecond {
		t.Errorf("after fifty hashes of 20ms: got %v", got)
	}
	p.add(24 * time.Hour)
	if got := time.Duration(p); got > 4*time.Second {
		t.Errorf("after one hash of a day: got %v, want no more than an eighth of 30s on top", got)
	}
}

// A hash that takes two cores for 8s is 16s of one.
func TestThePoolMeasuresItsPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(need{2, 1}, 1, 0)
		err := p.run(t.Context(), "acme", need{2, 1}, func() error {
			time.Sleep(8 * time.Second) // of the bubble's clock
			return nil
		})
		if got, want := time.Duration(p.pace), 2*time.Second; err != nil || got != want {
			t.Errorf("got %v, %v, want an eighth of 16s", got, err)
		}
	})
}

func TestAnOverloadIsFoundThroughWrapping(t *testing.T) {
	err := fmt.Errorf("log in: %w", &Overload{RetryAfter: 3 * time.Second})
	var o *Overload
	if !errors.Is(err, ErrOverloaded) || !errors.As(err, &o) || o.RetryAfter != 3*time.Second {
		t.Errorf("%v is not found as an overload of 3s", err)
	}
	if got, want := o.Error(), "password: too many wait to be hashed: try again in 3s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
