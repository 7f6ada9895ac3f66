// Package doors asks the same of the HTTP door and of the NestJS door, and wants
// the same answers: one table for both.
//
// It has both doors in one process on the reference store, with a clock in hand,
// wired as cmd/latchkey does it. How a request travels it does not test: frames
// and connections are the business of e2e/nest.
package doors

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/latchkey/latchkey/guard/jwt"
	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/device"
	"github.com/latchkey/latchkey/internal/httpd"
	"github.com/latchkey/latchkey/internal/limit"
	"github.com/latchkey/latchkey/internal/live"
	"github.com/latchkey/latchkey/internal/password"
	"github.com/latchkey/latchkey/internal/quota"
	"github.com/latchkey/latchkey/internal/rpcd"
	"github.com/latchkey/latchkey/internal/store/memory"
)

// The tenants of every world, beside the default one, whose logins need no code.
// All have the same people.
const (
	home   = "default"
	coded  = "coded"  // logins need a mailed code
	closed = "closed" // nobody may sign up
	asleep = "asleep" // not active
	other  = "other"  // as the default one
)

const (
	ourOrigin = "https://auth.example.com"
	audience  = "https://api.example.com"
)

// world is both doors, with everything behind them.
type world struct {
	clock   *clock
	mail    *mailer
	store   *memory.Store
	live    *moody
	service *auth.Service
	key     string // of an operator
	http    *httpd.Server
	nest    *rpcd.Door
}

// portal is an HTTP door, which takes a tenth of a second to make, with its
// document: so each serves one world after another, which begins a year later.
type portal struct {
	clock   *clock
	service *auth.Service
	gate    quota.Gate
	http    *httpd.Server
}

// portals are those that serve no world.
var portals = make(chan *portal, 64)

// borrow takes a portal until the test ends.
func borrow(t testing.TB) *portal {
	t.Helper()
	p := newPortal()
	select {
	case p = <-portals:
		p.clock.advance(365 * 24 * time.Hour)
	default:
	}
	t.Cleanup(func() {
		select {
		case portals <- p:
		default:
		}
	})
	return p
}

// newPortal is one without its HTTP door.
func newPortal() *portal {
	p := &portal{clock: newClock(), service: new(auth.Service)}
	p.gate = quota.Gate{Limiter: limit.New(limit.Config{Now: p.clock.Now}), Recognises: p.service.Recognises}
	return p
}

// newWorld opens a world, with an HTTP door where one is needed.
func newWorld(t testing.TB, http bool) *world {
	t.Helper()
	vault, err := auth.NewVault([]byte("a master key of thirty-two bytes"))
	must(t, err)
	p := newPortal()
	if http {
		p = borrow(t)
	}
	w := &world{clock: p.clock, mail: new(mailer), store: memory.New(vault.Chain), service: p.service}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	w.live = &moody{Live: live.New(live.Config{Source: w.store, Now: w.clock.Now, Log: log})}
	w.wire(t, vault, log)
	if http && p.http == nil {
		p.openHTTP(t, log)
	}
	w.http = p.http
	w.nest = rpcd.New(rpcd.Config{
		Service: w.service, Gate: p.gate, DeviceName: device.Name, Mark: httpd.WithRequestID, Log: log, Metrics: prometheus.NewRegistry(),
	})
	return w
}

// wire makes the rules on the store.
func (w *world) wire(t testing.TB, vault *auth.Vault, log *slog.Logger) {
	t.Helper()
	keys, err := auth.NewKeyRing(w.store, vault, auth.KeyConfig{Life: 15 * time.Minute}, w.clock.Now)
	must(t, err)
	hasher, err := password.New(password.Config{MemoryKiB: 8, Time: 1})
	must(t, err)
	verifier, err := jwt.New(jwt.Config{Issuer: ourOrigin, Audience: audience, Keys: keys, Now: w.clock.Now})
	must(t, err)
	*w.service = auth.Service{
		Registry: w.store, Directories: onlyOwn{}, Records: w.store, Sessions: w.store, Tickets: w.store, Live: w.live, Mailer: w.mail,
		Passwords: hasher, Keys: keys, Verifier: verifier, Vault: vault, Log: log, Now: w.clock.Now,
		AppName: "Latchkey", BaseURL: ourOrigin, Issuer: ourOrigin, Audience: audience, DefaultTenant: home,
		Policy: auth.Policy{OTP: auth.OTPOff, SignUp: auth.SignUpOpen},
	}
	must(t, w.service.Bootstrap(t.Context()))
	must(t, keys.Tend(t.Context()))
	for slug, p := range map[string]auth.Policy{coded: {OTP: auth.OTPEmail}, closed: {SignUp: auth.SignUpClosed}, asleep: {}, other: {}} {
		w.addTenant(t, slug, p)
	}
	k, err := w.service.CreateOperatorKey(t.Context(), w.operator(t, home), "ops", 0)
	must(t, err)
	w.key = string(k.Key)
}

func (p *portal) openHTTP(t testing.TB, log *slog.Logger) {
	t.Helper()
	base, err := url.Parse(ourOrigin)
	must(t, err)
	p.http, err = httpd.New(httpd.Config{
		Service: p.service, BaseURL: base, CookieSecure: true, DeviceName: device.Name, Version: "test", Gate: p.gate, Log: log,
		Metrics: prometheus.NewRegistry(), MetricsAllow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Ready: func(context.Context) error { return nil },
	})
	must(t, err)
}

func (w *world) addTenant(t testing.TB, slug string, p auth.Policy) {
	t.Helper()
	now := w.clock.Now()
	tenant := auth.Tenant{
		ID: uuid.NewString(), Slug: slug, Name: "Tenant " + slug, Directory: auth.DefaultDirectory,
		Status: auth.TenantActive, Policy: p, CreatedAt: now, UpdatedAt: now,
	}
	if slug == asleep {
		tenant.Status = auth.TenantInactive
	}
	must(t, w.store.CreateTenant(t.Context(), tenant, auth.Directory{ID: auth.DefaultDirectory}, auth.Space{
		ID: uuid.NewString(), Directory: tenant.Directory, Tenant: tenant.ID, Slug: auth.DefaultSpace, Name: "Default", CreatedAt: now,
	}, auth.Note{}))
}

// operator is who has a shell on the machine, at a tenant.
func (w *world) operator(t testing.TB, tenant string) auth.Caller {
	t.Helper()
	by, err := w.service.CommandLine(t.Context(), auth.Origin{TenantSlug: tenant})
	must(t, err)
	return by
}

// onlyOwn is a deployment that makes no databases.
type onlyOwn struct{}

// Canonical refuses every URL.
func (onlyOwn) Canonical(auth.Secret, string, bool) (string, error) {
	return "", errors.New("is not allowed here")
}

// Prepare is never reached.
func (onlyOwn) Prepare(context.Context, auth.Directory) error { return auth.ErrUnavailable }

// moody is a Live that can be told to break.
type moody struct {
	auth.Live
	mood atomic.Pointer[error]
}

func (m *moody) fault() error {
	if err := m.mood.Load(); err != nil {
		return *err
	}
	return nil
}

// Tenant is what every request asks for first.
func (m *moody) Tenant(ctx context.Context, slug string) (auth.Tenant, error) {
	if err := m.fault(); err != nil {
		return auth.Tenant{}, err
	}
	return m.Live.Tenant(ctx, slug)
}

// TenantByID is what a mailed link asks for first.
func (m *moody) TenantByID(ctx context.Context, id string) (auth.Tenant, error) {
	if err := m.fault(); err != nil {
		return auth.Tenant{}, err
	}
	return m.Live.TenantByID(ctx, id)
}

// clock is a clock in hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)} }

// Now returns the time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// mailer keeps the newest code, or breaks.
type mailer struct {
	mu   sync.Mutex
	code string
	down error
}

// Send keeps a code.
func (m *mailer) Send(_ context.Context, msg auth.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.code = msg.Facts.Code
	return m.down
}

// Wake does nothing: what waits is taken by [scene.mailed].
func (*mailer) Wake() {}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
