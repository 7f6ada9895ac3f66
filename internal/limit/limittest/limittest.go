// Package limittest says what a [limit.Keeper] is: every promise of the
// interface is a test of that name, and a keeper is what passes all of them. It
// knows nothing of the keepers that it tests, takes no options and makes no
// exceptions.
package limittest

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/limit"
)

// tester is what a promise needs of a test: *testing.T, or the recorder with
// which broken keepers are run.
type tester interface {
	Helper()
	Context() context.Context
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// promise is one thing that a keeper says it does.
type promise struct {
	name string
	keep func(t tester, k limit.Keeper)
}

func promises() []promise {
	return []promise{
		{"AKeyOwesWhatItWasCharged", aKeyOwesWhatItWasCharged},
		{"KeysAreApart", keysAreApart},
		{"AllAreChargedOrNone", allAreChargedOrNone},
		{"DebtsShrinkToNothing", debtsShrinkToNothing},
		{"NobodyOwesMoreThanTheSpan", nobodyOwesMoreThanTheSpan},
		{"NoChargeIsLost", noChargeIsLost},
		{"NoChargeIsLostAmongMany", noChargeIsLostAmongMany},
		{"LimitersHoldInSum", limitersHoldInSum},
		{"AnEndedContextIsAnError", anEndedContextIsAnError},
	}
}

// Run tests a keeper. open is called for each promise and returns one that holds
// nothing.
func Run(t *testing.T, open func(t *testing.T) limit.Keeper) {
	for _, p := range promises() {
		t.Run(p.name, func(t *testing.T) { p.keep(t, open(t)) })
	}
}

// An event costs an hour, and no test takes a minute: so much of what is owed
// may have passed.
const (
	hour  = time.Hour
	slack = time.Minute
)

// cost is of the key with that number, of which burst events are allowed.
func cost(key uint64, burst int) limit.Cost {
	c := limit.Cost{Interval: hour, Span: time.Duration(burst) * hour}
	binary.BigEndian.PutUint64(c.ID[8:], key)
	return c
}

// owes wants the keys of a charge to have owed so many hours before it, whether
// or not it was made.
func owes(t tester, k limit.Keeper, costs []limit.Cost, want ...int) {
	t.Helper()
	got, err := k.Charge(t.Context(), costs)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("told of %d keys, want %d", len(got), len(want))
	}
	for i, hours := range want {
		if most := time.Duration(hours) * hour; got[i] > most || got[i] < max(most-slack, 0) {
			t.Errorf("key %d owed %v, want %v", i, got[i], most)
		}
	}
}

func aKeyOwesWhatItWasCharged(t tester, k limit.Keeper) {
	one := []limit.Cost{cost(1, 3)}
	for _, want := range []int{0, 1, 2} {
		owes(t, k, one, want)
	}
	one[0].Span -= slack // what has passed since makes no room
	for range 3 {        // a refusal costs nothing
		got, err := k.Charge(t.Context(), one)
		if err != nil || len(got) != 1 || one[0].Fits(got[0]) {
			t.Fatalf("a key that is used up owes %v, %v", got, err)
		}
	}
	if got, err := k.Charge(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("of no charges: %v, %v", got, err)
	}
}

func keysAreApart(t tester, k limit.Keeper) {
	for key := range uint64(5) {
		owes(t, k, []limit.Cost{cost(key, 9)}, 0)
	}
	far := cost(1, 9)
	far.ID[0] = 0xff
	owes(t, k, []limit.Cost{far}, 0)
	owes(t, k, []limit.Cost{cost(1, 9)}, 1)
}

// allAreChargedOrNone, wherever the one stands that refuses.
func allAreChargedOrNone(t tester, k limit.Keeper) {
	full := cost(1, 1)
	owes(t, k, []limit.Cost{full}, 0)
	full.Span -= slack
	owes(t, k, []limit.Cost{cost(2, 9), cost(3, 9)}, 0, 0)
	owes(t, k, []limit.Cost{full, cost(2, 9), cost(3, 9)}, 1, 1, 1)
	owes(t, k, []limit.Cost{cost(2, 9), full, cost(3, 9)}, 1, 1, 1)
	owes(t, k, []limit.Cost{cost(3, 9), cost(2, 9), full}, 1, 1, 1)
	owes(t, k, []limit.Cost{cost(3, 9), cost(2, 9)}, 1, 1)
	owes(t, k, []limit.Cost{cost(2, 9), cost(4, 9)}, 2, 0)
}

// debtsShrinkToNothing: whoever is used up can be charged again after as long
// as one event costs, and owes nothing in the end.
func debtsShrinkToNothing(t tester, k limit.Keeper) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := limit.Cost{Interval: 50 * time.Millisecond, Span: 100 * time.Millisecond}
	for range 5 { // the third and those after it wait
		for {
			owed, err := k.Charge(ctx, []limit.Cost{c})
			if err != nil {
				t.Fatal(err)
			}
			if c.Fits(owed[0]) {
				break
			}
		}
	}
	probe := c
	probe.Span = 1 // never fits, so that it only asks
	for {
		owed, err := k.Charge(ctx, []limit.Cost{probe})
		if err != nil {
			t.Fatal(err)
		}
		if owed[0] == 0 {
			return
		}
	}
}

// nobodyOwesMoreThanTheSpan, also when a rate becomes smaller while it is used.
func nobodyOwesMoreThanTheSpan(t tester, k limit.Keeper) {
	for want := range 9 {
		owes(t, k, []limit.Cost{cost(1, 9)}, want)
	}
	owed, err := k.Charge(t.Context(), []limit.Cost{cost(1, 2)})
	if err != nil || owed[0] != 2*hour {
		t.Errorf("under the smaller rate: got %v, %v, want %v", owed, err, 2*hour)
	}
}

// crowd is how many charge at once.
const crowd = 32

// race has a crowd charge at once, and returns how many were let in.
func race(t tester, charge func(i int) (bool, error)) int {
	var mu sync.Mutex
	var all sync.WaitGroup
	in := 0
	start := make(chan struct{})
	for i := range crowd {
		all.Go(func() {
			<-start
			ok, err := charge(i)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if ok {
				in++
			}
		})
	}
	close(start)
	all.Wait()
	return in
}

func noChargeIsLost(t tester, k limit.Keeper) {
	for key := range uint64(10) {
		got := race(t, func(int) (bool, error) {
			owed, err := k.Charge(t.Context(), []limit.Cost{cost(key, crowd/2)})
			return err == nil && cost(key, crowd/2).Fits(owed[0]), err
		})
		if got != crowd/2 {
			t.Errorf("%d of %d were let in, want %d", got, crowd, crowd/2)
		}
	}
}

// noChargeIsLostAmongMany: callers who name the same keys in different orders
// neither lose one nor wait for each other for ever.
func noChargeIsLostAmongMany(t tester, k limit.Keeper) {
	for round := range uint64(10) {
		got := race(t, func(i int) (bool, error) {
			costs := []limit.Cost{cost(3*round, crowd/4), cost(3*round+1, crowd), cost(3*round+2, 2*crowd)}
			if i%2 == 0 {
				slices.Reverse(costs)
			}
			owed, err := k.Charge(t.Context(), costs)
			if err != nil {
				return false, err
			}
			for i, c := range costs {
				if !c.Fits(owed[i]) {
					return false, nil
				}
			}
			return true, nil
		})
		if got > crowd/4 || got < 1 {
			t.Errorf("%d of %d were let in, want %d at most and somebody", got, crowd, crowd/4)
		}
		owes(t, k, []limit.Cost{cost(3*round+1, crowd), cost(3*round+2, 2*crowd)}, got, got)
	}
}

// limitersHoldInSum: however many share the keeper, together they let in as many
// as one would.
func limitersHoldInSum(t tester, k limit.Keeper) {
	var limiters []*limit.Limiter
	for range 3 {
		limiters = append(limiters, limit.New(limit.Config{Keeper: k, Secret: []byte("the same")}))
	}
	account := limit.Rate{Name: "account", Events: 1, Per: hour, Burst: crowd / 4}
	got := 0
	for i := range crowd { // one after the other: in a crowd some would not wait for the keeper
		v, err := limiters[i%len(limiters)].Take(t.Context(), "ann", account)
		if err != nil {
			t.Fatal(err)
		}
		if v.OK {
			got++
		}
	}
	if got != account.Burst {
		t.Errorf("%d of %d were let in, want %d", got, crowd, account.Burst)
	}
}

func anEndedContextIsAnError(t tester, k limit.Keeper) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.Charge(ctx, []limit.Cost{cost(1, 1)}); err == nil {
		t.Error("no error after the end of the context")
	}
}
