package nest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"
)

// maxAnswer bounds an answer that a client takes, in UTF-16 code units: lists
// are longer than what asks for them.
const maxAnswer = 16 << 20

// ErrNotDialled says that there is no connection: nothing was sent, and the same
// call may be made again.
var ErrNotDialled = errors.New("no connection")

// ErrLost says that the connection ended before the answer came. Whether the
// command was carried out is not known.
var ErrLost = errors.New("the connection was lost")

// ClientConfig says where a client connects to. Address is required; a zero of
// the rest is the default.
type ClientConfig struct {
	Address      string        // host:port
	TLS          *tls.Config   // nil: none
	DialTimeout  time.Duration // with the TLS handshake; 5 s
	WriteTimeout time.Duration // that a service has to take a request, or to send the rest of an answer; 15 s
	InFlight     int           // calls at a time; more wait; 1024
}

// Client calls the commands of a service. It has one connection, made when it
// is first needed and again after it was lost; calls share it.
type Client struct {
	config ClientConfig
	slots  chan struct{}

	mu     sync.Mutex
	line   *line
	dial   *dialling // under way; nil: there is none
	closed bool
}

// dialling is one attempt to connect, for all who wait for it.
type dialling struct {
	done chan struct{}
	line *line
	err  error
}

// NewClient makes a client. It connects to nothing yet.
func NewClient(c ClientConfig) *Client {
	if c.DialTimeout == 0 {
		c.DialTimeout = 5 * time.Second
	}
	if c.WriteTimeout == 0 {
		c.WriteTimeout = 15 * time.Second
	}
	if c.InFlight == 0 {
		c.InFlight = 1024
	}
	return &Client{config: c, slots: make(chan struct{}, c.InFlight)}
}

// Call asks for a command and returns the JSON of its response; nil: there was
// none. The errors: an [*Error] is the service's own, [ErrUnknown] says that it
// has no such command, [ErrNotDialled] that nothing was sent, [ErrLost] that no
// answer will come, and that of ctx that nobody waits any more. Of a stream the
// first response counts.
func (c *Client) Call(ctx context.Context, command string, data []byte) ([]byte, error) {
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	defer c.leave()
	l, id, answered, err := c.expect(ctx)
	if err != nil {
		return nil, err
	}
	defer l.forget(id)
	body := appendPattern(make([]byte, 0, len(command)+len(data)+64), appendCommand(nil, command), data)
	body = strconv.AppendUint(append(body, `,"id":"`...), id, 10)
	body = append(body, `"}`...)
	if err := l.write(ctx, parcel{frame: appendFrame(make([]byte, 0, len(body)+8), body)}); err != nil {
		return nil, err
	}
	select {
	case a := <-answered:
		return a.response, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Emit sends an event, which nobody answers: no error says no more than that it
// was written to a connection.
func (c *Client) Emit(ctx context.Context, event string, data []byte) error {
	if err := c.enter(ctx); err != nil {
		return err
	}
	defer c.leave()
	l, err := c.connect(ctx)
	if err != nil {
		return err
	}
	// The pattern of an event is a string that holds that of a command.
	pattern, err := json.Marshal(string(appendCommand(nil, event)))
	if err != nil {
		return err
	}
	body := append(appendPattern(nil, pattern, data), '}')
	return l.deliver(ctx, appendFrame(nil, body))
}

// enter waits for a place among the calls.
func (c *Client) enter(ctx context.Context) error {
	select {
	case c.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) leave() {
	<-c.slots
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hangUp()
}

// expect finds a line and makes a place on it for an answer. A line that ended
// in between has carried nothing, so that another may do.
func (c *Client) expect(ctx context.Context) (*line, uint64, chan answer, error) {
	for {
		l, err := c.connect(ctx)
		if err != nil {
			return nil, 0, nil, err
		}
		if id, answered, ok := l.expect(); ok {
			return l, id, answered, nil
		}
	}
}

// Close ends the connection as soon as no call is under way. A call that is
// made later connects for itself alone.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.hangUp()
}

// hangUp ends the connection of a closed client that nobody uses.
func (c *Client) hangUp() {
	if c.closed && c.line != nil && len(c.slots) == 0 {
		c.line.end()
	}
}

// connect returns the connection. Of callers that find none one makes it, and
// all learn what came of that.
func (c *Client) connect(ctx context.Context) (*line, error) {
	c.mu.Lock()
	if c.line != nil && c.line.good() {
		defer c.mu.Unlock()
		return c.line, nil
	}
	d := c.dial
	if d == nil {
		d = &dialling{done: make(chan struct{})}
		c.dial = d
		go c.dialled(d) //nolint:gosec // not in the time of one caller, who may be about to give up
	}
	c.mu.Unlock()
	select {
	case <-d.done:
		return d.line, d.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// dialled makes the connection for all who wait.
func (c *Client) dialled(d *dialling) {
	ctx, cancel := context.WithTimeout(context.Background(), c.config.DialTimeout)
	defer cancel()
	nc, err := c.open(ctx)
	defer close(d.done)
	if err != nil {
		d.err = fmt.Errorf("%w: %w", ErrNotDialled, err)
	} else {
		d.line = newLine(nc, c.config.WriteTimeout)
	}
	if old := c.replace(d.line); old != nil {
		old.retire()
	}
}

// replace ends a dialling. With a line of its own it returns the one before.
func (c *Client) replace(by *line) (old *line) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dial = nil
	if by == nil {
		return nil
	}
	old, c.line = c.line, by
	c.hangUp() // all may have given up, and the client be closed
	return old
}

func (c *Client) open(ctx context.Context) (net.Conn, error) {
	if c.config.TLS != nil {
		return (&tls.Dialer{Config: c.config.TLS}).DialContext(ctx, "tcp", c.config.Address)
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", c.config.Address)
}

// appendPattern appends a packet of a pattern and data, but for its end.
func appendPattern(dst, pattern, data []byte) []byte {
	dst = append(append(append(dst, `{"pattern":`...), pattern...), `,"data":`...)
	if len(data) == 0 {
		return append(dst, "null"...)
	}
	return append(dst, data...)
}
