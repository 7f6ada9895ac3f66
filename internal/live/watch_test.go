package live

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// database is what Watch asks: a number, an error, or no answer at all.
type database struct {
	number atomic.Int64
	away   atomic.Bool
	hangs  atomic.Bool
}

func (d *database) changed(ctx context.Context) (int64, error) {
	if d.hangs.Load() {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	if d.away.Load() {
		return 0, errors.New("away")
	}
	return d.number.Load(), nil
}

// watching runs f, in a bubble, with a cache that watches d and has looked once.
func watching(t *testing.T, f func(s *source, c *Cache, d *database, told *atomic.Int64)) {
	synctest.Test(t, func(t *testing.T) {
		s, d := newSource(), &database{}
		var told atomic.Int64
		c := New(Config{Source: s, Watch: d.changed})
		c.OnOutsideChange(func() { told.Add(1) })
		ctx, stop := context.WithCancel(t.Context())
		go c.Run(ctx)
		synctest.Wait()
		f(s, c, d, &told)
		stop()
		synctest.Wait()
		if !c.Degraded() {
			t.Error("nobody watches any more, and it says that all is well")
		}
	})
}

func TestAChangeByAnotherProcessDropsEverything(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			watching(t, func(s *source, c *Cache, d *database, told *atomic.Int64) {
				s.fill("old")
				time.Sleep(time.Millisecond)
				k.wants(t, c, "old")
				s.fill("new")
				time.Sleep(10 * time.Second)
				k.wants(t, c, "old") // the number has not changed
				before := told.Load()
				d.number.Add(1)
				time.Sleep(time.Second)
				k.wants(t, c, "new")
				if got := told.Load() - before; got != 1 {
					t.Errorf("got %d calls to the listener, want 1", got)
				}
			})
		})
	}
}

func TestBlindAnswersLiveTwoSeconds(t *testing.T) {
	for _, trouble := range []struct {
		name string
		set  func(d *database, on bool)
	}{
		{"errors", func(d *database, on bool) { d.away.Store(on) }},
		{"no answer", func(d *database, on bool) { d.hangs.Store(on) }},
	} {
		t.Run(trouble.name, func(t *testing.T) {
			watching(t, func(s *source, c *Cache, d *database, told *atomic.Int64) {
				k := kinds[2]
				if c.Degraded() {
					t.Error("degraded while all is well")
				}
				trouble.set(d, true)
				time.Sleep(3500 * time.Millisecond)
				if !c.Degraded() || !c.Stats().Degraded {
					t.Error("not degraded while nobody can look")
				}
				s.fill("old")
				k.wants(t, c, "old")
				s.fill("new")
				time.Sleep(1999 * time.Millisecond)
				k.wants(t, c, "old")
				time.Sleep(time.Millisecond)
				k.wants(t, c, "new")

				before := told.Load()
				s.fill("newest") // nobody saw it, and the number says nothing of it
				trouble.set(d, false)
				time.Sleep(1100 * time.Millisecond)
				k.wants(t, c, "newest")
				if c.Degraded() {
					t.Error("degraded after the recovery")
				}
				if got := told.Load() - before; got != 1 {
					t.Errorf("got %d calls to the listener, want 1", got)
				}
			})
		})
	}
}

// Before Run has looked for the first time, nothing is known of other processes.
func TestBlindUntilTheFirstLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := newSource(), &database{}
		c := New(Config{Source: s, Watch: d.changed})
		s.fill("old")
		kinds[2].wants(t, c, "old")
		s.fill("new")
		if !c.Degraded() {
			t.Error("not degraded before the first look")
		}
		ctx, stop := context.WithCancel(t.Context())
		go c.Run(ctx)
		synctest.Wait()
		kinds[2].wants(t, c, "new")
		stop()
	})
}

// A watcher that does not come back from its look leaves its lease to run out.
// With a bus the lease is shorter, as an alarm has to be noticed within BlindAge.
func TestAWatchThatNeverReturnsIsNotTrusted(t *testing.T) {
	for _, tt := range []struct {
		name  string
		bus   Bus
		lease time.Duration
	}{
		{"alone", nil, 3 * time.Second},
		{"with a bus", NewWire().Station(), 2 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release, looks := make(chan struct{}), 0
				c := New(Config{Source: newSource(), Bus: tt.bus, Watch: func(context.Context) (int64, error) {
					if looks++; looks > 1 {
						<-release
					}
					return 1, nil
				}})
				ctx, stop := context.WithCancel(t.Context())
				go c.Run(ctx)
				time.Sleep(tt.lease - time.Millisecond)
				if c.Degraded() {
					t.Error("degraded within the lease")
				}
				time.Sleep(time.Millisecond)
				if !c.Degraded() {
					t.Error("not degraded after the lease")
				}
				stop()
				close(release)
				synctest.Wait()
			})
		})
	}
}

func TestWithoutWatchThereIsNobodyElse(t *testing.T) {
	if New(Config{Source: newSource()}).Degraded() {
		t.Error("degraded though there is nothing to watch")
	}
}
