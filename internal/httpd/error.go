package httpd

import (
	"errors"
	"net/http"

	"github.com/latchkey/latchkey/internal/auth"
)

// statusOf is the one place where kinds of errors become HTTP statuses.
func statusOf(k auth.Kind) int {
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

// fail answers with an error; what is none of ours is an internal fault, and
// only the log learns of it.
func (x *exchange) fail(err error) {
	var e *auth.Error
	if !errors.As(err, &e) {
		x.server.log.ErrorContext(x.r.Context(), "internal fault", "route", x.route, "error", err.Error())
		e = auth.ErrInternal
	}
	if e.Kind == auth.KindUnauthenticated {
		// RFC 6750 §3: how to authenticate, and no more.
		x.w.Header().Set("WWW-Authenticate", "Bearer")
	}
	x.write(failure(e, x.id, x.server.now()))
}
