package live

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

func TestAMissedDropIsMended(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSource()
				c := New(Config{Source: s, MaxAge: time.Minute})
				s.fill("old")
				k.wants(t, c, "old")
				s.fill("new")
				time.Sleep(53 * time.Second)
				k.wants(t, c, "old") // a tenth is taken off at most
				time.Sleep(7 * time.Second)
				k.wants(t, c, "new")
			})
		})
	}
}

func TestAnAbsenceIsHeldShortly(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSource()
				c := New(Config{Source: s})
				missing := func() {
					t.Helper()
					if _, err := k.ask(t.Context(), c); !errors.Is(err, auth.ErrNoRecord) {
						t.Errorf("got %v, want ErrNoRecord", err)
					}
				}
				missing()
				s.fill("new")
				time.Sleep(9 * time.Second)
				missing()
				time.Sleep(time.Second)
				k.wants(t, c, "new")
			})
		})
	}
}

// The age counts from the beginning of the read: what it found may be as old.
func TestASlowReadIsOldWhenItReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		c := New(Config{Source: s, MaxAge: time.Minute})
		s.fill("old")
		s.read = func(context.Context) { time.Sleep(time.Minute) }
		kinds[2].wants(t, c, "old")
		s.read = nil
		s.fill("new")
		kinds[2].wants(t, c, "new")
	})
}

func TestAClockThatGoesBackwardsKeepsNothingYoung(t *testing.T) {
	s := newSource()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := New(Config{Source: s, Now: func() time.Time { return now }})
	s.fill("old")
	kinds[2].wants(t, c, "old")
	s.fill("new")
	now = now.Add(-time.Hour)
	kinds[2].wants(t, c, "new")
}

func TestWhatIsOverIsSwept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		s := newSource()
		c := New(Config{Source: s})
		s.fill("state")
		go c.Run(ctx)
		for _, k := range kinds {
			k.wants(t, c, "state")
		}
		if _, err := c.Session(ctx, "d", "unknown"); !errors.Is(err, auth.ErrNoRecord) {
			t.Error(err)
		}
		held := func() (n int) {
			for _, table := range c.Stats().Tables {
				n += table.Held + table.Absent
			}
			return n
		}
		if got := held(); got != 5 {
			t.Errorf("got %d held, want 5", got)
		}
		time.Sleep(6 * time.Minute)
		if got := held(); got != 0 {
			t.Errorf("got %d held when all is over, want 0", got)
		}
		stop()
		synctest.Wait()
	})
}
