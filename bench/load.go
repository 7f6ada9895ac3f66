package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// step asks once, on one connection, and checks the answer.
type step func(*conn) error

// errSpent ends a connection's work early: it has nothing left to ask.
var errSpent = errors.New("nothing left to ask")

// load is a closed loop: each connection asks, waits for the answer, asks
// again. What is answered between warm and warm+span counts.
type load struct {
	address    string
	on         *process // that answers, for what it costs; may be nil
	conns      int
	warm, span time.Duration
	step       func(i int) step // for connection i
	patient    bool             // who is told to come [later] does; else that is a wrong answer
}

// run runs the load to its end, or to the first wrong answer, which is its
// error.
func (l load) run(ctx context.Context) (sample, error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	conns := make([]*conn, l.conns)
	for i := range conns {
		c, err := dial(l.address, time.Now().Add(l.warm+l.span+patience))
		if err != nil {
			return sample{}, err
		}
		defer c.close()
		// A read that waits ends when the run does.
		defer context.AfterFunc(ctx, c.close)()
		conns[i] = c
	}
	begin := time.Now().Add(l.warm)
	took := make([][]time.Duration, l.conns)
	last := make([]time.Time, l.conns)
	var asked, refused atomic.Int64
	from, before, own := time.Now(), l.on.cpu(), ownCPU()
	var all sync.WaitGroup
	for i, c := range conns {
		all.Go(func() {
			var err error
			ask := l.step(i)
			if l.patient {
				ask = returning(ctx, ask, begin.Add(l.span), &refused)
			}
			if took[i], last[i], err = drive(c, ask, begin, begin.Add(l.span), &asked); err != nil {
				fail(fmt.Errorf("connection %d of %d: %w", i+1, l.conns, err))
			}
		})
	}
	all.Wait()
	spent := l.on.cpu() - before
	if err := context.Cause(ctx); err != nil {
		return sample{}, err
	}
	s := newSample(l.conns, begin, last, took)
	s.Refused = int(refused.Load())
	s.Server, s.Generator = cores(spent, from), cores(ownCPU()-own, from)
	if n := asked.Load(); n > 0 {
		s.CPU = spent / time.Duration(n)
	}
	return s, nil
}

// drive asks on one connection until end. It returns how long each answer took
// that came after begin, and when the last one came; asked grows by all of them,
// those of the warm-up too.
func drive(c *conn, ask step, begin, end time.Time, asked *atomic.Int64) (took []time.Duration, last time.Time, err error) {
	var n int64
	defer func() { asked.Add(n) }()
	for at := time.Now(); at.Before(end); {
		err := ask(c)
		now := time.Now()
		if errors.Is(err, errSpent) {
			return took, last, nil
		}
		if err != nil {
			return nil, last, err
		}
		n++
		if !now.Before(begin) && now.Before(end) {
			took, last = append(took, now.Sub(at)), now
		}
		at = now
	}
	return took, end, nil
}
