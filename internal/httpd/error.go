package httpd

import (
	"context"
	"errors"

	"github.com/latchkey/latchkey/internal/auth"
)

// statusGone is what is logged where nobody was left to answer.
const statusGone = 499

// fail answers with an error; what is none of ours is an internal fault, and
// only the log learns of it.
func (x *exchange) fail(err error) {
	var e *auth.Error
	if errors.Is(err, auth.ErrInternal) && errors.Is(x.r.Context().Err(), context.Canceled) {
		// The caller went away in the middle: no fault of ours to be counted. One
		// that only stopped sending still reads, and must not read a success.
		x.status, x.code = statusGone, "CLIENT_GONE"
		x.w.WriteHeader(statusGone)
		return
	}
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
