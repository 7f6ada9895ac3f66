package live

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// process is one of those on a wire, with the number they share.
type process struct {
	*Cache
	bus    *Station
	source *source
	told   atomic.Int64 // calls of its listener
	alarms atomic.Int64
	numb   atomic.Bool // its alarm fails
	stop   func()
}

// join starts a process; without Watch if number is nil.
func join(t *testing.T, wire *Wire, s *source, number *atomic.Int64) *process {
	p := &process{bus: wire.Station(), source: s}
	c := Config{Source: s, Bus: p.bus, MaxAge: time.Hour}
	if number != nil {
		c.Watch = func(context.Context) (int64, error) { return number.Load(), nil }
		c.Alarm = func(context.Context) error {
			if p.numb.Load() {
				return errors.New("no alarm")
			}
			p.alarms.Add(1)
			number.Add(1)
			return nil
		}
	}
	p.Cache = New(c)
	p.OnOutsideChange(func() { p.told.Add(1) })
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		p.Run(ctx)
		close(ended)
	}()
	p.stop = func() {
		stop()
		<-ended
	}
	synctest.Wait()
	return p
}

// together runs f, in a bubble, with two processes that run and hear each other,
// and checks that they stop.
func together(t *testing.T, f func(t *testing.T, a, b *process)) {
	synctest.Test(t, func(t *testing.T) {
		s, wire, number := newSource(), NewWire(), &atomic.Int64{}
		a, b := join(t, wire, s, number), join(t, wire, s, number)
		for _, p := range []*process{a, b} {
			if p.Degraded() || !p.Stats().Bus.Up {
				t.Fatal("not up though the bus works")
			}
		}
		time.Sleep(time.Millisecond) // after all ticks
		f(t, a, b)
		for _, p := range []*process{a, b} {
			p.stop()
			if !p.Degraded() || p.Stats().Bus.Up {
				t.Error("nobody listens any more, and it says that all is well")
			}
		}
	})
}

func TestADropReachesTheOthersAtOnce(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		together(t, func(t *testing.T, a, b *process) {
			a.source.fill("old")
			k.wants(t, b.Cache, "old")
			a.source.fill("new")
			time.Sleep(10 * time.Minute)
			k.wants(t, b.Cache, "old") // it is trusted, for as long as the bus is alive
			told := b.told.Load()
			k.drop(a.Cache)
			synctest.Wait() // no time passes
			k.wants(t, b.Cache, "new")
			if got := b.told.Load() - told; got != 0 {
				t.Errorf("got %d calls of the listener for a drop, want none", got)
			}
			if got := b.Stats().Bus; got.Heard == 0 || a.Stats().Bus.Published != got.Heard {
				t.Errorf("got %d heard of %d", got.Heard, a.Stats().Bus.Published)
			}
			if got := a.Stats().Bus.Heard + b.Stats().Bus.Published; got != 0 {
				t.Errorf("got %d messages from the one who heard, want none", got)
			}
		})
	})
}

// A command-line tool makes a cache, drops and exits.
func TestADropIsPublishedWithoutRun(t *testing.T) {
	together(t, func(t *testing.T, a, _ *process) {
		tool := New(Config{Source: a.source, Bus: a.bus.wire.Station()})
		a.source.fill("old")
		kinds[2].wants(t, a.Cache, "old")
		a.source.fill("new")
		kinds[2].drop(tool)
		synctest.Wait()
		kinds[2].wants(t, a.Cache, "new")
	})
}

// The message arrives while a read from before the change is under way.
func TestAnOldReadIsNotKeptAfterADropByOthers(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		together(t, func(t *testing.T, a, b *process) {
			b.source.fill("old")
			release := held(b.source)
			early := make(chan string)
			go func() {
				got, _ := k.ask(t.Context(), b.Cache)
				early <- got
			}()
			synctest.Wait()
			b.source.fill("new")
			k.drop(a.Cache)
			synctest.Wait()
			close(release)
			if got := <-early; got != "new" {
				t.Errorf("got %q, want %q: it was read before the drop", got, "new")
			}
			k.wants(t, b.Cache, "new")
		})
	})
}

func TestOwnMessagesAreNotDroppedAgain(t *testing.T) {
	together(t, func(t *testing.T, a, b *process) {
		a.bus.twice.Store(true)
		b.bus.twice.Store(true)
		a.DropSessions("d", "s1")
		synctest.Wait()
		if got := a.Stats().Tables[1].Drops; got != 1 {
			t.Errorf("got %d drops, want 1", got)
		}
		if got := b.Stats().Tables[1].Drops; got != 2 {
			t.Errorf("got %d drops by a message that came twice, want 2", got)
		}
		time.Sleep(time.Minute)
		if a.Degraded() || b.Degraded() {
			t.Error("degraded by pings that come twice")
		}
	})
}

func TestNothingToDropIsNotPublished(t *testing.T) {
	together(t, func(t *testing.T, a, _ *process) {
		a.DropSessions("d")
		if got := a.bus.calls.Load(); got != 0 {
			t.Errorf("got %d calls of Publish, want none", got)
		}
	})
}

// While one publishes, all who come wait together, and then publish together.
func TestManyDropsShareOnePublish(t *testing.T) {
	together(t, func(t *testing.T, a, b *process) {
		began := time.Now()
		a.bus.gate = make(chan struct{})
		var returned atomic.Int64
		drop := func() {
			a.DropAccount("d", "u1")
			returned.Add(1)
		}
		go drop()
		synctest.Wait()
		if got := a.bus.calls.Load(); got != 1 {
			t.Fatalf("got %d calls of Publish, want 1: the first does not wait for others", got)
		}
		for range 100 {
			go drop()
		}
		synctest.Wait()
		if got := returned.Load(); got != 0 {
			t.Errorf("%d drops have returned unpublished", got)
		}
		close(a.bus.gate)
		synctest.Wait()
		if got := returned.Load(); got != 101 {
			t.Errorf("%d drops have returned, want 101", got)
		}
		if got := a.bus.calls.Load(); got != 2 {
			t.Errorf("got %d calls of Publish, want 2", got)
		}
		if got := b.Stats().Tables[0].Drops; got != 101 {
			t.Errorf("got %d drops, want 101", got)
		}
		if time.Since(began) != 0 {
			t.Error("somebody waited for a timer")
		}
	})
}

func TestWhatCannotBeReadDropsEverything(t *testing.T) {
	for _, text := range []string{"2s somebody d s1", "1z somebody", "", "garbage"} {
		t.Run(text, func(t *testing.T) {
			together(t, func(t *testing.T, a, _ *process) {
				a.source.fill("old")
				kinds[2].wants(t, a.Cache, "old")
				a.source.fill("new")
				told := a.told.Load()
				a.bus.wire.carry(text)
				synctest.Wait()
				kinds[2].wants(t, a.Cache, "new")
				if got := a.told.Load() - told; got != 1 {
					t.Errorf("got %d calls of the listener, want 1", got)
				}
			})
		})
	}
}

func TestPingsOfOthersDropNothing(t *testing.T) {
	together(t, func(t *testing.T, a, _ *process) {
		a.source.fill("state")
		kinds[2].wants(t, a.Cache, "state")
		a.bus.wire.carry("1p somebody 1", "9p somebody else", "1p "+a.crier.sender, "1p "+a.crier.sender+" x")
		time.Sleep(time.Minute)
		kinds[2].wants(t, a.Cache, "state")
		if got := a.source.count(); got != 1 {
			t.Errorf("got %d reads, want 1", got)
		}
	})
}

func TestOthersAreTold(t *testing.T) {
	together(t, func(t *testing.T, a, b *process) {
		a.source.fill("state")
		kinds[2].wants(t, b.Cache, "state")
		own, other := a.told.Load(), b.told.Load()
		a.TellOthers()
		synctest.Wait()
		if got := a.told.Load() - own; got != 0 {
			t.Errorf("got %d calls of the own listener, want none", got)
		}
		if got := b.told.Load() - other; got != 1 {
			t.Errorf("got %d calls of the other's listener, want 1", got)
		}
		kinds[2].wants(t, b.Cache, "state")
		if got := a.source.count(); got != 1 {
			t.Errorf("got %d reads, want 1: nothing is dropped", got)
		}
	})
	New(Config{Source: newSource()}).TellOthers() // without a bus there is nobody
}
