package live

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/latchkey/latchkey/internal/auth"
)

func TestMissesAtTheSameTimeShareOneRead(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSource()
				c := New(Config{Source: s})
				s.fill("state")
				release := held(s)
				for range 50 {
					go k.wants(t, c, "state")
				}
				synctest.Wait()
				close(release)
				synctest.Wait()
				if got := s.count(); got != 1 {
					t.Errorf("got %d reads, want 1", got)
				}
			})
		})
	}
}

func TestErrorsAreReturnedAndNotHeld(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		s := newSource()
		c := New(Config{Source: s})
		s.fill("state")
		s.change(func() { s.err = auth.ErrUnavailable })
		for range 2 {
			if _, err := k.ask(t.Context(), c); !errors.Is(err, auth.ErrUnavailable) {
				t.Errorf("got %v, want ErrUnavailable", err)
			}
		}
		s.change(func() { s.err = nil })
		k.wants(t, c, "state")
	})
}

// The one who reads gives up: those who wait for it read for themselves.
func TestAReaderThatGoesAwayTakesNobodyAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{Source: newSource()})
		impatient, leave := context.WithCancel(t.Context())
		first := make(chan error, 1)
		stuck := newTable(c.config, &c.trust, 10, func(ctx context.Context, k key) (string, error) {
			if ctx == impatient {
				<-ctx.Done()
				return "", ctx.Err()
			}
			return "answer", nil
		})
		go func() {
			_, err := stuck.get(impatient, key{id: "k"})
			first <- err
		}()
		synctest.Wait()
		waits := make(chan string)
		for range 3 {
			go func() {
				got, _ := stuck.get(t.Context(), key{id: "k"})
				waits <- got
			}()
		}
		synctest.Wait()
		leave()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("the one who left got %v, want Canceled", err)
		}
		for range 3 {
			if got := <-waits; got != "answer" {
				t.Errorf("one who stayed got %q, want the answer", got)
			}
		}
	})
}

func TestAWaiterMayLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		c := New(Config{Source: s})
		s.fill("state")
		release := held(s)
		go kinds[2].wants(t, c, "state")
		synctest.Wait()
		ctx, leave := context.WithCancel(t.Context())
		leave()
		if _, err := c.Session(ctx, "d", "s1"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want Canceled", err)
		}
		close(release)
	})
}

func TestAPanicOfTheSourceBlocksNobody(t *testing.T) {
	s := newSource()
	c := New(Config{Source: s})
	s.fill("state")
	s.read = func(context.Context) { panic("driver") }
	func() {
		defer func() {
			if got := recover(); got != "driver" {
				t.Errorf("got panic %v, want that of the source", got)
			}
		}()
		kinds[2].wants(t, c, "")
	}()
	s.read = nil
	kinds[2].wants(t, c, "state")
}

func TestWhatNoTenantIsCalledIsNotRead(t *testing.T) {
	s := newSource()
	c := New(Config{Source: s})
	for _, slug := range []string{"", "A", "a b", "../x", strings.Repeat("a", 64), strings.Repeat("a", longest+1)} {
		if _, err := c.Tenant(t.Context(), slug); !errors.Is(err, auth.ErrNoRecord) {
			t.Errorf("%q: got %v, want ErrNoRecord", slug, err)
		}
	}
	if got := s.count(); got != 0 {
		t.Errorf("got %d reads, want none", got)
	}
}
