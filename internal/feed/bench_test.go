package feed

import (
	"context"
	"encoding/json"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// crowd is ten thousand listeners, each in a goroutine, as those of net/http are.
const crowd = 10_000

// BenchmarkAnnounce: from an announcement until ten thousand listeners have it.
func BenchmarkAnnounce(b *testing.B) {
	for name, tenant := range map[string]string{"everybody": "", "one tenant": "acme"} {
		b.Run(name, func(b *testing.B) {
			h := New(Config{Source: &bulletin{}})
			w := newWindow()
			w.extend(time.Now(), time.Now().Add(time.Hour))
			close(w.loaded)
			h.window = w
			var before, held runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var all, got sync.WaitGroup
			ctx, stop := context.WithCancel(b.Context())
			got.Add(crowd)
			for range crowd {
				l, err := h.Listen(ctx, Audience{Tenant: tenant}, "")
				if err != nil {
					b.Fatal(err)
				}
				all.Go(func() { hear(ctx, b, l, got.Done) })
			}
			got.Wait()
			runtime.GC()
			runtime.ReadMemStats(&held)
			for i := 0; b.Loop(); i++ {
				got.Add(crowd)
				w.add(news(b, i), time.Now())
				got.Wait()
			}
			b.ReportMetric(float64(held.HeapAlloc+held.StackInuse-before.HeapAlloc-before.StackInuse)/crowd, "B/listener")
			stop()
			all.Wait()
		})
	}
}

// hear takes lines as a stream does; each time it has all, done is called.
func hear(ctx context.Context, b *testing.B, l *Listener, done func()) {
	defer l.Close()
	var room [8][]byte
	for {
		_, more, err := l.Take(room[:0])
		if err != nil {
			b.Error(err)
			return
		}
		done()
		select {
		case <-more:
		case <-ctx.Done():
			return
		}
	}
}

// news are one change of an account with seats in two tenants.
func news(b *testing.B, i int) fresh {
	id := after(time.Now())[:28] + hex8(i)
	n := auth.News{
		ID: id, Event: auth.NewsUserChanged, At: time.Now(), UserID: id, Tenants: []string{"acme", "beta"},
		Seats: []auth.NewsSeat{{TenantID: "acme", SpaceID: id, Role: "clerk"}, {TenantID: "beta", SpaceID: id, Role: "clerk"}},
	}
	body, err := json.Marshal(n)
	if err != nil {
		b.Fatal(err)
	}
	l, n, err := newLine(auth.Bulletined{ID: id, Until: time.Now().Add(time.Hour), Body: body}, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	return fresh{[]*line{l}, []auth.News{n}}
}

// BenchmarkLine is what a line costs that is held.
func BenchmarkLine(b *testing.B) {
	w := newWindow()
	var before, held runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	i := 0
	for ; b.Loop(); i++ {
		w.add(news(b, i), time.Now().Add(time.Hour))
	}
	runtime.GC()
	runtime.ReadMemStats(&held)
	b.ReportMetric(float64(held.HeapAlloc-before.HeapAlloc)/float64(i), "B/line")
	runtime.KeepAlive(w)
}
