package httpd

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// streamWrite is how long one write to a stream may wait for its reader.
const streamWrite = 10 * time.Second

// errGone says that a stream's reader is not there any more, or does not read.
var errGone = errors.New("nobody reads the stream")

// stream is an answer that has no end: events, as browsers read them
// (HTML standard §9.2).
type stream struct {
	x    *exchange
	conn *http.ResponseController
}

// stream begins the answer. From here on nothing else can be answered.
func (x *exchange) stream() (*stream, error) {
	s := &stream{x: x, conn: http.NewResponseController(x.w)}
	// The server's patience is not for what has no end; that the reader went shows
	// all the same. (net/http ends its patience with reading once nothing of the
	// body is left; that is not written anywhere.)
	if err := s.conn.SetReadDeadline(time.Time{}); err != nil {
		return nil, err
	}
	if err := s.conn.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil {
		return nil, err
	}
	x.status, x.code = http.StatusOK, "STREAM"
	x.streamHeader()
	return s, nil
}

// streamHeader writes the head of a stream. Proxies pass on what comes when it
// comes.
func (x *exchange) streamHeader() {
	h := x.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	x.w.WriteHeader(http.StatusOK)
}

// send writes events, and has them sent.
func (s *stream) send(events ...[]byte) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil {
		return errGone
	}
	for _, e := range events {
		if _, err := s.x.w.Write(e); err != nil {
			return errGone
		}
	}
	if s.conn.Flush() != nil {
		return errGone
	}
	return nil
}

// beat is sent when there is nothing to say.
var beat = []byte(":\n\n")

// event writes one event.
func event(name string, data any) ([]byte, error) {
	body, err := json.Marshal(data)
	if err != nil {
		return nil, err
	}
	return append(append(append(append([]byte("event: "), name...), "\ndata: "...), body...), '\n', '\n'), nil
}

// errSilent is what is answered while news cannot be read.
var errSilent = auth.ErrTenantDown.With(auth.Meta{RetryAfter: 2})
