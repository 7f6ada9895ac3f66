package live

import (
	"errors"
	"fmt"
	"testing"

	"github.com/latchkey/latchkey/internal/auth"
)

func TestWhatIsHeldIsBounded(t *testing.T) {
	for _, most := range []int{1, 100, 1000} {
		s := newSource()
		c := New(Config{Source: s, Sessions: most})
		for i := range 3 * most {
			id := fmt.Sprint(i)
			s.change(func() { s.sessions[key{"d", id}] = auth.Session{ID: id} })
			if got, err := c.Session(t.Context(), "d", id); err != nil || got.ID != id {
				t.Fatalf("got %q, %v, want %q", got.ID, err, id)
			}
		}
		if got := c.sessions.stats("").Held; got > most || got < most*8/10 {
			t.Errorf("got %d held, want %d at most and most of that", got, most)
		}
	}
}

// A flood of ids that nobody has evicts no session.
func TestTheUnknownEvictNobody(t *testing.T) {
	s := newSource()
	c := New(Config{Source: s, Sessions: 100})
	s.fill("state")
	kinds[2].wants(t, c, "state")
	for i := range 10_000 {
		if _, err := c.Session(t.Context(), "d", fmt.Sprint("unknown", i)); !errors.Is(err, auth.ErrNoRecord) {
			t.Fatal(err)
		}
	}
	reads := s.count()
	kinds[2].wants(t, c, "state")
	if got := s.count() - reads; got != 0 {
		t.Error("the session was evicted")
	}
	if got := c.sessions.stats("").Absent; got > 5 {
		t.Errorf("got %d unknown ids held, want 5 at most", got)
	}
}

// What is in use outlives what passes by.
func TestTheUsedAreKept(t *testing.T) {
	s := newSource()
	c := New(Config{Source: s, Sessions: 100})
	ask := func(id string) {
		if _, err := c.Session(t.Context(), "d", id); err != nil {
			t.Fatal(err)
		}
	}
	s.fill("state")
	const passing = 1000
	for i := range passing {
		s.change(func() { s.sessions[key{"d", fmt.Sprint(i)}] = auth.Session{} })
	}
	for i := range passing {
		ask("s1")
		ask(fmt.Sprint(i))
	}
	if got := s.count() - passing; got > 10 {
		t.Errorf("the session in use was read %d times, want once or a little more", got)
	}
}

func TestAnIDThatIsTooLongIsNotHeld(t *testing.T) {
	s := newSource()
	c := New(Config{Source: s})
	long := string(make([]byte, longest+1))
	for range 2 {
		if _, err := c.Account(t.Context(), "d", long); !errors.Is(err, auth.ErrNoRecord) {
			t.Fatal(err)
		}
	}
	if got := c.accounts.stats(""); got.Absent != 0 || s.count() != 2 {
		t.Errorf("got %d held after %d reads, want none after 2", got.Absent, s.count())
	}
}

func TestAHitAllocatesNothing(t *testing.T) {
	s := newSource()
	c := New(Config{Source: s, Watch: (&database{}).changed, Bus: NewWire().Station()})
	s.fill("state")
	(&watcher{Cache: c}).look(t.Context())
	c.trust.bus.renew(c.config.Now())
	ctx := t.Context()
	for _, k := range kinds {
		k.wants(t, c, "state")
		if got := testing.AllocsPerRun(100, func() {
			if _, err := k.ask(ctx, c); err != nil {
				t.Fatal(err)
			}
		}); got != 0 {
			t.Errorf("%s: got %v allocations a hit, want 0", k.name, got)
		}
	}
	at := c.config.Now()
	c.Seen("d", "s1", at)
	if got := testing.AllocsPerRun(100, func() { c.Seen("d", "s1", at) }); got != 0 {
		t.Errorf("Seen: got %v allocations, want 0", got)
	}
}

func TestStatsCount(t *testing.T) {
	s := newSource()
	c := New(Config{Source: s})
	s.fill("state")
	for range 3 {
		kinds[2].wants(t, c, "state")
	}
	c.DropSessions("d", "s1", "s2")
	kinds[2].wants(t, c, "state")
	want := TableStats{Name: "sessions", Hits: 2, Misses: 2, Drops: 2, Held: 1}
	if got := c.Stats().Tables[1]; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
