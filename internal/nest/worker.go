package nest

import (
	"context"
	"sync"
	"time"
)

// job is a request that waits to be served.
type job struct {
	conn  *conn
	r     Request
	id    []byte
	held  *room // where id and the data of r are
	taken int   // bytes of the budget
}

// maxIdle bounds how many workers wait for something to do. Their stacks have
// grown already, which for a new goroutine costs as much as a small request.
const maxIdle = 64

// run has a request served by a worker that waits, or by a new one.
func (s *Server) run(j job) {
	select {
	case s.jobs <- j:
	default:
		go s.work(j)
	}
}

// work serves requests until there are enough others who wait for one.
func (s *Server) work(j job) {
	for {
		j.conn.answer(j)
		if s.idle.Add(1) > maxIdle {
			s.idle.Add(-1)
			return
		}
		select {
		case j = <-s.jobs:
			s.idle.Add(-1)
		case <-s.base.Done():
			return
		}
	}
}

// deadline is the context of a request: it ends at a time, or with its parent.
// Most requests are answered from memory and never ask, so that the clock is
// started only when somebody does.
type deadline struct {
	context.Context // the parent
	at              time.Time
	reader          *conn // whose reader serves the request, until somebody asks; nil: a worker serves it

	mu     sync.Mutex
	asked  bool            // another reads on
	real   context.Context // nil: nobody has asked
	cancel context.CancelFunc
	over   bool // the request is: who asks now is told so
}

// clock returns the context that has a clock.
func (d *deadline) clock() context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.reader != nil && !d.asked && !d.over {
		d.asked = true
		go d.reader.takeOver()
	}
	if d.real == nil {
		d.real, d.cancel = context.WithDeadline(d.Context, d.at)
		if d.over {
			d.cancel()
		}
	}
	return d.real
}

// Deadline implements context.Context.
func (d *deadline) Deadline() (time.Time, bool) { return d.at, true }

// Done implements context.Context.
func (d *deadline) Done() <-chan struct{} { return d.clock().Done() }

// Err implements context.Context.
func (d *deadline) Err() error {
	d.mu.Lock()
	quiet := d.real == nil && !d.over
	d.mu.Unlock()
	if quiet && time.Now().Before(d.at) {
		return d.Context.Err()
	}
	return d.clock().Err()
}

// end ends the context with its request.
func (d *deadline) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over = true; d.cancel != nil {
		d.cancel()
	}
}
