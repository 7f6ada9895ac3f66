package httpd

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/feed"
	"github.com/latchkey/latchkey/internal/quota"
)

// Config is what the door needs beside the rules. Service, BaseURL, Log and
// Metrics are required.
type Config struct {
	Service      *auth.Service
	BaseURL      *url.URL // where clients reach the service; its origin is ours
	CookieSecure bool
	Proxies      []netip.Prefix // whose X-Forwarded-For is believed
	MetricsAllow []netip.Prefix // who may read /metrics
	DeviceName   func(userAgent string) string
	// Ready says why no request can be served, nil when it can.
	Ready func(context.Context) error
	// Page answers with the page of a mailed link, or returns an error and has
	// written nothing; nil: such links answer with JSON only.
	Page    func(http.ResponseWriter, *http.Request, PageView) error
	Gate    quota.Gate
	Feed    *feed.Hub // what streams tell; nil: there are none
	Streams int       // most of them at a time; 0: 20,000
	Version string
	Log     *slog.Logger
	Metrics *prometheus.Registry
}

// Server is the HTTP door: an http.Handler.
type Server struct {
	config   serverConfig
	service  *auth.Service
	log      *slog.Logger
	origin   string
	routes   map[string]map[string]*route // path, method
	patterns []pattern
	pages    *http.ServeMux
	metrics  metrics
	document []byte
	draining atomic.Bool
	streams  *streams

	limits map[string]*quota.Limits // by path; nil: none

	suspected sync.Once // a proxy that is not trusted was warned of
}

// serverConfig is Config with the types that the code reads.
type serverConfig struct {
	Config
	Proxies      proxies
	MetricsAllow proxies
}

// New makes the door and the document that it serves.
func New(c Config) (*Server, error) {
	s := &Server{
		config:  serverConfig{Config: c, Proxies: c.Proxies, MetricsAllow: c.MetricsAllow},
		service: c.Service, log: c.Log, origin: c.BaseURL.Scheme + "://" + c.BaseURL.Host,
		routes: map[string]map[string]*route{}, pages: http.NewServeMux(), metrics: newMetrics(c.Metrics), streams: newStreams(c.Streams),
	}
	if c.Gate.Limiter != nil {
		s.limits = quota.Rates()
	}
	table := routes()
	for _, rt := range table {
		if rt.public || rt.mails {
			rt.limits = s.limits[rt.paths[0]]
		}
		for _, p := range rt.allPaths() {
			s.add(p, rt)
		}
	}
	var err error
	s.document, err = document(table, c)
	return s, err
}

// Document returns the OpenAPI document.
func (s *Server) Document() []byte { return s.document }

// Handle adds a page beside the routes, by a ServeMux pattern without a method.
// Call it before the server is in use.
func (s *Server) Handle(pattern string, page http.Handler) { s.pages.Handle(pattern, page) }

// allPaths returns every path at which the route answers: each /auth/x also at
// /api/v1/auth/x, for clients of seed 000.
func (rt *route) allPaths() []string {
	var all []string
	for _, p := range rt.paths {
		all = append(all, p)
		if rest, ok := strings.CutPrefix(p, prefixes[0]+"/"); ok {
			all = append(all, prefixes[1]+"/"+rest)
		}
	}
	return all
}

// at puts the route where its methods are looked for.
func (rt *route) at(methods map[string]*route) {
	for _, m := range rt.methods {
		methods[m] = rt
	}
	if rt.methods[0] == http.MethodGet && len(rt.methods) == 1 {
		methods[http.MethodHead] = rt
	}
}

// Drain makes /readyz say no, so that a load balancer sends nothing more; what
// still comes is served. Streams end, and their readers go elsewhere.
func (s *Server) Drain() {
	s.draining.Store(true)
	s.streams.drain()
}

func (s *Server) now() time.Time { return s.service.Now() }

// ServeHTTP answers one request, whatever happens in it, and writes one log
// line about it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{server: s, id: requestID(r.Header), start: time.Now(), cancel: func() {}}
	defer func() { x.cancel() }() // last: an answer after a panic is not one to somebody who left
	x.r = r.WithContext(WithRequestID(r.Context(), x.id))
	// By w itself, in which net/http finds what hangs up on who sends more.
	x.r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
	recorder := &statusWriter{ResponseWriter: w}
	x.w = recorder
	secure(w.Header(), s.config.BaseURL.Scheme == "https")
	w.Header().Set("X-Request-Id", x.id)
	if len(r.TransferEncoding) > 0 {
		// It may have had a length as well, which net/http has taken away: what
		// follows could be meant as another request by a proxy (RFC 9112 §6.1).
		w.Header().Set("Connection", "close")
	}
	defer func() {
		if p := recover(); p != nil {
			x.panicked(p, recorder.wrote)
		}
		x.finish(recorder)
	}()
	x.dispatch()
}

// panicked answers a request whose handler broke. The value of a panic may hold
// anything, so only its place is logged.
func (x *exchange) panicked(p any, wrote bool) {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(p)
	}
	x.server.log.ErrorContext(x.r.Context(), "panic", "route", x.route, "stack", string(debug.Stack()))
	if !wrote {
		x.fail(auth.ErrInternal)
	}
}

// everyAnswer are the headers that every answer has (ASVS 5.0 V3.4). Pages
// loosen the content policy for themselves. The values are shared by all
// answers: a header is replaced, never changed in place.
var everyAnswer = http.Header{
	"Cache-Control":                {"no-store"},
	"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
	"X-Content-Type-Options":       {"nosniff"},
	"X-Frame-Options":              {"DENY"},
	"Referrer-Policy":              {"no-referrer"},
	"Cross-Origin-Resource-Policy": {"same-site"},
	"Cross-Origin-Opener-Policy":   {"same-origin"},
}

// overTLS is added where browsers reach us by https.
var overTLS = []string{"max-age=63072000; includeSubDomains"}

func secure(h http.Header, tls bool) {
	maps.Copy(h, everyAnswer)
	if tls {
		h["Strict-Transport-Security"] = overTLS
	}
}

// requestTime is how long a request that changes something may wait for
// databases and hashes: less than the server's time to write an answer, which
// else nobody would get.
const requestTime = 13 * time.Second

// dispatch finds the route and serves it.
func (x *exchange) dispatch() {
	if !strings.HasPrefix(x.r.RequestURI, "/") && x.r.URL.Host == "" && x.r.RequestURI != "" { // "http:/auth/me" is no address (RFC 9112 §3.2.2)
		x.fail(auth.ErrNoRoute)
		return
	}
	// As sent: an escaped slash is no slash, whatever a proxy before us thinks.
	methods, values := x.server.find(x.r.URL.EscapedPath())
	if methods == nil {
		x.page()
		return
	}
	x.values = values
	if isPreflight(x.r) {
		if err := x.chargeAddress(x.server.limits[quota.Preflights]); err != nil {
			x.fail(err)
			return
		}
		x.preflight()
		return
	}
	rt, found := methods[x.r.Method]
	if !found {
		x.notAllowed(methods)
		return
	}
	x.route, x.table = rt.paths[0], rt
	if rt.changes(x.r.Method) {
		var ctx context.Context
		ctx, x.cancel = context.WithTimeout(x.r.Context(), requestTime)
		x.r = x.r.WithContext(ctx)
	}
	err := x.chargeAddress(rt.limits)
	refused := err != nil
	if !refused {
		err = x.admit(rt)
	}
	if !refused || !x.refusedQuietly() {
		x.cors()
	}
	if err == nil {
		err = rt.serve(x)
	}
	if err != nil {
		x.fail(err)
	}
}

// page serves what is no route: the documentation, the dev mailbox.
func (x *exchange) page() {
	if err := x.chargeAddress(x.server.limits[quota.Pages]); err != nil {
		x.fail(err)
		return
	}
	p := x.r.URL.Path
	if handler, pattern := x.server.pages.Handler(x.r); pattern != "" && (p == "/" || path.Clean(p) == strings.TrimSuffix(p, "/")) {
		x.route, x.code = pattern, "PAGE"
		handler.ServeHTTP(x.w, x.r)
		return
	}
	x.fail(auth.ErrNoRoute)
}

func (x *exchange) notAllowed(methods map[string]*route) {
	var allow []string
	for m, rt := range methods {
		x.route, allow = rt.paths[0], append(allow, m)
	}
	slices.Sort(allow)
	x.w.Header().Set("Allow", strings.Join(allow, ", "))
	x.fail(auth.ErrMethod)
}
