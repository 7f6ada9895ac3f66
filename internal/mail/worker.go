package mail

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// Rhythm of the worker.
const (
	parallel   = 4                // deliveries at once
	poll       = 5 * time.Second  // between looks at the outbox when nobody wakes it
	patience   = 30 * time.Second // with one delivery, whatever the transport says
	marking    = 10 * time.Second // to write down how it went
	leaseTime  = patience + marking + time.Minute
	drainLimit = 10 * time.Second // for deliveries under way when Run has to end
)

// Post is what a worker works with; all of it must be set.
type Post struct {
	Outbox    auth.Outbox
	Renderer  *Renderer
	Transport Transport
	// Resolve makes the message of a mail. auth.ErrNoRecord says that there is
	// nobody to send it to any more.
	Resolve func(ctx context.Context, m auth.Mail) (auth.Message, error)
	Log     *slog.Logger
	Now     func() time.Time
}

// Worker sends what is urgent at once ([Worker.Send]) and the outbox in the
// background ([Worker.Run]). Any number of workers, in any number of processes,
// may share an outbox. Use [NewWorker].
type Worker struct {
	Post
	wake                 chan struct{}
	sent, failed, buried atomic.Uint64
}

var _ auth.Mailer = (*Worker)(nil)

// NewWorker makes a worker; it does nothing before Run or Send.
func NewWorker(p Post) *Worker { return &Worker{Post: p, wake: make(chan struct{}, 1)} }

// Wake implements [auth.Mailer].
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // it has been told already
	}
}

// Stats counts, since the worker was made, the letters that were delivered, the
// tries that failed, and the mails of the outbox that were given up.
func (w *Worker) Stats() (sent, failed, buried uint64) {
	return w.sent.Load(), w.failed.Load(), w.buried.Load()
}

// Send implements [auth.Mailer]. Its errors hold neither the code, the
// link nor the address; one that is [ErrRefused] will not go away by another try.
func (w *Worker) Send(ctx context.Context, m auth.Message) error {
	l, err := w.Renderer.Write(m)
	if err == nil {
		err = w.Transport.Deliver(ctx, l)
	}
	if err != nil {
		w.failed.Add(1)
		return err
	}
	w.sent.Add(1)
	return nil
}

// Run works off the outbox until ctx ends. Then it begins nothing new and
// returns when what was being sent is sent, after ten seconds at most and the
// time to write down how it went; what was cut off is tried again later.
func (w *Worker) Run(ctx context.Context) {
	work, cutOff := context.WithCancel(context.WithoutCancel(ctx))
	defer cutOff()
	free := make(chan struct{}, parallel) // a token for each delivery that may begin
	for range parallel {
		free <- struct{}{}
	}
	w.loop(ctx, work, free)
	limit := time.AfterFunc(drainLimit, cutOff)
	defer limit.Stop()
	for range parallel {
		<-free
	}
}

// loop leases as many mails as there are hands free, so that none waits while
// its lease runs.
func (w *Worker) loop(ctx, work context.Context, free chan struct{}) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	down := false
	for {
		hands := w.take(ctx, free)
		if hands == 0 {
			return
		}
		mails, err := w.Outbox.Lease(ctx, w.Now(), leaseTime, hands)
		down = w.tell(ctx, down, err)
		for _, m := range mails {
			go func() {
				defer func() { free <- struct{}{} }()
				w.handle(work, m)
			}()
		}
		for range hands - len(mails) {
			free <- struct{}{}
		}
		if len(mails) == hands {
			continue // there may be more
		}
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
		case <-tick.C:
		}
	}
}

// take waits for a hand and takes all that are free; none when ctx has ended.
func (w *Worker) take(ctx context.Context, free chan struct{}) (n int) {
	select {
	case <-ctx.Done():
		return 0
	case <-free:
		n = 1
	}
	for {
		select {
		case <-free:
			n++
		default:
			if ctx.Err() != nil {
				for range n {
					free <- struct{}{}
				}
				return 0
			}
			return n
		}
	}
}

// tell logs when the outbox goes away and when it comes back, not each look.
func (w *Worker) tell(ctx context.Context, was bool, err error) (down bool) {
	down = err != nil && !errors.Is(err, ctx.Err())
	switch {
	case down && !was:
		w.Log.WarnContext(ctx, "outbox cannot be read, mail waits", "problem", clip(err.Error()))
	case was && err == nil:
		w.Log.InfoContext(ctx, "outbox can be read again")
	}
	return down
}
