package nest

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"strconv"
	"sync"
	"time"
)

// line is one connection of a client: what is asked goes out as it comes, what
// is answered finds who asked.
type line struct {
	nc       net.Conn
	patience time.Duration // that the service has to take a request
	out      chan parcel
	gone     chan struct{} // closed when the line is over

	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan answer // nil: the line is over
	asked   time.Time              // when the first call was made since anything was heard; zero: none was
	retired bool                   // it ends when nobody waits any more
}

// parcel is a frame on its way out.
type parcel struct {
	frame   []byte
	written chan struct{} // closed when it was; nil: nobody asks
}

// answer is what came of a call.
type answer struct {
	response []byte
	err      error
}

func newLine(nc net.Conn, patience time.Duration) *line {
	l := &line{nc: nc, patience: patience, out: make(chan parcel), gone: make(chan struct{}), waiting: map[uint64]chan answer{}}
	go l.read()
	go l.send()
	return l
}

// good reports whether the line may carry another call. One that is silent while
// it is asked may lead to a machine that is gone, which TCP tells a quarter of an
// hour later.
func (l *line) good() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting != nil && (l.asked.IsZero() || time.Since(l.asked) < l.patience)
}

// retire leaves the line to those who wait on it.
func (l *line) retire() {
	l.mu.Lock()
	l.retired = true
	unused := len(l.waiting) == 0
	l.mu.Unlock()
	if unused {
		l.end()
	}
}

// deliver hands a frame to the connection and waits until it was written.
func (l *line) deliver(ctx context.Context, frame []byte) error {
	written := make(chan struct{})
	if err := l.write(ctx, parcel{frame, written}); err != nil {
		return err
	}
	select {
	case <-written:
		return nil
	case <-l.gone:
		return ErrLost
	case <-ctx.Done():
		return ctx.Err()
	}
}

// expect makes a place for an answer; not ok: the line is over.
func (l *line) expect() (id uint64, answered chan answer, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting == nil {
		return 0, nil, false
	}
	if l.asked.IsZero() {
		l.asked = time.Now()
	}
	l.last++
	answered = make(chan answer, 1) // who answers does not wait
	l.waiting[l.last] = answered
	return l.last, answered, true
}

// forget gives a place up: an answer that still comes is dropped.
func (l *line) forget(id uint64) {
	l.mu.Lock()
	delete(l.waiting, id)
	unused := l.retired && len(l.waiting) == 0
	l.mu.Unlock()
	if unused {
		l.end()
	}
}

// write hands a frame to the connection.
func (l *line) write(ctx context.Context, p parcel) error {
	select {
	case l.out <- p:
		return nil
	case <-l.gone:
		return ErrLost
	case <-ctx.Done():
		return ctx.Err()
	}
}

// send writes frames until the line is over. Half of one can be followed by
// nothing, so that a write that fails ends the line.
func (l *line) send() {
	for {
		select {
		case p := <-l.out:
			err := l.nc.SetWriteDeadline(time.Now().Add(l.patience))
			if err == nil {
				_, err = l.nc.Write(p.frame)
			}
			if err != nil {
				l.end()
				return
			}
			if p.written != nil {
				close(p.written)
			}
		case <-l.gone:
			return
		}
	}
}

// read hands out answers until the connection ends, or sends what is none.
func (l *line) read() {
	frames := newFrameReader(l.nc)
	frames.most, frames.src.patience = maxAnswer, l.patience
	defer frames.release()
	for {
		body, err := frames.next()
		if err == nil {
			err = l.take(body)
		}
		if err != nil {
			l.end()
			return
		}
	}
}

// take hands out one answer.
func (l *line) take(body []byte) error {
	p, deep, err := readPacket(body)
	if err != nil {
		return err
	}
	var text string
	if json.Unmarshal(p.id, &text) != nil {
		return errMalformed
	}
	id, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return errMalformed
	}
	l.mu.Lock()
	asked := id > 0 && id <= l.last
	answered := l.waiting[id]
	delete(l.waiting, id) // of a stream the first counts
	l.asked = time.Time{}
	l.mu.Unlock()
	if !asked {
		return errMalformed
	}
	if answered == nil {
		return nil // nobody waits any more
	}
	answered <- p.answer(deep)
	return nil
}

// answer is what a packet that came says.
func (p packet) answer(deep bool) answer {
	switch {
	case deep:
		return answer{err: tooDeep}
	case string(p.err) == noHandler:
		return answer{err: ErrUnknown}
	case p.err != nil && string(p.err) != "null":
		return answer{err: &Error{Value: bytes.Clone(p.err)}}
	}
	return answer{response: bytes.Clone(p.response)}
}

// end ends the line; who waits is told that no answer will come.
func (l *line) end() {
	l.mu.Lock()
	waiting := l.waiting
	if l.waiting == nil {
		l.mu.Unlock()
		return
	}
	l.waiting = nil
	l.mu.Unlock()
	close(l.gone)
	for _, answered := range waiting {
		answered <- answer{err: ErrLost}
	}
	_ = l.nc.Close() // whatever comes of it, the line is over
}
