package nest

import (
	"runtime"
	"sync"
	"time"
)

// outbox is what a connection has yet to write. It holds no more than the
// answers of the requests in flight, since each keeps its slot until it is
// written.
type outbox struct {
	mu      sync.Mutex
	frames  *room // nil: none
	n       int   // answers in frames
	writing bool
	broken  bool // nothing can be written any more
}

// add adds an answer. Whoever calls it calls flush before anything can make it
// wait.
func (o *outbox) add(c *conn, id, response []byte, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.broken {
		c.free(1)
		return
	}
	if o.frames == nil {
		o.frames = collect()
	}
	o.frames.b, o.n = appendAnswer(o.frames.b, id, response, err), o.n+1
}

// flush writes until there is nothing more to write, unless somebody is at it.
func (o *outbox) flush(c *conn) { o.write(c, false) }

// gather is flush that lets those who are about to be ready come first, so that
// their answers go out in the same write: where there are none it costs nothing.
func (o *outbox) gather(c *conn) { o.write(c, true) }

func (o *outbox) write(c *conn, wait bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.writing || o.n == 0 {
		return
	}
	o.writing = true
	if wait {
		o.mu.Unlock()
		runtime.Gosched()
		o.mu.Lock()
	}
	for o.n > 0 && !o.broken {
		frames, n := o.frames, o.n
		o.frames, o.n = nil, 0
		o.mu.Unlock()
		err := c.write(frames.b)
		frames.free()
		o.mu.Lock()
		o.broken = err != nil
		c.free(n)
	}
	c.free(o.n) // of a connection that broke
	o.frames, o.n, o.writing = nil, 0, false
}

// free gives slots back.
func (c *conn) free(n int) {
	for range n {
		<-c.slots
	}
}

// write writes frames within the time that a peer has to take them. A
// connection on which that fails is of no use any more.
func (c *conn) write(frames []byte) error {
	err := c.nc.SetWriteDeadline(time.Now().Add(c.server.config.WriteTimeout))
	if err == nil {
		_, err = c.nc.Write(frames)
	}
	if err != nil {
		c.gone.Store(true)
		c.cut()
	}
	return err
}
