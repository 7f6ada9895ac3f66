package limit

import (
	"fmt"
	"testing"
	"time"
	"unsafe"
)

// TestMemoryIsBounded: what was asked for, whatever comes.
func TestMemoryIsBounded(t *testing.T) {
	slots := func(l *Limiter) (n int) {
		for i := range l.parts {
			n += len(l.parts[i].rows) * width
		}
		return n
	}
	for most, want := range map[int]int{-1: 1 << 18, 0: 1 << 18, 1: 8, 8: 8, 9: 16, 512: 512, 513: 1024, 1 << 20: 1 << 20} {
		l, _ := newLimiter(most)
		if got := slots(l); got != want {
			t.Errorf("room for %d keys, asked for %d, want %d", got, most, want)
		}
	}
	if got := unsafe.Sizeof(slot{}); got != 24 {
		t.Errorf("a key takes %d bytes, Config says 24", got)
	}
	if got := unsafe.Sizeof(part{}); got != 64 {
		t.Errorf("a part takes %d bytes, a cache line 64", got)
	}
	l, _ := newLimiter(512)
	for i := range 100_000 {
		take(t, l, fmt.Sprint(i), perMinute("login", 60))
	}
	if got := slots(l); got != 512 {
		t.Errorf("after a flood there is room for %d", got)
	}
}

// TestAFloodWashesNoUsedUpLimitAway: neither other addresses with a request
// each, in any number, nor such that use up nearly as much.
func TestAFloodWashesNoUsedUpLimitAway(t *testing.T) {
	l, _ := newLimiter(512)
	r, slow := perMinute("login", 10), Rate{Name: "sign-up", Events: 1, Per: time.Hour, Burst: 10}
	var used []string
	for i := range 20 {
		used = append(used, fmt.Sprint("attacker ", i))
	}
	for range 10 {
		for _, key := range used {
			take(t, l, key, r)
		}
	}
	for i := range 100_000 {
		key := fmt.Sprint("address ", i)
		if !take(t, l, key, slow).OK { // its time to come back is long, its share is small
			t.Fatal("refused for want of room")
		}
		for range i % 10 {
			take(t, l, key, r)
		}
	}
	for _, key := range used {
		if take(t, l, key, r).OK {
			t.Errorf("%s has a fresh limit", key)
		}
	}
}

// TestWhoIsFullAgainMakesRoom: keys whose limit has come back are taken for
// free slots, before anyone who has used something up.
func TestWhoIsFullAgainMakesRoom(t *testing.T) {
	l, c := newLimiter(width) // one row
	r := perMinute("login", 3)
	for i := range width {
		for range 3 {
			take(t, l, fmt.Sprint("old ", i), r)
		}
	}
	c.advance(3 * time.Second)
	take(t, l, "young", r)
	take(t, l, "young", r)
	for i := range width - 1 {
		take(t, l, fmt.Sprint("new ", i), r)
	}
	if v := take(t, l, "young", r); !v.OK || v.Remaining != 0 {
		t.Errorf("a key in use gave way to newcomers: %+v", v)
	}
	for i := range width - 1 {
		if v := take(t, l, fmt.Sprint("new ", i), r); v.Remaining != 1 {
			t.Errorf("a newcomer found no room of its own: %+v", v)
		}
	}
}
