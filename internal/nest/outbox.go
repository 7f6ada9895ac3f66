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
	frames  []byte
	n       int // answers in frames
	writing bool
	broken  bool // nothing can be written any more
}

// buffers are for those who are writing.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// put adds an answer and, unless somebody is at it, writes until there is
// nothing more to write.
func (o *outbox) put(c *conn, frame func(dst []byte) []byte) {
	o.mu.Lock()
	if o.broken {
		o.mu.Unlock()
		<-c.slots
		return
	}
	if o.frames == nil {
		o.frames = (*buffers.Get().(*[]byte))[:0]
	}
	o.frames, o.n = frame(o.frames), o.n+1
	if o.writing {
		o.mu.Unlock()
		return
	}
	o.writing = true
	o.mu.Unlock()
	// Those who are about to be ready come first, and go out in the same write:
	// where there are none this costs nothing.
	runtime.Gosched()
	o.mu.Lock()
	for o.n > 0 && !o.broken {
		frames, n := o.frames, o.n
		o.frames, o.n = nil, 0
		o.mu.Unlock()
		err := c.write(frames)
		if cap(frames) <= piece { // a large one is let go
			buffers.Put(&frames)
		}
		o.mu.Lock()
		o.broken = err != nil
		c.free(n)
	}
	c.free(o.n) // of a connection that broke
	o.frames, o.n, o.writing = nil, 0, false
	o.mu.Unlock()
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
