package rpcd

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/nest"
	"github.com/latchkey/latchkey/internal/quota"
	"github.com/latchkey/latchkey/internal/wire"
)

// Config is what the door needs beside the rules. Service, DeviceName, Mark,
// Log and Metrics are required.
type Config struct {
	Service    *auth.Service
	Gate       quota.Gate
	DeviceName func(userAgent string) string
	// Mark puts the id of a request where log lines find it.
	Mark    func(ctx context.Context, id string) context.Context
	Tenants TenantAccess // "" is TenantsWrite
	Log     *slog.Logger
	Metrics *prometheus.Registry
}

// TenantAccess says which of the commands about tenants are answered. They name
// nobody who asks: whoever reaches the door is an operator to them.
type TenantAccess string

// What may be done about tenants.
const (
	TenantsWrite TenantAccess = "write" // all of it
	TenantsRead  TenantAccess = "read"  // tenants are told of, not changed
	TenantsOff   TenantAccess = "off"   // there are no such commands
)

// Door answers the commands of CONTRACT.md §8: a [nest.Handler].
type Door struct {
	config   Config
	service  *auth.Service
	commands map[string]*command
	limits   map[string]*quota.Limits // by path of the route that has the same rule
	lists    chan struct{}            // one is held for each list that is made
	logins   logins
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

// New makes the door.
func New(c Config) *Door {
	d := &Door{
		config: c, service: c.Service, commands: map[string]*command{}, limits: quota.Rates(), lists: make(chan struct{}, lists), logins: logins{of: map[netip.AddrPort]int{}},
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "latchkey_nest_requests_total", Help: "Commands of NestJS clients answered, and events ignored.",
		}, []string{"command", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "latchkey_nest_request_seconds", Help: "Time from the command to its answer.",
			Buckets: []float64{.00005, .0001, .0002, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"command"}),
	}
	c.Metrics.MustRegister(d.requests, d.seconds)
	for _, cmd := range commands(c.Tenants) {
		d.commands[cmd.name] = cmd
	}
	return d
}

// Quick reports whether a command is mostly answered from memory: what guards
// ask is.
func (d *Door) Quick(command string) bool {
	c, found := d.commands[command]
	return found && c.quick
}

// Serve answers one command. Events are nothing that this door listens to.
func (d *Door) Serve(ctx context.Context, r nest.Request) ([]byte, error) {
	cmd, found := d.commands[r.Command]
	switch {
	case r.Event:
		d.requests.WithLabelValues("other", "EVENT").Inc()
		return nil, nil
	case !found: // what senders make up would fill the metrics
		d.requests.WithLabelValues("other", "UNKNOWN_COMMAND").Inc()
		return nil, nest.ErrUnknown
	}
	x := calls.Get().(*call)
	defer func() { *x = call{}; calls.Put(x) }()
	x.door, x.command, x.data, x.id, x.start = d, cmd, r.Data, rand.Text(), time.Now()
	if cmd.login {
		if !d.logins.begin(r.Peer) {
			return x.fail(auth.ErrOverloaded.With(auth.Meta{RetryAfter: 1}))
		}
		defer d.logins.end(r.Peer)
	}
	x.ctx = d.config.Mark(ctx, x.id)
	e, err := cmd.serve(x)
	if err != nil {
		return x.fail(err)
	}
	return x.write(e)
}

// call is one command and its answer.
type call struct {
	door    *Door
	command *command
	ctx     context.Context
	data    []byte
	id      string
	sent    payload
	from    netip.Addr // the client's, if the gateway says so
	by      auth.Caller
	start   time.Time
}

// calls are for those that are answered next: a call is large, and guards ask
// often enough to keep the garbage collector busy.
var calls = sync.Pool{New: func() any { return new(call) }}

func (x *call) now() time.Time { return x.door.service.Now() }

// write makes the answer of an envelope.
func (x *call) write(e wire.Envelope) ([]byte, error) {
	body, err := json.Marshal(e)
	if err != nil {
		x.door.config.Log.ErrorContext(x.ctx, "answer not written", "code", e.Meta.Code, "error", err.Error())
		return x.fail(auth.ErrInternal)
	}
	x.finish(e.Meta.Code, e.Meta.Status == "success")
	return body, nil
}

// fail answers with an error; what is none of ours is an internal fault, and
// only the log learns of it. An error of a command about tenants travels as an
// error of the transport with a status, which an unchanged gateway passes on; all
// others are envelopes, of which it does so.
func (x *call) fail(err error) ([]byte, error) {
	var e *auth.Error
	if !errors.As(err, &e) {
		x.door.config.Log.ErrorContext(x.ctx, "internal fault", "command", x.command.name, "error", err.Error())
		e = auth.ErrInternal
	}
	answer := any(wire.Failure(e, x.id, x.now()))
	if x.command.tenants {
		answer = refusal{StatusCode: wire.Status(e.Kind), Message: e.Text, Code: e.Code, Fields: e.Meta.Fields, RequestID: x.id}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	x.finish(e.Code, false)
	if x.command.tenants {
		return nil, &nest.Error{Value: body}
	}
	return body, nil
}

// refusal is an error in the form that a Nest gateway passes on.
type refusal struct {
	StatusCode int                 `json:"statusCode"`
	Message    string              `json:"message"`
	Code       string              `json:"code"`
	Fields     []auth.FieldProblem `json:"fields,omitempty"`
	RequestID  string              `json:"requestId"`
}

// finish counts the command and writes its log line: of what guards ask at
// every request of theirs, only when somebody wants to know.
func (x *call) finish(code string, good bool) {
	took := time.Since(x.start)
	x.door.requests.WithLabelValues(x.command.name, code).Inc()
	x.door.seconds.WithLabelValues(x.command.name).Observe(took.Seconds())
	level := slog.LevelInfo
	if x.command.frequent && good {
		level = slog.LevelDebug
	}
	x.door.config.Log.LogAttrs(x.ctx, level, "command",
		slog.String("command", x.command.name), slog.String("code", code), slog.String("tenant", x.by.Tenant.Slug),
		slog.Float64("ms", float64(took.Microseconds())/1000))
}
