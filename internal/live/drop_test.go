package live

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/latchkey/latchkey/internal/auth"
)

func TestADropIsSeenAtOnce(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		s := newSource()
		c := New(Config{Source: s})
		s.fill("old")
		k.wants(t, c, "old")
		s.fill("new")
		k.wants(t, c, "old") // held: else this test shows nothing
		k.drop(c)
		k.wants(t, c, "new")
	})
}

func TestWhatWasCreatedIsSeenAfterADrop(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		s := newSource()
		c := New(Config{Source: s})
		for range 2 {
			if _, err := k.ask(t.Context(), c); !errors.Is(err, auth.ErrNoRecord) {
				t.Fatalf("got %v, want ErrNoRecord", err)
			}
		}
		if got := s.count(); got != 1 {
			t.Errorf("got %d reads, want 1: an absence is held", got)
		}
		s.fill("new")
		k.drop(c)
		k.wants(t, c, "new")
	})
}

// held makes the first read of s wait, with what it has read, until release.
func held(s *source) (release chan struct{}) {
	release = make(chan struct{})
	first := true
	s.read = func(context.Context) {
		s.mu.Lock()
		mine := first
		first = false
		s.mu.Unlock()
		if mine {
			<-release
		}
	}
	return release
}

// A read begins, the thing changes and is dropped, and only then does the read
// return what was there before.
func TestAnOldReadIsNeverAnsweredAfterADrop(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		synctest.Test(t, func(t *testing.T) {
			s := newSource()
			c := New(Config{Source: s})
			s.fill("old")
			release := held(s)
			early := make(chan string)
			for range 3 {
				go func() {
					got, _ := k.ask(t.Context(), c)
					early <- got
				}()
			}
			synctest.Wait() // one reads, two wait for it
			if got := s.count(); got != 1 {
				t.Fatalf("got %d reads, want 1", got)
			}

			s.fill("new")
			k.drop(c)
			k.wants(t, c, "new") // while the old read is under way

			close(release)
			for range 3 {
				if got := <-early; got != "new" {
					t.Errorf("a caller from before the drop got %q, want %q", got, "new")
				}
			}
			k.wants(t, c, "new")
			k.drop(c)
			k.wants(t, c, "new")
		})
	})
}

// The same with nobody asking between the drop and the return of the read, so
// that nothing newer is held which could hide what the read brings.
func TestAnOldReadIsNotKept(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		synctest.Test(t, func(t *testing.T) {
			s := newSource()
			c := New(Config{Source: s})
			s.fill("old")
			release := held(s)
			go func() {
				_, err := k.ask(t.Context(), c)
				if err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
			s.fill("new")
			k.drop(c)
			close(release)
			synctest.Wait()
			k.wants(t, c, "new")
			if got := s.count(); got != 2 {
				t.Errorf("got %d reads, want 2", got)
			}
		})
	})
}

// Somebody who drops faster than the source reads cannot keep a caller for ever,
// and what the caller is given in the end is not kept.
func TestDropsDuringEveryReadAreBounded(t *testing.T) {
	eachKind(t, func(t *testing.T, k kind) {
		s := newSource()
		c := New(Config{Source: s})
		s.fill("old")
		s.read = func(context.Context) { k.drop(c) }
		k.wants(t, c, "old")
		if got, want := s.count(), 1+rereads; got != want {
			t.Errorf("got %d reads, want %d", got, want)
		}
		s.read = nil
		s.fill("new")
		k.wants(t, c, "new")
	})
}

func TestDropsTouchOneDirectory(t *testing.T) {
	s := newSource()
	c := New(Config{Source: s})
	s.change(func() {
		s.sessions[key{"a", "s"}] = auth.Session{Directory: "a"}
		s.sessions[key{"b", "s"}] = auth.Session{Directory: "b"}
	})
	for _, d := range []string{"a", "b", "a", "b"} {
		if got, err := c.Session(t.Context(), d, "s"); err != nil || got.Directory != d {
			t.Errorf("got %q, %v, want %q", got.Directory, err, d)
		}
	}
	c.DropSessions("a", "s")
	for _, d := range []string{"a", "b"} {
		if _, err := c.Session(t.Context(), d, "s"); err != nil {
			t.Error(err)
		}
	}
	if got := s.count(); got != 3 {
		t.Errorf("got %d reads, want 3: one for each, one after the drop", got)
	}
}
