package password

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// model is the pool as simple as can be said: a list of those who wait, in the
// order they came, and the order of the tenants' turns.
type model struct {
	size, room need
	max        int
	waiting    []*waiter
	turns      []string // the tenants of whom somebody waits
	let        []*waiter
	running    []need
}

func (m *model) fits(n need) bool { return n.slots <= m.room.slots && n.memory <= m.room.memory }

func (m *model) of(tenant string) (line []*waiter) {
	for _, w := range m.waiting {
		if w.line.tenant == tenant {
			line = append(line, w)
		}
	}
	return line
}

func (m *model) run(n need) {
	m.room.slots -= n.slots
	m.room.memory -= n.memory
	m.running = append(m.running, n)
}

func (m *model) remove(w *waiter) {
	m.waiting = slices.DeleteFunc(m.waiting, func(o *waiter) bool { return o == w })
	if len(m.of(w.line.tenant)) == 0 {
		m.turns = slices.DeleteFunc(m.turns, func(tenant string) bool { return tenant == w.line.tenant })
	}
}

func (m *model) admit() {
	for len(m.turns) > 0 {
		tenant := m.turns[0]
		w := m.of(tenant)[0]
		if !m.fits(w.need) {
			return
		}
		m.turns = append(m.turns[1:], tenant)
		m.remove(w)
		m.run(w.need)
		m.let = append(m.let, w)
	}
}

// greediest returns how many the tenant with most has waiting.
func (m *model) greediest() (most int) {
	for _, tenant := range m.turns {
		most = max(most, len(m.of(tenant)))
	}
	return most
}

// A match plays the same operations against the pool and its model.
type match struct {
	*rapid.T
	pool  *pool
	model *model
}

// join has a newcomer come to both.
func (m *match) join() {
	tenant := rapid.SampledFrom([]string{"a", "a", "a", "a", "b", "b", "c", "d", "e"}).Draw(m.T, "tenant")
	n := need{rapid.IntRange(1, m.model.size.slots).Draw(m.T, "slots"), rapid.IntRange(1, 10).Draw(m.T, "memory")}
	w, err := m.pool.join(tenant, n)
	free := len(m.model.waiting) == 0 && m.model.fits(n)
	full := len(m.model.waiting) == m.model.max
	yield := len(m.model.of(tenant))+1 < m.model.greediest()
	if got, want := w == nil && err == nil, free; got != want {
		m.Fatalf("let in at once: got %v, want %v", got, want)
	}
	if got, want := errors.Is(err, ErrOverloaded), !free && full && !yield; got != want {
		m.Fatalf("refused: got %v, want %v", got, want)
	}
	switch {
	case free:
		m.model.run(n)
	case err == nil:
		if full {
			m.evicted()
		}
		m.model.waiting = append(m.model.waiting, w)
		if !slices.Contains(m.model.turns, tenant) {
			m.model.turns = append(m.model.turns, tenant)
		}
	}
}

// evicted looks for who was put out: the newest of one of the greediest.
func (m *match) evicted() {
	for _, w := range m.model.waiting {
		select {
		case err := <-w.verdict:
			line := m.model.of(w.line.tenant)
			if !errors.Is(err, ErrOverloaded) || len(line) != m.model.greediest() || line[len(line)-1] != w {
				m.Fatalf("put out with %v: number %d of tenant %s", err, slices.Index(line, w)+1, w.line.tenant)
			}
			m.model.remove(w)
			return
		default:
		}
	}
	m.Fatal("somebody came into a full queue and nobody went")
}

func (m *match) withdraw() {
	w := rapid.SampledFrom(m.model.waiting).Draw(m.T, "who")
	if !m.pool.withdraw(w) {
		m.Fatal("a waiter does not wait")
	}
	if m.pool.withdraw(w) {
		m.Fatal("somebody leaves twice")
	}
	m.model.remove(w)
	m.model.admit()
}

func (m *match) leave() {
	i := rapid.IntRange(0, len(m.model.running)-1).Draw(m.T, "which")
	n := m.model.running[i]
	m.model.running = slices.Delete(m.model.running, i, i+1)
	m.pool.leave(n, time.Second)
	m.model.room.slots += n.slots
	m.model.room.memory += n.memory
	m.model.admit()
}

// agree compares what can be seen of the two.
func (m *match) agree() {
	for _, w := range m.model.let {
		select {
		case err := <-w.verdict:
			if err != nil {
				m.Fatalf("%s: got %v, want to be let in", w.line.tenant, err)
			}
		default:
			m.Fatalf("%s is not let in at its turn", w.line.tenant)
		}
	}
	m.model.let = nil
	for _, w := range m.model.waiting {
		if len(w.verdict) > 0 {
			m.Fatalf("%s is let in before its turn", w.line.tenant)
		}
	}
	q := m.pool.queue
	if m.pool.room != m.model.room || q.waiting != len(m.model.waiting) || q.longest != m.model.greediest() {
		m.Fatalf("room %+v, waiting %d, longest %d; want %+v, %d, %d", m.pool.room, q.waiting, q.longest,
			m.model.room, len(m.model.waiting), m.model.greediest())
	}
	if len(q.lines) != len(m.model.turns) || q.turns.Len() != len(m.model.turns) {
		m.Fatalf("lines of %d tenants and %d turns, want %d", len(q.lines), q.turns.Len(), len(m.model.turns))
	}
}

// 100 matches of 150 operations, then all go home and nothing is left of them.
func TestThePoolIsItsModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size, places := need{rapid.IntRange(1, 4).Draw(t, "slots"), rapid.IntRange(10, 30).Draw(t, "memory")}, rapid.IntRange(1, 12).Draw(t, "places")
		m := &match{t, newPool(size, places, pace(time.Second)), &model{size: size, room: size, max: places}}
		for range 150 {
			switch op := rapid.IntRange(0, 9).Draw(t, "operation"); {
			case op < 2 && len(m.model.running) > 0:
				m.leave()
			case op < 3 && len(m.model.waiting) > 0:
				m.withdraw()
			default:
				m.join()
			}
			m.agree()
		}
		for len(m.model.running) > 0 {
			m.leave()
			m.agree()
		}
		if m.pool.room != size || m.pool.queue.waiting != 0 {
			t.Fatalf("%+v is free, %d wait", m.pool.room, m.pool.queue.waiting)
		}
	})
}

// Callers that come and go at the same time never hold more than there is, and
// nobody is forgotten.
func TestTheBoundHoldsUnderARace(t *testing.T) {
	p := newPool(need{3, 40}, 8, 0)
	var slots, memory, hashed, refused, gone atomic.Int64
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			for range 200 {
				n := need{1 + rand.IntN(2), 1 + rand.IntN(30)}
				ctx, cancel := context.WithCancel(t.Context())
				if rand.IntN(4) == 0 {
					go cancel()
				}
				err := p.run(ctx, string(rune('a'+rand.IntN(5))), n, func() error {
					if s, m := slots.Add(int64(n.slots)), memory.Add(int64(n.memory)); s > 3 || m > 40 {
						t.Errorf("%d slots and %d KiB are held", s, m)
					}
					hashed.Add(1)
					slots.Add(int64(-n.slots))
					memory.Add(int64(-n.memory))
					return nil
				})
				cancel()
				switch {
				case errors.Is(err, ErrOverloaded):
					refused.Add(1)
				case errors.Is(err, context.Canceled):
					gone.Add(1)
				case err != nil:
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := hashed.Load() + refused.Load() + gone.Load(); got != 32*200 || hashed.Load() == 0 {
		t.Errorf("%d hashed, %d refused, %d gone: want 6400 together", hashed.Load(), refused.Load(), gone.Load())
	}
	if p.room != p.size || p.waiting() != 0 || len(p.queue.lines) != 0 {
		t.Errorf("%+v of %+v is free, %d wait, %d lines", p.room, p.size, p.waiting(), len(p.queue.lines))
	}
}
