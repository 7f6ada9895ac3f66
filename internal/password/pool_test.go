package password

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var one = need{slots: 1, memory: 1}

// poolOf returns a pool of so many slots, memory to spare and 100 places.
func poolOf(slots int) *pool { return newPool(need{slots, 1000}, 100, pace(time.Second)) }

// hold takes n, as a hash that goes on until handBack does.
func hold(t *testing.T, p *pool, n need) {
	t.Helper()
	if w, err := p.join("holder", n); w != nil || err != nil {
		t.Fatalf("no room to hold %+v: %v", n, err)
	}
}

// A bubble runs callers one after the other up to where they wait.
type bubble struct {
	*testing.T
	pool *pool
	done []string // who was hashed for, in that order
}

// call has somebody want n, and returns where the error will be.
func (b *bubble) call(ctx context.Context, tenant, name string, n need) *error {
	got := new(error)
	go func() {
		*got = b.pool.run(ctx, tenant, n, func() error { b.done = append(b.done, name); return nil })
	}()
	synctest.Wait()
	return got
}

// is compares who was hashed for with names, given in one string.
func (b *bubble) is(names string) {
	b.Helper()
	synctest.Wait()
	if want := strings.Fields(names); !slices.Equal(b.done, want) {
		b.Errorf("hashed for %v, want %v", b.done, want)
	}
}

func inBubble(t *testing.T, p *pool, test func(b *bubble)) {
	synctest.Test(t, func(t *testing.T) { test(&bubble{T: t, pool: p}) })
}

func TestAtMostParallelAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const parallel, callers = 3, 20
		p := poolOf(parallel)
		now, most, done := make(chan int, 1), 0, 0
		now <- 0
		for range callers {
			go func() {
				err := p.run(t.Context(), "acme", one, func() error {
					n := <-now + 1
					most = max(most, n)
					now <- n
					time.Sleep(time.Second) // of the bubble's clock
					n = <-now
					done++
					now <- n - 1
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
		}
		if got, want := p.waiting(), callers-parallel; got != want {
			t.Errorf("got %d waiting, want %d", got, want)
		}
		time.Sleep(callers * time.Second)
		synctest.Wait()
		if most != parallel || done != callers {
			t.Errorf("got %d at once and %d done, want %d and %d", most, done, parallel, callers)
		}
	})
}

func TestTenantsTakeTurns(t *testing.T) {
	inBubble(t, poolOf(1), func(b *bubble) {
		hold(b.T, b.pool, one)
		for _, name := range []string{"a1", "a2", "a3", "a4", "b1", "c1", "c2", "a5"} {
			b.call(b.Context(), name[:1], name, one)
		}
		b.is("")
		b.pool.handBack(one)
		b.is("a1 b1 c1 a2 c2 a3 a4 a5")
	})
}

func TestAStormCostsAnotherTenantOneTurn(t *testing.T) {
	inBubble(t, poolOf(1), func(b *bubble) {
		hold(b.T, b.pool, one)
		for range 100 {
			b.call(b.Context(), "storm", "storm", one)
		}
		b.call(b.Context(), "calm", "calm", one)
		b.pool.handBack(one)
		synctest.Wait()
		if got := slices.Index(b.done, "calm"); got != 1 {
			b.Errorf("served after %d of the storm, want after 1", got)
		}
	})
}

// Six callers for a queue of five: who of them is refused?
func TestAFullQueueRefusesTheGreediest(t *testing.T) {
	for _, tt := range []struct {
		name, callers   string
		refused, hashed string
	}{
		{"one tenant", "a1 a2 a3 a4 a5 a6", "a6", "a1 a2 a3 a4 a5"},
		{"a newcomer of another", "a1 a2 a3 a4 a5 b1", "a5", "a1 b1 a2 a3 a4"},
		{"the greediest is not the newest", "a1 a2 a3 b1 c1 c2", "a3", "a1 b1 c1 a2 c2"},
		{"the newest of the greediest is not the last to come", "a1 b1 b2 b3 a2 c1", "b3", "a1 b1 c1 a2 b2"},
		{"it would be as greedy itself", "a1 a2 a3 b1 b2 b3", "b3", "a1 b1 a2 b2 a3"},
		{"all wait once", "a1 b1 c1 d1 e1 f1", "f1", "a1 b1 c1 d1 e1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, newPool(need{1, 1000}, 5, pace(time.Second)), func(b *bubble) {
				hold(b.T, b.pool, one)
				calls := map[string]*error{}
				for name := range strings.FieldsSeq(tt.callers) {
					calls[name] = b.call(b.Context(), name[:1], name, one)
				}
				var refused *Overload
				if !errors.As(*calls[tt.refused], &refused) || refused.RetryAfter != 5*time.Second {
					b.Errorf("%s: got %v, want an Overload of 5s", tt.refused, *calls[tt.refused])
				}
				if got := b.pool.waiting(); got != 5 {
					b.Errorf("got %d waiting, want 5", got)
				}
				b.pool.handBack(one)
				b.is(tt.hashed)
			})
		})
	}
}

func TestWhoGivesUpLeavesTheQueue(t *testing.T) {
	inBubble(t, poolOf(1), func(b *bubble) {
		hold(b.T, b.pool, one)
		ctx, cancel := context.WithCancel(b.Context())
		first := b.call(ctx, "a", "a1", one)
		b.call(b.Context(), "a", "a2", one)
		middle := b.call(ctx, "b", "b1", one)
		b.call(b.Context(), "a", "a3", one)
		cancel()
		synctest.Wait()
		if got := b.pool.waiting(); got != 2 {
			b.Errorf("got %d waiting, want 2", got)
		}
		for _, err := range []error{*first, *middle} {
			if !errors.Is(err, context.Canceled) {
				b.Errorf("got %v, want context.Canceled", err)
			}
		}
		b.pool.handBack(one)
		b.is("a2 a3")
	})
}

// Whichever of the two a caller sees first, nothing is hashed for it, and what
// it was given goes to the next.
func TestLetInAndGoneAtOnce(t *testing.T) {
	for range 50 { // a select picks at random
		inBubble(t, poolOf(1), func(b *bubble) {
			hold(b.T, b.pool, one)
			ctx, cancel := context.WithCancel(b.Context())
			gone := b.call(ctx, "a", "a1", one)
			b.call(b.Context(), "a", "a2", one)
			b.pool.mu.Lock() // so that a1, awake, cannot leave before it is let in
			cancel()
			b.pool.room.slots++
			b.pool.room.memory++
			b.pool.admit()
			b.pool.mu.Unlock()
			b.is("a2")
			if !errors.Is(*gone, context.Canceled) {
				b.Errorf("got %v, want context.Canceled", *gone)
			}
			if b.pool.room != b.pool.size {
				b.Errorf("%+v of %+v is free", b.pool.room, b.pool.size)
			}
		})
	}
}

func TestMemoryBoundsWhatRunsAtOnce(t *testing.T) {
	big, small := need{1, 256}, need{1, 19}
	inBubble(t, newPool(need{8, 300}, 100, pace(time.Second)), func(b *bubble) {
		hold(b.T, b.pool, big)
		hold(b.T, b.pool, small)
		hold(b.T, b.pool, small)
		ctx, cancel := context.WithCancel(b.Context())
		b.call(b.Context(), "a", "small", small) // 5 of the 8 slots are free, but 6 of the 300 KiB
		b.is("")
		b.pool.handBack(small)
		b.is("small")
		b.call(ctx, "b", "big", big)
		b.call(b.Context(), "a", "behind", small) // would fit, and has to wait: else big never has its turn
		b.is("small")
		cancel()
		b.is("small behind")
		b.call(b.Context(), "b", "big", big)
		b.is("small behind")
		b.pool.handBack(big)
		b.is("small behind big")
	})
}

func TestLanesTakeSlots(t *testing.T) {
	inBubble(t, poolOf(4), func(b *bubble) {
		hold(b.T, b.pool, one)
		hold(b.T, b.pool, one)
		b.call(b.Context(), "a", "three", need{3, 1})
		b.call(b.Context(), "a", "sixteen", need{16, 1})
		b.pool.handBack(one)
		b.is("three")
		b.pool.handBack(one)
		b.is("three sixteen")
	})
}

func TestAPanicGivesBack(t *testing.T) {
	p := poolOf(1)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is swallowed")
			}
		}()
		t.Error(p.run(t.Context(), "acme", one, func() error { panic("broken") }))
	}()
	if p.room != p.size {
		t.Errorf("%+v of %+v is free", p.room, p.size)
	}
}
