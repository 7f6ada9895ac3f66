package gateway

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/latchkey/latchkey/guard"
)

// What the gateway itself refuses, in the envelope of everything else.
var (
	errNoRoute     = guard.Error{Status: http.StatusNotFound, Code: "ROUTE_NOT_FOUND", Message: "There is nothing here."}
	errMethod      = guard.Error{Status: http.StatusMethodNotAllowed, Code: "METHOD_NOT_ALLOWED", Message: "This method is not allowed here."}
	errPath        = guard.Error{Status: http.StatusBadRequest, Code: guard.CodeInvalid, Message: "The path can be read in several ways."}
	errBody        = guard.Error{Status: http.StatusBadRequest, Code: guard.CodeInvalid, Message: "The body of the request did not come to its end."}
	errUnreachable = guard.Error{Status: http.StatusBadGateway, Code: "UPSTREAM_UNAVAILABLE", Message: "The service behind cannot be reached."}
	errSlow        = guard.Error{Status: http.StatusGatewayTimeout, Code: "UPSTREAM_TIMEOUT", Message: "The service behind did not answer in time."}
	errNoUpstream  = guard.Error{Status: http.StatusServiceUnavailable, Code: "UPSTREAM_UNAVAILABLE", Message: "The service behind is not well.", RetryAfter: 5}
	errNotReady    = guard.Error{Status: http.StatusServiceUnavailable, Code: "NOT_READY", Message: "Requests cannot be served at the moment.", RetryAfter: 1}
	errAuthAway    = guard.Error{Status: http.StatusServiceUnavailable, Code: "AUTH_UNAVAILABLE", Message: "The session cannot be renewed at the moment. Try again soon.", RetryAfter: 1}
)

// refuse writes an error as the answer.
func (x *exchange) refuse(err error) {
	x.code = guard.CodeInternal
	var e guard.Error
	if errors.As(err, &e) {
		x.code = e.Code
	}
	x.mark(x.w.Header())
	for _, c := range x.cookies { // renewed, and refused all the same: the old pair is used up
		x.w.Header().Add("Set-Cookie", c)
	}
	guard.Refuse(x.w, x.r, err)
}

// say answers with nothing but a code.
func (x *exchange) say(status int, code, message string) {
	x.code = code
	x.w.Header().Set("Cache-Control", "no-store")
	x.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	x.w.WriteHeader(status)
	body, err := json.Marshal(struct {
		HTTPStatus int               `json:"httpStatus"`
		Message    string            `json:"message"`
		Data       bool              `json:"data"`
		Meta       map[string]string `json:"meta"`
		TS         string            `json:"ts"`
	}{status, message, true, map[string]string{"status": "success", "code": code}, time.Now().UTC().Format("2006-01-02T15:04:05.000Z")})
	if err == nil {
		_, _ = x.w.Write(append(body, '\n')) // who no longer listens needs no answer
	}
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 || w.status < 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController through.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// bodyPatience is how long a client may send nothing of a body that it has
// begun.
const bodyPatience = 30 * time.Second

// patientBody ends a body of which nothing comes any more, however long it is in
// all.
type patientBody struct {
	io.ReadCloser
	conn   *http.ResponseController
	broken atomic.Bool // it is the client that failed
	over   atomic.Bool // nobody wants the rest
	mu     sync.Mutex
	closed bool
}

// abort ends a Read that is under way, and those to come.
func (b *patientBody) abort() {
	b.over.Store(true)
	_ = b.conn.SetReadDeadline(time.Unix(1, 0))
}

// Read implements io.Reader.
func (b *patientBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed { // the connection may be at another request already
		return 0, http.ErrBodyReadAfterClose
	}
	_ = b.conn.SetReadDeadline(time.Now().Add(bodyPatience)) // a connection without deadlines has its own patience
	if b.over.Load() {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := b.ReadCloser.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		_ = b.conn.SetReadDeadline(time.Time{}) // or the wait for the answer would end, too
	case err != nil: // the deadline stays: net/http would wait for the rest without end
		b.broken.Store(true)
	}
	return n, err
}

// Close implements io.Closer. It waits for a Read that is under way.
func (b *patientBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return b.ReadCloser.Close()
}
