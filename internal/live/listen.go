package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2" //nolint:depguard // spreads reconnects: nothing that anyone gains by guessing
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// ear hears what the other processes publish, and its own pings, by which it
// knows that it hears at all.
type ear struct {
	*Cache
	born   time.Time     // pings say when they were sent, counted from here
	echoes atomic.Uint64 // own pings heard in time
	failed atomic.Bool   // which is in the log
}

const (
	firstPause   = 100 * time.Millisecond // before connecting again, doubled each time
	longestPause = 5 * time.Second
	// deafAfter is how many pings in a row are not heard until the connection is
	// given up: it may look fine and carry nothing.
	deafAfter = 4
)

// listen hears until ctx ends.
func (c *Cache) listen(ctx context.Context) {
	e := &ear{Cache: c, born: c.config.Now()}
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		before := e.echoes.Load()
		err := e.connect(ctx)
		if ctx.Err() != nil {
			return
		}
		c.lost.Add(1)
		if !e.failed.Swap(true) {
			c.config.Log.Warn("the bus is lost: answers are held for a moment only", slog.Any("error", err))
		}
		if e.echoes.Load() != before {
			pause = firstPause // it worked
		}
		select {
		case <-time.After(pause/2 + rand.N(pause/2)): //nolint:gosec // spreads load; nothing is gained by guessing it
		case <-ctx.Done():
			return
		}
	}
}

// connect listens on one connection until it is lost, or deaf, or ctx ends.
func (e *ear) connect(ctx context.Context) error {
	ctx, cut := context.WithCancelCause(ctx)
	ready := make(chan struct{}, 1)
	var beat sync.WaitGroup
	beat.Go(func() { e.beat(ctx, ready, cut) })
	defer func() {
		cut(nil)
		beat.Wait()
		e.trust.bus.end() // what is published now is not heard
	}()
	err := e.config.Bus.Listen(ctx, func() {
		select {
		case ready <- struct{}{}:
		default: // a ping is due already
		}
	}, e.heard)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// beat sends pings, the first one that counts as soon as the connection is
// ready, and cuts a connection on which they are not heard.
func (e *ear) beat(ctx context.Context, ready <-chan struct{}, cut context.CancelCauseFunc) {
	tick := time.NewTicker(e.config.BlindAge / 2)
	defer tick.Stop()
	for silent := 0; ; {
		before := e.echoes.Load()
		err := e.ping(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ready:
			continue
		case <-tick.C:
		}
		if silent++; e.echoes.Load() != before {
			silent = 0
		}
		if silent == deafAfter {
			cut(errors.Join(errDeaf, err))
			return
		}
	}
}

var errDeaf = errors.New("this process does not hear what it publishes itself; behind PgBouncer, listening needs a session of its own")

// ping sends one ping, and first what the others have not been told yet.
func (e *ear) ping(ctx context.Context) error {
	e.crier.settle()
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	sent := strconv.FormatInt(int64(e.config.Now().Sub(e.born)), 10)
	if err := e.config.Bus.Publish(ctx, message{saysPing, e.crier.sender, []string{sent}}.write()); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	return nil
}

// heard does what a message says.
func (e *ear) heard(text string) {
	m, ok := parse(text)
	mine := ok && m.sender == e.crier.sender
	switch {
	case ok && m.says == saysPing:
		if mine {
			e.echo(m.about)
		}
		return
	case mine: // was done before it was published
		e.crier.came(text)
		return
	}
	e.messages.Add(1)
	switch {
	case !ok: // of a newer release
		e.forget()
		e.outside.ring()
	case m.says == saysAll:
		e.forget()
	case m.says == saysReload:
		e.outside.ring()
		e.dropped.ring()
	default:
		e.dropKeys(m)
	}
}

// echo takes an own ping for the proof that whatever was published before it was
// heard as well. The first one on a connection says nothing of what came before
// that, so everything goes. One that comes after its lease is over proves
// nothing that is of use.
func (e *ear) echo(about []string) {
	now := e.config.Now()
	if len(about) == 0 {
		return
	}
	n, err := strconv.ParseInt(about[0], 10, 64)
	sent := e.born.Add(time.Duration(n))
	if took := now.Sub(sent); err != nil || took < 0 || took >= e.trust.bus.length {
		return
	}
	fresh := !e.trust.bus.holds(now)
	if fresh {
		e.forget()
	}
	e.trust.bus.renew(sent)
	e.echoes.Add(1)
	e.delay.Store(int64(now.Sub(sent)))
	if fresh {
		e.outside.ring()
	}
	if e.failed.Swap(false) {
		e.config.Log.Info("the bus is back")
	}
}

// dropKeys drops here what was dropped there.
func (e *ear) dropKeys(m message) {
	for _, id := range m.about[1:] {
		k := key{m.about[0], id}
		switch m.says {
		case saysSlugs:
			e.bySlug.drop(k)
		case saysTenants:
			e.byID.drop(k)
		case saysSessions:
			e.sessions.drop(k)
		case saysAccounts:
			e.accounts.drop(k)
		}
	}
	e.dropped.ring()
}
