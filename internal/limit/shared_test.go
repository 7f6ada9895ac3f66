package limit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// ledger is a keeper in memory.
type ledger struct {
	mu    sync.Mutex
	now   func() time.Time
	full  map[[16]byte]time.Time
	asked int
	fail  error
	lie   func(owed []time.Duration) []time.Duration
}

func newLedger(c *clock) *ledger { return &ledger{now: c.Now, full: map[[16]byte]time.Time{}} }

func (k *ledger) Charge(_ context.Context, costs []Cost) ([]time.Duration, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.asked++; k.fail != nil {
		return nil, k.fail
	}
	now, owed, fit := k.now(), make([]time.Duration, len(costs)), true
	for i, c := range costs {
		owed[i] = min(max(k.full[c.ID].Sub(now), 0), c.Span)
		fit = fit && c.Fits(owed[i])
	}
	for i, c := range costs {
		if fit {
			k.full[c.ID] = now.Add(owed[i] + c.Interval)
		}
	}
	if k.lie != nil {
		owed = k.lie(owed)
	}
	return owed, nil
}

// sharing returns limiters that share a keeper and a clock.
func sharing(n int, log *slog.Logger) ([]*Limiter, *ledger, *clock) {
	c := &clock{time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	k := newLedger(c)
	all := make([]*Limiter, n)
	for i := range all {
		all[i] = New(Config{Now: c.Now, Keeper: k, Secret: []byte("the same"), Log: log})
	}
	return all, k, c
}

// TestManyAreAsOne: whatever comes to whichever of the limiters that share a
// keeper, they let in whom one would that counts alone.
func TestManyAreAsOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "limiters")
		all, _, c := sharing(n, nil)
		one := New(Config{Now: c.Now})
		rate := rapid.Custom(func(t *rapid.T) Rate {
			return Rate{Name: "any", Events: rapid.IntRange(1, 70).Draw(t, "events"), Burst: rapid.IntRange(1, 20).Draw(t, "burst"), Per: time.Minute}
		})
		rates := rapid.SliceOfN(rate, 3, 3).Draw(t, "rates")
		for range rapid.IntRange(1, 200).Draw(t, "arrivals") {
			c.advance(time.Duration(rapid.Int64Range(0, int64(time.Second)).Draw(t, "wait")))
			var charges []Charge
			for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, 2), 1, 3, rapid.ID[int]).Draw(t, "keys") {
				charges = append(charges, Charge{fmt.Sprint("key ", i), rates[i]})
			}
			l := rapid.SampledFrom(all).Draw(t, "limiter")
			got, at, err := l.TakeAll(t.Context(), charges...)
			want, wantAt, wantErr := one.TakeAll(t.Context(), charges...)
			if err != nil || wantErr != nil || got.OK != want.OK {
				t.Fatalf("got %+v, %v, want %+v, %v", got, err, want, wantErr)
			}
			// Of what came to others since, who refuses from memory does not know.
			if diff := cmp.Diff(want, got); (n == 1 || got.OK) && (diff != "" || at != wantAt) {
				t.Fatalf("decided by %d, want %d (-want +got):\n%s", at, wantAt, diff)
			}
		}
	})
}

// TestManyHoldTheSum however many come at once.
func TestManyHoldTheSum(t *testing.T) {
	all, _, _ := sharing(3, nil)
	var passed atomic.Int64
	var callers sync.WaitGroup
	for i := range 60 {
		callers.Go(func() {
			if take(t, all[i%len(all)], "ann", perMinute("login", 20)).OK {
				passed.Add(1)
			}
		})
	}
	callers.Wait()
	if got := passed.Load(); got != 20 {
		t.Errorf("%d passed, want 20", got)
	}
}

// TestARefusalIsToldFromMemory from the second on, until the keeper would say
// something else.
func TestARefusalIsToldFromMemory(t *testing.T) {
	all, k, c := sharing(2, nil)
	r := perMinute("login", 3)
	for range 3 {
		take(t, all[0], "ann", r)
	}
	want := Verdict{Limit: 3, Reset: 3 * time.Second, Retry: time.Second}
	for range 9 {
		if diff := cmp.Diff(want, take(t, all[1], "ann", r)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		take(t, all[0], "ann", r)
	}
	if k.asked != 4 {
		t.Errorf("the keeper was asked %d times, want 4: three that were let in, and the first refusal of a limiter that knew nothing", k.asked)
	}
	c.advance(time.Second)
	if !take(t, all[1], "ann", r).OK || take(t, all[1], "ann", r).OK {
		t.Error("a second later not exactly one more is let in")
	}
}

// TestAKeeperThatFails is left alone for a second, and meanwhile each limiter
// limits by itself, with what it knows.
func TestAKeeperThatFails(t *testing.T) {
	var log bytes.Buffer
	all, k, c := sharing(1, slog.New(slog.NewTextHandler(&log, nil)))
	l, r := all[0], perMinute("login", 5)
	r.Per = time.Hour
	take(t, l, "ann", r)
	k.fail = errors.New("it is down")
	for i := range 6 {
		if v := take(t, l, "ann", r); v.OK != (i < 4) {
			t.Errorf("charge %d by itself: %+v", i, v)
		}
	}
	if k.asked != 2 {
		t.Errorf("the keeper was asked %d times, want 2", k.asked)
	}
	for range 3 {
		c.advance(pause)
		for range 4 {
			takeAll(t, l, Charge{"bob", perMinute("login", 100)}, Charge{"acme", perMinute("tenant", 100)})
		}
	}
	if k.asked != 5 {
		t.Errorf("the keeper was asked %d times, want 5: once a second", k.asked)
	}
	c.advance(-time.Hour) // it does not have to come back first
	if take(t, l, "eve", r); k.asked != 6 {
		t.Error("a clock that went back keeps the keeper alone")
	}
	if got := strings.Count(log.String(), "\n"); got != 1 || !strings.Contains(log.String(), "it is down") {
		t.Errorf("the log has %d lines, want 1:\n%s", got, &log)
	}
	k.fail = nil
	c.advance(pause)
	for range 3 {
		take(t, l, "dan", r)
	}
	if k.asked != 9 {
		t.Errorf("the keeper was asked %d times, want 9: it answers again", k.asked)
	}
	if got := strings.Count(log.String(), "\n"); got != 2 {
		t.Errorf("the log has %d lines, want 2:\n%s", got, &log)
	}
}

// TestOneAsksAfterThePause, however many come.
func TestOneAsksAfterThePause(t *testing.T) {
	all, k, c := sharing(1, nil)
	k.fail = errors.New("it is down")
	take(t, all[0], "ann", perMinute("login", 1000))
	c.advance(pause)
	var callers sync.WaitGroup
	for range 50 {
		callers.Go(func() { take(t, all[0], "ann", perMinute("login", 1000)) })
	}
	callers.Wait()
	if k.asked != 2 {
		t.Errorf("the keeper was asked %d times, want 2", k.asked)
	}
}

// silent never answers.
type silent struct{}

func (silent) Charge(ctx context.Context, _ []Cost) ([]time.Duration, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestNobodyWaitsLongForTheKeeper, and whoever comes later does not wait at all.
func TestNobodyWaitsLongForTheKeeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, began := New(Config{Keeper: silent{}}), time.Now()
		for range 3 {
			if v := take(t, l, "ann", perMinute("login", 3)); !v.OK {
				t.Errorf("got %+v", v)
			}
			if got := time.Since(began); got != patience {
				t.Errorf("answered after %v, want %v", got, patience)
			}
		}
		if take(t, l, "ann", perMinute("login", 3)).OK {
			t.Error("without the keeper there is no limit")
		}
	})
}

// TestWhoHangsUpIsCharged.
func TestWhoHangsUpIsCharged(t *testing.T) {
	c := &clock{time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	k := watchful{newLedger(c)}
	l := New(Config{Now: c.Now, Keeper: k})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, want := range []bool{true, false} {
		if v, err := l.Take(ctx, "ann", perMinute("login", 1)); err != nil || v.OK != want {
			t.Errorf("got %+v, %v, want %v", v, err, want)
		}
	}
	if len(k.full) != 1 {
		t.Error("the keeper was not charged")
	}
}

// watchful charges nobody who has gone.
type watchful struct{ *ledger }

func (k watchful) Charge(ctx context.Context, costs []Cost) ([]time.Duration, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return k.ledger.Charge(ctx, costs)
}

// TestTheKeeperSeesNoKeys, but the same id from all who have the same secret.
func TestTheKeeperSeesNoKeys(t *testing.T) {
	r := Rate{Name: "login", Events: 3, Per: time.Minute, Burst: 5}
	pace, err := r.pace()
	if err != nil {
		t.Fatal(err)
	}
	secret := []byte("secret")
	cost := Charge{"ann@example.com", r}.cost(secret, pace)
	if diff := cmp.Diff(Cost{cost.ID, 20 * time.Second, 100 * time.Second}, cost); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if again := (Charge{"ann@example.com", r}).cost(secret, pace); again != cost {
		t.Errorf("the same charge: %x, then %x", cost.ID, again.ID)
	}
	seen := map[[16]byte]string{cost.ID: "it"}
	for what, other := range map[string]Cost{
		"another key":      Charge{"bob@example.com", r}.cost(secret, pace),
		"another name":     Charge{"ann@example.com", perMinute("verify", 1)}.cost(secret, pace),
		"another secret":   Charge{"ann@example.com", r}.cost([]byte("other"), pace),
		"another boundary": Charge{"nann@example.com", perMinute("logi", 1)}.cost(secret, pace),
	} {
		if same, ok := seen[other.ID]; ok {
			t.Errorf("%s has the id of %s", what, same)
		}
		seen[other.ID] = what
	}
}

// TestAKeeperThatLiesLocksNobodyOut for longer than the rate could.
func TestAKeeperThatLiesLocksNobodyOut(t *testing.T) {
	r := perMinute("login", 3)
	for name, lie := range map[string]func([]time.Duration) []time.Duration{
		"too much":    func([]time.Duration) []time.Duration { return []time.Duration{math.MaxInt64} },
		"less than 0": func([]time.Duration) []time.Duration { return []time.Duration{math.MinInt64} },
		"nothing":     func([]time.Duration) []time.Duration { return nil },
	} {
		all, k, c := sharing(1, nil)
		k.lie = lie
		v := take(t, all[0], "ann", r)
		if v.OK == (name == "too much") || v.Reset > 3*time.Second || v.Retry > time.Second {
			t.Errorf("%s: %+v", name, v)
		}
		k.lie = nil
		c.advance(3 * time.Second)
		if v := take(t, all[0], "ann", r); !v.OK || v.Remaining != 2 {
			t.Errorf("%s: afterwards %+v", name, v)
		}
	}
}

// TestTheKeeperIsNotAskedInVain: about no charges, or rates that cannot be.
func TestTheKeeperIsNotAskedInVain(t *testing.T) {
	all, k, _ := sharing(1, nil)
	if v, at := takeAll(t, all[0]); at != -1 || v != (Verdict{OK: true}) {
		t.Errorf("no charges: %+v of %d", v, at)
	}
	if _, _, err := all[0].TakeAll(t.Context(), Charge{"ann", perMinute("good", 1)}, Charge{"ann", Rate{}}); !errors.Is(err, ErrRate) {
		t.Errorf("a rate that cannot be: %v", err)
	}
	if _, err := all[0].Take(t.Context(), "ann", Rate{}); !errors.Is(err, ErrRate) {
		t.Errorf("a rate that cannot be: %v", err)
	}
	if k.asked != 0 {
		t.Errorf("the keeper was asked %d times", k.asked)
	}
}

// late is a keeper whose answer takes as long as an event costs.
type late struct {
	*ledger
	clock *clock
}

func (k late) Charge(ctx context.Context, costs []Cost) ([]time.Duration, error) {
	owed, err := k.ledger.Charge(ctx, costs)
	k.clock.advance(time.Second)
	return owed, err
}

// TestTheWayOfTheAnswerCounts: what passed while it came has passed for the key.
func TestTheWayOfTheAnswerCounts(t *testing.T) {
	c := &clock{time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	l := New(Config{Now: c.Now, Keeper: late{newLedger(c), c}})
	for i := range 5 {
		if v := take(t, l, "ann", perMinute("login", 1)); !v.OK {
			t.Errorf("event %d, a second after the one before: %+v", i, v)
		}
	}
}

// TestFastRatesAreCountedAlone: the keeper is not asked about them; beside a slow
// one they are charged when that is, and the tighter of the two decides.
func TestFastRatesAreCountedAlone(t *testing.T) {
	c := &clock{time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
	k := newLedger(c)
	one := New(Config{Now: c.Now, Keeper: k, Least: time.Second})
	other := New(Config{Now: c.Now, Keeper: k, Least: time.Second})
	fast := Charge{"key", Rate{Name: "fast", Events: 10, Per: time.Second, Burst: 3}}
	slow := Charge{"key", Rate{Name: "slow", Events: 1, Per: time.Second, Burst: 2}}
	take := func(l *Limiter, charges ...Charge) (bool, int) {
		t.Helper()
		v, at, err := l.TakeAll(t.Context(), charges...)
		if err != nil {
			t.Fatal(err)
		}
		return v.OK, at
	}
	for i, want := range []struct {
		by      *Limiter
		charges []Charge
		ok      bool
		at      int
		asked   int
	}{
		{one, []Charge{fast}, true, 0, 0},
		{one, []Charge{fast, slow}, true, 1, 1},    // of both one is left, and the second takes longer to come back
		{other, []Charge{slow, fast}, true, 0, 2},  // of the first none is left
		{other, []Charge{fast, slow}, false, 1, 2}, // as the keeper has said
		{other, []Charge{fast}, true, 0, 2},        // the refusal used up nothing
		{other, []Charge{fast}, true, 0, 2},
		{other, []Charge{fast}, false, 0, 2},
		{one, []Charge{fast}, true, 0, 2}, // by itself
		{one, []Charge{fast}, false, 0, 2},
	} {
		ok, at := take(want.by, want.charges...)
		if ok != want.ok || at != want.at || k.asked != want.asked {
			t.Errorf("step %d: got %v at %d, asked %d times; want %v at %d, %d", i, ok, at, k.asked, want.ok, want.at, want.asked)
		}
	}
}
