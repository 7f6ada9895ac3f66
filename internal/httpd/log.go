package httpd

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// statusWriter remembers what was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
	wrote  bool
}

// WriteHeader remembers the status.
func (w *statusWriter) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write remembers that the status is 200 where nobody said.
func (w *statusWriter) Write(b []byte) (int, error) {
	if !w.wrote {
		w.status, w.wrote = http.StatusOK, true
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// finish writes the request's log line and counts it. The line has the route as
// in the table, never the address as sent: that may hold a token. What guards
// and proxies ask all the time has a line only when it is refused, or when
// somebody wants to know.
func (x *exchange) finish(w *statusWriter) {
	took := time.Since(x.start)
	status := w.status
	if !w.wrote {
		status = x.status
	}
	route := x.route
	if route == "" {
		route = "none"
	}
	method := x.r.Method
	if !knownMethods[method] {
		method = "other"
	}
	x.server.metrics.observe(route, method, status, x.code, took, x.table != nil && x.table.stream && status < 400)
	level := slog.LevelInfo
	if x.table != nil && x.table.frequent && status < 400 {
		level = slog.LevelDebug
	}
	x.server.log.LogAttrs(x.r.Context(), level, "request",
		slog.String("method", method), slog.String("route", route), slog.Int("status", status),
		slog.String("code", x.code), slog.String("tenant", x.by.Tenant.Slug),
		slog.Float64("ms", float64(took.Microseconds())/1000))
}

// knownMethods are shown as they are; what clients make up would fill logs and
// metrics.
var knownMethods = map[string]bool{
	http.MethodGet: true, http.MethodHead: true, http.MethodPost: true, http.MethodPut: true, http.MethodPatch: true,
	http.MethodDelete: true, http.MethodOptions: true,
}

// LogHandler adds the id of the request to every line that is written while it
// is served.
func LogHandler(h slog.Handler) slog.Handler { return logHandler{h} }

type logHandler struct{ slog.Handler }

// Handle writes the line.
func (l logHandler) Handle(ctx context.Context, r slog.Record) error {
	if id, ok := ctx.Value(requestKey{}).(string); ok {
		r.AddAttrs(slog.String("requestId", id))
	}
	return l.Handler.Handle(ctx, r)
}

// WithAttrs keeps the id on derived loggers.
func (l logHandler) WithAttrs(a []slog.Attr) slog.Handler { return logHandler{l.Handler.WithAttrs(a)} }

// WithGroup keeps the id on derived loggers.
func (l logHandler) WithGroup(name string) slog.Handler { return logHandler{l.Handler.WithGroup(name)} }
