package redis

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/latchkey/latchkey/internal/limit"
	"github.com/latchkey/latchkey/internal/limit/limittest"
	"github.com/latchkey/latchkey/internal/testserver"
)

func TestKeeper(t *testing.T) {
	limittest.Run(t, func(t *testing.T) limit.Keeper { return open(t) })
}

// witness is a keeper that remembers when the server charged.
type witness struct {
	*Store
	at time.Time
}

func (w *witness) Charge(ctx context.Context, costs []limit.Cost) ([]time.Duration, error) {
	at, owed, err := w.charge(ctx, costs)
	w.at = at
	return owed, err
}

// alwaysAsk is a limiter that holds nothing itself: one that was just made.
func alwaysAsk(k limit.Keeper) *limit.Limiter { return limit.New(limit.Config{Most: 1, Keeper: k}) }

// TestTheNumbersAreTheSame: for any rates and any charges, by the clock of the
// server, the verdicts are those of a limiter that counts in memory.
func TestTheNumbersAreTheSame(t *testing.T) {
	s := open(t)
	rapid.Check(t, func(t *rapid.T) {
		w := &witness{Store: s}
		now := time.Now()
		alone := limit.New(limit.Config{Now: func() time.Time { return now }})
		name := uuid.NewString()
		rate := rapid.Custom(func(t *rapid.T) limit.Rate {
			return limit.Rate{
				Name: name, Events: rapid.IntRange(1, 7000).Draw(t, "events"), Burst: rapid.IntRange(1, 20).Draw(t, "burst"),
				Per: rapid.SampledFrom([]time.Duration{time.Second, 3 * time.Second, time.Minute, 24 * time.Hour}).Draw(t, "per"),
			}
		})
		rates := rapid.SliceOfN(rate, 3, 3).Draw(t, "rates")
		for range rapid.IntRange(1, 60).Draw(t, "charges") {
			var charges []limit.Charge
			for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, 2), 1, 3, rapid.ID[int]).Draw(t, "keys") {
				charges = append(charges, limit.Charge{Key: fmt.Sprint("key ", i), Rate: rates[i]})
			}
			got, at, err := alwaysAsk(w).TakeAll(bg, charges...)
			if err != nil {
				t.Fatal(err)
			}
			now = w.at
			want, wantAt, err := alone.TakeAll(bg, charges...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" || at != wantAt {
				t.Fatalf("decided by %d, want %d (-want +got):\n%s", at, wantAt, diff)
			}
		}
	})
}

// TestAClockThatGoesBackStopsNoDebt: what was owed is owed, and shrinks from
// then on, whether or not anything is charged.
func TestAClockThatGoesBackStopsNoDebt(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s := open(t)
	c := limit.Cost{Interval: 60 * time.Millisecond, Span: 100 * time.Millisecond}
	if _, err := s.Charge(ctx, []limit.Cost{c}); err != nil {
		t.Fatal(err)
	}
	key := only(t, s)
	later := time.Now().Add(time.Hour).UnixMicro()
	was := c.Span / 2
	if err := s.client.Set(ctx, key, fmt.Sprintf("%d %d", was, later), time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
	owed, err := s.Charge(ctx, []limit.Cost{c})
	if err != nil || owed[0] != was {
		t.Fatalf("an hour earlier: got %v, %v, want %v", owed, err, was)
	}
	for !c.Fits(owed[0]) {
		if owed, err = s.Charge(ctx, []limit.Cost{c}); err != nil {
			t.Fatal(err)
		}
	}
}

// only returns the name of the only key there is.
func only(t *testing.T, s *Store) string {
	t.Helper()
	keys := names(t, s)
	if len(keys) != 1 {
		t.Fatalf("there are %d keys, want 1: %q", len(keys), keys)
	}
	return keys[0]
}

func BenchmarkCharge(b *testing.B) {
	s := openAt(b, Config{URL: testserver.Redis(b), Prefix: "bench " + uuid.NewString() + ":"})
	costs := []limit.Cost{{Interval: 1, Span: 1 << 30}, {ID: [16]byte{1}, Interval: 1, Span: 1 << 30}}
	for b.Loop() {
		if _, err := s.Charge(bg, costs); err != nil {
			b.Fatal(err)
		}
	}
}
