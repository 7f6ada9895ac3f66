package httpd

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/wire"
)

// envelope is every JSON answer, with its status in front (CONTRACT.md §2).
type envelope struct {
	HTTPStatus int `json:"httpStatus"`
	wire.Envelope
}

// success makes the envelope of an outcome.
func success(status int, o auth.Outcome, data any, now time.Time) envelope {
	return envelope{HTTPStatus: status, Envelope: wire.Success(o, data, now)}
}

// failure makes the envelope of an error.
func failure(e *auth.Error, requestID string, now time.Time) envelope {
	return envelope{HTTPStatus: wire.Status(e.Kind), Envelope: wire.Failure(e, requestID, now)}
}

// write sends an envelope.
func (x *exchange) write(e envelope) {
	x.status, x.code = e.HTTPStatus, e.Meta.Code
	if e.Meta.RetryAfter > 0 {
		x.w.Header().Set("Retry-After", strconv.Itoa(e.Meta.RetryAfter))
	}
	if x.asPage() {
		x.writePage(e)
		return
	}
	body, err := json.Marshal(e)
	if err != nil {
		x.server.log.ErrorContext(x.r.Context(), "answer not written", "code", e.Meta.Code, "error", err.Error())
		x.fail(auth.ErrInternal)
		return
	}
	writeJSON(x.w, e.HTTPStatus, append(body, '\n')) // for who reads it in a terminal
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// Who no longer listens needs no answer.
	_, _ = w.Write(body)
}
