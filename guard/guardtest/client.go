package guardtest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// ackHeader names the ack of a connection to the feed.
const ackHeader = "X-Guardtest-Ack"

// ack is how far the reader of a feed has come. Who asks for more has taken in what it was given.
type ack struct {
	read int // bytes
	over bool
}

// watched sees to it that the server knows what guards have taken in.
type watched struct {
	server *Server
	next   http.RoundTripper
}

// RoundTrip marks a request for the feed, and follows how its answer is read.
func (t watched) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path != "/auth/revocations" {
		return t.next.RoundTrip(r)
	}
	s := t.server
	a := &ack{}
	s.mu.Lock()
	name := strconv.Itoa(len(s.acks) + 1)
	s.acks[name] = a
	s.mu.Unlock()
	r = r.Clone(r.Context())
	r.Header.Set(ackHeader, name)
	res, err := t.next.RoundTrip(r)
	if err != nil {
		s.reached(a, 0, true)
		return nil, err
	}
	res.Body = &watchedBody{ReadCloser: res.Body, server: s, ack: a}
	return res, nil
}

func (s *Server) reached(a *ack, read int, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.read, a.over = read, a.over || over
	s.moved.Broadcast()
}

type watchedBody struct {
	io.ReadCloser
	server *Server
	ack    *ack
	count  int
}

// Read is called when all that came before has been taken in.
func (b *watchedBody) Read(to []byte) (int, error) {
	b.server.reached(b.ack, b.count, false)
	n, err := b.ReadCloser.Read(to)
	b.count += n
	if err != nil {
		b.server.reached(b.ack, b.count, true)
	}
	return n, err
}

func (b *watchedBody) Close() error {
	b.server.reached(b.ack, b.count, true)
	return b.ReadCloser.Close()
}

// Client makes a client whose requests go to a handler, wherever they are addressed, without a network: so it works in
// a bubble of [testing/synctest]. Answers stream.
func Client(h http.Handler) *http.Client { return &http.Client{Transport: inProcess{h}} }

type inProcess struct{ handler http.Handler }

var errCut = errors.New("the connection was cut")

// RoundTrip returns when the handler has sent its header.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	read, write := io.Pipe()
	w := &pipeWriter{header: http.Header{}, body: write, begun: make(chan struct{})}
	inner := r.Clone(ctx)
	inner.Host, inner.RequestURI = r.URL.Host, r.URL.RequestURI()
	if inner.Body == nil {
		inner.Body = http.NoBody
	}
	go func() {
		defer cancel()
		end := errCut
		defer func() {
			if p := recover(); p != nil && p != http.ErrAbortHandler { //nolint:errorlint // it is thrown as it is
				panic(p)
			}
			if end == nil {
				w.WriteHeader(http.StatusOK)
			}
			w.once.Do(func() { w.failed = true; close(w.begun) })
			write.CloseWithError(end)
		}()
		t.handler.ServeHTTP(w, inner)
		end = nil
	}()
	stop := context.AfterFunc(r.Context(), func() { write.CloseWithError(r.Context().Err()) })
	select {
	case <-r.Context().Done():
		cancel()
		return nil, r.Context().Err()
	case <-w.begun:
	}
	if w.failed {
		stop()
		return nil, errCut
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: &pipeBody{read, cancel}, ContentLength: -1, Request: r,
	}, nil
}

type pipeBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *pipeBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}

type pipeWriter struct {
	header, sent http.Header
	body         *io.PipeWriter
	status       int
	failed       bool
	once         sync.Once
	begun        chan struct{}
}

func (w *pipeWriter) Header() http.Header { return w.header }
func (w *pipeWriter) FlushError() error   { w.WriteHeader(http.StatusOK); return nil }

func (w *pipeWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.begun)
	})
}

func (w *pipeWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}
