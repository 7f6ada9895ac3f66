package main

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync/atomic"
	"time"
)

// nestLoad asks over one connection. Either the next request is sent when an
// answer comes, with so many under way; or one is sent each interval, whatever has
// been answered by then. What is answered between warm and
// warm+span counts.
type nestLoad struct {
	peer       *bareServer
	asks       []nestAsk
	warm, span time.Duration
	inFlight   int
	every      time.Duration // 0: as answers come
}

// nestTurn is what one load measured.
type nestTurn struct {
	took     []time.Duration // counted, from when a request was sent
	span     time.Duration
	answered int // with the warm-up, and so are the following
	wall     time.Duration
	cpu, own time.Duration // of the server and of the generator
}

func (l nestLoad) run(ctx context.Context) (turn nestTurn, err error) {
	nc, err := net.DialTimeout("tcp", l.peer.address, patience) //nolint:noctx // bounded by its deadline
	if err != nil {
		return turn, err
	}
	defer nc.Close()
	// A read that waits ends when the run does.
	defer context.AfterFunc(ctx, func() { nc.Close() })()
	if err := nc.SetDeadline(time.Now().Add(l.warm + l.span + patience)); err != nil {
		return turn, err
	}
	talk := newNestTalk(nc, l.asks)
	began, cpu, own := time.Now(), l.peer.cpu(), ownCPU()
	c := &nestCount{begin: began.Add(l.warm), end: began.Add(l.warm + l.span)}
	if l.every > 0 {
		err = l.paced(talk, c)
	} else {
		err = l.closed(talk, c)
	}
	if ctx.Err() != nil {
		return turn, context.Cause(ctx)
	}
	return nestTurn{took: c.took, span: l.span, answered: c.answered, wall: time.Since(began), cpu: l.peer.cpu() - cpu, own: ownCPU() - own}, err
}

// nestCount counts answers.
type nestCount struct {
	begin, end time.Time
	answered   int
	took       []time.Duration
}

func (c *nestCount) add(sent, now time.Time) {
	c.answered++
	if !now.Before(c.begin) && now.Before(c.end) {
		c.took = append(c.took, now.Sub(sent))
	}
}

// closed keeps so many requests under way until the end.
func (l nestLoad) closed(t *nestTalk, c *nestCount) error {
	now := time.Now()
	for range l.inFlight {
		if err := t.ask(now); err != nil {
			return err
		}
	}
	for asked := l.inFlight; c.answered < t.last; {
		if asked >= frameBatch || t.r.Buffered() == 0 {
			if err := t.flush(); err != nil {
				return err
			}
			asked = 0
		}
		sent, now, err := t.hear()
		if err != nil {
			return err
		}
		c.add(sent, now)
		if now.Before(c.end) {
			if err := t.ask(now); err != nil {
				return err
			}
			asked++
		}
	}
	return nil
}

// paced asks at a fixed rate until the end.
func (l nestLoad) paced(t *nestTalk, c *nestCount) error {
	var total atomic.Int64 // known with the last request
	wrote := make(chan error, 1)
	go func() {
		err := l.send(t, c.end, &total)
		if err != nil {
			t.nc.Close() // there may be nothing left to hear
		}
		wrote <- err
	}()
	for total.Load() == 0 || int64(c.answered) < total.Load() {
		sent, now, err := t.hear()
		if err != nil {
			t.nc.Close()
			return errors.Join(err, <-wrote)
		}
		c.add(sent, now)
	}
	return <-wrote
}

// lateness is how late this program may be with a request. What it could not
// send for longer, since it had no core, is left out: it would come as a burst
// that no client sends.
const lateness = time.Millisecond

// send asks each interval, however long the answers take.
func (l nestLoad) send(t *nestTalk, end time.Time, total *atomic.Int64) error {
	p := newPacer()
	defer p.done()
	for next := time.Now(); ; next = next.Add(l.every) {
		if time.Since(next) > lateness {
			next = time.Now()
		}
		if time.Until(next) > 0 {
			if err := t.flush(); err != nil {
				return err
			}
			p.until(next)
		}
		now := time.Now()
		if err := t.ask(now); err != nil {
			return err
		}
		if !now.Before(end) {
			total.Store(int64(t.last))
			return t.flush()
		}
	}
}

// joinTurns makes one sample of several turns of a server.
func joinTurns(turns []nestTurn) sample {
	s := sample{Conns: 1}
	var all []time.Duration
	var wall, cpu, own time.Duration
	answered := 0
	for _, t := range turns {
		all = append(all, t.took...)
		s.Span, wall, cpu, own, answered = s.Span+t.span, wall+t.wall, cpu+t.cpu, own+t.own, answered+t.answered
	}
	slices.Sort(all)
	s.Count, s.P50, s.P99, s.Max = len(all), percentile(all, 50), percentile(all, 99), percentile(all, 100)
	if answered > 0 {
		s.CPU = cpu / time.Duration(answered)
	}
	if wall > 0 {
		s.Server, s.Generator = cpu.Seconds()/wall.Seconds(), own.Seconds()/wall.Seconds()
	}
	return s
}
