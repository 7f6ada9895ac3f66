package limit

import (
	"fmt"
	"testing"
	"time"
)

// One request of one of many addresses, and one that is charged to its account
// and its tenant.
func BenchmarkTake(b *testing.B) {
	keys := make([]string, 10_000)
	for i := range keys {
		keys[i] = fmt.Sprintf("key %d", i)
	}
	r := Rate{Name: "login", Events: 1_000_000, Per: time.Second, Burst: 1_000_000}
	all := Rate{Name: "tenant", Events: 1_000_000, Per: time.Second, Burst: 1_000_000}
	l := New(Config{})
	b.Run("one", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := l.Take(b.Context(), keys[i%len(keys)], r); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("all of two", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, _, err := l.TakeAll(b.Context(), Charge{keys[i%len(keys)], r}, Charge{"tenant", all}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				if _, err := l.Take(b.Context(), keys[i%len(keys)], r); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("newcomers into a full table", func(b *testing.B) {
		slow, small := Rate{Name: "slow", Events: 1, Per: time.Hour, Burst: 5}, New(Config{Most: 1024})
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := small.Take(b.Context(), keys[i%len(keys)], slow); err != nil {
				b.Fatal(err)
			}
		}
	})
}
