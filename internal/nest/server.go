package nest

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Request is a command that a peer asks for, or an event that it tells of.
type Request struct {
	Command string         // "" when the pattern names none
	Data    []byte         // JSON, "null" when there is none; until Serve returns
	Event   bool           // nobody waits for an answer
	Peer    netip.AddrPort // the other end of the connection
}

// Handler answers requests, many at a time. The response is JSON; [ErrUnknown]
// says that there is no such command, an [*Error] travels as it is, and any
// other error becomes Nest's "Internal server error". What is answered to an
// event goes nowhere. One that has a method Quick(command string) bool says by it
// what is mostly answered from memory: that is served by who reads it, and waits
// for nothing without its context.
type Handler interface {
	Serve(ctx context.Context, r Request) (response []byte, err error)
}

// Config says what a server serves and what it bears. Handler and Log are
// required; a zero of the rest is the default.
type Config struct {
	Handler      Handler
	Log          *slog.Logger
	Timeout      time.Duration // that a request has; 9 s: a Nest gateway gives up after 10
	ReadTimeout  time.Duration // that a frame has which has begun, and a TLS handshake; 15 s
	WriteTimeout time.Duration // that a peer has to take what is written; 15 s
	InFlight     int           // requests of a connection at a time; 64
	Requests     int           // of all connections at a time; 8,192: then nothing more is read
	Memory       int           // bytes of requests beyond 4 KiB each, of all connections; 256 MiB
	Connections  int           // at a time; 20,000
	PerSource    int           // of them from one address; 12,000
}

// Stats counts what a server has to do with.
type Stats struct {
	Connections int64  // that are open
	Refused     uint64 // connections beyond a bound, and failed handshakes
	Malformed   uint64 // connections ended for what they sent
	Requests    uint64 // with events
}

// ErrServerClosed is returned by Serve after Shutdown.
var ErrServerClosed = errors.New("nest: server closed")

// Server answers on listeners until it is shut down.
type Server struct {
	config   Config
	base     context.Context // of all requests
	stop     context.CancelFunc
	draining atomic.Bool

	mu        sync.Mutex
	listeners map[net.Listener]bool
	conns     map[*conn]bool
	sources   map[netip.Addr]int
	serving   sync.WaitGroup // connections
	jobs      chan job       // to workers that wait
	idle      atomic.Int64   // how many those are
	quick     func(command string) bool
	running   chan struct{} // one is held for each request that is served
	share     budget        // of large requests

	refused, malformed, requests atomic.Uint64
}

// NewServer makes a server.
func NewServer(c Config) *Server {
	standard := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	number := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	standard(&c.Timeout, 9*time.Second)
	standard(&c.ReadTimeout, 15*time.Second)
	standard(&c.WriteTimeout, 15*time.Second)
	number(&c.InFlight, 64)
	number(&c.Requests, 8192)
	number(&c.Memory, 256<<20)
	number(&c.Connections, 20_000)
	number(&c.PerSource, 12_000)
	s := &Server{config: c, listeners: map[net.Listener]bool{}, conns: map[*conn]bool{}, sources: map[netip.Addr]int{}, jobs: make(chan job), running: make(chan struct{}, c.Requests)}
	s.share.most = int64(c.Memory)
	s.quick = func(string) bool { return false }
	if q, ok := c.Handler.(interface{ Quick(command string) bool }); ok {
		s.quick = q.Quick
	}
	s.base, s.stop = context.WithCancel(context.Background())
	return s
}

// Serve answers the connections of a listener until Shutdown, and then returns
// [ErrServerClosed]. It may be called for several listeners at a time, and
// closes each. A TLS listener says by its own configuration who may come in.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	s.mu.Lock()
	s.listeners[l] = true
	s.mu.Unlock()
	for wait := time.Duration(0); ; {
		if s.draining.Load() {
			return ErrServerClosed
		}
		c, err := l.Accept()
		switch {
		case err != nil && s.draining.Load():
			return ErrServerClosed
		case err != nil && errors.Is(err, net.ErrClosed):
			return err
		case err != nil: // no more files, mostly: it passes
			wait = min(max(2*wait, 5*time.Millisecond), time.Second)
			s.config.Log.Warn("no connection could be accepted", "error", err.Error())
			s.pause(wait)
			continue
		}
		wait = 0
		s.accept(c)
	}
}

// pause waits, or until the server is shut down.
func (s *Server) pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.base.Done():
	}
}

// accept serves a connection, or closes it where there are too many.
func (s *Server) accept(nc net.Conn) {
	c := newConn(s, nc)
	source := c.peer.Addr()
	s.mu.Lock()
	full := s.draining.Load() || len(s.conns) >= s.config.Connections || s.sources[source] >= s.config.PerSource
	if !full {
		s.conns[c] = true
		s.sources[source]++
		s.serving.Add(1)
	}
	s.mu.Unlock()
	if full {
		s.refused.Add(1)
		nc.Close()
		return
	}
	go func() {
		defer s.forget(c, source)
		c.serve()
	}()
}

func (s *Server) forget(c *conn, source netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
	if s.sources[source]--; s.sources[source] <= 0 {
		delete(s.sources, source)
	}
	s.serving.Done()
}

// handshake has a TLS connection prove itself before it may hold anything.
func (s *Server) handshake(nc net.Conn) error {
	t, ok := nc.(*tls.Conn)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.base, s.config.ReadTimeout)
	defer cancel()
	return t.HandshakeContext(ctx)
}

// Shutdown takes no more connections and reads no more frames, waits until what
// is in flight has been answered, and ends every connection. When ctx ends
// first it cuts them off and returns its error.
func (s *Server) Shutdown(ctx context.Context) error {
	defer s.stop()
	s.draining.Store(true)
	s.mu.Lock()
	for l := range s.listeners {
		l.Close()
	}
	for c := range s.conns {
		c.wake()
	}
	s.mu.Unlock()
	done := make(chan struct{})
	go func() { s.serving.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.stop()
	s.mu.Lock()
	for c := range s.conns {
		c.cut()
	}
	s.mu.Unlock()
	return ctx.Err()
}

// Stats returns the counts.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stats{Connections: int64(len(s.conns)), Refused: s.refused.Load(), Malformed: s.malformed.Load(), Requests: s.requests.Load()}
}
