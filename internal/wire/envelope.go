package wire

import (
	"net/http"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
)

// Envelope is every answer (CONTRACT.md §2), in this order. Over HTTP its
// status stands in front.
type Envelope struct {
	Message string `json:"message"`
	Data    any    `json:"data"`
	Meta    Meta   `json:"meta"`
	TS      string `json:"ts"`
}

// Meta is the part of an answer that programs read.
type Meta struct {
	Status string `json:"status"`
	Code   string `json:"code"`
	auth.Meta
	RequestID  string `json:"requestId,omitempty"`
	NextCursor string `json:"nextCursor,omitempty"`
	*Pages
}

// Pages says where in a numbered list one is, for who does not follow a cursor.
type Pages struct {
	Total      int `json:"total"`
	Page       int `json:"page"`
	PageSize   int `json:"pageSize"`
	TotalPages int `json:"totalPages"`
}

const timeLayout = "2006-01-02T15:04:05.000Z"

// Success tells of an outcome.
func Success(o auth.Outcome, data any, now time.Time) Envelope {
	return Envelope{Message: o.Text, Data: data, Meta: Meta{Status: "success", Code: o.Code}, TS: now.UTC().Format(timeLayout)}
}

// Failure tells of an error.
func Failure(e *auth.Error, requestID string, now time.Time) Envelope {
	return Envelope{
		Message: e.Text, Meta: Meta{Status: "error", Code: e.Code, Meta: e.Meta, RequestID: requestID}, TS: now.UTC().Format(timeLayout),
	}
}

// OutcomeOf is what a result says of itself, else the outcome that it has where
// it says nothing.
func OutcomeOf(result any, otherwise auth.Outcome) auth.Outcome {
	if told, ok := result.(interface{ Outcome() auth.Outcome }); ok {
		return told.Outcome()
	}
	return otherwise
}

// Status is the one place where kinds of errors become HTTP statuses.
func Status(k auth.Kind) int {
	switch k {
	case auth.KindInvalid:
		return http.StatusBadRequest
	case auth.KindUnauthenticated:
		return http.StatusUnauthorized
	case auth.KindForbidden:
		return http.StatusForbidden
	case auth.KindNotFound:
		return http.StatusNotFound
	case auth.KindMethod:
		return http.StatusMethodNotAllowed
	case auth.KindConflict:
		return http.StatusConflict
	case auth.KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case auth.KindMediaType:
		return http.StatusUnsupportedMediaType
	case auth.KindLocked:
		return http.StatusLocked
	case auth.KindLimited:
		return http.StatusTooManyRequests
	case auth.KindUnavailable:
		return http.StatusServiceUnavailable
	case auth.KindInternal:
	}
	return http.StatusInternalServerError
}
