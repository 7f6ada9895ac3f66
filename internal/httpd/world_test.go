package httpd_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
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
	"github.com/latchkey/latchkey/internal/live"
	"github.com/latchkey/latchkey/internal/password"
	store "github.com/latchkey/latchkey/internal/store/sql"
)

// The tenants of every world, beside the default one, whose logins need no code.
const (
	coded  = "coded"  // logins need a mailed code
	closed = "closed" // nobody may sign up
	asleep = "asleep" // not active
	pages  = "pages"  // pages of pagesOrigin may call, and ask for tokens in the body
)

const (
	ourOrigin   = "https://auth.example.com"
	pagesOrigin = "https://app.example.com"
	audience    = "https://api.example.com"
)

// world is a door with everything behind it, wired as cmd/latchkey does it, but
// for a clock in hand, a mailer that keeps what it is given, and cheap hashes.
type world struct {
	url     string
	path    string // of the database
	clock   *clock
	mail    *mailer
	store   *store.Store
	live    *moody
	key     string // of an operator
	keys    *auth.KeyRing
	service *auth.Service
	door    *httpd.Server
	ready   atomic.Pointer[error] // why requests cannot be served
	ledger  *ledger
	client  *http.Client
}

// newWorld opens a world; change may set what the door is given.
func newWorld(t testing.TB, change ...func(*httpd.Config)) *world {
	t.Helper()
	w := &world{
		path: filepath.Join(t.TempDir(), "latchkey.db"), clock: newClock(), mail: new(mailer), ledger: newLedger(),
		client: &http.Client{
			Transport:     &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 8},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	var err error
	w.store, err = store.Open(t.Context(), store.Config{Path: w.path, Chain: newVault(t).Chain})
	must(t, err)
	t.Cleanup(func() {
		w.client.CloseIdleConnections()
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	log := slog.New(httpd.LogHandler(slog.NewJSONHandler(&logged, nil)))
	w.live = &moody{Live: live.New(live.Config{Source: w.store, Now: w.clock.Now, Log: log})}
	w.wire(t, log)
	w.openDoor(t, log, change)
	return w
}

// wire makes the rules on the store.
func (w *world) wire(t testing.TB, log *slog.Logger) {
	t.Helper()
	vault := newVault(t)
	var err error
	w.keys, err = auth.NewKeyRing(w.store, vault, auth.KeyConfig{Life: 15 * time.Minute}, w.clock.Now)
	must(t, err)
	hasher, err := password.New(password.Config{MemoryKiB: 8, Time: 1})
	must(t, err)
	verifier, err := jwt.New(jwt.Config{Issuer: ourOrigin, Audience: audience, Keys: w.keys, Now: w.clock.Now})
	must(t, err)
	w.service = &auth.Service{
		Registry: w.store, Directories: onlyOwn{}, Records: w.store, Sessions: w.store, Tickets: w.store, Live: w.live, Mailer: w.mail,
		Passwords: hasher, Keys: w.keys, Verifier: verifier, Vault: vault, Log: log, Now: w.clock.Now,
		AppName: "Latchkey", BaseURL: ourOrigin, Issuer: ourOrigin, Audience: audience, DefaultTenant: "default",
		Policy: auth.Policy{OTP: auth.OTPOff, SignUp: auth.SignUpOpen},
		Machine: func(context.Context) auth.System {
			return auth.System{Version: "v1", StartedAt: w.clock.Now(), Database: auth.SystemDatabase{Kind: "sqlite", OK: true}, Bus: auth.SystemBus{Kind: "none", OK: true}}
		},
	}
	must(t, w.service.Bootstrap(t.Context()))
	w.key = w.operatorKey(t, "ops")
	w.addTenant(t, coded, auth.TenantActive, auth.Policy{OTP: auth.OTPEmail})
	w.addTenant(t, closed, auth.TenantActive, auth.Policy{SignUp: auth.SignUpClosed})
	w.addTenant(t, asleep, auth.TenantInactive, auth.Policy{})
	yes := true
	w.addTenant(t, pages, auth.TenantActive, auth.Policy{AllowedOrigins: []string{pagesOrigin}, BrowserTokens: &yes})
}

func newVault(t testing.TB) *auth.Vault {
	t.Helper()
	vault, err := auth.NewVault([]byte("a master key of thirty-two bytes"))
	must(t, err)
	return vault
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

// openDoor makes the door and listens on loopback, with the limit on headers
// that cmd/latchkey sets.
func (w *world) openDoor(t testing.TB, log *slog.Logger, change []func(*httpd.Config)) {
	t.Helper()
	base, err := url.Parse(ourOrigin)
	must(t, err)
	c := httpd.Config{
		Service: w.service, BaseURL: base, CookieSecure: true, DeviceName: device.Name, Version: "test", Log: log,
		Metrics: prometheus.NewRegistry(), MetricsAllow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Ready: func(context.Context) error {
			if err := w.ready.Load(); err != nil {
				return *err
			}
			return nil
		},
	}
	for _, f := range change {
		f(&c)
	}
	w.door, err = httpd.New(c)
	must(t, err)
	server := httptest.NewUnstartedServer(w.door)
	server.Config.MaxHeaderBytes = 16 << 10
	server.Config.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	server.Start()
	t.Cleanup(server.Close)
	w.url = server.URL
}

// sql runs a statement beside the store, for what no rule does yet, and makes
// memory forget.
func (w *world) sql(t testing.TB, query string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.path+"?_pragma=busy_timeout(5000)")
	must(t, err)
	_, err = db.ExecContext(t.Context(), query, args...)
	must(t, errors.Join(err, db.Close()))
	w.live.DropAll()
}

// dump returns every row of every table.
func (w *world) dump(t testing.TB) map[string][]string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+w.path+"?mode=ro")
	must(t, err)
	defer db.Close()
	all := map[string][]string{}
	for _, table := range rows(t, db, `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`) {
		name := table[1 : len(table)-1]
		all[name] = rows(t, db, `SELECT * FROM "`+name+`" ORDER BY 1, 2`)
	}
	return all
}

func rows(t testing.TB, db *sql.DB, query string) (all []string) {
	t.Helper()
	found, err := db.QueryContext(t.Context(), query)
	must(t, err)
	defer found.Close()
	columns, err := found.Columns()
	must(t, err)
	for found.Next() {
		values := make([]any, len(columns))
		places := make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		must(t, found.Scan(places...))
		all = append(all, fmt.Sprint(values))
	}
	must(t, found.Err())
	return all
}

// moody is a Live that can be told to break.
type moody struct {
	auth.Live
	mood atomic.Pointer[func() error]
}

// breaks makes every look for a tenant do this until it is mended.
func (m *moody) breaks(do func() error) (mend func()) {
	m.mood.Store(&do)
	return func() { m.mood.Store(nil) }
}

// Tenant is what every request asks for first.
func (m *moody) Tenant(ctx context.Context, slug string) (auth.Tenant, error) {
	if do := m.mood.Load(); do != nil {
		if err := (*do)(); err != nil {
			return auth.Tenant{}, err
		}
	}
	return m.Live.Tenant(ctx, slug)
}

// TenantByID is what a mailed link asks for first.
func (m *moody) TenantByID(ctx context.Context, id string) (auth.Tenant, error) {
	if do := m.mood.Load(); do != nil {
		if err := (*do)(); err != nil {
			return auth.Tenant{}, err
		}
	}
	return m.Live.TenantByID(ctx, id)
}

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

// mailer keeps the mails it is given, or breaks.
type mailer struct {
	mu   sync.Mutex
	sent []auth.Message
	down error
}

func (m *mailer) Send(_ context.Context, msg auth.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	secrets.add(msg.Facts.Code)
	if m.down == nil {
		m.sent = append(m.sent, msg)
	}
	return m.down
}

func (*mailer) Wake() {}

// breaks makes every delivery fail until it is mended.
func (m *mailer) breaks(err error) (mend func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down = err
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.down = nil
	}
}

// code returns the newest code that was mailed to an address.
func (m *mailer) code(t testing.TB, email string) string {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := len(m.sent) - 1; i >= 0; i-- {
		if m.sent[i].Email == email && m.sent[i].Kind == auth.MessageLoginCode {
			return m.sent[i].Facts.Code
		}
	}
	t.Fatal("no code was mailed to", email)
	return ""
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
