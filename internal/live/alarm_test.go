package live

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhatCannotBePublishedGivesTheAlarm(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		together(t, func(t *testing.T, a, b *process) {
			a.source.fill("old")
			k.wants(t, b.Cache, "old")
			a.source.fill("new")
			a.bus.refuses.Store(true)
			began, told := time.Now(), b.told.Load()
			k.drop(a.Cache)
			if took := time.Since(began); took != 0 {
				t.Errorf("the drop took %v though the alarm worked at once", took)
			}
			if got := a.bus.calls.Load(); got != 2 {
				t.Errorf("got %d tries, want 2", got)
			}
			if got := a.alarms.Load(); got != 1 {
				t.Errorf("got %d alarms, want 1", got)
			}
			time.Sleep(time.Second)
			synctest.Wait()
			k.wants(t, b.Cache, "new")
			if got := b.told.Load() - told; got != 1 {
				t.Errorf("got %d calls of the listener, want 1", got)
			}
			k.drop(a.Cache)
			if got := a.bus.calls.Load(); got != 3 {
				t.Errorf("got %d tries, want 3: it is known to fail", got)
			}
			if got := a.Stats().Bus; got.Failed < 2 || got.Published != 0 || got.Owed {
				t.Errorf("got %+v, want what failed counted and nothing owed", got)
			}
		})
	})
}

// Two tries of a second, and whoever came meanwhile.
func TestAPublishThatHangsIsLeft(t *testing.T) {
	together(t, func(t *testing.T, a, _ *process) {
		a.bus.hangs.Store(true)
		began := time.Now()
		var last atomic.Int64
		for range 2 {
			go func() {
				a.DropAccount("d", "u1")
				last.Store(int64(time.Since(began)))
			}()
			synctest.Wait()
		}
		time.Sleep(10 * time.Second)
		if got, want := time.Duration(last.Load()), 3*callLimit; got != want {
			t.Errorf("the last drop took %v, want %v", got, want)
		}
	})
}

func TestADropThatNobodyWasToldOfReturnsWhenTheyKnow(t *testing.T) {
	together(t, func(t *testing.T, a, b *process) {
		k := kinds[2]
		a.source.fill("old")
		k.wants(t, b.Cache, "old")
		a.source.fill("new")
		a.numb.Store(true)
		a.bus.refuses.Store(true)
		b.bus.deaf.Store(true) // the bus is gone for all
		began := time.Now()
		k.drop(a.Cache)
		if got, want := time.Since(began), 2*time.Second; got != want {
			t.Errorf("the drop took %v, want %v", got, want)
		}
		k.wants(t, b.Cache, "new")
		if !a.Stats().Bus.Owed {
			t.Error("it is not said that something is owed")
		}
	})
}

// This process alone was cut off, and the other noticed nothing.
func TestWhatIsOwedIsPaid(t *testing.T) {
	for _, by := range []struct {
		name string
		mend func(*process)
	}{
		{"bus", func(a *process) { a.bus.refuses.Store(false) }},
		{"alarm", func(a *process) { a.numb.Store(false) }},
	} {
		t.Run(by.name, func(t *testing.T) {
			together(t, func(t *testing.T, a, b *process) {
				a.numb.Store(true)
				a.bus.refuses.Store(true)
				b.source.fill("old")
				for _, k := range kinds {
					k.wants(t, b.Cache, "old")
				}
				b.source.fill("new")
				a.DropAccount("d", "u1")
				told := b.told.Load()
				by.mend(a)
				time.Sleep(2500 * time.Millisecond) // a ping, and a look
				for _, k := range kinds {
					k.wants(t, b.Cache, "new") // it is not known any more what it was
				}
				if got := b.told.Load() - told; got != 1 {
					t.Errorf("got %d calls of the listener, want 1", got)
				}
				if a.Stats().Bus.Owed {
					t.Error("it is still owed")
				}
			})
		})
	}
}

// The next drop pays, too: a tool has no Run.
func TestWhatIsOwedIsPaidWithoutRun(t *testing.T) {
	together(t, func(t *testing.T, a, _ *process) {
		bus := a.bus.wire.Station()
		tool := New(Config{Source: a.source, Bus: bus})
		bus.refuses.Store(true)
		tool.DropAccount("d", "u1")
		bus.refuses.Store(false)
		a.source.fill("old")
		kinds[0].wants(t, a.Cache, "old")
		a.source.fill("new")
		tool.DropSessions("d", "s1")
		synctest.Wait()
		kinds[0].wants(t, a.Cache, "new")
	})
}

func TestTroubleIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		var numb atomic.Bool
		bus := NewWire().Station()
		c := New(Config{
			Source: newSource(), Bus: bus, Log: slog.New(slog.NewTextHandler(&log, nil)),
			Alarm: func(context.Context) error {
				if numb.Load() {
					return errors.New("no alarm")
				}
				return nil
			},
		})
		for _, broken := range []struct{ bus, alarm bool }{
			{}, {bus: true}, {bus: true}, {bus: true, alarm: true}, {bus: true, alarm: true}, {bus: true}, {}, {},
		} {
			bus.refuses.Store(broken.bus)
			numb.Store(broken.alarm)
			c.DropAll()
		}
		var got []string
		for line := range strings.Lines(log.String()) {
			got = append(got, strings.Fields(line)[1])
		}
		if want := []string{"level=WARN", "level=ERROR", "level=INFO"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// An alarm is bounded, and so is a drop without one.
func TestAnAlarmThatHangsIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := NewWire().Station()
		bus.hangs.Store(true)
		c := New(Config{Source: newSource(), Bus: bus, Alarm: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}})
		began := time.Now()
		c.DropAll()
		if got, want := time.Since(began), 3*callLimit; got != want {
			t.Errorf("the drop took %v, want %v", got, want)
		}
	})
}
