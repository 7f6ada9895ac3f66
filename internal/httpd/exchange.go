package httpd

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/limit"
)

// exchange is one request and its answer.
type exchange struct {
	server *Server
	w      http.ResponseWriter
	r      *http.Request
	id     string            // of the request
	route  string            // as in the table; "" before it is known
	table  *route            // its line of the table
	values map[string]string // of the places in its path
	sent   sent
	by     auth.Caller

	limit     limit.Verdict // of the tightest limit met so far
	filled    url.Values    // by a mailed link, or by the form on its page; nil: by neither
	opened    any           // what that link is for
	refreshIn delivery      // how the refresh token came, where one did
	status    int
	code      string
	start     time.Time
	cancel    func() // ends the time that the request has
}

// prefixes are where the /auth routes answer.
var prefixes = []string{"/auth", "/api/v1/auth"}

// prefix returns the one that this request came to.
func (x *exchange) prefix() string {
	if strings.HasPrefix(x.r.URL.Path, prefixes[1]) {
		return prefixes[1]
	}
	return prefixes[0]
}

var requestIDPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// requestID keeps the id that a proxy gave, if it is one that is safe in logs.
func requestID(h http.Header) string {
	if id := h.Get("X-Request-Id"); requestIDPattern.MatchString(id) {
		return id
	}
	return rand.Text()
}

// requestKey is how log lines find the id of their request.
type requestKey struct{}

// WithRequestID marks what is done for a request: every log line about it has
// the id.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey{}, id)
}

// origin is what the rules learn of the request beside its credentials.
func (x *exchange) origin(rt *route) auth.Origin {
	o := auth.Origin{
		TenantSlug: x.sent.tenant, Space: x.sent.space, Agent: x.r.UserAgent(), Device: x.sent.device, RequestID: x.id,
	}
	if rt.login { // reading a User-Agent costs more than all the rest of a session check
		o.DeviceName = x.server.config.DeviceName(x.r.UserAgent())
	}
	if a := x.server.config.Proxies.client(x.r); a.IsValid() {
		o.Addr = a.String()
	}
	return o
}

// admit finds out who asks, or refuses. It reads no body and changes nothing.
func (x *exchange) admit(rt *route) error {
	if rt.tenantless {
		return nil
	}
	if rt.linked { // the token knows its tenant, and whose cookies the browser has does not matter
		var one, any single
		jar := x.r.Cookies()
		x.sent = sent{
			tenant: one.header(x.r.Header, "X-Tenant-Id"),
			jar:    auth.Secret(any.cookie(jar, accessCookie)), refresh: auth.Secret(any.cookie(jar, refreshCookie)),
		}
		x.by = auth.Caller{Origin: x.origin(rt)}
		if one.torn {
			return auth.ErrAmbiguous
		}
		if rt.changes(x.r.Method) && x.crossOrigin(x.allowedOrigins()) {
			return auth.ErrCrossOrigin
		}
		return nil
	}
	var err error
	if x.sent, err = readSent(x.r); err != nil {
		return err
	}
	if x.by, err = x.caller(rt); err != nil {
		return err
	}
	// Only now is it known whose list of origins counts.
	if rt.changes(x.r.Method) && x.crossOrigin(x.allowedOrigins()) {
		return auth.ErrCrossOrigin
	}
	if !rt.public && !rt.grants {
		return nil
	}
	d, err := x.delivery() // before anything is changed
	if d == byCookie && rt.public {
		x.by.Replaces, x.by.ReplacesAccess = x.sent.refresh, x.sent.jar
	}
	return err
}

// caller asks the rules who the request is from.
func (x *exchange) caller(rt *route) (auth.Caller, error) {
	if x.sent.key != "" {
		return x.program(rt)
	}
	if rt.public {
		return x.server.service.Anyone(x.r.Context(), x.origin(rt), x.sent.access)
	}
	if x.sent.access == "" {
		return auth.Caller{}, auth.ErrTokenMissing
	}
	return x.server.service.Authorize(x.r.Context(), x.origin(rt), x.sent.access)
}

// program asks the rules who an API key is from, where the route is for such.
func (x *exchange) program(rt *route) (auth.Caller, error) {
	switch service := strings.HasPrefix(x.sent.key.Reveal(), auth.ServiceKeyPrefix); {
	case service && rt.served:
		return x.server.service.Serve(x.r.Context(), x.origin(rt), x.sent.key)
	case service:
		return auth.Caller{}, auth.ErrTokenInvalid.With(auth.Meta{Reason: "api_key"})
	case !rt.operated:
		return auth.Caller{}, auth.ErrTokenInvalid.With(auth.Meta{Reason: "operator_key"})
	}
	return x.server.service.Operate(x.r.Context(), x.origin(rt), x.sent.key)
}

// refreshToken takes the refresh token of the body, else that of the cookie,
// and remembers which: the answer goes back by the same way. A jar that sent
// both gets both, else it would keep one that is used up.
func (x *exchange) refreshToken(in auth.RefreshInput) auth.RefreshInput {
	switch {
	case in.RefreshToken == "":
		x.refreshIn = byCookie
		in.RefreshToken = x.sent.refresh
	case x.sent.refresh != "":
		x.refreshIn = byBoth
	default:
		x.refreshIn = byBody
	}
	return in
}
