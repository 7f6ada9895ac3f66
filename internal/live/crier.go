package live

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// callLimit bounds one call of the bus or of the alarm.
const callLimit = time.Second

// crier tells the other processes what this one has dropped. Whoever has
// something to say adds it to the batch that is gathering. The first one of a
// batch publishes it, as soon as the batch before it is out: at once when nobody
// is publishing, and together with all who came meanwhile when somebody is.
// There is no goroutine and no timer, so that it works without Run.
type crier struct {
	bus    Bus
	alarm  func(context.Context) error
	log    *slog.Logger
	blind  time.Duration
	sender string // by which this process knows its own messages

	mu   sync.Mutex
	next *batch        // that gathers; nil: nobody waits for his turn
	turn chan struct{} // has one in it while somebody publishes
	down trouble       // since the last batch; of whoever has the turn

	owed              atomic.Bool // something was told to nobody
	published, failed atomic.Uint64
}

// trouble is how badly publishing goes.
type trouble int

const (
	noTrouble trouble = iota
	alarmed           // the bus fails, the alarm works
	unheard           // both fail
)

// newCrier returns nil if there is nobody to tell.
func newCrier(c Config) *crier {
	if c.Bus == nil {
		return nil
	}
	return &crier{
		bus: c.Bus, alarm: c.Alarm, log: c.Log, blind: c.BlindAge,
		sender: rand.Text(), turn: make(chan struct{}, 1),
	}
}

// tell says what add puts into a batch. It returns when the others have been
// told, or when so much time has passed that they have noticed that they are
// not; see the package comment.
func (c *crier) tell(add func(*batch)) {
	if c == nil {
		return
	}
	noticed := time.After(c.blind)
	if !c.publish(add) {
		<-noticed
	}
}

// settle tells what could not be told before, if there is such a thing.
func (c *crier) settle() {
	if c.owed.Load() {
		c.publish(func(*batch) {}) // whether it works shows in owed
	}
}

// publish has a batch published, whose part add is, and reports whether the
// others were told.
func (c *crier) publish(add func(*batch)) (told bool) {
	b, first := c.join(add)
	if !first {
		<-b.done
		return b.told
	}
	c.turn <- struct{}{}
	defer func() {
		<-c.turn
		close(b.done)
	}()
	c.mu.Lock()
	c.next = nil // nobody joins any more
	c.mu.Unlock()
	b.told = c.send(b)
	return b.told
}

func (c *crier) join(add func(*batch)) (b *batch, first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if first = c.next == nil; first {
		c.next = newBatch()
	}
	add(c.next)
	return c.next, first
}

// send publishes a batch, or else gives the alarm. What was owed is paid by it:
// everything is dropped, as it is not known any more what it was.
func (c *crier) send(b *batch) (told bool) {
	if c.owed.Load() {
		b.all, b.reload = true, true
	}
	messages := b.messages(c.sender)
	if len(messages) == 0 {
		return true
	}
	err := c.try(messages)
	if err != nil && c.down == noTrouble { // once more, unless it is known to fail
		err = c.try(messages)
	}
	if err == nil {
		c.published.Add(uint64(len(messages)))
		c.is(noTrouble, nil)
		return true
	}
	c.failed.Add(uint64(len(messages)))
	if failed := c.raise(); failed != nil {
		c.is(unheard, errors.Join(err, failed))
		return false
	}
	c.is(alarmed, err)
	return true
}

func (c *crier) try(messages []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	return c.bus.Publish(ctx, messages...)
}

func (c *crier) raise() error {
	if c.alarm == nil {
		return errors.New("there is no alarm to give instead")
	}
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	return c.alarm(ctx)
}

// is notes how it went, and logs that it got worse or is well again.
func (c *crier) is(now trouble, err error) {
	before := c.down
	c.down = now
	c.owed.Store(now == unheard)
	switch {
	case now == noTrouble && before != noTrouble:
		c.log.Info("other processes are told of changes again")
	case now <= before:
	case now == alarmed:
		c.log.Warn("changes cannot be published: other processes notice them by the number in the database, and drop everything", slog.Any("error", err))
	default:
		c.log.Error("other processes cannot be told of changes: what they hold may be old until this works again", slog.Any("error", err))
	}
}
