package live

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// What was missed while the connection was away is unknown.
func TestALostConnectionDropsEverything(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			together(t, func(t *testing.T, a, b *process) {
				b.source.fill("old")
				k.wants(t, b.Cache, "old")
				told := b.told.Load()
				b.bus.wire.Cut(b.bus)
				synctest.Wait()
				if !b.Degraded() || b.Stats().Bus.Up {
					t.Error("all is well without a connection")
				}
				b.source.fill("new")
				k.drop(a.Cache) // which b misses
				k.wants(t, b.Cache, "old")
				time.Sleep(200 * time.Millisecond) // the pause, and its jitter
				if b.Degraded() {
					t.Error("still degraded with a new connection")
				}
				k.wants(t, b.Cache, "new")
				if got := b.told.Load() - told; got != 1 {
					t.Errorf("got %d calls of the listener, want 1", got)
				}
				if got := b.Stats().Bus.Lost; got != 1 {
					t.Errorf("got %d lost connections, want 1", got)
				}
			})
		})
	}
}

// blind are the ways in which a process can be unable to hear.
var blind = []struct {
	name string
	set  func(p *process, on bool)
}{
	{"no connection", func(p *process, on bool) {
		p.bus.refuses.Store(on)
		if on {
			p.bus.wire.Cut(p.bus)
		}
	}},
	{"a connection that carries nothing", func(p *process, on bool) { p.bus.deaf.Store(on) }},
	{"pings that hang", func(p *process, on bool) { p.bus.hangs.Store(on) }},
}

func TestWhoDoesNotHearAnswersNothingOld(t *testing.T) {
	for _, trouble := range blind {
		t.Run(trouble.name, func(t *testing.T) {
			together(t, func(t *testing.T, a, b *process) {
				k := kinds[2]
				for range 3 { // it recovers, and it can happen again
					b.source.fill("old")
					k.wants(t, b.Cache, "old")
					trouble.set(b, true)
					b.source.fill("new")
					k.drop(a.Cache)
					time.Sleep(2 * time.Second)
					k.wants(t, b.Cache, "new")
					if !b.Degraded() {
						t.Error("not degraded while nothing is heard")
					}
					time.Sleep(time.Minute)
					b.source.fill("newer")
					k.wants(t, b.Cache, "newer")
					b.source.fill("newest")
					time.Sleep(1999 * time.Millisecond)
					k.wants(t, b.Cache, "newer") // held shortly, not not at all
					time.Sleep(time.Millisecond)
					k.wants(t, b.Cache, "newest")

					trouble.set(b, false)
					time.Sleep(7 * time.Second) // the longest pause, and a ping
					if b.Degraded() {
						t.Fatal("degraded after the recovery")
					}
				}
			})
		})
	}
}

// While the bus is away and the number can be read, a look does not drop what
// the look before has left, and nobody is called for nothing.
func TestOneLeaseDoesNotEndTheOther(t *testing.T) {
	together(t, func(t *testing.T, _, b *process) {
		b.bus.deaf.Store(true)
		time.Sleep(3 * time.Second)
		told, changes := b.told.Load(), b.Stats().OutsideChanges
		time.Sleep(time.Minute)
		if b.told.Load() != told || b.Stats().OutsideChanges != changes {
			t.Errorf("got %d calls and %d changes while nothing changed", b.told.Load()-told, b.Stats().OutsideChanges-changes)
		}
	})
}

func TestBothTheNumberAndTheBusAreNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		c := New(Config{Source: newSource(), Bus: NewWire().Station(), Watch: func(context.Context) (int64, error) {
			if away.Load() {
				return 0, errors.New("away")
			}
			return 1, nil
		}})
		if !c.Degraded() {
			t.Error("not degraded before Run")
		}
		ctx, stop := context.WithCancel(t.Context())
		go c.Run(ctx)
		time.Sleep(time.Minute)
		if c.Degraded() {
			t.Error("degraded while all is well")
		}
		away.Store(true)
		time.Sleep(1100 * time.Millisecond)
		if !c.Degraded() || !c.Stats().Bus.Up {
			t.Error("the bus alone is trusted, or not up")
		}
		stop()
		synctest.Wait()
	})
}

// PgBouncer takes LISTEN, and nothing ever comes.
func TestABusThatCarriesNothingIsNeverTrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		bus := NewWire().Station()
		bus.deaf.Store(true)
		c := New(Config{Source: newSource(), Bus: bus, Log: slog.New(slog.NewTextHandler(&log, nil))})
		ctx, stop := context.WithCancel(t.Context())
		go c.Run(ctx)
		for range 1000 {
			time.Sleep(100 * time.Millisecond)
			if !c.Degraded() {
				t.Fatal("trusted")
			}
		}
		if got := c.Stats().Bus.Lost; got < 5 || got > 50 {
			t.Errorf("connected anew %d times in 100 s", got)
		}
		bus.deaf.Store(false)
		time.Sleep(10 * time.Second)
		stop()
		synctest.Wait()
		if got := log.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "PgBouncer") {
			t.Errorf("got %q, want one line that says why and one that it is over", got)
		}
	})
}

// A bus that is up again is not overrun, and one that stays away not forgotten.
func TestReconnectsBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := NewWire().Station()
		bus.refuses.Store(true)
		c := New(Config{Source: newSource(), Bus: bus})
		ctx, stop := context.WithCancel(t.Context())
		go c.Run(ctx)
		time.Sleep(10 * time.Minute)
		if got := c.Stats().Bus.Lost; got < 120 || got > 250 {
			t.Errorf("got %d tries in ten minutes, want one each 2.5 to 5 s", got)
		}
		stop()
		synctest.Wait()
	})
}

// slow is a bus that carries everything late.
type slow struct {
	*Station
	by atomic.Int64 // nanoseconds
}

func (s *slow) Listen(ctx context.Context, ready func(), heard func(string)) error {
	return s.Station.Listen(ctx, ready, func(m string) {
		select {
		case <-time.After(time.Duration(s.by.Load())):
			heard(m)
		case <-ctx.Done():
		}
	})
}

func TestPingsThatComeLateProveNothing(t *testing.T) {
	for by, want := range map[time.Duration]bool{
		500 * time.Millisecond: false,
		2 * time.Second:        true,
		3 * time.Second:        true,
	} {
		t.Run(by.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bus := &slow{Station: NewWire().Station()}
				bus.by.Store(int64(by))
				c := New(Config{Source: newSource(), Bus: bus})
				ctx, stop := context.WithCancel(t.Context())
				go c.Run(ctx)
				time.Sleep(time.Second)
				for range 100 {
					time.Sleep(97 * time.Millisecond)
					if got := c.Degraded(); got != want {
						t.Fatalf("got degraded: %v, want %v", got, want)
					}
				}
				if got := c.Stats().Bus.Delay; !want && got != by {
					t.Errorf("got a delay of %v, want %v", got, by)
				}
				if got := c.Stats().OutsideChanges; want && got != 0 {
					t.Errorf("everything was dropped %d times for nothing", got)
				}
				stop()
				synctest.Wait()
			})
		})
	}
}

// The lease counts from when the ping was sent: what was published since may not
// have been heard.
func TestALatePingCountsFromWhenItWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := &slow{Station: NewWire().Station()}
		c := New(Config{Source: newSource(), Bus: bus})
		ctx, stop := context.WithCancel(t.Context())
		go c.Run(ctx)
		time.Sleep(500 * time.Millisecond)
		bus.by.Store(int64(1500 * time.Millisecond))
		time.Sleep(time.Second) // a ping was sent half a second ago
		bus.deaf.Store(true)    // and is the last
		time.Sleep(1400 * time.Millisecond)
		if c.Degraded() {
			t.Error("degraded 1.9 s after the last ping was sent")
		}
		time.Sleep(100 * time.Millisecond)
		if !c.Degraded() {
			t.Error("not degraded 2 s after the last ping was sent")
		}
		stop()
		synctest.Wait()
	})
}

func TestAConnectionThatWorkedIsTriedAgainAtOnce(t *testing.T) {
	together(t, func(t *testing.T, _, b *process) {
		b.bus.refuses.Store(true)
		b.bus.wire.Cut(b.bus)
		time.Sleep(time.Minute)
		b.bus.refuses.Store(false)
		time.Sleep(6 * time.Second)
		b.bus.wire.Cut(b.bus)
		synctest.Wait()
		if !b.Degraded() {
			t.Error("not degraded without a connection")
		}
		time.Sleep(100 * time.Millisecond)
		if b.Degraded() {
			t.Error("no new connection after the shortest pause")
		}
	})
}

// A ping that was sent before the connection was ready is not heard; the next
// one does not wait for its turn.
func TestAConnectionIsTrustedAsSoonAsItIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := NewWire().Station()
		bus.dial = 300 * time.Millisecond
		c := New(Config{Source: newSource(), Bus: bus})
		ctx, stop := context.WithCancel(t.Context())
		go c.Run(ctx)
		time.Sleep(299 * time.Millisecond)
		if !c.Degraded() {
			t.Error("not degraded without a connection")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if c.Degraded() {
			t.Error("still degraded with a connection that works")
		}
		stop()
		synctest.Wait()
	})
}

// A Drop returns when its message has come back: then the others have it as well.
// It does not wait for one that does not come, nor where nobody listens.
func TestADropReturnsWhenItIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := &slow{Station: NewWire().Station()}
		c := New(Config{Source: newSource(), Bus: bus})
		takes := func(want time.Duration) {
			t.Helper()
			began := time.Now()
			c.DropSessions("directory", "session")
			if got := time.Since(began); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		}
		takes(0) // nobody listens yet
		ctx, stop := context.WithCancel(t.Context())
		go c.Run(ctx)
		time.Sleep(1500 * time.Millisecond)
		takes(0)
		for by, want := range map[time.Duration]time.Duration{
			100 * time.Millisecond: 100 * time.Millisecond,
			500 * time.Millisecond: echoLimit,
		} {
			bus.by.Store(int64(by))
			takes(want)
			time.Sleep(time.Second) // until what is late has come
		}
		stop()
		synctest.Wait()
	})
}
