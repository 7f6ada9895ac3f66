package redis

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/latchkey/latchkey/internal/auth"
)

// Listen calls ready once it listens, and then heard with every message that is
// published until it returns, one at a time. It returns when the connection is
// lost, which it notices within about a second, or when ctx ends, always with an
// error. It does not connect again: what was published meanwhile is lost, and
// the caller has to know.
func (s *Store) Listen(given context.Context, ready func(), heard func(message string)) error {
	ctx, end := context.WithCancelCause(given)
	defer end(nil)
	defer context.AfterFunc(s.life, func() { end(redis.ErrClosed) })()
	o, err := s.config.options()
	if err != nil {
		return err
	}
	line := &line{dialer: redis.NewDialer(o)}
	o.Dialer = line.dial
	client := redis.NewClient(o)
	defer client.Close()
	defer context.AfterFunc(ctx, line.cut)()
	sub := client.Subscribe(ctx)
	defer sub.Close()

	err = sub.Subscribe(ctx, s.channel())
	if err == nil {
		var beat sync.WaitGroup
		beat.Go(func() { end(line.watch(ctx, sub)) })
		err = line.read(ctx, sub, ready, heard)
		end(err)
		beat.Wait()
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause // and not that its end closed the connection
	}
	return s.fail(given, "Listen", fmt.Errorf("%w: %w", auth.ErrUnavailable, err))
}

// read calls heard until the connection is lost.
func (l *line) read(ctx context.Context, sub *redis.PubSub, ready func(), heard func(string)) error {
	for {
		got, err := sub.Receive(ctx)
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.sign, l.busy = true, true
		l.mu.Unlock()
		switch m := got.(type) {
		case *redis.Subscription:
			ready()
		case *redis.Message:
			heard(m.Payload)
		}
		l.mu.Lock()
		l.sign, l.busy = true, false
		l.mu.Unlock()
	}
}

const (
	// beat is how often the server is asked for a sign of life.
	beat = 200 * time.Millisecond
	// beats is for how many of them it may be silent.
	beats = 4
)

var (
	errSilent = errors.New("the server does not answer any more")
	errLost   = errors.New("the connection is lost")
)

// watch asks the server for signs of life and returns an error when none comes:
// a connection that just ends somewhere on the way is not noticed otherwise.
// While a message is being heard nothing is read, and silence says nothing.
func (l *line) watch(ctx context.Context, sub *redis.PubSub) error {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for silent := 0; silent < beats; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		l.mu.Lock()
		busy := l.busy
		if l.sign || busy {
			silent = 0
		} else {
			silent++
		}
		l.sign = false
		l.mu.Unlock()
		if busy {
			continue
		}
		if err := sub.Ping(ctx); err != nil {
			return err
		}
	}
	return errSilent
}
