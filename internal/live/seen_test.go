package live

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// running runs f, in a bubble, with a cache that writes what it noted, and
// returns what was written in the end.
func running(t *testing.T, s *source, config Config, f func(c *Cache)) []touch {
	synctest.Test(t, func(t *testing.T) {
		config.Source = s
		c := New(config)
		ctx, stop := context.WithCancel(t.Context())
		go c.Run(ctx)
		f(c)
		stop()
		synctest.Wait()
	})
	return s.touches
}

func TestTheLatestTimeIsWritten(t *testing.T) {
	var first time.Time
	got := running(t, newSource(), Config{}, func(c *Cache) {
		first = time.Now()
		c.Seen("d", "s", first)
		c.Seen("d", "s", first.Add(2*time.Second))
		c.Seen("d", "s", first.Add(time.Second))
		c.Seen("other", "s", first)
		time.Sleep(10 * time.Second)
	})
	written := map[string]map[string]time.Time{}
	for _, w := range got {
		written[w.directory] = w.seen
	}
	want := map[string]map[string]time.Time{"d": {"s": first.Add(2 * time.Second)}, "other": {"s": first}}
	if diff := cmp.Diff(want, written); diff != "" || len(got) != 2 {
		t.Errorf("%d writes (-want +got):\n%s", len(got), diff)
	}
}

func TestASessionIsWrittenOnceAMinute(t *testing.T) {
	got := running(t, newSource(), Config{}, func(c *Cache) {
		for range 600 { // ten minutes
			c.Seen("d", "s", time.Now())
			time.Sleep(time.Second)
		}
	})
	var last time.Time
	for _, w := range got {
		if at := w.seen["s"]; at.Sub(last) < time.Minute {
			t.Errorf("written at %v and at %v, want a minute between", last, at)
		} else {
			last = at
		}
	}
	if len(got) < 9 || len(got) > 11 {
		t.Errorf("got %d writes in ten minutes, want about 10", len(got))
	}
}

func TestWhatIsNotedLastIsWrittenAtTheEnd(t *testing.T) {
	got := running(t, newSource(), Config{}, func(c *Cache) { c.Seen("d", "s", time.Now()) })
	if len(got) != 1 {
		t.Errorf("got %d writes, want 1", len(got))
	}
}

func TestManyAreWrittenAtOnceAndInBatches(t *testing.T) {
	s := newSource()
	running(t, s, Config{FlushEvery: time.Hour}, func(c *Cache) {
		for i := range 2 * touchMost {
			c.Seen("d", fmt.Sprint(i), time.Now())
		}
		synctest.Wait() // and no time passes
		n := 0
		for _, w := range s.touches {
			if len(w.seen) > touchMost {
				t.Errorf("got a batch of %d, want at most %d", len(w.seen), touchMost)
			}
			n += len(w.seen)
		}
		if n < touchMost {
			t.Errorf("got %d written before the time, want %d at least", n, touchMost)
		}
	})
}

func TestWhatCouldNotBeWrittenIsTriedAgain(t *testing.T) {
	s := newSource()
	s.touchErr = errors.New("away")
	var last time.Time
	got := running(t, s, Config{}, func(c *Cache) {
		c.Seen("d", "still", time.Now())
		first := time.Now()
		c.Seen("d", "again", first)
		time.Sleep(12 * time.Second)
		last = time.Now()
		c.Seen("d", "again", last)
		if got := c.Stats(); got.SeenWaiting != 2 || got.SeenFailed != 2 {
			t.Errorf("got %d waiting and %d failed, want 2 and 2", got.SeenWaiting, got.SeenFailed)
		}
		s.change(func() { s.touchErr = nil })
		time.Sleep(5 * time.Second)
		if got := c.Stats().SeenWaiting; got != 0 {
			t.Errorf("got %d waiting, want 0", got)
		}
	})
	if len(got) != 1 || len(got[0].seen) != 2 || !got[0].seen["again"].Equal(last) {
		t.Errorf("got %v, want both in one write, the latest time of each", got)
	}
}

// One directory's trouble is not another's.
func TestTheOtherDirectoriesAreWritten(t *testing.T) {
	s := newSource()
	bad := &badDirectory{source: s}
	synctest.Test(t, func(t *testing.T) {
		c := New(Config{Source: bad})
		c.Seen("bad", "s", time.Now())
		c.Seen("good", "s", time.Now())
		c.flush(t.Context())
		if got := c.Stats().SeenWaiting; got != 1 || len(s.touches) != 1 {
			t.Errorf("got %d waiting and %d written, want 1 and 1", got, len(s.touches))
		}
	})
}

type badDirectory struct{ *source }

func (b *badDirectory) Touch(ctx context.Context, directory string, seen map[string]time.Time) error {
	if directory == "bad" {
		return errors.New("away")
	}
	return b.source.Touch(ctx, directory, seen)
}

func TestWhatSeenRemembersIsBounded(t *testing.T) {
	const most = 160
	s := newSource()
	s.touchErr = errors.New("away")
	running(t, s, Config{Sessions: most}, func(c *Cache) {
		for i := range 5 * most {
			c.Seen("d", fmt.Sprint("away", i), time.Now())
		}
		time.Sleep(12 * time.Second) // between two flushes
		if got := c.Stats(); got.SeenWaiting > most || got.SeenWaiting < most/2 || got.SeenLost == 0 {
			t.Errorf("got %d waiting, %d lost, want at most %d waiting, the others lost", got.SeenWaiting, got.SeenLost, most)
		}
		s.change(func() { s.touchErr = nil })
		for i := range 50 * most {
			c.Seen("d", fmt.Sprint("back", i), time.Now())
			time.Sleep(50 * time.Millisecond)
		}
		// A shard writes what it held at most before its generation is full.
		if got := remembered(c); got > 4*most {
			t.Errorf("got %d remembered, want at most %d", got, 4*most)
		}
		time.Sleep(3 * time.Minute)
		if got := remembered(c); got != 0 {
			t.Errorf("got %d remembered of sessions that nobody uses, want 0", got)
		}
	})
}

func remembered(c *Cache) (n int) {
	for i := range c.seen.shards {
		d := &c.seen.shards[i]
		d.mu.Lock()
		n += len(d.waiting) + len(d.written) + len(d.before)
		d.mu.Unlock()
	}
	return n
}
