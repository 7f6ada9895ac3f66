package nest

import (
	"bytes"
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
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{server: s, nc: nc, frames: newFrameReader(nc), slots: make(chan struct{}, s.config.InFlight)}
	c.frames.src.patience, c.frames.share = s.config.ReadTimeout, &s.share
	c.frames.src.over = func() bool { return s.draining.Load() || c.gone.Load() }
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
	err := c.readAll()
	c.frames.release()
	c.frames.drop()
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

// readAll reads requests and has them served.
func (c *conn) readAll() error {
	for {
		body, err := c.frames.next()
		if err != nil {
			return err
		}
		p, deep, err := readPacket(body)
		if err != nil {
			return err
		}
		c.slots <- struct{}{} // as many as there may be: nothing more is read
		c.server.requests.Add(1)
		r := Request{Command: command(p.pattern), Data: p.data, Event: p.id == nil, Peer: c.peer}
		if deep || r.Event && r.Command == "" {
			c.refuse(p.id, deep)
			continue
		}
		j := job{conn: c, r: r, id: bytes.Clone(p.id)}
		if len(p.data) > small {
			if j.taken = len(p.data); !c.server.share.take(j.taken) {
				<-c.slots
				return errFull
			}
		}
		j.r.Data = bytes.Clone(p.data) // the next frame comes into the same place
		c.server.running <- struct{}{}
		c.server.run(j)
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
	c.out.put(c, func(dst []byte) []byte { return appendAnswer(dst, id, nil, tooDeep) })
}

// answer serves a request and writes its answer.
func (c *conn) answer(j job) {
	response, err := c.handle(j.r)
	c.server.share.give(j.taken)
	<-c.server.running
	if j.r.Event {
		<-c.slots
		return
	}
	c.out.put(c, func(dst []byte) []byte { return appendAnswer(dst, j.id, response, err) })
}

var errPanic = errors.New("panic")

// handle serves a request. A panic is one failed request; its value may hold
// anything, so only its place is logged.
func (c *conn) handle(r Request) (response []byte, err error) {
	ctx := &deadline{Context: c.server.base, at: time.Now().Add(c.server.config.Timeout)}
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
