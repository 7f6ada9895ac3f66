package live

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/latchkey/latchkey/internal/auth"
)

// TestEveryDropIsHeardOf: whatever is dropped here, and what is told to others.
func TestEveryDropIsHeardOf(t *testing.T) {
	for name, drop := range map[string]func(*Cache){
		"tenant":   func(c *Cache) { c.DropTenant(auth.Tenant{ID: "t", Slug: "acme"}) },
		"sessions": func(c *Cache) { c.DropSessions("default", "a", "b") },
		"account":  func(c *Cache) { c.DropAccount("default", "u") },
		"all":      func(c *Cache) { c.DropAll() },
		"told":     func(c *Cache) { c.TellOthers() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := New(Config{Source: newSource()})
				var heard atomic.Int64
				c.OnDrop(func() { heard.Add(1) })
				ctx, stop := context.WithCancel(t.Context())
				go c.Run(ctx)
				synctest.Wait()
				drop(c)
				synctest.Wait()
				if got := heard.Load(); got != 1 {
					t.Errorf("called %d times, want once", got)
				}
				stop()
				synctest.Wait()
			})
		})
	}
}

// TestNoDropWaitsForItsListener: many drops while it is busy are one call more.
func TestNoDropWaitsForItsListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{Source: newSource()})
		var heard atomic.Int64
		busy := make(chan struct{})
		c.OnDrop(func() {
			heard.Add(1)
			<-busy
		})
		ctx, stop := context.WithCancel(t.Context())
		go c.Run(ctx)
		c.DropAll()
		synctest.Wait()
		for range 1000 {
			c.DropSessions("default", "a")
		}
		close(busy)
		synctest.Wait()
		if got := heard.Load(); got != 2 {
			t.Errorf("called %d times, want twice", got)
		}
		stop()
		synctest.Wait()
	})
}
