package password

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// need is what a hash takes while it is computed, or what a pool has of it.
// A hash with several lanes computes them on as many cores.
type need struct {
	slots  int
	memory int // KiB
}

// pool bounds how much is hashed at once, in cores and in memory: one argon2id
// hash holds 19 MiB, an imported one up to 256 (SECURITY.md §2, 12). Those who
// find no room wait in its queue.
//
// It has no goroutine and no timer: whoever leaves lets in who comes next. The
// next in turn is waited for, though there be room for a smaller hash behind
// it: else a stream of small ones would keep a large one out for ever.
type pool struct {
	size need

	mu    sync.Mutex
	room  need // what nobody holds now
	queue *queue
	pace  pace
}

func newPool(size need, queue int, pace pace) *pool {
	return &pool{size: size, room: size, queue: newQueue(queue), pace: pace}
}

// run calls work while it holds n. It returns an [*Overload] when the queue has
// no place, and does not call work when ctx ends first. Work that has begun is
// finished whatever ctx does: neither algorithm can be stopped half-way.
func (p *pool) run(ctx context.Context, tenant string, n need, work func() error) error {
	n.slots = min(n.slots, p.size.slots) // more lanes than slots: all of them
	if err := p.enter(ctx, tenant, n); err != nil {
		return err
	}
	began := time.Now()
	defer func() { p.leave(n, time.Since(began)) }()
	return work()
}

// enter returns nil once the caller holds n.
func (p *pool) enter(ctx context.Context, tenant string, n need) error {
	if err := ctx.Err(); err != nil {
		return waited(err)
	}
	w, err := p.join(tenant, n)
	if w == nil {
		return err
	}
	select {
	case err = <-w.verdict:
	case <-ctx.Done():
		if p.withdraw(w) {
			return waited(ctx.Err())
		}
		err = <-w.verdict // given a moment ago
	}
	if err == nil && ctx.Err() != nil { // let in and gone at once
		p.handBack(n)
		return waited(ctx.Err())
	}
	return err
}

func waited(err error) error { return fmt.Errorf("password: no free slot to hash in: %w", err) }

// join takes n if nobody waits and there is room, and returns nothing; else it
// returns a place in the queue, or an Overload.
func (p *pool) join(tenant string, n need) (*waiter, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.queue.waiting == 0 && p.fits(n) {
		p.take(n)
		return nil, nil
	}
	if p.queue.full() {
		refused := p.pace.overload(p.queue.waiting, p.size.slots)
		last := p.queue.yields(tenant)
		if last == nil {
			return nil, refused
		}
		p.queue.remove(last) // never the next in turn: its line is longer than one
		last.verdict <- refused
	}
	return p.queue.add(tenant, n), nil
}

// withdraw takes w out of the queue, and tells whether it still was there.
func (p *pool) withdraw(w *waiter) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !w.waits() {
		return false
	}
	p.queue.remove(w)
	p.admit() // w may have been the one there was no room for
	return true
}

// leave gives back n after a hash that took so long.
func (p *pool) leave(n need, took time.Duration) {
	p.mu.Lock()
	p.pace.add(took * time.Duration(n.slots))
	p.mu.Unlock()
	p.handBack(n)
}

func (p *pool) handBack(n need) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.room.slots += n.slots
	p.room.memory += n.memory
	p.admit()
}

// admit lets in whoever is next, as long as there is room for them.
func (p *pool) admit() {
	for w := p.queue.next(); w != nil && p.fits(w.need); w = p.queue.next() {
		p.queue.serve(w)
		p.take(w.need)
		w.verdict <- nil
	}
}

func (p *pool) fits(n need) bool { return n.slots <= p.room.slots && n.memory <= p.room.memory }

func (p *pool) take(n need) {
	p.room.slots -= n.slots
	p.room.memory -= n.memory
}

func (p *pool) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.queue.waiting
}
