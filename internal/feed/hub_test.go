package feed

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// wants fails unless a listener is told just these lines.
func wants(t *testing.T, l *Listener, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, ids(told(t, l))); d != "" {
		t.Errorf("told (-want +got):\n%s", d)
	}
}

func TestWhatWasThereAndWhatComes(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		first, second := b.announce(ended("a"), 0), b.announce(ended("b"), 0)
		l := listen(t, h, Audience{}, "")
		if l.Resumed() || l.Ready() {
			t.Error("resumed, or ready before it was told anything")
		}
		wants(t, l, first, second)
		if !l.Ready() {
			t.Error("not ready")
		}
		third := b.announce(ended("c"), 0)
		h.Wake()
		synctest.Wait()
		wants(t, l, third)
		fourth := b.announce(ended("d"), 0) // nobody wakes
		time.Sleep(every)
		synctest.Wait()
		wants(t, l, fourth)
		l.Close()
	})
}

// TestNothingIsReadForNobody: also after the last listener went.
func TestNothingIsReadForNobody(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		quiet := func() {
			t.Helper()
			before := b.count()
			h.Wake()
			time.Sleep(time.Minute)
			h.Wake()
			synctest.Wait()
			if got := b.count() - before; got != 0 {
				t.Errorf("read %d times", got)
			}
		}
		quiet()
		l := listen(t, h, Audience{}, "")
		time.Sleep(time.Minute)
		if got := h.Stats(); b.count() < 100 || got.Listeners != 1 || got.Lag > every {
			t.Errorf("%d reads, %+v", b.count(), got)
		}
		l.Close()
		quiet()
		if got := h.Stats(); got != (Stats{}) {
			t.Errorf("%+v", got)
		}
	})
}

// TestManyPagesAreOneWindow: more lines than one call returns.
func TestManyPagesAreOneWindow(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		var want []string
		for range 2*page + 5 {
			want = append(want, b.announce(ended("a"), 0))
		}
		l := listen(t, h, Audience{}, "")
		wants(t, l, want...)
		l.Close()
	})
}

// TestALineThatIsLateIsTold: a transaction that ends after those begun later.
func TestALineThatIsLateIsTold(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		l := listen(t, h, Audience{}, "")
		newer := b.announce(ended("a"), 0)
		time.Sleep(every)
		synctest.Wait()
		wants(t, l, newer)
		late := b.announce(ended("b"), -2*time.Second)
		time.Sleep(every)
		synctest.Wait()
		wants(t, l, late)
		l.Close()
	})
}

// TestClocksAMinuteApart: of the process that is behind nothing is missed, and
// after the first time nothing waits for a deep read.
func TestClocksAMinuteApart(t *testing.T) {
	for name, ahead := range map[string][2]time.Duration{
		"one behind": {0, -time.Minute}, "one ahead": {time.Minute, 0}, "both": {30 * time.Second, -30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
				l := listen(t, h, Audience{}, "")
				for i := range 20 {
					fast := b.announce(ended("a"), ahead[0])
					time.Sleep(every)
					synctest.Wait()
					slow := b.announce(ended("b"), ahead[1])
					if i == 0 {
						time.Sleep(deepEvery)
					}
					time.Sleep(every)
					synctest.Wait()
					if wants(t, l, fast, slow); t.Failed() {
						t.Fatal(i)
					}
				}
				l.Close()
			})
		})
	}
}

// TestAClockThatIsAheadHidesNobody whose clock is right.
func TestAClockThatIsAheadHidesNobody(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		l := listen(t, h, Audience{}, "")
		ahead := b.announce(ended("a"), time.Minute)
		soon()
		wants(t, l, ahead)
		right := b.announce(ended("b"), 0)
		soon()
		wants(t, l, right)
		l.Close()
	})
}

// TestUsualReadsBecomeShortAgain: some minutes after the last late line.
func TestUsualReadsBecomeShortAgain(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		l := listen(t, h, Audience{}, "")
		b.announce(ended("a"), 0)
		time.Sleep(time.Second)
		b.announce(ended("b"), -time.Minute)
		time.Sleep(deepEvery + every)
		newest := time.Now()
		b.announce(ended("c"), 0)
		time.Sleep(2 * every)
		deepest := func() time.Duration {
			b.mu.Lock()
			defer b.mu.Unlock()
			at, ok := made(b.froms[len(b.froms)-1])
			if !ok {
				t.Fatal(b.froms)
			}
			return newest.Sub(at).Truncate(time.Second)
		}
		if got := deepest(); got < time.Minute || got > 2*time.Minute {
			t.Errorf("reads begin %v before, want a minute and more", got)
		}
		time.Sleep(deepFor)
		for deepest() > deep/2 { // a deep one
			time.Sleep(every)
		}
		if got := deepest(); got != shallow {
			t.Errorf("reads begin %v before, want %v", got, shallow)
		}
		l.Close()
	})
}

// TestReadsLeaveTheDatabaseItsRest: at most a fifth of the time.
func TestReadsLeaveTheDatabaseItsRest(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		b.takes = 300 * time.Millisecond
		l := listen(t, h, Audience{}, "")
		before := b.count()
		for range 1000 {
			h.Wake()
			time.Sleep(15 * time.Millisecond)
		}
		if got := b.count() - before; got != 10 {
			t.Errorf("%d reads of 0.3 s in 15 s, want 10", got)
		}
		if err := l.Good(); err != nil {
			t.Error("slow reads are no failure:", err)
		}
		l.Close()
	})
}

func TestEverybodyIsCutWhenReadingFails(t *testing.T) {
	for name, hangs := range map[string]bool{"fails": false, "hangs": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
				first := b.announce(ended("a"), 0)
				l, w := listen(t, h, Audience{}, ""), watch(t, h, Watched{Session: "x"})
				wants(t, l, first)
				b.mood(!hangs, hangs)
				time.Sleep(patience - every)
				if err := l.Good(); err != nil {
					t.Error("cut too early:", err)
				}
				time.Sleep(2*every + time.Millisecond)
				synctest.Wait()
				for _, cut := range []<-chan struct{}{l.Cut(), w.Cut()} {
					select {
					case <-cut:
					default:
						t.Error("not cut")
					}
				}
				if _, err := tells(t, l); !errors.Is(err, ErrDown) || w.Good() == nil {
					t.Errorf("cut with %v", err)
				}
				if _, err := h.Listen(t.Context(), Audience{}, ""); !errors.Is(err, ErrDown) {
					t.Errorf("let in with %v", err)
				}
				l.Close()
				w.Close()
				b.mood(false, false)
				meanwhile := b.announce(ended("b"), 0)
				time.Sleep(patience + every)
				again := listen(t, h, Audience{}, "")
				wants(t, again, first, meanwhile)
				if got := h.Stats().Listeners; got != 1 {
					t.Errorf("%d listeners", got)
				}
				again.Close()
			})
		})
	}
}

// TestABlipCutsNobody: less than two seconds.
func TestABlipCutsNobody(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		l := listen(t, h, Audience{}, "")
		time.Sleep(every / 4) // apart from the reads
		for range 10 {
			b.mood(true, false)
			time.Sleep(patience - every)
			b.mood(false, false)
			time.Sleep(2 * every)
		}
		want := b.announce(ended("a"), 0)
		time.Sleep(every)
		synctest.Wait()
		wants(t, l, want)
		l.Close()
	})
}

// TestNobodyIsLetInBeforeTheWindowIsRead: a listener never hears half of it.
func TestNobodyIsLetInBeforeTheWindowIsRead(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		b.mood(true, false)
		began := time.Now()
		if _, err := h.Listen(t.Context(), Audience{}, ""); !errors.Is(err, ErrDown) {
			t.Error(err)
		}
		if took := time.Since(began); took < patience-every || took > patience+every {
			t.Errorf("refused after %v", took)
		}
		began = time.Now()
		if _, err := h.Listen(t.Context(), Audience{}, ""); !errors.Is(err, ErrDown) || time.Since(began) != 0 {
			t.Errorf("refused after %v with %v, want at once", time.Since(began), err)
		}
	})
}

// TestLinesThatAreOverAreLetGo: they are told to nobody, and hold no memory.
func TestLinesThatAreOverAreLetGo(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		keep := listen(t, h, Audience{}, "")
		old := b.announce(ended("a"), 0)
		soon()
		wants(t, keep, old)
		time.Sleep(20 * time.Minute)
		young := b.announce(ended("b"), 0)
		soon()
		wants(t, keep, young)
		time.Sleep(6 * time.Minute)
		l := listen(t, h, Audience{}, old)
		if l.Resumed() {
			t.Error("resumed from a line that is not held")
		}
		wants(t, l, young)
		if got := h.Stats(); got.Lines != 1 || got.Listeners != 2 {
			t.Errorf("%+v", got)
		}
		l.Close()
		keep.Close()
	})
}

// TestOtherNewsAreSkipped: what cannot be read keeps nobody from the rest.
func TestOtherNewsAreSkipped(t *testing.T) {
	bubble(t, func(t *testing.T, b *bulletin, h *Hub) {
		b.announce(ended("a"), 0)
		b.lines[0].Body = []byte("{")
		want := b.announce(ended("b"), 0)
		b.lines[1].Body = append([]byte("{\n"), b.lines[1].Body[1:]...) // as a database may give it back
		l := listen(t, h, Audience{}, "")
		wants(t, l, want)
		l.Close()
	})
}
