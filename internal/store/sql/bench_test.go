package sql

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// BenchmarkRotate measures rotations of different sessions by so many callers
// at once, each of which waits for its own to be on disk.
func BenchmarkRotate(b *testing.B) {
	for _, callers := range []int{1, 16, 64, 256, 1024} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) { benchmarkRotate(b, callers) })
	}
}

func benchmarkRotate(b *testing.B, callers int) {
	const each = 16 // sessions of a caller
	s := open(b, "bench.db")
	user := addUser(b, s, "ann")
	now := time.Now()
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				addSession(b, s, user, fmt.Sprintf("%04d-%04d-7000-8000-000000000000", c, i), now)
			}
		})
	}
	wg.Wait()
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	for c := range callers {
		wg.Go(func() {
			for n := 0; left.Add(-1) >= 0; n++ {
				id := fmt.Sprintf("%04d-%04d-7000-8000-000000000000", c, n%each)
				r := rotation(id, int64(n/each), now)
				res, err := s.Rotate(b.Context(), r)
				if err != nil || res.Outcome != auth.Rotated {
					b.Error(res.Outcome, err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rotations/s")
}
