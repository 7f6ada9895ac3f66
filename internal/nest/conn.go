package nest

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// conn is one connection of a server. One goroutine reads it; requests are
// served each by its own, and whoever is ready first writes what the others
// have become ready with meanwhile.
type conn struct {
	server *Server
	nc     net.Conn
	peer   netip.AddrPort
	frames *frameReader
	slots  chan struct{} // one is held for each request, until its answer is written
	out    outbox
	gone   atomic.Bool // nothing can be written any more: nothing more is read
	ended  chan error  // why the reading did
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{server: s, nc: nc, frames: newFrameReader(nc), slots: make(chan struct{}, s.config.InFlight)}
	c.frames.src.patience, c.frames.share = s.config.ReadTimeout, &s.share
	c.frames.src.over = func() bool { return s.draining.Load() || c.gone.Load() }
	c.frames.src.wait = func() { c.out.flush(c) }
	c.ended = make(chan error, 1)
	if a, ok := nc.RemoteAddr().(*net.TCPAddr); ok {
		at := a.AddrPort()
		c.peer = netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
	}
	return c
}

// serve reads frames until there are no more, answers them, and ends the
// connection.
func (c *conn) serve() {
	defer c.nc.Close()
	if err := c.server.handshake(c.nc); err != nil {
		c.server.refused.Add(1)
		c.server.config.Log.Debug("connection refused: no TLS handshake", "peer", c.peer.String(), "error", err.Error())
		return
	}
	c.read()
	err := <-c.ended
	c.frames.release()
	c.frames.drop()
	c.out.flush(c)
	for range cap(c.slots) { // what is in flight is answered first
		c.slots <- struct{}{}
	}
	if errors.Is(err, errFull) {
		c.server.refused.Add(1)
		c.server.config.Log.Warn("connection ended: large requests fill the memory that they may have", "peer", c.peer.String())
	}
	if errors.Is(err, errMalformed) {
		c.server.malformed.Add(1)
		c.server.config.Log.Debug("connection ended: malformed frame", "peer", c.peer.String())
	}
	c.hangUp()
}

// takeOver goes on reading for a reader who serves a request that waits for
// something.
func (c *conn) takeOver() {
	c.out.flush(c)
	c.read()
}

// read reads requests and has them served, until it finds that another has
// taken over, or until there are no more, and says why in ended. What is quick is
// served here: to wake somebody else would cost more than to do it.
func (c *conn) read() {
	for {
		j, err := c.request()
		if err != nil {
			c.out.flush(c) // whoever waits for the end may be serving something slow
			c.ended <- err
			return
		}
		switch {
		case j.conn == nil: // it was answered
		case !c.server.quick(j.r.Command):
			c.server.run(j)
		case !c.serveHere(j):
			return
		}
	}
}

// serveHere serves a request, and reports whether the reading is still ours.
func (c *conn) serveHere(j job) bool {
	ctx := &deadline{Context: c.server.base, at: time.Now().Add(c.server.config.Timeout), reader: c}
	response, err := c.handle(ctx, j.r)
	c.done(j, response, err)
	if ctx.asked {
		c.out.flush(c)
	}
	return !ctx.asked
}

// request reads a request. The zero job is one that needs nobody any more.
func (c *conn) request() (job, error) {
	body, err := c.frames.next()
	if err != nil {
		return job{}, err
	}
	p, deep, err := readPacket(body)
	if err != nil {
		return job{}, err
	}
	c.hold(c.slots) // as many as there may be: nothing more is read
	c.server.requests.Add(1)
	r := Request{Command: command(p.pattern), Data: p.data, Event: p.id == nil, Peer: c.peer}
	if deep || r.Event && r.Command == "" {
		c.refuse(p.id, deep)
		return job{}, nil
	}
	j := job{conn: c, r: r}
	if len(p.data) > small {
		if j.taken = len(p.data); !c.server.share.take(j.taken) {
			<-c.slots
			return job{}, errFull
		}
	}
	j.held, j.id, j.r.Data = hold(p.id, p.data) // the next frame comes into the same place
	c.hold(c.server.running)
	return j, nil
}

// hold takes a place, and writes what is to be written before it waits for one.
func (c *conn) hold(places chan struct{}) {
	select {
	case places <- struct{}{}:
	default:
		c.out.flush(c)
		places <- struct{}{}
	}
}

// tooDeep is what is answered to a body that is nested too deeply. The frame
// was in order, so the connection goes on: others may share it.
var tooDeep = &Error{Value: []byte(`{"status":"error","message":"the request is nested too deeply"}`)}

// refuse answers what is not served.
func (c *conn) refuse(id []byte, deep bool) {
	if id == nil || !deep {
		<-c.slots
		return
	}
	c.out.add(c, id, nil, tooDeep)
}

// answer serves a request and writes its answer.
func (c *conn) answer(j job) {
	response, err := c.handle(&deadline{Context: c.server.base, at: time.Now().Add(c.server.config.Timeout)}, j.r)
	c.done(j, response, err)
	if !j.r.Event { // whose place is free already, so that nothing would bound how many wait here
		c.out.gather(c)
	}
}

// done gives back what a request held and leaves its answer to be written.
func (c *conn) done(j job, response []byte, err error) {
	c.server.share.give(j.taken)
	<-c.server.running
	if j.r.Event {
		<-c.slots
	} else {
		c.out.add(c, j.id, response, err)
	}
	j.held.free()
}

var errPanic = errors.New("panic")

// handle serves a request. A panic is one failed request; its value may hold
// anything, so only its place is logged.
func (c *conn) handle(ctx *deadline, r Request) (response []byte, err error) {
	defer ctx.end()
	defer func() {
		if recover() != nil {
			c.server.config.Log.Error("panic", "stack", string(debug.Stack()))
			response, err = nil, errPanic
		}
	}()
	return c.server.config.Handler.Serve(ctx, r)
}

// wake makes a reader look up, who finds that the server is draining.
func (c *conn) wake() { _ = c.nc.SetReadDeadline(time.Unix(1, 0)) } // a connection that has ended is awake

// cut ends a connection at once. Closing TLS would wait for the peer to take a
// farewell.
func (c *conn) cut() {
	if t, ok := c.nc.(*tls.Conn); ok {
		t.NetConn().Close()
		return
	}
	c.nc.Close()
}

// hangUp sends FIN and reads for a moment what the peer was still sending:
// closing on it would send RST, which takes away what was answered before.
func (c *conn) hangUp() {
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || c.nc.SetReadDeadline(time.Now().Add(time.Second)) != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, c.nc, 1<<20) // what it was is nobody's business
}
