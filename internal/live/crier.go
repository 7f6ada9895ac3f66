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

const (
	// callLimit bounds one call of the bus or of the alarm.
	callLimit = time.Second
	// echoLimit bounds the wait for a message to come back.
	echoLimit = 250 * time.Millisecond
)

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
	sender string      // by which this process knows its own messages
	hears  func() bool // whether this process hears what is published

	mu   sync.Mutex
	back map[string]chan struct{} // by message: closed when it comes back
	next *batch                   // that gathers; nil: nobody waits for his turn
	turn chan struct{}            // has one in it while somebody publishes
	down trouble                  // since the last batch; of whoever has the turn

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
func newCrier(c Config, hears func() bool) *crier {
	if c.Bus == nil {
		return nil
	}
	return &crier{
		bus: c.Bus, alarm: c.Alarm, log: c.Log, blind: c.BlindAge, hears: hears,
		sender: rand.Text(), turn: make(chan struct{}, 1), back: make(map[string]chan struct{}),
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
	defer close(b.done)
	c.await(c.takeTurn(b))
	return b.told
}

// takeTurn publishes a batch when no other is being published, and returns what
// closes when the others have very likely heard it.
func (c *crier) takeTurn(b *batch) (heard <-chan struct{}) {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	c.mu.Lock()
	c.next = nil // nobody joins any more
	c.mu.Unlock()
	b.told, heard = c.send(b)
	return heard
}

// expect returns what closes when a message comes back to this process; nil when
// it hears nothing now.
func (c *crier) expect(message string) <-chan struct{} {
	if !c.hears() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.back[message] == nil {
		c.back[message] = make(chan struct{})
		time.AfterFunc(echoLimit, func() { c.came(message) })
	}
	return c.back[message]
}

// came takes note of an own message that came back, or of one that does not.
func (c *crier) came(message string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if heard := c.back[message]; heard != nil {
		close(heard)
		delete(c.back, message)
	}
}

// await waits until the batch has come back to this process, which is as good as
// certain to be when it comes to the others: the bus may have taken what it has
// yet to carry, and whoever asked for the drop goes and tells.
func (c *crier) await(heard <-chan struct{}) {
	if heard != nil {
		<-heard
	}
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
// everything is dropped, as it is not known any more what it was. Of a batch that
// was published, heard closes when it comes back.
func (c *crier) send(b *batch) (told bool, heard <-chan struct{}) {
	if c.owed.Load() {
		b.all, b.reload = true, true
	}
	messages := b.messages(c.sender)
	if len(messages) == 0 {
		return true, nil
	}
	heard = c.expect(messages[len(messages)-1])
	err := c.try(messages)
	if err != nil && c.down == noTrouble { // once more, unless it is known to fail
		err = c.try(messages)
	}
	if err == nil {
		c.published.Add(uint64(len(messages)))
		c.is(noTrouble, nil)
		return true, heard
	}
	c.failed.Add(uint64(len(messages)))
	if failed := c.raise(); failed != nil {
		c.is(unheard, errors.Join(err, failed))
		return false, nil
	}
	c.is(alarmed, err)
	return true, nil
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
