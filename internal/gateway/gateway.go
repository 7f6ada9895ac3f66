package gateway

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/latchkey/latchkey/guard"
)

// Config says what a gateway serves.
type Config struct {
	Path string // of the table
	Env  func(name string) string
	Log  *slog.Logger
}

// Gateway is the proxy: an http.Handler. Run keeps it up to date.
type Gateway struct {
	config Config
	guard  *guard.Guard
	vouch  *vouch // nil: no assertions
	renew  *renewals
	now    atomic.Pointer[serving]
	drain  atomic.Bool
	reload chan struct{}
	seen   string // the stamp of the table that was read last, for Run
	copies buffers
	beside sync.WaitGroup // what works beside the requests
}

// buffers are those through which answers pass, used again and again.
type buffers struct{ pool sync.Pool }

// Get implements httputil.BufferPool.
func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, 32<<10)
}

// Put implements httputil.BufferPool.
func (b *buffers) Put(p []byte) { b.pool.Put(&p) }

// serving is a table in force, and what works for it.
type serving struct {
	*table
	stop context.CancelFunc
}

// New reads the table and makes a gateway that serves it.
func New(c Config) (*Gateway, error) {
	seen := stamp(c.Path)
	f, err := read(c.Path)
	if err != nil {
		return nil, err
	}
	t, err := newTable(f, c.Log)
	if err != nil {
		return nil, err
	}
	gc, err := f.guardConfig(c.Env, c.Log)
	if err != nil {
		return nil, err
	}
	g := &Gateway{config: c, renew: newRenewals(), reload: make(chan struct{}, 1), seen: seen}
	if f.Assertion != nil {
		if g.vouch, err = newVouch(f.Assertion, f.Issuer); err != nil {
			return nil, err
		}
	}
	if g.guard, err = guard.New(gc); err != nil {
		return nil, err
	}
	g.serve(t)
	return g, nil
}

// Listen is where the table says that the gateway listens.
func (g *Gateway) Listen() string { return g.now.Load().file.Listen }

// serve puts a table in force. Requests that are under way go on with the old.
func (g *Gateway) serve(t *table) {
	ctx, stop := context.WithCancel(context.Background())
	s := &serving{table: t, stop: stop}
	for _, p := range t.pools {
		g.beside.Go(func() { p.watch(ctx) })
	}
	if old := g.now.Swap(s); old != nil {
		old.stop()
	}
}

// Drain makes /readyz say no.
func (g *Gateway) Drain() { g.drain.Store(true) }

// Close ends what works beside the requests, which have to be over, as has Run.
// A renewal that is under way is waited for: its refresh token is used up.
func (g *Gateway) Close() error {
	g.now.Load().stop()
	g.beside.Wait()
	return g.guard.Close()
}

// exchange is one request and its answer.
type exchange struct {
	*Gateway
	table    *table
	w        *recorder
	r        *http.Request
	route    *route
	pattern  string
	code     string
	to       string // the upstream
	id       string
	began    time.Time
	identity guard.Identity
	body     *patientBody // nil without one
	answered atomic.Bool
	vouched  string   // the assertion, where the route wants one
	cookies  []string // Set-Cookie of a renewal, for the answer
}

var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// ServeHTTP answers one request and writes one line about it.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{Gateway: g, table: g.now.Load().table, w: &recorder{ResponseWriter: w}, r: r, began: time.Now(), id: r.Header.Get("X-Request-Id")}
	if !requestID.MatchString(x.id) {
		x.id = rand.Text()
	}
	r.Header["X-Request-Id"] = []string{x.id} // and no second one
	hops(r.Header)
	x.mark(w.Header())
	defer x.finish()
	defer func() { // of the proxy, for an answer that broke off
		if p := recover(); p != nil {
			x.code = "CUT"
			panic(p)
		}
	}()
	x.serve()
}

// mark puts what every answer has into its header: again and again, because what
// goes before an answer (103, RFC 8297) takes it away.
func (x *exchange) mark(h http.Header) {
	h["X-Request-Id"] = []string{x.id}
	if len(x.r.TransferEncoding) > 0 {
		// It may have had a length as well, which net/http has taken away: what
		// follows could be meant as another request (RFC 9112 §6.1).
		h["Connection"] = []string{"close"}
	}
}

func (x *exchange) serve() {
	r := x.r
	if r.Method == http.MethodConnect || !clean(r.URL) {
		x.refuse(errPath)
		return
	}
	if r.ContentLength != 0 {
		x.body = &patientBody{ReadCloser: r.Body, conn: http.NewResponseController(x.w)}
		r.Body = x.body
	}
	if x.own() {
		return
	}
	var other bool
	if x.route, other = x.table.find(r); x.route == nil {
		if other {
			x.refuse(errMethod)
			return
		}
		x.refuse(errNoRoute)
		return
	}
	x.pattern, x.to = x.route.Path, x.route.pool.name
	if err := x.admit(); err != nil {
		x.refuse(err)
		return
	}
	x.forward()
}

// own answers what is the gateway's, and passes on what is the auth service's,
// which checks for itself.
func (x *exchange) own() bool {
	switch p := x.r.URL.Path; {
	case isAuth(p):
		x.passOn()
	case p == "/.well-known/gateway-jwks.json" && x.vouch != nil:
		x.code = "DOCUMENT"
		x.w.Header().Set("Content-Type", "application/json")
		x.w.Header().Set("Cache-Control", "public, max-age=60")
		_, _ = x.w.Write(x.vouch.document)
	case p == "/healthz" && !x.inTable():
		x.say(http.StatusOK, "HEALTHY", "The process is up.")
	case p == "/readyz" && !x.inTable():
		x.ready()
	default:
		return false
	}
	return true
}

// isAuth reports whether a path is the auth service's.
func isAuth(path string) bool {
	return strings.HasPrefix(path, "/auth/") || strings.HasPrefix(path, "/api/v1/auth/") || path == "/.well-known/jwks.json"
}

func (x *exchange) inTable() bool {
	found, other := x.table.find(x.r)
	return found != nil || other
}

func (x *exchange) ready() {
	ctx, cancel := context.WithTimeout(x.r.Context(), time.Second)
	defer cancel()
	err := x.guard.Ready(ctx)
	if x.drain.Load() {
		err = errors.New("draining")
	}
	if err != nil {
		x.config.Log.Warn("not ready", "error", err.Error())
		x.refuse(errNotReady)
		return
	}
	x.say(http.StatusOK, "READY", "Requests can be served.")
}

// admit finds out who asks, or refuses. A browser whose access token is over
// gets a new one on the way.
func (x *exchange) admit() error {
	id, err := x.guard.Authorize(x.r, x.route.rules...)
	if err != nil && x.renewable(err) {
		if err = x.renewTokens(); err != nil {
			return err
		}
		id, err = x.guard.Authorize(x.r, x.route.rules...)
	}
	x.identity = id
	return err
}

// forward sends the request to its upstream.
func (x *exchange) forward() {
	if x.route.Assertion != "" {
		var err error
		// Its id is not the request's, which the client may choose.
		if x.vouched, err = x.vouch.sign(x.identity, x.route.Assertion, rand.Text()); err != nil {
			x.config.Log.Error("an assertion could not be signed", "error", err.Error(), "requestId", x.id)
			x.refuse(err)
			return
		}
	}
	ctx, cut := context.WithCancelCause(x.r.Context())
	defer cut(nil)
	if x.identity.Kind != "" {
		defer x.cutWhenEnded(cut)()
	}
	if x.route.pool.commands {
		x.ask(ctx)
		return
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) { x.rewrite(p.Out) }, Transport: x.route.pool, FlushInterval: -1, BufferPool: &x.copies,
		ModifyResponse: x.answer, ErrorHandler: x.failed, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}
	proxy.ServeHTTP(x.w, x.r.WithContext(ctx))
}

// rewrite makes of the client's request the upstream's.
func (x *exchange) rewrite(out *http.Request) {
	rt := x.route
	stripTricks(out)
	out.Header["X-Request-Id"] = []string{x.id} // the client's Connection may have named it
	header := ""
	if x.vouch != nil {
		header = x.vouch.header
	}
	if rt.pool.name == AuthUpstream { // it is told what its client wishes, and finds out itself who that is
		stripForeign(out.Header)
	} else {
		stripIdentity(out.Header, header)
		identify(out.Header, x.identity)
	}
	x.table.setForwarded(out.Header, x.r)
	if !rt.ForwardToken {
		stripTokens(out.Header)
	}
	if rt.Assertion != "" {
		out.Header.Set(header, x.vouched)
	}
	if rt.StripPrefix != "" {
		out.URL.Path = "/" + strings.TrimPrefix(strings.TrimPrefix(out.URL.Path, rt.StripPrefix), "/")
		out.URL.RawPath = ""
	}
	out.Host = "" // that of the upstream
}

// answer changes the upstream's answer on its way to the client. What was made
// for somebody is for nobody else: no cache keeps it unless the service said so
// itself, and none gives a public one to somebody with other credentials.
func (x *exchange) answer(a *http.Response) error {
	if x.identity.Kind != "" {
		if c := a.Header.Get("Cache-Control"); c == "" || len(x.cookies) > 0 {
			a.Header.Set("Cache-Control", "private, no-store")
		}
		a.Header.Add("Vary", "Cookie, Authorization, X-Access-Token, X-Tenant-Id, X-Space-Id")
	}
	for _, c := range x.cookies {
		a.Header.Add("Set-Cookie", c)
	}
	x.begun(a)
	return nil
}

// begun notes that an answer has come.
func (x *exchange) begun(a *http.Response) {
	a.Header.Del("X-Request-Id")
	x.mark(x.w.Header())
	x.answered.Store(true)
	if a.StatusCode == http.StatusSwitchingProtocols {
		x.w.status = a.StatusCode // it is written past us
	}
}

// failed answers for an upstream that did not.
func (x *exchange) failed(_ http.ResponseWriter, r *http.Request, err error) {
	var slow interface{ Timeout() bool }
	var ended guard.Error
	switch {
	case errors.Is(err, errNoneWell):
		x.refuse(errNoUpstream)
	case errors.As(context.Cause(r.Context()), &ended): // its session did, while it waited
		x.refuse(ended)
	case x.body != nil && x.body.broken.Load(): // net/http takes that for a client that went away, or it is a time-out
		x.refuse(errBody)
	case x.r.Context().Err() != nil: // the client went away
		x.code = "CLIENT_GONE"
		panic(http.ErrAbortHandler)
	case errors.As(err, &slow) && slow.Timeout():
		x.log(err)
		x.refuse(errSlow)
	default:
		x.log(err)
		x.refuse(errUnreachable)
	}
}

func (x *exchange) log(err error) {
	x.config.Log.Warn("an upstream did not answer", "upstream", x.to, "error", err.Error(), "requestId", x.id)
}

// finish writes the line about a request: never what it carried.
func (x *exchange) finish() {
	x.config.Log.Info("request", "method", x.r.Method, "route", x.pattern, "status", x.w.status, "code", x.code,
		"upstream", x.to, "ms", float64(time.Since(x.began).Microseconds())/1000, "requestId", x.id)
}
