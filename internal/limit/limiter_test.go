package limit

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// clock is a clock in hand.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// advance also goes back.
func (c *clock) advance(d time.Duration) { c.now = c.now.Add(d) }

func newLimiter(most int) (*Limiter, *clock) {
	c := &clock{time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	return New(Config{Most: most, Now: c.Now}), c
}

func take(t testing.TB, l *Limiter, key string, r Rate) Verdict {
	t.Helper()
	v, err := l.Take(t.Context(), key, r)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func takeAll(t testing.TB, l *Limiter, charges ...Charge) (Verdict, int) {
	t.Helper()
	v, at, err := l.TakeAll(t.Context(), charges...)
	if err != nil {
		t.Fatal(err)
	}
	return v, at
}

// perMinute is 60 events a minute, one a second.
func perMinute(name string, burst int) Rate {
	return Rate{Name: name, Events: 60, Per: time.Minute, Burst: burst}
}

// TestTheLifeOfAKey: the verdicts of one key, one after the other.
func TestTheLifeOfAKey(t *testing.T) {
	l, c := newLimiter(0)
	const second = time.Second
	for i, step := range []struct {
		wait time.Duration
		want Verdict
	}{
		{0, Verdict{OK: true, Limit: 3, Remaining: 2, Reset: second}},
		{0, Verdict{OK: true, Limit: 3, Remaining: 1, Reset: 2 * second}},
		{0, Verdict{OK: true, Limit: 3, Remaining: 0, Reset: 3 * second}},
		{0, Verdict{Limit: 3, Reset: 3 * second, Retry: second}},
		{second - 1, Verdict{Limit: 3, Reset: 2*second + 1, Retry: 1}}, // refusals cost nothing
		{1, Verdict{OK: true, Limit: 3, Remaining: 0, Reset: 3 * second}},
		{2500 * time.Millisecond, Verdict{OK: true, Limit: 3, Remaining: 1, Reset: 1500 * time.Millisecond}},
		{time.Hour, Verdict{OK: true, Limit: 3, Remaining: 2, Reset: second}}, // nothing is saved up
	} {
		c.advance(step.wait)
		if diff := cmp.Diff(step.want, take(t, l, "ann", perMinute("login", 3))); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i, diff)
		}
	}
}

// TestKeysAndNamesAreApart.
func TestKeysAndNamesAreApart(t *testing.T) {
	l, _ := newLimiter(0)
	for _, charge := range []Charge{
		{"ann", perMinute("login", 1)}, {"bob", perMinute("login", 1)}, {"ann", perMinute("verify", 1)},
		{"", perMinute("login", 1)}, {"login", perMinute("ann", 1)}, {"annlogin", perMinute("login", 1)},
	} {
		if v := take(t, l, charge.Key, charge.Rate); !v.OK {
			t.Errorf("%q of %q found somebody's limit used up", charge.Key, charge.Rate.Name)
		}
		if v := take(t, l, charge.Key, charge.Rate); v.OK {
			t.Errorf("%q of %q has no limit", charge.Key, charge.Rate.Name)
		}
	}
}

// TestAllAreChargedOrNone: what one key refuses uses up nothing of another, and
// the verdict is of the one that decides.
func TestAllAreChargedOrNone(t *testing.T) {
	l, c := newLimiter(0)
	account, tenant := perMinute("account", 2), perMinute("tenant", 3)
	both := func(key string) (Verdict, int) {
		t.Helper()
		return takeAll(t, l, Charge{key, account}, Charge{"acme", tenant})
	}
	want := func(key string, wantAt int, want Verdict) {
		t.Helper()
		got, at := both(key)
		if diff := cmp.Diff(want, got); diff != "" || at != wantAt {
			t.Errorf("decided by %d, want %d (-want +got):\n%s", at, wantAt, diff)
		}
	}
	want("ann", 0, Verdict{OK: true, Limit: 2, Remaining: 1, Reset: time.Second})
	want("ann", 0, Verdict{OK: true, Limit: 2, Remaining: 0, Reset: 2 * time.Second})
	for range 5 {
		want("ann", 0, Verdict{Limit: 2, Reset: 2 * time.Second, Retry: time.Second})
	}
	want("bob", 1, Verdict{OK: true, Limit: 3, Remaining: 0, Reset: 3 * time.Second})
	for range 5 {
		want("bob", 1, Verdict{Limit: 3, Reset: 3 * time.Second, Retry: time.Second})
	}
	if v := take(t, l, "bob", account); v.Remaining != 0 || !v.OK {
		t.Errorf("a refusal by the tenant's limit used up the account's: %+v", v)
	}
	c.advance(time.Second)
	if v, at := both("ann"); !v.OK || v.Remaining != 0 {
		t.Errorf("after a second: %+v of %d", v, at)
	}
	if v, at := takeAll(t, l); at != -1 || v != (Verdict{OK: true}) {
		t.Errorf("no charges: %+v of %d", v, at)
	}
}

// TestTheLongestWaitIsTold of two rates that refuse, wherever it stands.
func TestTheLongestWaitIsTold(t *testing.T) {
	l, _ := newLimiter(0)
	// short is over sooner, though it takes longer until it is as good as new.
	short := Charge{"ann", Rate{Name: "short", Events: 1, Per: time.Minute, Burst: 10}}
	long := Charge{"ann", Rate{Name: "long", Events: 1, Per: 5 * time.Minute, Burst: 1}}
	for range 10 {
		take(t, l, "ann", short.Rate)
	}
	take(t, l, "ann", long.Rate)
	for i, charges := range [][]Charge{{long, short}, {short, long}} {
		if v, at := takeAll(t, l, charges...); v.OK || v.Retry != 5*time.Minute || at != i {
			t.Errorf("%+v of %d", v, at)
		}
	}
}

// TestTheBurstIsExact, however many ask at the same time.
func TestTheBurstIsExact(t *testing.T) {
	l, _ := newLimiter(0)
	const callers, burst = 16, 100
	var passed, passedBoth atomic.Int64
	first, second := Charge{"first", perMinute("both", burst)}, Charge{"second", perMinute("both", burst)}
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			order := []Charge{first, second, {"third", perMinute("both", 10*burst)}}
			if i%2 == 0 { // two that lock in their own order would wait for each other
				order[0], order[1] = order[1], order[0]
			}
			for range burst {
				if take(t, l, "one", perMinute("one", burst)).OK {
					passed.Add(1)
				}
				if v, _ := takeAll(t, l, order...); v.OK {
					passedBoth.Add(1)
				}
			}
		})
	}
	all.Wait()
	if passed.Load() != burst || passedBoth.Load() != burst {
		t.Errorf("%d and %d of %d passed, want %d", passed.Load(), passedBoth.Load(), callers*burst, burst)
	}
	if v := take(t, l, "third", perMinute("both", 10*burst)); v.Remaining != 9*burst-1 {
		t.Errorf("the third key, charged with both, has %d left, want %d", v.Remaining, 9*burst-1)
	}
}

// TestAClockThatGoesBackLocksNobodyOut: what was allowed still is, and comes
// back at the same rate from then on.
func TestAClockThatGoesBackLocksNobodyOut(t *testing.T) {
	for _, back := range []time.Duration{time.Nanosecond, time.Second, time.Hour, 100 * 365 * 24 * time.Hour} {
		l, c := newLimiter(0)
		r := perMinute("login", 3)
		take(t, l, "ann", r)
		take(t, l, "ann", r)
		c.advance(-back)
		if v := take(t, l, "ann", r); !v.OK || v.Remaining != 0 || v.Reset != 3*time.Second {
			t.Errorf("back by %v: %+v", back, v)
		}
		if v, _ := takeAll(t, l, Charge{"ann", r}); v.OK || v.Retry != time.Second {
			t.Errorf("back by %v made a limit go away: %+v", back, v)
		}
		c.advance(time.Second)
		if v, _ := takeAll(t, l, Charge{"ann", r}); !v.OK {
			t.Errorf("back by %v, a second later: %+v", back, v)
		}
	}
}

// TestTheClockOfThisMachine stands in where none is given.
func TestTheClockOfThisMachine(t *testing.T) {
	l := New(Config{})
	r := Rate{Name: "once", Events: 1, Per: time.Hour, Burst: 1}
	if !take(t, l, "ann", r).OK || take(t, l, "ann", r).OK {
		t.Error("once an hour is not once")
	}
}

// TestARateThatCannotBeCountedIsRefused, and charges nothing to others.
func TestARateThatCannotBeCountedIsRefused(t *testing.T) {
	l, _ := newLimiter(0)
	good := perMinute("good", 1)
	for _, r := range []Rate{
		{}, {Events: 1, Per: time.Second, Burst: 1}, {Name: "r", Per: time.Second, Burst: 1}, {Name: "r", Events: 1, Burst: 1},
		{Name: "r", Events: 1, Per: time.Second}, {Name: "r", Events: -1, Per: time.Second, Burst: 1}, {Name: "r", Events: 1, Per: -time.Second, Burst: 1},
		{Name: "r", Events: 1, Per: time.Second, Burst: -1}, {Name: "r", Events: 1001, Per: time.Microsecond, Burst: 1},
		{Name: "r", Events: 1, Per: math.MaxInt64, Burst: 2}, {Name: "r", Events: 1, Per: time.Hour, Burst: math.MaxInt},
	} {
		_, alone := l.Take(t.Context(), "ann", r)
		_, at, among := l.TakeAll(t.Context(), Charge{"ann", good}, Charge{"ann", r})
		if !errors.Is(alone, ErrRate) || !errors.Is(among, ErrRate) || !errors.Is(r.Check(), ErrRate) || at != -1 {
			t.Errorf("%+v: %v, %v", r, alone, among)
		}
	}
	if err := good.Check(); err != nil || !take(t, l, "ann", good).OK {
		t.Errorf("a good rate: %v", err)
	}
}

// TestNothingIsAllocated for a charge.
func TestNothingIsAllocated(t *testing.T) {
	l, _ := newLimiter(1024)
	keys := make([]string, 4096)
	for i := range keys {
		keys[i] = fmt.Sprint("key ", i)
	}
	i := 0
	got := testing.AllocsPerRun(3*len(keys), func() {
		i++
		key := keys[i%len(keys)]
		take(t, l, key, perMinute("a", 3))
		takeAll(t, l, Charge{key, perMinute("b", 3)}, Charge{key, perMinute("c", 3)}, Charge{"all", perMinute("d", 30)}, Charge{"more", perMinute("d", 30)})
	})
	if got != 0 {
		t.Errorf("%v allocations for a charge", got)
	}
}
