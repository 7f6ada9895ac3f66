package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"
)

// mostWaiting is how many requests a server may leave unanswered before it has
// fallen behind for good.
const mostWaiting = 1 << 16

// frameBatch is how many frames are written together while there is still something
// to read: the server works on them meanwhile.
const frameBatch = 16

// nestTalk is one connection on which many requests wait for their answers. One
// goroutine may ask while another hears.
type nestTalk struct {
	nc     net.Conn
	r      *bufio.Reader
	w      *bufio.Writer
	asks   []nestAsk
	origin time.Time
	sent   []atomic.Int64 // by id, in turns: since origin; 0 is no request
	last   int            // id of the last request
	body   []byte
}

func newNestTalk(nc net.Conn, asks []nestAsk) *nestTalk {
	return &nestTalk{
		nc: nc, r: bufio.NewReaderSize(nc, 64<<10), w: bufio.NewWriterSize(nc, 64<<10), asks: asks,
		origin: time.Now().Add(-time.Nanosecond), sent: make([]atomic.Int64, mostWaiting),
	}
}

// ask puts the next request where flush sends it from.
func (t *nestTalk) ask(now time.Time) error {
	t.last++
	if !t.sent[t.last%mostWaiting].CompareAndSwap(0, int64(now.Sub(t.origin))) {
		return fmt.Errorf("%d requests later there is still no answer", mostWaiting)
	}
	_, err := t.w.Write(t.asks[t.last%len(t.asks)].numbered(t.last))
	return err
}

func (t *nestTalk) flush() error { return t.w.Flush() }

var (
	validCode    = []byte(codeValid)
	nestResponse = []byte(`{"response":{`)
)

// hear reads an answer, checks it, and returns when its request was sent and
// when it came. An answer to what was not asked, or has been answered, is a wrong
// one. The error holds nothing of the answer but its code.
func (t *nestTalk) hear() (sent, now time.Time, err error) {
	if t.body, err = readFrame(t.r, t.body); err != nil {
		return sent, now, err
	}
	id, err := numberOf(t.body)
	if err != nil {
		return sent, now, err
	}
	if !bytes.HasPrefix(t.body, nestResponse) || !bytes.Contains(t.body, validCode) {
		return sent, now, fmt.Errorf("answered %s, not %s", field(t.body, codeField), codeValid)
	}
	at := t.sent[id%mostWaiting].Swap(0)
	if at == 0 {
		return sent, now, errors.New("an answer to what was not asked")
	}
	return t.origin.Add(time.Duration(at)), time.Now(), nil
}
