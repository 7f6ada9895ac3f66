package live

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

// One session check: its tenant, which everybody asks for, and one of many
// sessions and accounts.
func BenchmarkHit(b *testing.B) {
	s := newSource()
	c := New(Config{Source: s})
	s.fill("state")
	const n = 10_000
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("01890a5d-ac96-774b-bcce-%012d", i)
		s.sessions[key{"d", ids[i]}] = auth.Session{ID: ids[i]}
		s.accounts[key{"d", ids[i]}] = auth.Account{User: auth.User{ID: ids[i]}}
	}
	ctx := b.Context()
	check := func(id string) {
		_, tenant := c.Tenant(ctx, "acme")
		_, session := c.Session(ctx, "d", id)
		_, account := c.Account(ctx, "d", id)
		if tenant != nil || session != nil || account != nil {
			b.Error(tenant, session, account)
		}
	}
	for _, id := range ids {
		check(id)
	}
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			check(ids[i%n])
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				check(ids[i%n])
			}
		})
	})
}

// What a bus adds to a hit: one more lease to look at.
func BenchmarkHitWithBus(b *testing.B) {
	s := newSource()
	c := New(Config{Source: s, Bus: NewWire().Station(), Watch: func(context.Context) (int64, error) { return 1, nil }})
	s.fill("state")
	ctx, stop := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx) })
	for c.Degraded() {
		runtime.Gosched()
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Session(ctx, "d", "s1"); err != nil {
			b.Fatal(err)
		}
	}
	stop()
	running.Wait()
}

func BenchmarkMissAndDrop(b *testing.B) {
	s := newSource()
	c := New(Config{Source: s})
	s.fill("state")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Session(b.Context(), "d", "s1"); err != nil {
			b.Fatal(err)
		}
		c.DropSessions("d", "s1")
	}
}

func BenchmarkSeen(b *testing.B) {
	c := New(Config{Source: newSource()})
	at := c.config.Now()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.Seen("d", "s1", at)
		}
	})
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		New(Config{})
	}
}
