package rpcd_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/latchkey/latchkey/guard/jwt"
	"github.com/latchkey/latchkey/internal/auth"
	"github.com/latchkey/latchkey/internal/device"
	"github.com/latchkey/latchkey/internal/limit"
	"github.com/latchkey/latchkey/internal/live"
	"github.com/latchkey/latchkey/internal/password"
	"github.com/latchkey/latchkey/internal/quota"
	"github.com/latchkey/latchkey/internal/rpcd"
	"github.com/latchkey/latchkey/internal/store/memory"
)

// The tenants of every world, beside the default one, whose logins need no code.
const (
	coded  = "coded"  // logins need a mailed code
	asleep = "asleep" // not active
	other  = "other"  // like the default one, with the same people
)

const (
	ourOrigin = "https://auth.example.com"
	audience  = "https://api.example.com"
)

// world is a door with everything behind it, wired as cmd/latchkey does it, but
// for the reference store, a clock in hand, a mailer that keeps what it is given,
// and cheap hashes.
type world struct {
	clock   *clock
	mail    *mailer
	store   *memory.Store
	live    *live.Cache
	service *auth.Service
	metrics *prometheus.Registry
	door    *rpcd.Door
}

// newWorld opens a world; change may set what the door is given.
func newWorld(t testing.TB, change ...func(*rpcd.Config)) *world {
	t.Helper()
	vault, err := auth.NewVault([]byte("a master key of thirty-two bytes"))
	must(t, err)
	w := &world{clock: newClock(), mail: new(mailer), store: memory.New(vault.Chain), metrics: prometheus.NewRegistry()}
	log := slog.New(marked{slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})})
	w.live = live.New(live.Config{Source: w.store, Now: w.clock.Now, Log: log})
	w.wire(t, vault, log)
	c := rpcd.Config{
		Service: w.service, Gate: quota.Gate{Recognises: w.service.Recognises}, DeviceName: device.Name,
		Mark: func(ctx context.Context, id string) context.Context { return context.WithValue(ctx, requestKey{}, id) }, Log: log, Metrics: w.metrics,
	}
	for _, f := range change {
		f(&c)
	}
	w.door = rpcd.New(c)
	return w
}

// requestKey is how the log finds the id of a request.
type requestKey struct{}

// marked writes it in every line, as cmd/latchkey's log does.
type marked struct{ slog.Handler }

// Handle writes a line.
func (m marked) Handle(ctx context.Context, r slog.Record) error {
	if id, ok := ctx.Value(requestKey{}).(string); ok {
		r.AddAttrs(slog.String("requestId", id))
	}
	return m.Handler.Handle(ctx, r)
}

// limited makes the door limit requests by the world's clock.
func limited(c *rpcd.Config) { c.Gate.Limiter = limit.New(limit.Config{Now: c.Service.Now}) }

// wire makes the rules on the store.
func (w *world) wire(t testing.TB, vault *auth.Vault, log *slog.Logger) {
	t.Helper()
	keys, err := auth.NewKeyRing(w.store, vault, auth.KeyConfig{Life: 15 * time.Minute}, w.clock.Now)
	must(t, err)
	hasher, err := password.New(password.Config{MemoryKiB: 8, Time: 1})
	must(t, err)
	verifier, err := jwt.New(jwt.Config{Issuer: ourOrigin, Audience: audience, Keys: keys, Now: w.clock.Now})
	must(t, err)
	w.service = &auth.Service{
		Registry: w.store, Directories: onlyOwn{}, Records: w.store, Sessions: w.store, Tickets: w.store, Live: w.live, Mailer: w.mail,
		Passwords: hasher, Keys: keys, Verifier: verifier, Vault: vault, Log: log, Now: w.clock.Now,
		AppName: "Latchkey", BaseURL: ourOrigin, Issuer: ourOrigin, Audience: audience, DefaultTenant: "default",
		Policy: auth.Policy{OTP: auth.OTPOff, SignUp: auth.SignUpOpen},
	}
	must(t, w.service.Bootstrap(t.Context()))
	must(t, keys.Tend(t.Context()))
	w.addTenant(t, coded, auth.TenantActive, auth.Policy{OTP: auth.OTPEmail})
	w.addTenant(t, asleep, auth.TenantInactive, auth.Policy{})
	w.addTenant(t, other, auth.TenantActive, auth.Policy{})
}

func (w *world) addTenant(t testing.TB, slug string, status auth.TenantStatus, p auth.Policy) {
	t.Helper()
	now := w.clock.Now()
	tenant := auth.Tenant{
		ID: uuid.NewString(), Slug: slug, Name: "Tenant " + slug, Directory: auth.DefaultDirectory,
		Status: status, Policy: p, CreatedAt: now, UpdatedAt: now,
	}
	must(t, w.store.CreateTenant(t.Context(), tenant, auth.Directory{ID: auth.DefaultDirectory}, auth.Space{
		ID: uuid.NewString(), Directory: tenant.Directory, Tenant: tenant.ID, Slug: auth.DefaultSpace, Name: "Default", CreatedAt: now,
	}, auth.Note{}))
}

// status sets what state a tenant is in.
func (w *world) status(t testing.TB, slug string, s auth.TenantStatus) {
	t.Helper()
	tenant, err := w.store.Tenant(t.Context(), slug)
	must(t, err)
	tenant, err = w.store.UpdateTenant(t.Context(), tenant.ID, func(v *auth.Tenant) error {
		v.Status = s
		return nil
	}, auth.Note{})
	must(t, err)
	w.live.DropTenant(tenant)
}

// account reads an account from the store.
func (w *world) account(t testing.TB, id string) auth.Account {
	t.Helper()
	a, err := w.store.Account(t.Context(), auth.DefaultDirectory, id)
	must(t, err)
	return a
}

// operator is who has a shell on the machine, at a tenant.
func (w *world) operator(t testing.TB, tenant string) auth.Caller {
	t.Helper()
	by, err := w.service.CommandLine(t.Context(), auth.Origin{TenantSlug: tenant})
	must(t, err)
	return by
}

// setRole gives a person of the default tenant a role.
func (w *world) setRole(t testing.TB, id, role string) {
	t.Helper()
	_, err := w.service.ChangeRole(t.Context(), w.operator(t, ""), auth.ChangeRoleInput{UserID: id, NewRole: role})
	must(t, err)
}

// onlyOwn is a deployment that makes no databases.
type onlyOwn struct{}

// Canonical refuses every URL.
func (onlyOwn) Canonical(auth.Secret, string, bool) (string, error) {
	return "", errors.New("is not allowed here")
}

// Prepare is never reached.
func (onlyOwn) Prepare(context.Context, auth.Directory) error { return auth.ErrUnavailable }

// clock is a clock in hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)} }

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

// mailer keeps the codes that it is given.
type mailer struct {
	mu   sync.Mutex
	code map[string]string // newest, by address
}

func (m *mailer) Send(_ context.Context, msg auth.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.code == nil {
		m.code = map[string]string{}
	}
	secrets.add(msg.Facts.Code)
	m.code[msg.Email] = msg.Facts.Code
	return nil
}

func (*mailer) Wake() {}

// codeOf returns the newest code that was mailed to an address.
func (m *mailer) codeOf(t testing.TB, email string) string {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.code[email] == "" {
		t.Fatal("no code was mailed to", email)
	}
	return m.code[email]
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
